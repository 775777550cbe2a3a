"""Cutouts: a coarse mask into a whole, clean character with a soft edge.

Belongs here: refining a mask on the full picture, alpha, and colours of the rim. Does not belong
here: finding the character (``analysis.py``) and files (``strategies/``).
"""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from synth_assets.core import boxes
from synth_assets.core.curation.matching import largest_component
from synth_assets.core.masks import dilate, erode, tight_box
from synth_assets.core.ports import RGB, RGBA, Mask, SoftMask

_WORK_SIDE_PX = 360
_BAND_SHARE = 0.035
_CONTEXT_SHARE = 0.35
_ITERATIONS = 3
_MIN_KEPT, _MAX_GROWN = 0.6, 1.5
_GUIDE_RADIUS_PX = 4
_GUIDE_EPSILON = 1e-3
_RIM_PX = 3
_SOLID = 0.95


def refine_mask(image: RGB, mask: Mask) -> Mask:
    """Fits a coarse mask to the edges of the picture; one component without holes.

    GrabCut on the surroundings of the blob, with a band around its rim undecided. Where the result
    shrinks or grows too much, colours did not tell the object from its ground, and the cleaned
    coarse mask is given back.

    Source: C. Rother, V. Kolmogorov, A. Blake, GrabCut, SIGGRAPH 2004.
    """
    clean = clean_mask(mask)
    box = tight_box(clean)
    if box is None:
        return clean
    context_px = round(_CONTEXT_SHARE * max(box[2] - box[0], box[3] - box[1])) + 8
    x0, y0, x1, y1 = boxes.expand(box, context_px, mask.shape)
    coarse, crop = clean[y0:y1, x0:x1], image[y0:y1, x0:x1]
    scale = min(1.0, _WORK_SIDE_PX / max(coarse.shape))
    size_wh = (max(1, round(coarse.shape[1] * scale)), max(1, round(coarse.shape[0] * scale)))
    small = np.asarray(cv2.resize(crop, size_wh, interpolation=cv2.INTER_AREA), np.uint8)
    small_mask = cv2.resize(coarse.astype(np.uint8), size_wh, interpolation=cv2.INTER_AREA) > 0
    labels = _grab(small, small_mask)
    soft = cv2.resize(labels.astype(np.float32), (coarse.shape[1], coarse.shape[0]), interpolation=cv2.INTER_LINEAR)
    refined = np.zeros_like(clean)
    refined[y0:y1, x0:x1] = soft > 0.5
    refined = clean_mask(refined)
    ratio = refined.sum() / clean.sum()
    overlap = (refined & clean).sum() / clean.sum()
    return refined if overlap >= _MIN_KEPT and ratio <= _MAX_GROWN else clean


def _grab(image: RGB, mask: Mask) -> Mask:
    band_px = max(3, round(_BAND_SHARE * float(np.sqrt(mask.sum())) * 2))
    inner, outer = erode_inside(mask, band_px), dilate(mask, band_px)
    labels = np.full(mask.shape, cv2.GC_BGD, np.uint8)
    labels[outer] = cv2.GC_PR_BGD
    labels[mask] = cv2.GC_PR_FGD
    labels[inner] = cv2.GC_FGD
    if not inner.any() or outer.all():
        return mask
    cv2.setRNGSeed(0)
    background, foreground = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(image, labels, (0, 0, 1, 1), background, foreground, _ITERATIONS, cv2.GC_INIT_WITH_MASK)
    return (labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)


def erode_inside(mask: Mask, radius_px: int) -> Mask:
    """Shrinks the mask except where it touches the picture's border: the object goes on there."""
    padded = np.pad(mask, radius_px, mode="edge")
    return erode(padded, radius_px)[radius_px:-radius_px, radius_px:-radius_px]


def clean_mask(mask: Mask) -> Mask:
    """The largest component, smoothed by a pixel, its holes filled."""
    opened = dilate(erode_inside(mask, 1), 1) & mask
    main = largest_component(opened if opened.any() else mask)
    return np.asarray(ndimage.binary_fill_holes(main), np.bool_)


def soft_alpha(image: RGB, mask: Mask) -> SoftMask:
    """Alpha that follows the picture's edges within a few pixels of the mask's rim.

    Guided filter with the gray picture as guide; exactly 1 deep inside and 0 well outside.

    Source: K. He, J. Sun, X. Tang, Guided Image Filtering, 2013, equations 5 to 8.
    """
    guide = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32) / np.float32(255)
    target = mask.astype(np.float32)
    side = 2 * _GUIDE_RADIUS_PX + 1

    def mean(values: np.ndarray) -> np.ndarray:
        return np.asarray(cv2.blur(values, (side, side)))

    guide_mean, target_mean = mean(guide), mean(target)
    slope = (mean(guide * target) - guide_mean * target_mean) / (mean(guide * guide) - guide_mean**2 + _GUIDE_EPSILON)
    offset = target_mean - slope * guide_mean
    alpha = np.clip(mean(slope) * guide + mean(offset), 0, 1)
    alpha[erode_inside(mask, _RIM_PX)] = 1
    alpha[~dilate(mask, _RIM_PX)] = 0
    # Half a pixel of blur over the rim hides the steps of the mask where the guide has no edge.
    soft = cv2.GaussianBlur(alpha.astype(np.float32), (0, 0), 0.7)
    return np.where(alpha > 0, np.clip(soft, 0, 1), 0).astype(np.float32)


def character_rgba(image: RGB, alpha: SoftMask) -> RGBA:
    """The character on transparent ground; its rim takes the colour of its inside.

    Half-transparent pixels hold a mixture with the old background, which would show as a fringe on
    a new one.
    """
    solid = alpha >= _SOLID
    colours = image.copy()
    if solid.any():
        nearest = cast("NDArray[np.int32]", ndimage.distance_transform_edt(~solid, False, True))
        colours = image[nearest[0], nearest[1]]
    return np.dstack([colours, np.rint(alpha * 255).astype(np.uint8)])
