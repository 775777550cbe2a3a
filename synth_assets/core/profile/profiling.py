"""Profiling a slot's reference photos: one row a photo, and the profile of all of them.

Belongs here: the stage. Does not belong here: what is measured (``core/measure.py``), how rows
become a profile (``building.py``), and taking photos in (``references.py``).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from synth_assets.core.items import Artifact, Extras, Item, PartitionWriter, Summary, run_items
from synth_assets.core.profile.building import build_profile, measure_picture, measured_from_row
from synth_assets.core.profile.plots import profile_plot
from synth_assets.core.profile.profile import Profile
from synth_assets.core.records import ImageRecord, ImageSet

PROFILE_FILE = "profile.json"
_WORKERS = 4


def profile_references(writer: PartitionWriter, references: ImageSet, slot: str) -> Summary:
    """Stores the measurements of each usable reference photo, and their profile beside them.

    Rows have the id and path of the photo and its measurements in ``extra``. ``profile.json`` and
    ``plots/profile.png`` are made from the rows, so a new photo makes no other one be read again.
    A slot without a usable photo has neither rows nor a profile.
    """
    items = [
        Item(record.key, {"image": record.id, "source": record.source, "licence": record.licence}, record)
        for record in references.ok
    ]
    return run_items(
        writer,
        items,
        lambda batch: [[_measured(references, item)] for item in batch],
        workers=_WORKERS,
        extras=lambda images: _extras(images, slot),
        extras_inputs={"name": slot},
    )


def _measured(references: ImageSet, item: Item) -> Artifact:
    record = cast(ImageRecord, item.payload)
    row = replace(record, parents=(record.id,), extra=measure_picture(references.read(record)))
    return Artifact(row)


def _extras(images: ImageSet, slot: str) -> Extras:
    if not len(images):
        return Extras()
    profile = build_profile(
        slot, [measured_from_row(record.source, record.extra, record.licence) for record in images.ok]
    )
    text = profile.model_dump_json(indent=2) + "\n"
    return Extras(
        files={PROFILE_FILE: text.encode(), "plots/profile.png": profile_plot(profile)},
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
        "warnings": "\n".join(profile.warnings),
    }
