"""Matching: which blob of a frame is the character that the reference crops show.

Belongs here: describing a masked blob, scoring it against references, and cutting a blob that
joins several things into parts. Does not belong here: finding blobs (role ``segment``) and what is
done with a match (``analysis.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from synth_assets.core.colour import to_lab
from synth_assets.core.masks import tight_box
from synth_assets.core.ports import RGB, Embedder, Mask

NEUTRAL_GREY = 128
_MARGIN_SHARE = 0.08
_BEST_REFERENCES = 2
_LAB_BINS = (6, 12, 12)
_LAB_RANGE = ((0.0, 100.0), (-45.0, 45.0), (-45.0, 65.0))
_EVEN_COLOUR = 0.5
_SPLIT_SIDE_PX = 160
_SPLIT_COUNTS = (2, 3)
_SPLIT_POSITION_WEIGHT = 30.0
_SPLIT_LIGHTNESS_WEIGHT = 0.4
_SPLIT_CHROMA_WEIGHT = 2.0


@dataclass(frozen=True)
class Description:
    """What blobs look like.

    Attributes:
        embeddings: (N, D) float32, rows of length 1.
        histograms: (N, B) float32 Lab histograms, rows that sum to 1.
    """

    embeddings: NDArray[np.float32]
    histograms: NDArray[np.float32]


def masked_crop(image: RGB, mask: Mask) -> RGB:
    """The blob alone, centred on a square of neutral grey with a small margin.

    Raises:
        ValueError: the mask is empty.
    """
    box = tight_box(mask)
    if box is None:
        raise ValueError("the mask is empty, so there is nothing to crop")
    x0, y0, x1, y1 = box
    side = round(max(y1 - y0, x1 - x0) * (1 + 2 * _MARGIN_SHARE))
    sheet = np.full((side, side, 3), NEUTRAL_GREY, np.uint8)
    top, left = (side - (y1 - y0)) // 2, (side - (x1 - x0)) // 2
    inside = mask[y0:y1, x0:x1, None]
    sheet[top : top + y1 - y0, left : left + x1 - x0] = np.where(inside, image[y0:y1, x0:x1], NEUTRAL_GREY)
    return sheet


def colour_histogram(image: RGB, mask: Mask) -> NDArray[np.float32]:
    """(864,) float32 histogram of the blob's Lab colours that sums to 1."""
    low, high = np.array(_LAB_RANGE, np.float32).T
    bins = np.array(_LAB_BINS)
    places = ((to_lab(image)[mask] - low) * (bins / (high - low)).astype(np.float32)).astype(np.int32)
    codes = np.ravel_multi_index(tuple(places.T), _LAB_BINS, mode="clip")
    counts = np.bincount(codes, minlength=int(bins.prod()))
    return (counts / max(1, int(counts.sum()))).astype(np.float32)


def describe(images: Sequence[RGB], masks: Sequence[Mask], embedder: Embedder) -> Description:
    """Describes blob i of picture i, for all i.

    Raises:
        ValueError: no blobs, or an empty mask.
    """
    crops = [masked_crop(image, mask) for image, mask in zip(images, masks, strict=True)]
    histograms = [colour_histogram(image, mask) for image, mask in zip(images, masks, strict=True)]
    return Description(embedder.embed(crops), np.stack(histograms))


def match_scores(blobs: Description, references: Description, colour_weight: float) -> NDArray[np.float64]:
    """Scores blobs against one character's references.

    Mean cosine of the two most similar references, raised or lowered a little by how far the
    colours agree (Bhattacharyya coefficient of Lab histograms, again of the two best): light
    changes colours, so they may support a match but not decide it.

    Args:
        blobs: N blobs.
        references: the character.
        colour_weight: change of the score between no and full agreement of colours.

    Returns:
        (N,) float64 scores.
    """
    shape = _mean_of_best(blobs.embeddings @ references.embeddings.T)
    return shape + colour_weight * (colour_agreement(blobs.histograms, references) - _EVEN_COLOUR)


def colour_agreement(histograms: NDArray[np.float32], references: Description) -> NDArray[np.float64]:
    """(N,) Bhattacharyya coefficients in 0..1 of (N, B) histograms with the two closest references."""
    return _mean_of_best(np.sqrt(histograms) @ np.sqrt(references.histograms).T)


def _mean_of_best(similarity: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.sort(similarity.astype(np.float64), axis=1)[:, -_BEST_REFERENCES:].mean(axis=1)


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


def largest_component(mask: Mask) -> Mask:
    """The largest 4-connected part of a mask; empty for an empty mask."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=4)
    if count <= 1:
        return np.zeros(mask.shape, np.bool_)
    return labels == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
