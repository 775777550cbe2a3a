"""Profiling a set of photos: one row a photo, and the profile of all of them.

Belongs here: the stage. Does not belong here: what is measured (``core/measure.py``), how rows
become a profile (``building.py``), and taking photos in (``references.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

from synth_assets.core.items import Artifact, Extras, Item, PartitionWriter, Summary, fingerprint, run_items
from synth_assets.core.ports import DepthEstimator, Labeller
from synth_assets.core.profile.building import build_profile, measure_picture, measured_from_row
from synth_assets.core.profile.content import ContentParams, describe_content
from synth_assets.core.profile.plots import profile_plot
from synth_assets.core.profile.profile import Profile, to_json
from synth_assets.core.records import ImageRecord, ImageSet

PROFILE_FILE = "profile.json"
_WORKERS = 4
_BATCH = 4


def profile_references(
    writer: PartitionWriter,
    references: ImageSet,
    name: str,
    params: ContentParams | None = None,
    labeller: Labeller | None = None,
    depth: DepthEstimator | None = None,
    measured: Sequence[ImageRecord] = (),
    created: datetime | None = None,
) -> Summary:
    """Stores the measurements of each usable photo, and their profile beside them.

    Rows have the id and path of the photo and its measurements in ``extra``. ``profile.json`` and
    ``plots/profile.png`` are made from the rows, so a new photo makes no other one be read again.
    A set without a usable photo has neither rows nor a profile.

    Args:
        writer: the opened partition.
        references: the photos.
        name: of the profile, e.g. the slot.
        params: which labels are looked for.
        labeller: role ``label``; None for no labels.
        depth: role ``depth``; None for no foreground share.
        measured: rows that this stage made of photos in other partitions; such a photo is not read
            again, unless other models, parameters or code made its row.
        created: when a profile of this name was first made; None = now.
    """
    wanted = params or ContentParams()
    models = [model.name for model in (labeller, depth) if model]

    def item_of(record: ImageRecord) -> Item:
        inputs = {
            "image": record.id,
            "source": record.source,
            "licence": record.licence,
            "attribution": record.attribution,
            "taken_at": record.extra.get("taken_at"),
            "models": models,
            "params": wanted.model_dump(mode="json"),
        }
        return Item(record.key, inputs, record)

    known = {row.id: row.extra for row in measured if row.fingerprint == fingerprint(writer.code_version, item_of(row))}

    def make(batch: list[Item]) -> list[list[Artifact]]:
        records = [cast(ImageRecord, item.payload) for item in batch]
        new = [record for record in records if record.id not in known]
        pictures = [references.read(record) for record in new]
        content = describe_content(pictures, labeller, depth, wanted)
        values = {
            record.id: {**measure_picture(picture), **shown}
            for record, picture, shown in zip(new, pictures, content, strict=True)
        }
        return [
            [
                Artifact(
                    replace(
                        record,
                        parents=(record.id,),
                        model=" + ".join(models),
                        extra={**(values.get(record.id) or known[record.id]), **record.extra},
                    )
                )
            ]
            for record in records
        ]

    return run_items(
        writer,
        [item_of(record) for record in references.ok],
        make,
        batch_size=_BATCH,
        # A torch model is not asked from several threads.
        workers=1 if depth else _WORKERS,
        extras=lambda images: _extras(images, name, created),
        extras_inputs={"name": name},
    )


def _extras(images: ImageSet, name: str, created: datetime | None) -> Extras:
    if not images.ok:
        return Extras()
    pictures = [measured_from_row(record.source, record.extra, record.licence) for record in images.ok]
    profile = build_profile(name, pictures, created=created)
    return Extras(
        files={PROFILE_FILE: to_json(profile), "plots/profile.png": profile_plot(profile)},
        details=_details(profile),
    )


def _details(profile: Profile) -> dict[str, Any]:
    numbers = profile.statistics
    return {
        "sample_count": numbers.sample_count,
        "brightness_mean": round(numbers.brightness.mean, 4),
        "contrast_mean": round(numbers.contrast.mean, 4),
        "saturation_mean": round(numbers.saturation.mean, 4),
        "dominant_colors": ", ".join(numbers.dominant_colors),
        "prompt_words": ", ".join(profile.prompt_words),
        "aspect_ratio": numbers.resolution.aspect_ratio,
        "scene_labels": ", ".join(f"{label} {share:.0%}" for label, share in numbers.content.labels.items()),
        "warnings": "\n".join(profile.warnings),
    }
