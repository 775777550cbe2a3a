"""Analysis: what every frame shows, measured once.

Belongs here: metrics, instances and the target character of each frame, as one table. Does not
belong here: decisions on these values (``decisions.py``), how blobs are compared
(``matching.py``) and the formulas of the metrics (``synth_assets/core/measure_frames.py``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np
from pydantic import Field

from synth_assets.core.curation.cutout import refine_mask
from synth_assets.core.curation.matching import Description, describe
from synth_assets.core.curation.target import Target, TargetParams, find_target
from synth_assets.core.items import Artifact, Extras, Item, PartitionWriter, Summary, run_items
from synth_assets.core.masks import tight_box
from synth_assets.core.measure import Look, frame_metrics
from synth_assets.core.ports import RGB, Mask, Models
from synth_assets.core.records import ImageRecord, ImageSet, ObjectRecord, Scalar

UNKNOWN = "unknown"


class AnalysisParams(TargetParams):
    """What counts as the target character, and how its mask is made."""

    refine: bool = Field(default=True, description="Fit the character's mask to the picture's edges.")


def analyse_frames(
    writer: PartitionWriter,
    frames: ImageSet,
    character: str,
    references: Mapping[str, Sequence[RGB]],
    models: Models,
    params: AnalysisParams,
) -> Summary:
    """Stores one row per usable frame, with the frame's id and path.

    Columns: all frame metrics, ``instance_count``, ``target_found``, ``target_score``,
    ``other_score`` (best other character for the same blob; null without others), ``target_share``
    (of the picture), ``target_side_px`` (shorter side of its box), and the frame's own columns.
    Objects are the instances, the character's labelled with its name.

    Args:
        writer: the opened partition of ``frame_analysis``.
        frames: rows of ``frames``.
        character: label of the target.
        references: crops that show a character, by character. The target needs at least one; two or
            more match better. A blob that resembles another character more is not the target.
        models: roles ``segment`` and ``embed`` are used.
        params: matching.

    Raises:
        ValueError: the target has no reference.
    """
    if not references.get(character):
        raise ValueError(
            f"character {character!r} has no reference pictures; put some into data/characters/{character}/references/"
        )
    others = {name: crops for name, crops in sorted(references.items()) if crops and name != character}
    shared = {
        "character": character,
        "segment": models.segment().name,
        "embed": models.embed().name,
        "references": [_digest(image) for image in references[character]],
        "others": {name: [_digest(image) for image in crops] for name, crops in others.items()},
        "params": params.model_dump(),
    }
    items = [Item(record.stem, {"frame": record.id, **shared}, record) for record in frames.ok]
    analyst = _Analyst(character, references[character], others, models, params)

    def make(batch: list[Item]) -> list[list[Artifact]]:
        return [[analyst.row(item.payload, frames.read(item.payload))] for item in batch]

    return run_items(writer, items, make, extras=_extras)


def _digest(image: RGB) -> str:
    return hashlib.sha256(f"{image.shape}".encode() + image.tobytes()).hexdigest()[:32]


class _Analyst:
    """Describes the references at the first frame, then looks at one frame at a time."""

    def __init__(
        self,
        character: str,
        references: Sequence[RGB],
        others: Mapping[str, Sequence[RGB]],
        models: Models,
        params: AnalysisParams,
    ) -> None:
        self._character, self._models, self._params = character, models, params
        self._references, self._others = references, others

    @cached_property
    def _own(self) -> Description:
        return self._describe_references(self._references)

    @cached_property
    def _rest(self) -> list[Description]:
        return [self._describe_references(crops) for crops in self._others.values()]

    def _describe_references(self, crops: Sequence[RGB]) -> Description:
        found = self._models.segment().segment(crops)
        masks = [
            instances[0].mask if instances else np.ones(crop.shape[:2], np.bool_)
            for crop, instances in zip(crops, found, strict=True)
        ]
        return describe(crops, masks, self._models.embed())

    def row(self, frame: ImageRecord, image: RGB) -> Artifact:
        """The row of one frame."""
        blobs = [instance.mask for instance in self._models.segment().segment([image])[0]]
        target = find_target(image, blobs, self._own, self._rest, self._models.embed(), self._params)
        masks = [mask for mask in self._objects(image, blobs, target) if mask.any()]
        labels = [self._character if target and target.found and at == 0 else UNKNOWN for at in range(len(masks))]
        objects = tuple(
            ObjectRecord(
                label=label,
                xyxy=tight_box(mask) or (0, 0, 0, 0),
                instance_id=at + 1,
                score=round(min(1.0, max(0.0, target.score)), 4) if target and label != UNKNOWN else 1.0,
            )
            for at, (mask, label) in enumerate(zip(masks, labels, strict=True))
        )
        extra: dict[str, Scalar] = {**frame.extra, **frame_metrics(Look(image)), "instance_count": len(masks)}
        extra |= _target_columns(target, masks[0] if masks else None)
        record = replace(frame, objects=objects, extra=extra, files=())
        return Artifact(record, masks=masks)

    def _objects(self, image: RGB, blobs: Sequence[Mask], target: Target | None) -> list[Mask]:
        """Disjoint masks, the target first where it was found."""
        if target is None or not target.found:
            return list(blobs)
        chosen = target.candidate
        mask = refine_mask(image, chosen.mask) if self._params.refine else chosen.mask
        rest = [blob & ~mask for at, blob in enumerate(blobs) if chosen.whole is False or at != chosen.blob]
        least_px = self._params.min_part_share * float(chosen.mask.sum())
        return [mask, *(part for part in rest if float(part.sum()) >= least_px)]


def _target_columns(target: Target | None, mask: Mask | None) -> dict[str, Scalar]:
    found = target is not None and target.found
    box = tight_box(mask) if found and mask is not None else None
    return {
        "target_found": found,
        "target_score": round(target.score, 4) if target else 0.0,
        "other_score": round(target.other_score, 4) if target and target.other_score >= 0 else None,
        "target_share": round(float(mask.mean()), 5) if found and mask is not None else 0.0,
        "target_side_px": min(box[2] - box[0], box[3] - box[1]) if box else 0,
    }


def _extras(images: ImageSet) -> Extras:
    found = sum(bool(record.extra["target_found"]) for record in images.ok)
    return Extras(
        details={
            "frames": len(images.ok),
            "with_character": found,
            "without_character": len(images.ok) - found,
            "instances": sum(int(record.extra["instance_count"] or 0) for record in images.ok),
        }
    )
