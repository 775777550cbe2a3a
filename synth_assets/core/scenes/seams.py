"""Seams: putting a repainted crop back so that no border shows.

Belongs here: the crop around a box, tone matching on the ring around what was repainted, finding
the object in a repainted crop, and taking over no more than it. Does not belong here: the models,
and whether the object is any good (``verification.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from synth_assets.core.boxes import expand
from synth_assets.core.colour import from_lab, to_lab
from synth_assets.core.masks import blend, dilate, disc, soft_rim, within
from synth_assets.core.ports import RGB, Box, Inpainted, Instance, Mask, SoftMask

_RING_PX = 12
"""Width of the ring around the soft mask on which colours are compared."""
_MAX_TONE_SHIFT = 12.0
_SPREAD_RANGE = (0.85, 1.18)
"""How far the spread of a channel (CIELAB) may be changed; a ring of few things says little of it."""
_MIN_SPREAD = 1e-3
_CORE = 0.5
"""Value of the request's soft mask from which a pixel can belong to the object."""
_MIN_CHANGE = 6.0
"""Colour difference in CIELAB that counts as painted, at the least."""
_CHANGE_SIGMA_PX = 0.8
_CLEAR_CHANGE = 5.0
"""Difference of the local mean colour (CIELAB) that belongs to the object: shadow, reflection."""
_CLEAR_SIGMA_PX = 3.0
"""A texture that was painted anew changes single pixels, but not their local mean."""
_REACH_SHARE = 0.35
"""Shadows are taken over up to this share of the object's longer side away from it."""
_OPENING_PX = 1
_CLOSING_SHARE = 0.02
_JOIN_SHARE = 0.025
"""Pieces of an exact mask with a gap up to twice this share of the object's longer side are one object."""
_HOLE_SHARE = 0.05
"""Holes up to this share of what changed are filled; larger ones show the background, as in a wheel."""
_MIN_INSTANCE_OVERLAP = 0.5


@dataclass(frozen=True)
class Found:
    """What was painted into a crop.

    Attributes:
        mask: (h, w) bool, the object; empty where nothing changed.
        others: further objects that appeared with it, largest first.
    """

    mask: Mask
    others: tuple[Mask, ...] = ()


def context_box(box: Box, size_hw: tuple[int, int], share: float, least_px: int) -> Box:
    """The box with context around it, clipped to the image.

    Args:
        box: where to paint.
        size_hw: (height, width) of the image.
        share: margin on every side as a share of the box's longer side.
        least_px: least margin.
    """
    margin_px = max(least_px, round(share * max(box[2] - box[0], box[3] - box[1])))
    return expand(box, margin_px, size_hw)


def settle(crop: RGB, painted: Inpainted, soft: SoftMask) -> RGB:
    """Gives the engine's picture in the crop's colours, laid over the crop where that was allowed.

    Where the engine says what it touched, those pixels are taken as they are. Otherwise colours are
    matched on the ring around the soft mask, which the engine should have left alone, and the result
    is blended in by the soft mask; every pixel outside of it keeps its bytes.

    Args:
        crop: (h, w, 3) as sent to the engine.
        painted: what came back.
        soft: (h, w) soft mask of the request.

    Raises:
        ValueError: the engine changed the picture's size.
    """
    if painted.image.shape != crop.shape:
        raise ValueError(f"the engine gave a picture of shape {painted.image.shape} for a crop of shape {crop.shape}")
    if painted.touched is not None:
        return np.where(painted.touched[..., None], painted.image, crop)
    return blend(crop, match_tone(painted.image, crop, _ring(soft)), soft)


def allowed_soft(painted: Inpainted, soft: SoftMask) -> SoftMask:
    """How far each pixel of a settled crop may differ from the crop: what was touched, or the soft mask."""
    return soft if painted.touched is None else painted.touched.astype(np.float32)


def paste_tight(crop: RGB, settled: RGB, painted: Inpainted, found: Mask, soft: SoftMask, rim_px: float) -> RGB:
    """Gives the crop with the object, its soft rim, its shadow, and nothing else of the repainted region.

    Args:
        crop: (h, w, 3) before painting.
        settled: from ``settle``.
        painted: what the engine gave; where it says what it touched, that is exact and stays.
        found: (h, w) bool, the object.
        soft: (h, w) soft mask of the request; pixels where it is 0 keep their bytes.
        rim_px: width of the soft rim.
    """
    if painted.touched is not None:
        return settled
    return blend(crop, settled, soft_rim(_belonging(crop, settled, found, soft), rim_px))


def match_tone(image: RGB, reference: RGB, where: Mask) -> RGB:
    """Moves the picture's CIELAB mean, and within bounds its spread, to the reference's on ``where``.

    Args:
        image: (h, w, 3) to change.
        reference: (h, w, 3).
        where: (h, w) bool, pixels that show the same in both; with none, nothing is changed.
    """
    if not where.any():
        return image
    lab = to_lab(image)
    own, wished = lab[where], to_lab(reference)[where]
    spread = np.clip(wished.std(axis=0) / np.maximum(own.std(axis=0), _MIN_SPREAD), *_SPREAD_RANGE)
    shift = np.clip(wished.mean(axis=0) - own.mean(axis=0), -_MAX_TONE_SHIFT, _MAX_TONE_SHIFT)
    mean = own.mean(axis=0)
    return from_lab(((lab - mean) * spread + mean + shift).astype(np.float32))


def find_object(before: RGB, after: RGB, soft: SoftMask, instances: Sequence[Instance]) -> Found:
    """Gives the object that was painted, and any other that appeared with it.

    A segmented instance that lies mostly where something changed wins, less what did not change;
    otherwise the largest connected piece of change does.

    Args:
        before: (h, w, 3) crop before painting.
        after: the same, settled.
        soft: (h, w), how far each pixel may differ.
        instances: what a segmenter sees in ``after``; may be empty.
    """
    allowed = soft >= _CORE
    difference = to_lab(after) - to_lab(before)
    change = _length(np.asarray(cv2.GaussianBlur(difference, (0, 0), _CHANGE_SIGMA_PX), np.float32))
    touched = (change > _MIN_CHANGE) & (_length(difference) > _MIN_CHANGE) & allowed
    painted = touched & (change > _threshold(change, allowed))
    pieces = [piece & allowed for piece in _pieces(painted)]
    new = [found.mask & allowed for found in instances if _is_new(found.mask, painted)]
    if new:
        solid = _closed(touched)
        new = sorted((mask & solid for mask in new), key=lambda mask: -int(mask.sum()))
        return Found(new[0], tuple(new[1:]))
    if not pieces:
        return Found(np.zeros(allowed.shape, np.bool_))
    return Found(pieces[0], tuple(pieces[1:]))


def split_object(mask: Mask) -> Found:
    """The mask of an engine that knows its object, with its further separate pieces named."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if rows.size == 0:
        return Found(mask)
    near_px = max(1, round(_JOIN_SHARE * max(rows[-1] - rows[0], columns[-1] - columns[0])))
    count, labels = cv2.connectedComponents(within(mask, near_px).astype(np.uint8), connectivity=8)
    pieces = sorted(((labels == label) & mask for label in range(1, count)), key=lambda piece: -int(piece.sum()))
    return Found(mask, tuple(pieces[1:]))


def _ring(soft: SoftMask) -> Mask:
    outside = soft == 0
    return outside & within(~outside, _RING_PX)


def _is_new(instance: Mask, painted: Mask) -> bool:
    area = int(instance.sum())
    return area > 0 and int((instance & painted).sum()) >= _MIN_INSTANCE_OVERLAP * area


def _belonging(crop: RGB, settled: RGB, found: Mask, soft: SoftMask) -> Mask:
    """The object and what changed clearly and is connected with it."""
    # Only what lies around the object counts, else its own change would bleed over its rim.
    around = (~dilate(found, 1)).astype(np.float32)
    near = np.maximum(cv2.GaussianBlur(around, (0, 0), _CLEAR_SIGMA_PX), _MIN_SPREAD)
    difference = (to_lab(settled) - to_lab(crop)) * around[..., None]
    smooth = np.asarray(cv2.GaussianBlur(difference, (0, 0), _CLEAR_SIGMA_PX) / near[..., None], np.float32)
    clear = (_length(smooth) > _CLEAR_CHANGE) & (soft > 0) & (around > 0)
    rows, columns = np.flatnonzero(found.any(axis=1)), np.flatnonzero(found.any(axis=0))
    if rows.size == 0:
        return found
    reach_px = max(1, round(_REACH_SHARE * max(rows[-1] - rows[0], columns[-1] - columns[0])))
    nearby = clear & within(found, reach_px)
    _, labels = cv2.connectedComponents((dilate(found, 1) | nearby).astype(np.uint8), connectivity=8)
    return found | (nearby & np.isin(labels, np.unique(labels[found])))


def _length(difference: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.sqrt(np.einsum("hwc,hwc->hw", difference, difference))


def _threshold(change: NDArray[np.float32], allowed: Mask) -> float:
    values = np.clip(change[allowed], 0, 255).astype(np.uint8)
    if values.size == 0:
        return _MIN_CHANGE
    level, _ = cv2.threshold(values.reshape(-1, 1), 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return max(float(level), _MIN_CHANGE)


def _closed(mask: Mask) -> Mask:
    """The mask without specks, its gaps and small holes filled."""
    opened = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, disc(_OPENING_PX))
    radius_px = max(1, round(_CLOSING_SHARE * max(mask.shape)))
    padded = np.pad(opened, radius_px + 1)
    closed = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, disc(radius_px))
    closed = closed[radius_px + 1 : -radius_px - 1, radius_px + 1 : -radius_px - 1]
    count, labels, stats, _ = cv2.connectedComponentsWithStats(1 - closed, connectivity=4)
    small = [label for label in range(1, count) if stats[label, cv2.CC_STAT_AREA] <= _HOLE_SHARE * opened.sum()]
    return (closed > 0) | np.isin(labels, small)


def _pieces(mask: Mask) -> list[Mask]:
    """Connected pieces, largest first; nearby ones count as one."""
    closed = _closed(mask)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(closed.astype(np.uint8), connectivity=8)
    order = sorted(range(1, count), key=lambda label: -int(stats[label, cv2.CC_STAT_AREA]))
    return [labels == label for label in order]
