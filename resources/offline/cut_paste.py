"""Cut and paste: objects from cutouts, put where they seem to stand (``builtin:cut-paste``).

Belongs here: fitting a cutout into the mask's box, and blending. Does not belong here: laying it on a
picture in its light (``core/scenes/laying.py``), shadows (``shadow.py``), and where boxes are placed (core).
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from resources.offline.shadow import darken, shadow_of
from synth_assets.core.boxes import area
from synth_assets.core.masks import box_mask, tight_box
from synth_assets.core.ports import RGB, RGBA, Box, Inpainted, InpaintRequest, SoftMask, UnsupportedRequestError
from synth_assets.core.scenes.laying import SOLID, VISIBLE, in_tone, lay
from synth_assets.core.seeds import generator

_TILT_DEG = 2.5
_SCALE_RANGE = (0.93, 1.0)
_RING_SHARE = 0.2
_RING_MIN_PX = 6

_UNDERSIDE_DARKNESS = 0.3
_UNDERSIDE_SHARE = 0.45


class CutPaste:
    """Pastes one of the request's cutouts into the box, standing on its lower edge."""

    name = "builtin:cut-paste@2"
    resolution_px: int | None = None
    needs_references = True

    def inpaint(self, requests: Sequence[InpaintRequest]) -> list[Inpainted]:
        """Gives each picture with its object, the object's exact mask and every pixel touched.

        Raises:
            UnsupportedRequestError: a request without cutouts.
            ValueError: an empty box.
        """
        return [_paste(request) for request in requests]


def _paste(request: InpaintRequest) -> Inpainted:
    box = request.box
    if area(box) == 0:
        raise ValueError(f"{CutPaste.name}: the box {box} for {request.prompt!r} is empty; give one to paste into")
    if not request.references:
        raise UnsupportedRequestError(
            f"{CutPaste.name} pastes cutouts, but class {request.prompt!r} has none; name some in the references "
            "column of classes.csv, or choose a model set with an inpainting model"
        )
    rng = generator(request.seed)
    cutout = request.references[int(rng.integers(len(request.references)))]
    size_hw = (request.image.shape[0], request.image.shape[1])
    colours, alpha = _fit(cutout, box, size_hw, rng)
    placed = tight_box(alpha >= SOLID)
    if placed is None:
        return Inpainted(request.image.copy(), np.zeros(size_hw, np.bool_), np.zeros(size_hw, np.bool_))
    colours, alpha = _blend_in(colours, alpha, request.image, box, rng)
    ground = darken(request.image, shadow_of(alpha, placed, request.image))
    return _compose(request.image, ground, colours, alpha)


def _fit(
    cutout: RGBA, box: Box, size_hw: tuple[int, int], rng: np.random.Generator
) -> tuple[NDArray[np.float32], SoftMask]:
    """The cutout mirrored, turned and scaled into the box, its feet on the box's lower edge."""
    image = cutout[:, ::-1] if rng.random() < 0.5 else cutout
    image = _rotate(image, rng.uniform(-_TILT_DEG, _TILT_DEG))
    width, height = box[2] - box[0], box[3] - box[1]
    scale = min(width / image.shape[1], height / image.shape[0]) * rng.uniform(*_SCALE_RANGE)
    target_hw = (max(1, round(image.shape[0] * scale)), max(1, round(image.shape[1] * scale)))
    x0 = box[0] + int(rng.integers(0, width - target_hw[1] + 1))
    return lay(image, (x0, box[3] - target_hw[0]), target_hw, size_hw)


def _rotate(image: RGBA, angle_deg: float) -> RGBA:
    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle_deg, 1)
    cos, sin = abs(matrix[0, 0]), abs(matrix[0, 1])
    new_wh = (int(np.ceil(width * cos + height * sin)), int(np.ceil(width * sin + height * cos)))
    matrix[:, 2] += [(new_wh[0] - width) / 2, (new_wh[1] - height) / 2]
    turned = cv2.warpAffine(image, matrix, new_wh, flags=cv2.INTER_LINEAR, borderValue=(0, 0, 0, 0))
    bounds = tight_box(turned[..., 3] >= 128)
    return turned[bounds[1] : bounds[3], bounds[0] : bounds[2]].astype(np.uint8) if bounds else image


def _blend_in(
    colours: NDArray[np.float32], alpha: SoftMask, image: RGB, box: Box, rng: np.random.Generator
) -> tuple[NDArray[np.float32], SoftMask]:
    """The object's RGB (0..255) and alpha with the surroundings' light, sharpness and noise."""
    size_hw = (image.shape[0], image.shape[1])
    margin = max(_RING_MIN_PX, round(_RING_SHARE * max(box[2] - box[0], box[3] - box[1])))
    near: Box = (box[0] - margin, box[1], box[2] + margin, box[3] + margin)
    ring = box_mask(near, size_hw) & (alpha < VISIBLE)
    return in_tone(colours, alpha, image, ring, rng, _underside(alpha >= SOLID))


def _underside(inside: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Factor on lightness: 1 in the upper part, darker towards the feet, where less sky is seen."""
    box = tight_box(inside)
    if box is None:
        return np.ones(inside.shape, np.float32)
    height = (box[3] - box[1]) * _UNDERSIDE_SHARE
    rise = np.clip((box[3] - np.arange(inside.shape[0])) / max(height, 1.0), 0, 1)
    return np.repeat((1 - _UNDERSIDE_DARKNESS * (1 - rise) ** 1.5)[:, None], inside.shape[1], axis=1).astype(np.float32)


def _compose(image: RGB, ground: RGB, colours: NDArray[np.float32], alpha: SoftMask) -> Inpainted:
    mixed = ground.astype(np.float32) * (1 - alpha[..., None]) + colours * alpha[..., None]
    result = np.where(alpha[..., None] > 0, np.rint(np.clip(mixed, 0, 255)), ground).astype(np.uint8)
    touched = (alpha > 0) | np.any(ground != image, axis=2)
    return Inpainted(result, alpha >= SOLID, touched)
