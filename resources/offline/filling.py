"""Background filling without a model: the hole takes over patches of the rest of the picture.

Belongs here: classical fillers. Does not belong here: learned fillers, and choosing the hole
(``synth_assets/core/curation/strategies/segment.py``).
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from synth_assets.core.images import fit_within, resize
from synth_assets.core.masks import dilate, feather
from synth_assets.core.ports import RGB, Mask

_SIDES_PX = (32, 56, 96)
_ROUNDS = (6, 4, 3)
_PATCH_PX = 7
_NEAR_WEIGHT = 0.02
_MAX_SOURCES = 4000
_TELEA_RADIUS_PX = 4
_RIM_PX = 4
_AGREE_PX = 5

Floats = NDArray[np.float32]


class OpenCvFiller:
    """Patches from the rest of the picture, found from coarse to fine, over OpenCV's first guess.

    At three sizes, every patch that reaches into the hole looks for its nearest neighbour among
    the patches that do not, and each pixel of the hole becomes the mean of what those neighbours
    say. At the end the full picture's pixels are copied along the neighbours found, so that
    texture and grain stay; what is very near the rim is blended with it.

    Source: Y. Wexler, E. Shechtman, M. Irani, Space-Time Completion of Video, 2007 (the coarse to
    fine scheme); A. Telea, An Image Inpainting Technique Based on the Fast Marching Method, 2004
    (the first guess).
    """

    name = "builtin:opencv-inpaint@2"

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
    guess: Floats | None = None
    neighbours = np.zeros((0, 2), np.int64)
    hole = mask
    for side_px, rounds in zip(_SIDES_PX, _ROUNDS, strict=True):
        small = np.asarray(fit_within(image, (side_px, side_px)), np.uint8)
        hole = np.asarray(resize(mask.astype(np.uint8) * 255, small.shape[:2])) > 0
        if hole.all():
            continue
        start = _first_guess(small, hole) if guess is None else np.asarray(resize(guess, small.shape[:2]), np.float32)
        current = np.where(hole[..., None], start, small).astype(np.float32)
        for _ in range(rounds):
            neighbours = _nearest(current, hole)
            current = _voted(current, hole, neighbours)
        guess = current
    if guess is None:
        return _first_guess(image, mask)
    smooth = np.clip(np.asarray(resize(guess, image.shape[:2])), 0, 255)
    detail = _copied(_detail(image, mask, smooth.astype(np.float32)), hole, neighbours)
    return _joined(image, mask, np.clip(smooth + detail, 0, 255).astype(np.float32))


def _first_guess(image: RGB, hole: Mask) -> RGB:
    return np.asarray(cv2.inpaint(image, hole.astype(np.uint8), _TELEA_RADIUS_PX, cv2.INPAINT_TELEA), np.uint8)


def _patches(image: Floats) -> Floats:
    """(H, W, PATCH * PATCH * 3): the patch around every pixel, the picture mirrored at its border."""
    reach = _PATCH_PX // 2
    padded = np.pad(image, ((reach, reach), (reach, reach), (0, 0)), mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (_PATCH_PX, _PATCH_PX), axis=(0, 1))
    return np.ascontiguousarray(windows.reshape(*image.shape[:2], -1), np.float32)


def _grown(hole: Mask) -> Mask:
    return cv2.dilate(hole.astype(np.uint8), np.ones((_PATCH_PX, _PATCH_PX), np.uint8)) > 0


def _nearest(image: Floats, hole: Mask) -> NDArray[np.int64]:
    """(N, 2) rows and columns: the nearest whole patch for each pixel whose patch reaches into the hole."""
    patches = _patches(image)
    reaching = _grown(hole)
    sources = np.argwhere(~reaching if not reaching.all() else ~hole)
    sources = sources[:: max(1, len(sources) // _MAX_SOURCES)]
    targets = np.argwhere(reaching)
    known, wanted = patches[tuple(sources.T)], patches[tuple(targets.T)]
    distance = (known**2).sum(1)[None, :] - 2 * wanted @ known.T
    # Backgrounds lie in bands: grass is found at the height of grass, sky at that of sky.
    height = (targets[:, :1] - sources[None, :, 0]).astype(np.float32) / image.shape[0]
    distance += (_NEAR_WEIGHT * 255.0**2 * known.shape[1]) * height**2
    return sources[distance.argmin(axis=1)]


def _voted(image: Floats, hole: Mask, neighbours: NDArray[np.int64]) -> Floats:
    """Every pixel of the hole as the mean of what the patches over it found."""
    reach = _PATCH_PX // 2
    height, width = hole.shape
    total = np.zeros((height + 2 * reach, width + 2 * reach, 3), np.float32)
    weight = np.zeros(total.shape[:2], np.float32)
    targets = np.argwhere(_grown(hole))
    padded = np.pad(image, ((reach, reach), (reach, reach), (0, 0)), mode="reflect")
    for dy in range(_PATCH_PX):
        for dx in range(_PATCH_PX):
            rows, columns = targets[:, 0] + dy, targets[:, 1] + dx
            total[rows, columns] += padded[neighbours[:, 0] + dy, neighbours[:, 1] + dx]
            weight[rows, columns] += 1
    inner = slice(reach, reach + height), slice(reach, reach + width)
    mean = total[inner] / np.maximum(weight[inner], 1)[..., None]
    return np.where(hole[..., None], mean, image).astype(np.float32)


def _detail(image: RGB, mask: Mask, smooth: Floats) -> Floats:
    """What the full picture has beyond the small one's resolution; next to nothing in the hole."""
    whole = np.where(mask[..., None], smooth, image).astype(np.float32)
    return whole - cv2.GaussianBlur(whole, (0, 0), max(image.shape[:2]) / _SIDES_PX[-1])


def _copied(detail: Floats, hole: Mask, neighbours: NDArray[np.int64]) -> Floats:
    """The detail at the places that the small picture's neighbours name.

    Detail, not pixels: pieces from places of different brightness would meet in steps.
    """
    offsets = np.zeros((*hole.shape, 2), np.float32)
    targets = np.argwhere(_grown(hole))
    offsets[tuple(targets.T)] = neighbours - targets
    # Neighbours that agree copy whole pieces of texture; lone ones would leave a pattern of tiles.
    for axis in range(2):
        offsets[..., axis] = cv2.medianBlur(np.ascontiguousarray(offsets[..., axis]), _AGREE_PX)
    size_hw = np.array(detail.shape[:2])
    scale = size_hw / np.array(hole.shape)
    places = np.moveaxis(np.indices(detail.shape[:2]), 0, 2)
    cells = (places + 0.5) / scale - 0.5
    corner = np.floor(cells).astype(np.int64)
    copied = np.zeros_like(detail)
    # The four cells around a pixel have a say each, so that pieces meet without an edge.
    for step in ((0, 0), (0, 1), (1, 0), (1, 1)):
        cell = np.clip(corner + step, 0, np.array(hole.shape) - 1)
        weight = (1 - np.abs(cells - (corner + step))).prod(axis=2).astype(np.float32)
        source = np.rint(places + offsets[tuple(np.moveaxis(cell, 2, 0))] * scale).astype(np.int64)
        copied += weight[..., None] * detail[tuple(np.moveaxis(np.clip(source, 0, size_hw - 1), 2, 0))]
    return copied


def _joined(image: RGB, mask: Mask, filled: Floats) -> RGB:
    """The filling in its hole, softly joined at the rim."""
    rim = _first_guess(image, mask & ~_inside(mask)).astype(np.float32)
    alpha = feather(mask, _RIM_PX)[..., None]
    mixed = np.where(_inside(mask)[..., None], filled, rim * (1 - alpha) + filled * alpha)
    return np.where(mask[..., None], np.rint(np.clip(mixed, 0, 255)), image).astype(np.uint8)


def _inside(mask: Mask) -> Mask:
    return ~dilate(~mask, _RIM_PX)
