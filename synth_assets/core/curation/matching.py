"""Matching: how much a masked blob resembles reference crops.

Belongs here: describing a masked blob and scoring it against references. Does not belong here:
which blobs are compared (``candidates.py``) and what follows from a score (``identity.py``).
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
LAB_BINS = (8, 16, 16)
_LAB_RANGE = ((0.0, 100.0), (-45.0, 45.0), (-45.0, 65.0))
_EVEN_COLOUR = 0.5
_CROP_SIDE_PX = 512
"""Bounds memory: a batch of large frames has a hundred crops, and the offline embedder looks at 224 px."""


@dataclass(frozen=True)
class Description:
    """What blobs look like.

    Attributes:
        embeddings: (N, V, D) float32 of length 1 along D: V views of each blob.
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


def colour_codes(lab: NDArray[np.float32]) -> NDArray[np.int16]:
    """Bin of each colour of a (..., 3) Lab array, in the order of ``colour_histogram``."""
    codes = np.zeros(lab.shape[:-1], np.int16)
    for axis, (bins, (low, high)) in enumerate(zip(LAB_BINS, _LAB_RANGE, strict=True)):
        places = ((lab[..., axis] - np.float32(low)) * np.float32(bins / (high - low))).astype(np.int16)
        codes *= np.int16(bins)
        codes += np.clip(places, 0, bins - 1)
    return codes


def colour_histogram(image: RGB, mask: Mask) -> NDArray[np.float32]:
    """(2048,) float32 histogram of the blob's Lab colours that sums to 1."""
    return histogram_of(colour_codes(to_lab(image)), mask)


def histogram_of(codes: NDArray[np.int16], mask: Mask) -> NDArray[np.float32]:
    """``colour_histogram`` of a blob in a picture of these (H, W) codes."""
    counts = np.bincount(codes[mask], minlength=int(np.prod(LAB_BINS)))
    return (counts / max(1, int(counts.sum()))).astype(np.float32)


def describe(
    images: Sequence[RGB], masks: Sequence[Mask], embedder: Embedder, *, mirrored: bool = False
) -> Description:
    """Describes blob i of picture i, for all i; one call of the embedder.

    Args:
        images: (H, W, 3) pictures.
        masks: (H, W) bool, one each.
        embedder: asked once.
        mirrored: look at each blob's mirror image too: a character may face either way.

    Raises:
        ValueError: no blobs, or an empty mask.
    """
    crops = [_reduced(masked_crop(image, mask)) for image, mask in zip(images, masks, strict=True)]
    codes = {id(image): colour_codes(to_lab(image)) for image in {id(image): image for image in images}.values()}
    histograms = [histogram_of(codes[id(image)], mask) for image, mask in zip(images, masks, strict=True)]
    views = [crops, [np.ascontiguousarray(crop[:, ::-1]) for crop in crops]] if mirrored else [crops]
    embeddings = embedder.embed([crop for view in views for crop in view])
    return Description(embeddings.reshape(len(views), len(crops), -1).swapaxes(0, 1), np.stack(histograms))


def _reduced(crop: RGB) -> RGB:
    if crop.shape[0] <= _CROP_SIDE_PX:
        return crop
    return np.asarray(cv2.resize(crop, (_CROP_SIDE_PX, _CROP_SIDE_PX), interpolation=cv2.INTER_AREA), np.uint8)


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
    similarity = np.einsum("nvd,mwd->nmvw", blobs.embeddings, references.embeddings, optimize=True)
    shape = _mean_of_best(similarity.max(axis=(2, 3)))
    return shape + colour_weight * (colour_agreement(blobs.histograms, references) - _EVEN_COLOUR)


def colour_agreement(histograms: NDArray[np.float32], references: Description) -> NDArray[np.float64]:
    """(N,) Bhattacharyya coefficients in 0..1 of (N, B) histograms with the two closest references."""
    return _mean_of_best(np.sqrt(histograms) @ np.sqrt(references.histograms).T)


def _mean_of_best(similarity: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.sort(similarity.astype(np.float64), axis=1)[:, -_BEST_REFERENCES:].mean(axis=1)


def largest_component(mask: Mask) -> Mask:
    """The largest 4-connected part of a mask; empty for an empty mask."""
    largest = np.zeros(mask.shape, np.bool_)
    box = tight_box(mask)
    if box is not None:
        x0, y0, x1, y1 = box
        inside = mask[y0:y1, x0:x1].astype(np.uint8)
        _, labels, stats, _ = cv2.connectedComponentsWithStats(inside, connectivity=4)
        largest[y0:y1, x0:x1] = labels == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    return largest
