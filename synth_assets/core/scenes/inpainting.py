"""Inpainted scenes: backgrounds with labelled objects, as rows and files.

Belongs here: the items of a partition, the checks of a finished scene, and its row. Does not belong
here: painting a scene (``painting.py``) and the report (``scene_report.py``).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import cast

import numpy as np
from pydantic import Field

from synth_assets.core.colour import to_lab
from synth_assets.core.images import encode_jpeg
from synth_assets.core.items import Artifact, Extras, Item, PartitionWriter, Summary, run_items
from synth_assets.core.ports import RGB
from synth_assets.core.profile.profile import Profile
from synth_assets.core.profile.tone import ToneTarget
from synth_assets.core.records import ImageRecord, ImageSet, ObjectRecord
from synth_assets.core.scenes.classes import ObjectClass
from synth_assets.core.scenes.cutouts import Cutout, classes_left_out, cutout_ids
from synth_assets.core.scenes.gallery import Gallery, GalleryOnDemand
from synth_assets.core.scenes.likeness import likeness_columns, likeness_details, likeness_inputs
from synth_assets.core.scenes.painting import (
    Painted,
    PaintParams,
    PaintTools,
    Reject,
    Scene,
    bounds,
    paint_scenes_together,
)
from synth_assets.core.scenes.references import joined
from synth_assets.core.scenes.scene_report import scene_extras
from synth_assets.core.scenes.verification import detail_ratio, why_poor
from synth_assets.core.seeds import derive_seed

_REJECT_QUALITY = 85


class SceneParams(PaintParams):
    """How scenes are made and checked.

    Attributes:
        scenes_per_background: scenes made from every background.
        max_covered: a scene of which objects cover a larger share is rejected.
        max_tone_distance: a scene whose mean colour is further from the profile's (CIELAB
            distance) is rejected.
        batch_size: scenes painted together; an engine splits what is too much for it.
        workers: threads; engines let one in at a time, and the other measures and encodes meanwhile.
    """

    scenes_per_background: int = Field(default=2, ge=1)
    max_covered: float = Field(default=0.6, gt=0, le=1)
    max_tone_distance: float = Field(default=45.0, gt=0)
    batch_size: int = Field(default=8, ge=1)
    workers: int = Field(default=2, ge=1)


def paint_scenes(
    writer: PartitionWriter,
    backgrounds: ImageSet,
    classes: Sequence[ObjectClass],
    cutouts: Mapping[str, Sequence[Cutout]],
    profile: Profile | None,
    tools: PaintTools,
    params: SceneParams,
    run_seed: int,
    gallery: Callable[[], Gallery] | None = None,
) -> Summary:
    """Stores ``scenes_per_background`` scenes for every background, each object with its exact mask.

    Args:
        writer: the opened partition.
        backgrounds: from ``make_backgrounds``; rejected ones are left out.
        classes: from ``load_classes``.
        cutouts: from ``load_cutouts``; empty for engines that paint from text.
        profile: of the slot, for the check of the finished scene and the distance of the whole set;
            None leaves both out.
        tools: the models that paint and check.
        params: see there.
        run_seed: the run's seed.
        gallery: of the cutouts, called only where a scene has to be made; several partitions share one.
    """
    described = gallery or GalleryOnDemand(cutouts, tools.embed)
    tone = profile.tone if profile else None
    shared = {
        "classes": [row.model_dump(mode="json", exclude={"line", "references"}) for row in classes],
        "cutouts": cutout_ids(cutouts),
        "model": tools.inpaint.name,
        "segmenter": tools.segment.name if tools.segment else None,
        "embedder": tools.embed.name if tools.embed else None,
        "labeller": tools.label.name if tools.label else None,
        "tone": [round(value, 1) for value in tone.mean_lab] if tone else None,
        "params": params.model_dump(mode="json", exclude={"workers", "batch_size", "scenes_per_background"}),
    }
    model = " + ".join([tools.inpaint.name, *([tools.segment.name] if tools.segment else [])])
    items: list[Item] = []
    for background in backgrounds.ok:
        for index in range(params.scenes_per_background):
            key = f"{background.key}_s{index}"
            seed = derive_seed(run_seed, writer.asset, writer.partition, key)
            items.append(Item(key, {**shared, "parent": background.id, "seed": seed}, background))

    def make(batch: list[Item]) -> list[list[Artifact]]:
        parents = [cast(ImageRecord, item.payload) for item in batch]
        pictures = {parent.path: backgrounds.read(parent) for parent in {one.path: one for one in parents}.values()}
        shown = [pictures[parent.path] for parent in parents]
        seeds = [int(item.inputs["seed"]) for item in batch]
        scenes = paint_scenes_together(shown, seeds, classes, cutouts, tools, params, described())
        left_out = classes_left_out(classes, cutouts, tools.inpaint)
        return [
            [_artifact(item, scene, picture, tone, model, params, left_out)]
            for item, scene, picture in zip(batch, scenes, shown, strict=True)
        ]

    def extras(images: ImageSet) -> Extras:
        report = scene_extras(images)
        return Extras(report.files, {**report.details, **likeness_details(profile, images)})

    return run_items(
        writer,
        items,
        make,
        batch_size=params.batch_size,
        workers=params.workers,
        extras=extras,
        extras_inputs=likeness_inputs(profile),
    )


def _artifact(
    item: Item,
    scene: Scene,
    picture: RGB,
    tone: ToneTarget | None,
    model: str,
    params: SceneParams,
    left_out: Sequence[str],
) -> Artifact:
    background = cast(ImageRecord, item.payload)
    distance = tone_distance(scene.image, tone) if tone else None
    detail = detail_ratio(scene.image, picture)
    reason = _reject(scene, distance, params) or why_poor(detail, params)
    used = {painted.cutout_id for painted in scene.objects if painted.cutout_id}
    rows = [painted.row for painted in scene.objects]
    record = ImageRecord(
        parents=(background.id, *sorted(used)),
        source=background.source,
        group=background.group or background.id,
        licence=joined([background.licence, *(row.licence for row in rows)]),
        attribution=joined([background.attribution, *(row.attribution for row in rows)]),
        seed=int(item.inputs["seed"]),
        prompt="; ".join([background.prompt, *(row.prompt for row in rows)]),
        model=" + ".join(part for part in (background.model, model) if part),
        objects=tuple(_object(painted, number) for number, painted in enumerate(scene.objects, 1)),
        status="rejected" if reason else "ok",
        reason=reason,
        extra={
            "background_id": background.id,
            "objects_requested": scene.requested,
            "objects_dropped": sum(scene.dropped.values()),
            "dropped_why": joined([f"{why} ({count})" for why, count in scene.dropped.items()]),
            "classes_left_out": joined(left_out),
            "attempts": scene.attempts,
            "invalid_attempts": sum(scene.invalid.values()),
            "invalid_rate": round(sum(scene.invalid.values()) / scene.attempts, 4) if scene.attempts else 0.0,
            "invalid_why": joined([f"{why} ({count})" for why, count in scene.invalid.items()]),
            "rejected_objects": json.dumps([_reject_row(item.key, reject) for reject in scene.rejects]),
            "covered_share": round(_covered(scene), 4),
            "detail_ratio": round(detail, 4),
            "tone_distance": None if distance is None else round(distance, 2),
            **likeness_columns(scene.image),
        },
    )
    files = {_reject_file(item.key, one): encode_jpeg(one.picture, _REJECT_QUALITY) for one in scene.rejects}
    masks = [painted.mask for painted in scene.objects]
    return Artifact(record, f"{item.key}.png", scene.image, masks=masks, files=files)


def _reject_file(key: str, reject: Reject) -> str:
    return f"attempts/{key}_{reject.number}_{reject.attempt}.jpg"


def _reject_row(key: str, reject: Reject) -> dict[str, object]:
    return {
        "file": _reject_file(key, reject),
        "class": reject.label,
        "reason": reject.reason,
        "attempt": reject.attempt,
        "box": list(reject.box),
    }


def _object(painted: Painted, number: int) -> ObjectRecord:
    return ObjectRecord(label=painted.row.label, xyxy=bounds(painted), instance_id=number, score=painted.score)


def _covered(scene: Scene) -> float:
    return float(sum(int(item.mask.sum()) for item in scene.objects) / (scene.image.shape[0] * scene.image.shape[1]))


def tone_distance(image: RGB, tone: ToneTarget) -> float:
    """CIELAB distance of the picture's mean colour from the tone's."""
    return float(np.linalg.norm(to_lab(image).mean(axis=(0, 1)) - np.array(tone.mean_lab)))


def _reject(scene: Scene, distance: float | None, params: SceneParams) -> str:
    """Why a scene cannot be used; "" if it can."""
    if not scene.objects:
        return "no object left: " + (", ".join(sorted(scene.dropped)) or "none drawn")
    if _covered(scene) > params.max_covered:
        return f"objects cover more than {params.max_covered:.0%}"
    if distance is not None and distance > params.max_tone_distance:
        return "colours too far from the profile"
    return ""
