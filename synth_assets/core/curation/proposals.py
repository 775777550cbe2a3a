"""Proposals: from the nested masks of an automatic segmenter to separate whole objects.

Belongs here: near-duplicates, scenery, parts of larger objects, overlaps, specks. Does not belong
here: the model that proposes masks, and cutting a saliency map into instances (``instances.py``).
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from synth_assets.core.config import Params
from synth_assets.core.masks import tight_box
from synth_assets.core.ports import Box, Instance, Mask

_BORDERS = 3
"""Sky, ground and a near wall reach this many borders of the picture; what stands in it hardly ever does."""


class ProposalParams(Params):
    """What of an automatic segmenter's masks counts as an object.

    Attributes:
        min_side_px: both sides of an object's box have at least this; smaller ones are dropped.
        max_share: a mask of more than this share of the picture is scenery. Objects that a picture was
            cropped to fill up to 0.7 of it (the sample's reference crops).
        max_border: so is one that reaches three borders or more and lies along this many in all (one
            border's whole length is 1, all four are 4). The sample's characters that reach three lie along
            0.9 at most in the film and 1.2 in reference crops; a quarter of sky or ground along 1.5.
        part_share: a mask with this share of itself inside a larger object is a part of that.
        min_left: an object that keeps less than this share of itself beside surer ones is dropped.
        speck_share: islands and holes of a mask up to this share of it are removed.
    """

    min_side_px: int = Field(default=64, ge=1)
    max_share: float = Field(default=0.85, gt=0, le=1)
    max_border: float = Field(default=1.3, gt=0, le=4)
    part_share: float = Field(default=0.8, gt=0.5, le=1)
    min_left: float = Field(default=0.5, gt=0, le=1)
    speck_share: float = Field(default=0.02, ge=0, lt=0.5)


def objects_from_proposals(proposals: Sequence[Instance], params: ProposalParams) -> list[Instance]:
    """Gives the whole objects among nested and overlapping masks: disjoint, largest first.

    Scenery goes first, so that it takes nothing that stands before it along. What lies mostly inside a
    larger object is its part (an eye, a head): wholes win, because a figure that was taken apart is
    nobody's likeness, while two objects in one mask can still be cut. Of two that overlap otherwise the
    surer one keeps what they share.

    Args:
        proposals: (H, W) masks of one picture with scores; in any order.
        params: limits.
    """
    candidates = [item for item in proposals if _is_large(item.mask, params) and not is_scenery(item.mask, params)]
    wholes = _wholes(_largest_first(candidates), params.part_share)
    clean = [Instance(without_specks(item.mask, params.speck_share), item.score) for item in wholes]
    return _largest_first(_disjoint(clean, params))


def is_scenery(mask: Mask, params: ProposalParams) -> bool:
    """True for what objects stand in: it spans the picture, see ``ProposalParams``."""
    if np.count_nonzero(mask) > params.max_share * mask.size:
        return True
    along = [float(border.mean()) for border in (mask[:, 0], mask[0], mask[:, -1], mask[-1])]
    return sum(share > 0 for share in along) >= _BORDERS and sum(along) >= params.max_border


def without_specks(mask: Mask, share: float) -> Mask:
    """The mask without islands and with holes filled, both up to this share of its area."""
    box = tight_box(mask)
    if box is None:
        return mask
    # One pixel around it joins all that is outside, so that a bay at the rim is no hole.
    inside = np.pad(mask[_slices(box)], 1)
    limit_px = share * np.count_nonzero(inside)
    inside = ~_without_islands(~_without_islands(inside, limit_px), limit_px)
    whole = np.zeros_like(mask)
    whole[_slices(box)] = inside[1:-1, 1:-1]
    return whole


def without_duplicates(boxes: Sequence[Box], scores: Sequence[float], max_iou: float) -> list[int]:
    """Gives the indices of the boxes that no surer one overlaps by more than ``max_iou``, surest first.

    Args:
        boxes: of N masks.
        scores: N; of equal ones the first is the surer.
        max_iou: intersection over union from which two are the same.
    """
    corners = np.asarray(boxes, np.float64).reshape(-1, 4)
    areas = np.prod(corners[:, 2:] - corners[:, :2], axis=1)
    left: NDArray[np.intp] = np.argsort(-np.asarray(scores, np.float64), kind="stable")
    kept: list[int] = []
    while left.size:
        best, left = left[0], left[1:]
        kept.append(int(best))
        sides = np.minimum(corners[best, 2:], corners[left, 2:]) - np.maximum(corners[best, :2], corners[left, :2])
        common = np.prod(np.maximum(sides, 0), axis=1)
        left = left[common <= max_iou * (areas[best] + areas[left] - common)]
    return kept


def _wholes(candidates: Sequence[Instance], part_share: float) -> list[Instance]:
    """Those of the candidates, largest first, that are no part of one before them."""
    kept: list[Instance] = []
    for item in candidates:
        box = tight_box(item.mask)
        if box is None:
            continue
        own = item.mask[_slices(box)]
        least_px = part_share * np.count_nonzero(own)
        if not any(np.count_nonzero(own & larger.mask[_slices(box)]) >= least_px for larger in kept):
            kept.append(item)
    return kept


def _disjoint(wholes: Sequence[Instance], params: ProposalParams) -> list[Instance]:
    """What each keeps beside the surer ones, without the slivers that are left of it."""
    kept: list[Instance] = []
    taken = np.zeros(wholes[0].mask.shape if wholes else (0, 0), np.bool_)
    for item in sorted(wholes, key=lambda whole: -whole.score):
        area_px = np.count_nonzero(item.mask)
        left = _without_islands(item.mask & ~taken, params.speck_share * area_px)
        if np.count_nonzero(left) >= params.min_left * area_px and _is_large(left, params):
            kept.append(Instance(left, item.score))
            taken |= left
    return kept


def _without_islands(mask: Mask, limit_px: float) -> Mask:
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    stays = stats[:, cv2.CC_STAT_AREA] > limit_px
    stays[0] = False
    return stays[np.asarray(labels, np.int32)]


def _is_large(mask: Mask, params: ProposalParams) -> bool:
    box = tight_box(mask)
    return box is not None and min(box[2] - box[0], box[3] - box[1]) >= params.min_side_px


def _largest_first(items: Sequence[Instance]) -> list[Instance]:
    return sorted(items, key=lambda item: -np.count_nonzero(item.mask))


def _slices(box: Box) -> tuple[slice, slice]:
    return slice(box[1], box[3]), slice(box[0], box[2])
