"""Inpainted scenes: backgrounds with labelled objects, as rows and files.

Belongs here: the items of a partition, the checks of a finished scene, and its row. Does not belong
here: painting a scene (``painting.py``) and the report (``scene_report.py``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import numpy as np
from pydantic import Field

from synth_assets.core.colour import to_lab
from synth_assets.core.items import Artifact, Extras, Item, PartitionWriter, Summary, run_items
from synth_assets.core.ports import RGB, Inpainter, Segmenter
from synth_assets.core.profile.profile import Profile
from synth_assets.core.profile.tone import ToneTarget
from synth_assets.core.records import ImageRecord, ImageSet, ObjectRecord
from synth_assets.core.scenes.classes import ObjectClass
from synth_assets.core.scenes.cutouts import Cutout, cutout_ids
from synth_assets.core.scenes.likeness import likeness_columns, likeness_details, likeness_inputs
from synth_assets.core.scenes.painting import Painted, PaintParams, Scene, bounds, paint_scene
from synth_assets.core.scenes.references import joined
from synth_assets.core.scenes.scene_report import scene_extras
from synth_assets.core.seeds import derive_seed


class SceneParams(PaintParams):
    """How scenes are made and checked.

    Attributes:
        scenes_per_background: scenes made from every background.
        max_covered: a scene of which objects cover a larger share is rejected.
        max_tone_distance: a scene whose mean colour is further from the profile's (CIELAB
            distance) is rejected.
        workers: threads; more than 1 only for engines that are thread-safe.
    """

    scenes_per_background: int = Field(default=2, ge=1)
    max_covered: float = Field(default=0.6, gt=0, le=1)
    max_tone_distance: float = Field(default=45.0, gt=0)
    workers: int = Field(default=1, ge=1)


def paint_scenes(
    writer: PartitionWriter,
    backgrounds: ImageSet,
    classes: Sequence[ObjectClass],
    cutouts: Mapping[str, Sequence[Cutout]],
    profile: Profile | None,
    engine: Inpainter,
    segmenter: Segmenter | None,
    params: SceneParams,
    run_seed: int,
) -> Summary:
    """Stores ``scenes_per_background`` scenes for every background, each object with its exact mask.

    Args:
        writer: the opened partition.
        backgrounds: from ``make_backgrounds``; rejected ones are left out.
        classes: from ``load_classes``.
        cutouts: from ``load_cutouts``; empty for engines that paint from text.
        profile: of the slot, for the check of the finished scene and the distance of the whole set;
            None leaves both out.
        engine: role ``inpaint``.
        segmenter: role ``segment``, for engines that do not know where their object is.
        params: see there.
        run_seed: the run's seed.
    """
    tone = profile.tone if profile else None
    shared = {
        "classes": [row.model_dump(mode="json", exclude={"line", "references"}) for row in classes],
        "cutouts": cutout_ids(cutouts),
        "model": engine.name,
        "segmenter": segmenter.name if segmenter else None,
        "tone": [round(value, 1) for value in tone.mean_lab] if tone else None,
        "params": params.model_dump(mode="json", exclude={"workers", "scenes_per_background"}),
    }
    items: list[Item] = []
    for background in backgrounds.ok:
        for index in range(params.scenes_per_background):
            key = f"{background.key}_s{index}"
            seed = derive_seed(run_seed, writer.asset, writer.partition, key)
            items.append(Item(key, {**shared, "parent": background.id, "seed": seed}, background))

    def make(batch: list[Item]) -> list[list[Artifact]]:
        made: list[list[Artifact]] = []
        for item in batch:
            background = cast(ImageRecord, item.payload)
            seed = int(item.inputs["seed"])
            scene = paint_scene(backgrounds.read(background), classes, cutouts, engine, segmenter, params, seed)
            model = " + ".join([engine.name, *([segmenter.name] if segmenter else [])])
            made.append([_artifact(item.key, scene, background, tone, model, seed, params)])
        return made

    def extras(images: ImageSet) -> Extras:
        report = scene_extras(images)
        return Extras(report.files, {**report.details, **likeness_details(profile, images)})

    return run_items(writer, items, make, workers=params.workers, extras=extras, extras_inputs=likeness_inputs(profile))


def _artifact(
    key: str,
    scene: Scene,
    background: ImageRecord,
    tone: ToneTarget | None,
    model: str,
    seed: int,
    params: SceneParams,
) -> Artifact:
    distance = tone_distance(scene.image, tone) if tone else None
    reason = _reject(scene, distance, params)
    used = {item.cutout_id for item in scene.objects if item.cutout_id}
    rows = [item.row for item in scene.objects]
    record = ImageRecord(
        parents=(background.id, *sorted(used)),
        source=background.source,
        group=background.group or background.id,
        licence=joined([background.licence, *(row.licence for row in rows)]),
        attribution=joined([background.attribution, *(row.attribution for row in rows)]),
        seed=seed,
        prompt="; ".join([background.prompt, *(row.prompt for row in rows)]),
        model=" + ".join(part for part in (background.model, model) if part),
        objects=tuple(_object(item, number) for number, item in enumerate(scene.objects, 1)),
        status="rejected" if reason else "ok",
        reason=reason,
        extra={
            "background_id": background.id,
            "objects_requested": scene.requested,
            "objects_dropped": sum(scene.dropped.values()),
            "dropped_why": joined([f"{why} ({count})" for why, count in scene.dropped.items()]),
            "attempts": scene.attempts,
            "invalid_attempts": sum(scene.invalid.values()),
            "invalid_why": joined([f"{why} ({count})" for why, count in scene.invalid.items()]),
            "covered_share": round(_covered(scene), 4),
            "tone_distance": None if distance is None else round(distance, 2),
            **likeness_columns(scene.image),
        },
    )
    return Artifact(record, f"{key}.png", scene.image, masks=[item.mask for item in scene.objects])


def _object(painted: Painted, number: int) -> ObjectRecord:
    return ObjectRecord(label=painted.row.label, xyxy=bounds(painted), instance_id=number)


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
