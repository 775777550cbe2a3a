"""Analysis: what every frame shows, measured once.

Belongs here: metrics, instances and who they are, of each frame, as one table. Does not belong
here: decisions on these values (``decisions.py``), how instances are told apart (``identity.py``)
and the formulas of the metrics (``synth_assets/core/measure_frames.py``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from pydantic import Field

from synth_assets.core.curation.cutout import refine_mask
from synth_assets.core.curation.frame_table import frame_table
from synth_assets.core.curation.identity import Found, IdentityParams, Who, identify, likeness
from synth_assets.core.curation.matching import Description, describe
from synth_assets.core.curation.shot_types import ShotTypeParams, shot_type
from synth_assets.core.items import Artifact, Extras, Item, PartitionWriter, Summary, run_items
from synth_assets.core.masks import tight_box
from synth_assets.core.measure import Look, frame_metrics
from synth_assets.core.ports import RGB, Mask, Models
from synth_assets.core.records import ImageRecord, ImageSet, ObjectRecord, Scalar

UNKNOWN = "unknown"
BATCH_FRAMES = 8
"""Frames whose masks are held at once: few calls of the models, and some 300 MB of candidates' masks at 1080p."""


class AnalysisParams(IdentityParams):
    """Who is a known character, and how masks and shot types are made."""

    refine: bool = Field(default=True, description="Fit the characters' masks to the picture's edges.")
    shot_types: ShotTypeParams = Field(default=ShotTypeParams(), description="Limits of the shot types.")


def analyse_frames(
    writer: PartitionWriter,
    frames: ImageSet,
    character: str,
    references: Mapping[str, Sequence[RGB]],
    models: Models,
    params: AnalysisParams,
) -> Summary:
    """Stores one row per usable frame, with the frame's id and path.

    Columns: all frame metrics, ``instance_count``, ``character_count`` (all of them where one is a
    known character or looks like some character, else 0), ``others`` (other known characters that
    are there, joined by ", "), ``target_found``, ``target_score``, ``other_score`` (best other
    character for the same mask; null without others), ``target_share`` (of the picture),
    ``target_side_px`` (shorter side of its box), ``shot_type`` ("" without the character) and the
    frame's own columns.
    Objects are the instances, the target first, then the other known characters by name, each
    labelled with its name, then the unknown. Who is where depends on the frame and on all
    references, not on whose partition this is.

    Args:
        writer: the opened partition of ``frame_analysis``.
        frames: rows of ``frames``.
        character: label of the target.
        references: crops that show a character, by character. The target needs at least one; two or
            more match better. An instance that resembles two characters alike is neither.
        models: roles ``segment`` and ``embed`` are used, and ``depth`` where the set has it.
        params: matching.

    Raises:
        ValueError: the target has no reference.
    """
    if not references.get(character):
        raise ValueError(
            f"character {character!r} has no reference pictures; put some into data/characters/{character}/references/"
        )
    known = {name: crops for name, crops in sorted(references.items()) if crops}
    shared = {
        "character": character,
        "segment": models.segment().name,
        "embed": models.embed().name,
        "depth": models.depth().name if models.has("depth") else "",
        "references": {name: [_digest(image) for image in crops] for name, crops in known.items()},
        "params": params.model_dump(),
    }
    items = [Item(record.stem, {"frame": record.id, **shared}, record) for record in frames.ok]
    analyst = _Analyst(character, known, models, params)

    def make(batch: list[Item]) -> list[list[Artifact]]:
        images = [frames.read(item.payload) for item in batch]
        return [[artifact] for artifact in analyst.rows([item.payload for item in batch], images)]

    return run_items(writer, items, make, batch_size=BATCH_FRAMES, extras=_extras)


def _digest(image: RGB) -> str:
    return hashlib.sha256(f"{image.shape}".encode() + image.tobytes()).hexdigest()[:32]


@dataclass(frozen=True)
class _Instances:
    """The instances of one frame: the characters', disjoint, and what is left."""

    characters: list[tuple[Found, Mask]]
    unknown: list[Mask]


class _Analyst:
    """Describes the references at the first frame, then looks at a batch of frames at a time."""

    def __init__(
        self, character: str, references: Mapping[str, Sequence[RGB]], models: Models, params: AnalysisParams
    ) -> None:
        self._character, self._references, self._models, self._params = character, references, models, params

    @cached_property
    def _known(self) -> dict[str, Description]:
        return {name: self._describe(crops) for name, crops in self._references.items()}

    def _describe(self, crops: Sequence[RGB]) -> Description:
        found = self._models.segment().segment(crops)
        masks = [
            instances[0].mask if instances else np.ones(crop.shape[:2], np.bool_)
            for crop, instances in zip(crops, found, strict=True)
        ]
        return describe(crops, masks, self._models.embed(), mirrored=True)

    def rows(self, records: Sequence[ImageRecord], images: Sequence[RGB]) -> list[Artifact]:
        """The rows of some frames."""
        embedder, params = self._models.embed(), self._params
        blobs = [[one.mask for one in found] for found in self._models.segment().segment(images)]
        depths = self._models.depth().depth(images) if self._models.has("depth") else [None] * len(images)
        who = identify(images, blobs, self._known, embedder, params)
        instances = [self._instances(*frame) for frame in zip(images, blobs, who, strict=True)]
        shown = [image for image, found in zip(images, instances, strict=True) for _ in found.unknown]
        masks = [mask for found in instances for mask in found.unknown]
        alike = iter(likeness(shown, masks, self._known, embedder, params))
        creatures = [sum(next(alike) >= params.creature_score for _ in found.unknown) for found in instances]
        rows: list[Artifact] = []
        for at, (record, image, found) in enumerate(zip(records, images, instances, strict=True)):
            extra: dict[str, Scalar] = {**record.extra, **frame_metrics(Look(image), depths[at])}
            # What stands out beside a character is mostly another one, though it may be like no reference.
            has_one = bool(found.characters) or creatures[at] > 0
            extra["character_count"] = len(found.characters) + len(found.unknown) if has_one else 0
            rows.append(self._row(record, found, who[at], extra))
        return rows

    def _instances(self, image: RGB, blobs: Sequence[Mask], who: Who) -> _Instances:
        """The characters, the target first and then by name, and what the blobs hold beside them."""
        taken = np.zeros(image.shape[:2], np.bool_)
        characters: list[tuple[Found, Mask]] = []
        for one in sorted(who.found, key=lambda found: int(found.candidate.mask.sum())):
            mask = (refine_mask(image, one.candidate.mask) if self._params.refine else one.candidate.mask) & ~taken
            if mask.any():
                characters.append((one, mask))
                taken |= mask
        whole = {one.candidate.blob for one in who.found if one.candidate.leaves is None}
        unknown = [blob & ~taken for at, blob in enumerate(blobs) if at not in whole]
        least = [self._params.min_part_share * float(blob.sum()) for at, blob in enumerate(blobs) if at not in whole]
        characters.sort(key=lambda pair: (pair[0].name != self._character, pair[0].name))
        return _Instances(characters, [rest for rest, px in zip(unknown, least, strict=True) if rest.sum() >= px])

    def _row(self, record: ImageRecord, instances: _Instances, who: Who, extra: dict[str, Scalar]) -> Artifact:
        named = [(found.name, min(1.0, max(0.0, found.score)), mask) for found, mask in instances.characters]
        objects = named + [(UNKNOWN, 1.0, mask) for mask in instances.unknown]
        names = [label for label, _, _ in named]
        extra |= {
            "instance_count": len(objects),
            "others": ", ".join(name for name in names if name != self._character),
            **self._target_columns(who.best.get(self._character), named[0][2] if self._character in names else None),
        }
        boxes = tuple(
            ObjectRecord(label=label, xyxy=tight_box(mask) or (0, 0, 0, 0), instance_id=at, score=round(score, 4))
            for at, (label, score, mask) in enumerate(objects, 1)
        )
        return Artifact(replace(record, objects=boxes, extra=extra, files=()), masks=[mask for _, _, mask in objects])

    def _target_columns(self, target: Found | None, mask: Mask | None) -> dict[str, Scalar]:
        box = tight_box(mask) if mask is not None else None
        return {
            "target_found": mask is not None,
            "target_score": round(target.score, 4) if target else 0.0,
            "other_score": round(target.other_score, 4) if target and len(self._references) > 1 else None,
            "target_share": round(float(mask.mean()), 5) if mask is not None else 0.0,
            "target_side_px": min(box[2] - box[0], box[3] - box[1]) if box else 0,
            "shot_type": shot_type(mask, self._params.shot_types) if mask is not None else "",
        }


def _extras(images: ImageSet) -> Extras:
    found = sum(bool(record.extra["target_found"]) for record in images.ok)
    return Extras(
        files={"frames.csv": frame_table(images)},
        details={
            "frames": len(images.ok),
            "with_character": found,
            "without_character": len(images.ok) - found,
            "with_other_characters": sum(bool(record.extra["others"]) for record in images.ok),
            "instances": sum(int(record.extra["instance_count"] or 0) for record in images.ok),
        },
    )
