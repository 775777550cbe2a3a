"""Analysis: what every frame shows, measured once.

Belongs here: metrics, instances and who they are, of each frame, as one table. Does not belong
here: decisions on these values (``decisions.py``), how instances are told apart (``identity.py``),
what of a row depends on whose it is (``sightings.py``) and the formulas of the metrics
(``synth_assets/core/measure_frames.py``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from pydantic import Field

from synth_assets.core.curation.cast import Cast
from synth_assets.core.curation.cutout import refine_mask
from synth_assets.core.curation.frame_table import FRAME_TABLE, frame_table
from synth_assets.core.curation.identity import Found, IdentityParams, Who, identify, likeness
from synth_assets.core.curation.sharing import Elsewhere
from synth_assets.core.curation.shot_types import ShotTypeParams
from synth_assets.core.curation.sightings import UNKNOWN, Seen, Sighting, row_of, sighting_of_other
from synth_assets.core.items import Artifact, Extras, Item, PartitionWriter, Summary, fingerprint, run_items
from synth_assets.core.measure import Look, frame_metrics
from synth_assets.core.ports import RGB, Mask, Models
from synth_assets.core.records import ImageRecord, ImageSet

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
    cast: Cast,
    models: Models,
    params: AnalysisParams,
    others: Iterable[ImageSet] = (),
) -> Summary:
    """Stores one row per usable frame, with the frame's id and path.

    Columns: all frame metrics, ``instance_count``, ``character_count`` (all of them where one is a
    known character or looks like some character, else 0), ``others`` (other known characters that
    are there, joined by ", "), ``target_found``, ``target_score``, ``other_score`` (best other
    character for the same mask; null without others), ``target_share`` (of the picture),
    ``target_side_px`` (shorter side of its box), ``shot_type`` ("" without the character),
    ``character_scores`` (JSON: every known character → its best score and the best of another for the
    same mask, null without others; ``{}`` where nothing could be a character) and the frame's own columns.
    Objects are the instances, the target first, then the other known characters by name, each
    labelled with its name, then the unknown. Who is where depends on the frame and on all
    references, not on whose partition this is: a frame that another character's partition holds, made
    from equal inputs, is not looked at again; its row comes out as if it were.

    Args:
        writer: the opened partition of ``frame_analysis``.
        frames: rows of ``frames``.
        character: label of the target.
        cast: the known characters; the target is one of them. An instance that resembles two alike is neither.
        models: roles ``segment`` and ``embed`` are used, and ``depth`` where the set has it.
        params: matching.
        others: other characters' committed partitions of ``frame_analysis``; read only if there is something to make.

    Raises:
        ValueError: the target has no reference.
    """
    if character not in cast.digests:
        raise ValueError(
            f"character {character!r} has no reference pictures; put some into data/characters/{character}/references/"
        )
    shared = {
        "character": character,
        "segment": models.segment().name,
        "embed": models.embed().name,
        "depth": models.depth().name if models.has("depth") else "",
        "references": cast.digests,
        "params": params.model_dump(),
    }
    items = [Item(record.stem, {"frame": record.id, **shared}, record) for record in frames.ok]
    inputs = {item.inputs["frame"]: item.inputs for item in items}
    analyst = _Analyst(cast, models, params)

    def serves(row: ImageRecord) -> str | None:
        if row.id not in inputs:
            return None
        twin = Item(row.key, {**inputs[row.id], "character": row.partition})
        return row.id if row.fingerprint == fingerprint(writer.code_version, twin) else None

    elsewhere = Elsewhere(others, serves, len(inputs))

    def make(batch: list[Item]) -> list[list[Artifact]]:
        there = [sighting_of_other(found) if (found := elsewhere.find(item.payload.id)) else None for item in batch]
        images = [frames.read(item.payload) for item, sighting in zip(batch, there, strict=True) if sighting is None]
        new = iter(analyst.sightings(images))
        sightings = [sighting or next(new) for sighting in there]
        return [
            [row_of(item.payload, sighting, character, params.shot_types)]
            for item, sighting in zip(batch, sightings, strict=True)
        ]

    return run_items(writer, items, make, batch_size=BATCH_FRAMES, extras=_extras)


@dataclass(frozen=True)
class _Instances:
    """The instances of one frame: the characters', disjoint, and what is left."""

    characters: list[tuple[Found, Mask]]
    unknown: list[Mask]


@dataclass(frozen=True)
class _Analyst:
    """Looks at a batch of frames at a time."""

    cast: Cast
    models: Models
    params: AnalysisParams

    def sightings(self, images: Sequence[RGB]) -> list[Sighting]:
        """What is in some frames."""
        if not images:
            return []
        known, embedder, params = self.cast.descriptions, self.models.embed(), self.params
        blobs = [[one.mask for one in found] for found in self.models.segment().segment(images)]
        depths = self.models.depth().depth(images) if self.models.has("depth") else [None] * len(images)
        who = identify(images, blobs, known, embedder, params)
        instances = [self._instances(*frame) for frame in zip(images, blobs, who, strict=True)]
        shown = [image for image, found in zip(images, instances, strict=True) for _ in found.unknown]
        masks = [mask for found in instances for mask in found.unknown]
        alike = iter(likeness(shown, masks, known, embedder, params))
        creatures = [sum(next(alike) >= params.creature_score for _ in found.unknown) for found in instances]
        return [
            self._sighting(frame_metrics(Look(image), depth), found, one, count)
            for image, depth, found, one, count in zip(images, depths, instances, who, creatures, strict=True)
        ]

    def _instances(self, image: RGB, blobs: Sequence[Mask], who: Who) -> _Instances:
        """The characters, and what the blobs hold beside them."""
        taken = np.zeros(image.shape[:2], np.bool_)
        characters: list[tuple[Found, Mask]] = []
        for one in sorted(who.found, key=lambda found: int(found.candidate.mask.sum())):
            mask = (refine_mask(image, one.candidate.mask) if self.params.refine else one.candidate.mask) & ~taken
            if mask.any():
                characters.append((one, mask))
                taken |= mask
        whole = {one.candidate.blob for one in who.found if one.candidate.leaves is None}
        unknown = [blob & ~taken for at, blob in enumerate(blobs) if at not in whole]
        least = [self.params.min_part_share * float(blob.sum()) for at, blob in enumerate(blobs) if at not in whole]
        return _Instances(characters, [rest for rest, px in zip(unknown, least, strict=True) if rest.sum() >= px])

    def _sighting(self, metrics: Mapping[str, float], found: _Instances, who: Who, creatures: int) -> Sighting:
        known = [Seen(one.name, min(1.0, max(0.0, one.score)), mask) for one, mask in found.characters]
        unknown = [Seen(UNKNOWN, 1.0, mask) for mask in found.unknown]
        others = len(self.cast.digests) > 1
        scores = {name: (best.score, best.other_score if others else None) for name, best in who.best.items()}
        # What stands out beside a character is mostly another one, though it may be like no reference.
        count = len(known) + len(unknown) if known or creatures else 0
        return Sighting([*known, *unknown], scores, {**metrics, "character_count": count})


def _extras(images: ImageSet) -> Extras:
    found = sum(bool(record.extra["target_found"]) for record in images.ok)
    return Extras(
        files={FRAME_TABLE: frame_table(images)},
        details={
            "frames": len(images.ok),
            "with_character": found,
            "without_character": len(images.ok) - found,
            "with_other_characters": sum(bool(record.extra["others"]) for record in images.ok),
            "instances": sum(int(record.extra["instance_count"] or 0) for record in images.ok),
        },
    )
