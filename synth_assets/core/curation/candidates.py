"""Candidates: masks of a frame that may be a character.

Belongs here: cutting a blob that joins several things into parts, and searching a picture for a
character's colours. Does not belong here: finding blobs (role ``segment``), how like a character a
candidate is (``matching.py``) and which one it is (``identity.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from synth_assets.core.colour import to_lab
from synth_assets.core.curation.matching import LAB_BINS, Description, colour_codes, largest_component
from synth_assets.core.masks import dilate, erode, tight_box
from synth_assets.core.ports import RGB, Mask

_SPLIT_SIDE_PX = 160
_SPLIT_COUNTS = (2, 3)
_SPLIT_POSITION_WEIGHT = 30.0
_SPLIT_LIGHTNESS_WEIGHT = 0.4
_SPLIT_CHROMA_WEIGHT = 2.0
_CUT_PX = 3

_SEARCH_SIDE_PX = 240
"""Colours need no more, and GrabCut takes 0.03 s at this size; ``refine_mask`` follows the picture's edges later."""
_SEARCH_SOFTNESS_PX = 2.0
_SEARCH_BIN_BLUR = 0.7
_SEARCH_LIKELY = 0.5
_SEARCH_ROUNDS = 2
_SURE_PX, _NEAR_PX = 4, 12


@dataclass(frozen=True)
class Candidate:
    """A mask that may be a character.

    Attributes:
        mask: (H, W) bool.
        blob: index of the blob that it is cut from; None where it was searched for by colour.
        leaves: what of the blob it leaves behind; None for a whole blob.
    """

    mask: Mask
    blob: int | None
    leaves: Mask | None = None


def blobs_and_parts(image: RGB, blobs: Sequence[Mask], min_part_share: float) -> list[Candidate]:
    """Each blob, and its parts that have at least this share of it."""
    found: list[Candidate] = []
    for at, blob in enumerate(blobs):
        found.append(Candidate(blob, at))
        parts = split_blob(image, blob, round(min_part_share * float(blob.sum())))
        found.extend(Candidate(part, at, blob & ~part) for part in parts)
    return found


def without(candidate: Candidate, blob: Mask, min_share: float) -> list[Candidate]:
    """The rest of a blob without this part of it, if a connected piece of at least this share is left."""
    left = largest_component(blob & ~dilate(candidate.mask, _CUT_PX))
    return [Candidate(left, candidate.blob, blob & ~left)] if left.sum() >= min_share * blob.sum() else []


def split_blob(image: RGB, mask: Mask, min_area_px: int) -> list[Mask]:
    """Parts of a blob that differ in colour and place, as candidates; the blob itself is not among them.

    k-means with two and with three centres on chroma, lightness and position. Parts of one k are
    disjoint; parts of different k overlap.

    Args:
        image: (H, W, 3) picture.
        mask: (H, W) bool blob.
        min_area_px: smaller parts are left out.
    """
    box = tight_box(mask)
    if box is None:
        return []
    x0, y0, x1, y1 = box
    scale = min(1.0, _SPLIT_SIDE_PX / max(y1 - y0, x1 - x0))
    size_wh = (max(1, round((x1 - x0) * scale)), max(1, round((y1 - y0) * scale)))
    lab = cv2.GaussianBlur(cv2.resize(to_lab(image[y0:y1, x0:x1]), size_wh, interpolation=cv2.INTER_AREA), (0, 0), 2)
    small = cv2.resize(mask[y0:y1, x0:x1].astype(np.uint8), size_wh, interpolation=cv2.INTER_NEAREST) > 0
    ys, xs = np.nonzero(small)
    weights = np.array([_SPLIT_LIGHTNESS_WEIGHT, _SPLIT_CHROMA_WEIGHT, _SPLIT_CHROMA_WEIGHT], np.float32)
    place = np.stack([ys, xs], 1) * (_SPLIT_POSITION_WEIGHT / max(size_wh))
    features = np.hstack([np.asarray(lab)[ys, xs] * weights, place]).astype(np.float32)
    parts: list[Mask] = []
    for count in _SPLIT_COUNTS:
        if len(features) <= count:
            continue
        cv2.setRNGSeed(0)
        stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 20, 0.5)
        _, labels, _ = cv2.kmeans(features, count, np.zeros((0,), np.int32), stop, 1, cv2.KMEANS_PP_CENTERS)
        for label in range(count):
            part = np.zeros(small.shape, np.uint8)
            part[ys, xs] = labels.ravel() == label
            whole = np.zeros(mask.shape, np.bool_)
            large = cv2.resize(part, (x1 - x0, y1 - y0), interpolation=cv2.INTER_NEAREST) > 0
            whole[y0:y1, x0:x1] = large & mask[y0:y1, x0:x1]
            part_mask = largest_component(whole)
            if int(part_mask.sum()) >= min_area_px:
                parts.append(part_mask)
    return parts


def find_by_colour(image: RGB, references: Description, min_share: float, count: int) -> list[Mask]:
    """The connected places of a picture that stand out by a character's colours, largest first.

    A saliency net overlooks the large and calm beside the small and busy. The character's mean
    histogram against the picture's own says where its colours are; GrabCut then follows the edges.

    Args:
        image: (H, W, 3) picture.
        references: the character.
        min_share: smallest place, as a share of the picture.
        count: places at most.

    Source: Swain and Ballard, Color Indexing, 1991 (backprojection); Rother, Kolmogorov, Blake,
    "GrabCut", 2004.
    """
    height, width = image.shape[:2]
    scale = min(1.0, _SEARCH_SIDE_PX / max(height, width))
    size_wh = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = np.asarray(cv2.resize(image, size_wh, interpolation=cv2.INTER_AREA), np.uint8)
    likely = _backprojection(small, references) > _SEARCH_LIKELY
    opened = cv2.morphologyEx(likely.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    total, labels, stats, _ = cv2.connectedComponentsWithStats(opened, connectivity=4)
    found: list[Mask] = []
    for label in sorted(range(1, total), key=lambda at: -int(stats[at, cv2.CC_STAT_AREA]))[:count]:
        if stats[label, cv2.CC_STAT_AREA] >= min_share * opened.size:
            place = _cut_out(small, labels == label)
            found.append(cv2.resize(place.astype(np.uint8), (width, height), interpolation=cv2.INTER_LINEAR) > 0)
    return [mask for mask in found if mask.any()]


def _backprojection(image: RGB, references: Description) -> NDArray[np.float32]:
    """(H, W) in 0..1: how far a pixel's colour is rather the character's than the picture's."""
    codes = colour_codes(np.asarray(cv2.GaussianBlur(to_lab(image), (0, 0), 1), np.float32))
    wanted = _smooth(references.histograms.mean(axis=0))
    own = _smooth(np.bincount(codes.ravel(), minlength=wanted.size) / codes.size)
    rather = wanted / np.maximum(wanted + own, np.finfo(np.float32).eps)
    return np.asarray(cv2.GaussianBlur(rather.astype(np.float32)[codes], (0, 0), _SEARCH_SOFTNESS_PX), np.float32)


def _smooth(histogram: NDArray[np.floating]) -> NDArray[np.float64]:
    """Neighbouring colours lend each other their counts: light moves a colour by a bin."""
    from scipy import ndimage  # slow to import, and loading the graph needs none of it

    return ndimage.gaussian_filter(histogram.reshape(LAB_BINS).astype(np.float64), _SEARCH_BIN_BLUR).ravel()


def _cut_out(image: RGB, place: Mask) -> Mask:
    """The object that a roughly marked place belongs to."""
    marks = np.full(place.shape, cv2.GC_BGD, np.uint8)
    marks[dilate(place, _NEAR_PX)] = cv2.GC_PR_BGD
    marks[place] = cv2.GC_PR_FGD
    marks[erode(place, _SURE_PX)] = cv2.GC_FGD
    if (marks != cv2.GC_BGD).all():
        return place
    cv2.setRNGSeed(0)
    model, other = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(np.ascontiguousarray(image), marks, (0, 0, 1, 1), model, other, _SEARCH_ROUNDS, cv2.GC_INIT_WITH_MASK)
    return largest_component((marks == cv2.GC_FGD) | (marks == cv2.GC_PR_FGD))
