"""Background filling without a model: OpenCV's inpainting and a smooth surface for large holes.

Belongs here: classical fillers. Does not belong here: learned fillers, and choosing the hole
(``synth_assets/core/curation/strategies/segment.py``).
"""

from collections.abc import Sequence

import cv2
import numpy as np

from synth_assets.core.images import fit_within, resize
from synth_assets.core.masks import dilate
from synth_assets.core.ports import RGB, Mask

_WORK_SIDE_PX = 256
_TELEA_RADIUS_PX = 4
_RIM_PX = 6
_PATCH_PX = 7


class OpenCvFiller:
    """Telea's fast marching near the hole's border, a smooth membrane in its depth, plus grain.

    Source: A. Telea, An Image Inpainting Technique Based on the Fast Marching Method, 2004. The
    membrane solves Laplace's equation from the border inwards by a pyramid of normalised averages.
    """

    name = "builtin:opencv-inpaint@1"

    def fill(self, images: Sequence[RGB], masks: Sequence[Mask]) -> list[RGB]:
        """Gives copies whose masked pixels are repainted; all others keep their bytes.

        Raises:
            ValueError: a mask's size is not its picture's, or it covers the whole picture.
        """
        return [_fill(image, mask) for image, mask in zip(images, masks, strict=True)]


def _fill(image: RGB, mask: Mask) -> RGB:
    if mask.shape != image.shape[:2]:
        raise ValueError(f"mask is {mask.shape}, picture is {image.shape[:2]}; they must be the same size")
    if mask.all():
        raise ValueError("the mask covers the whole picture, so there is no background to fill it from")
    if not mask.any():
        return image.copy()
    small = fit_within(image, (_WORK_SIDE_PX, _WORK_SIDE_PX))
    hole = resize(mask.astype(np.uint8) * 255, small.shape[:2]) > 0
    smooth = _membrane(small.astype(np.float32), hole)
    telea = cv2.inpaint(small, hole.astype(np.uint8), _TELEA_RADIUS_PX, cv2.INPAINT_TELEA).astype(np.float32)
    depth = cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, 5)
    near = np.exp(-depth / _RIM_PX)[..., None]
    filled = telea * near + smooth * (1 - near)
    large = resize(np.clip(filled, 0, 255).astype(np.float32), image.shape[:2])
    large = large + _grain(image, mask)
    result = np.where(mask[..., None], np.clip(np.rint(large), 0, 255), image).astype(np.uint8)
    return _soften_rim(result, mask)


def _membrane(image: np.ndarray, hole: Mask) -> np.ndarray:
    known = (~hole).astype(np.float32)
    levels = [(image * known[..., None], known)]
    while min(levels[-1][1].shape) > 2:
        levels.append((cv2.pyrDown(levels[-1][0]), cv2.pyrDown(levels[-1][1])))
    value = levels[-1][0] / np.maximum(levels[-1][1], 1e-3)[..., None]
    for total, weight in reversed(levels[:-1]):
        upper = cv2.resize(value, weight.shape[::-1], interpolation=cv2.INTER_LINEAR)
        trust = np.clip(weight, 0, 1)[..., None]
        value = total / np.maximum(weight, 1e-3)[..., None] * trust + upper * (1 - trust)
    return value


def _grain(image: RGB, mask: Mask) -> np.ndarray:
    outside = ~dilate(mask, _RIM_PX)
    source = image.astype(np.float32)
    fine = source - cv2.GaussianBlur(source, (0, 0), 2)
    if not outside.any():
        return np.zeros_like(fine)
    spread = float(fine[outside].std())
    noise = np.random.Generator(np.random.PCG64(0)).normal(0, spread, image.shape[:2]).astype(np.float32)
    return cv2.GaussianBlur(noise, (0, 0), 1)[..., None]


def _soften_rim(image: RGB, mask: Mask) -> RGB:
    rim = mask & ~_eroded(mask)
    soft = cv2.GaussianBlur(image, (_PATCH_PX, _PATCH_PX), 0)
    return np.where(rim[..., None], soft, image)


def _eroded(mask: Mask) -> Mask:
    return cv2.erode(mask.astype(np.uint8), np.ones((_PATCH_PX, _PATCH_PX), np.uint8)).astype(np.bool_)
