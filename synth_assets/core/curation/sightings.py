"""Sightings: what was seen in a frame, whoever asks, as one character's row and back.

Belongs here: the columns and objects of a row that depend on whose it is, and reading a sighting off another
character's row. Does not belong here: seeing (``analysis.py``) and finding that row (``sharing.py``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from synth_assets.core.curation.shot_types import ShotTypeParams, shot_type
from synth_assets.core.images import BadImageError
from synth_assets.core.items import Artifact
from synth_assets.core.masks import decode_mask, tight_box
from synth_assets.core.measure import FRAME_METRICS
from synth_assets.core.ports import Mask
from synth_assets.core.records import ImageRecord, ImageSet, ObjectRecord, Scalar

UNKNOWN = "unknown"
SCORES = "character_scores"
_SCORE_DECIMALS, _SHARE_DECIMALS = 4, 5
_SHARED = ("character_count", *(column for name in FRAME_METRICS for column in (name, f"{name}_corrected")))
"""Columns that are the same in every character's row of a frame."""


@dataclass(frozen=True)
class Seen:
    """An instance in a frame.

    Attributes:
        label: name of the character; UNKNOWN for others.
        score: likeness in 0..1; 1 for unknown ones.
        mask: (H, W) bool, not empty.
        png: the mask as it is stored already; empty where it is not.
    """

    label: str
    score: float
    mask: Mask
    png: bytes = b""


@dataclass(frozen=True)
class Sighting:
    """What was seen in a frame.

    Attributes:
        instances: disjoint; the unknown in the order of their rows' objects.
        scores: of every known character its best score in the frame and the best of another character for the same
            mask, None without others; empty where nothing could be a character.
        columns: ``_SHARED``.
    """

    instances: Sequence[Seen]
    scores: Mapping[str, tuple[float, float | None]]
    columns: Mapping[str, Scalar]


def row_of(record: ImageRecord, sighting: Sighting, character: str, params: ShotTypeParams) -> Artifact:
    """Gives a character's row of a frame, see ``analysis.analyse_frames``.

    Args:
        record: the frame's row of the character's ``frames``.
        sighting: what is in it.
        character: the target.
        params: limits of the shot types.
    """
    known = [one for one in sighting.instances if one.label != UNKNOWN]
    known.sort(key=lambda one: (one.label != character, one.label))
    instances = [*known, *(one for one in sighting.instances if one.label == UNKNOWN)]
    target = known[0] if known and known[0].label == character else None
    scores = {name: [_rounded(one), _rounded(other)] for name, (one, other) in sorted(sighting.scores.items())}
    target_score, other_score = scores.get(character, (0.0, None))
    columns: dict[str, Scalar] = {
        "instance_count": len(instances),
        "others": ", ".join(one.label for one in known if one is not target),
        "target_found": target is not None,
        "target_score": target_score,
        "other_score": other_score,
        **_place(target.mask if target else None, params),
        SCORES: json.dumps(scores, separators=(",", ":")),
    }
    objects = tuple(
        ObjectRecord(one.label, tight_box(one.mask) or (0, 0, 0, 0), at, score=round(one.score, _SCORE_DECIMALS))
        for at, one in enumerate(instances, 1)
    )
    extra = {**record.extra, **sighting.columns, **columns}
    masks = [one.png or one.mask for one in instances]
    return Artifact(replace(record, objects=objects, extra=extra, files=()), masks=masks)


def _rounded(score: float | None) -> float | None:
    return None if score is None else round(score, _SCORE_DECIMALS)


def _place(mask: Mask | None, params: ShotTypeParams) -> dict[str, Scalar]:
    box = tight_box(mask) if mask is not None else None
    return {
        "target_share": round(float(mask.mean()), _SHARE_DECIMALS) if mask is not None else 0.0,
        "target_side_px": min(box[2] - box[0], box[3] - box[1]) if box else 0,
        "shot_type": shot_type(mask, params) if mask is not None else "",
    }


def sighting_of_other(images: ImageSet) -> Sighting | None:
    """Reads a sighting off another character's row of the frame, the first of the set.

    Returns:
        None where its masks are not those of the row: its partition is written to meanwhile, or damaged.
    """
    row = images.records[0]
    instances = [_instance(images, row, item) for item in row.objects]
    seen = [one for one in instances if one is not None]
    if len(seen) < len(instances):
        return None
    scores = {name: (float(pair[0]), pair[1]) for name, pair in json.loads(str(row.extra[SCORES])).items()}
    return Sighting(seen, scores, {name: row.extra[name] for name in _SHARED})


def _instance(images: ImageSet, row: ImageRecord, item: ObjectRecord) -> Seen | None:
    try:
        png = images.read_bytes(item.mask_path)
        mask = decode_mask(png, item.mask_path)
    except (FileNotFoundError, BadImageError):
        return None
    fits = mask.shape == (row.height, row.width) and tight_box(mask) == item.xyxy
    return Seen(item.label, item.score, np.asarray(mask, np.bool_), png) if fits else None
