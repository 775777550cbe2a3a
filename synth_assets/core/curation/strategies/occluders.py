"""Occluders: what can lie in front of a character, and how much of it then shows.

Belongs here: edge blur, overlay and objects as functions of one picture, with what they hide. Does not belong here:
choosing among them (``occlusion.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from synth_assets.core.masks import blend, box_mask, tight_box
from synth_assets.core.ports import RGB, Box, Mask, SoftMask
from synth_assets.core.scenes.cutouts import Cutout
from synth_assets.core.scenes.laying import VISIBLE, in_tone, lay

Position = Literal["left", "right", "bottom"]
EDGE_BLUR = "edge_blur"
EDGE_SHARE = 0.25
_RAMP_SHARE = 0.3
_HIDDEN_FROM = 0.5
_SHAPE_SHARES = (0.35, 0.6)
_SHAPE_POINTS = 9
_SHAPE_SOFTNESS = 0.04
_SHAPE_COVERS = 0.15
"""Share of the character that an overlay's shape lies over, at least."""
_TRIES = 24
_OBJECT_SIDES = (0.5, 1.1)
"""Height of an object, by the side of a square of the character's box's area."""
_FOOT_SHARE = 0.25
"""An object is nearer than the character, so its foot is lower in the picture, by up to this share of its height."""
_RING_SHARE = 0.2
_RING_MIN_PX = 6


@dataclass(frozen=True)
class Occluded:
    """An occluded frame.

    Attributes:
        image: (H, W, 3) uint8 RGB.
        cover: (H, W) float32 in [0, 1], how much of each pixel is hidden.
        kind: what was done, e.g. ``edge_blur_left``.
        cutout: what lies in front, where it is an object.
    """

    image: RGB
    cover: SoftMask
    kind: str
    cutout: Cutout | None = None


def visible_share(mask: Mask, cover: SoftMask) -> float:
    """Share of the character that is not hidden, 0..1; 1 for an empty mask."""
    area = float(mask.sum())
    return 1 - float(cover[mask].sum(dtype=np.float64)) / area if area else 1.0


def visible_mask(mask: Mask, cover: SoftMask) -> Mask:
    """The pixels of the character that are less than half hidden."""
    return mask & (cover < _HIDDEN_FROM)


def edge_weight(size_hw: Sequence[int], position: str) -> SoftMask:
    """(H, W) float32: 1 at the named edge, 0 from a quarter of the side on, a short ramp before."""
    height, width = size_hw[0], size_hw[1]
    length = height if position == "bottom" else width
    depth = max(1.0, EDGE_SHARE * length)
    place = np.arange(length, dtype=np.float32) + np.float32(0.5)
    inwards = place if position == "left" else length - place
    weight = np.clip((depth - inwards) / (depth * _RAMP_SHARE), 0, 1).astype(np.float32)
    line = weight[:, None] if position == "bottom" else weight[None, :]
    return np.ascontiguousarray(np.broadcast_to(line, (height, width)))


def edge_blur(image: RGB, position: str, radius_px: int) -> Occluded:
    """Blurs a quarter of the frame along one edge, as something near the lens would."""
    side = 2 * radius_px + 1
    weight = edge_weight(image.shape, position)
    blurred = np.asarray(cv2.GaussianBlur(image, (side, side), 0), np.uint8)
    return Occluded(blend(image, blurred, weight), weight, f"{EDGE_BLUR}_{position}")


def overlay(image: RGB, mask: Mask, opacity: float, random: np.random.Generator) -> Occluded | None:
    """Lays a half-transparent, out-of-focus shape over part of the character; None where it has no pixel.

    Its colour is that of the darker pixels around, so that it passes for something of the scene.
    """
    box = tight_box(mask)
    if box is None:
        return None
    shape = _first(lambda: _shape(image.shape, box, random), mask, (_SHAPE_COVERS, 1.0))
    weight = shape * np.float32(opacity)
    dark = np.percentile(image.reshape(-1, 3), 20, axis=0)
    colour = np.broadcast_to(np.rint(dark).astype(np.uint8), image.shape)
    return Occluded(blend(image, colour, weight), weight, "overlay")


def _shape(size_hw: Sequence[int], box: Box, random: np.random.Generator) -> SoftMask:
    x0, y0, x1, y1 = box
    radius = random.uniform(*_SHAPE_SHARES) * max(x1 - x0, y1 - y0) / 2
    centre = (random.uniform(x0, x1), random.uniform(y0, y1))
    angles = np.linspace(0, 2 * np.pi, _SHAPE_POINTS, endpoint=False)
    radii = radius * random.uniform(0.6, 1.2, _SHAPE_POINTS)
    points = np.stack([centre[0] + radii * np.cos(angles), centre[1] + radii * np.sin(angles)], 1)
    shape = np.zeros(size_hw[:2], np.float32)
    cv2.fillPoly(shape, [np.rint(points).astype(np.int32)], 1.0)
    soft = np.asarray(cv2.GaussianBlur(shape, (0, 0), max(1.0, _SHAPE_SOFTNESS * max(size_hw[:2]))), np.float32)
    return np.clip(soft, 0, 1)


def _first(draw: Callable[[], SoftMask], mask: Mask, hidden: tuple[float, float]) -> SoftMask:
    """The first cover drawn that hides a share of the character within limits; after 24, the nearest to them."""
    best, off_best = np.zeros(mask.shape, np.float32), np.inf
    for _ in range(_TRIES):
        cover = draw()
        share = 1 - visible_share(mask, cover)
        off = max(hidden[0] - share, share - hidden[1], 0.0)
        if off < off_best:
            best, off_best = cover, off
        if off == 0:
            break
    return best


def object_in_front(
    image: RGB, mask: Mask, cutouts: Sequence[Cutout], hidden: tuple[float, float], random: np.random.Generator
) -> Occluded | None:
    """Puts a cutout in front of the character, in the light and sharpness of the scene.

    Cutout, size and place are drawn until it hides a share of the character within the limits; None where 24 draws
    give none. Its foot is at the character's or lower, as of what is nearer.

    Args:
        image: (H, W, 3).
        mask: (H, W) the character.
        cutouts: to draw from; at least one.
        hidden: least and most share of the character that it hides.
        random: decides everything.
    """
    box = tight_box(mask)
    if box is None:
        return None
    for _ in range(_TRIES):
        cutout = cutouts[int(random.integers(len(cutouts)))]
        picture = cutout.image[:, ::-1] if random.random() < 0.5 else cutout.image
        height = max(2, round(random.uniform(*_OBJECT_SIDES) * np.sqrt((box[2] - box[0]) * (box[3] - box[1]))))
        target_hw = (height, max(2, round(height * picture.shape[1] / picture.shape[0])))
        foot = box[3] + round(random.uniform(0, _FOOT_SHARE) * height)
        middle = random.uniform(box[0], box[2])
        corner = (round(middle - target_hw[1] / 2), foot - height)
        colours, alpha = lay(picture, corner, target_hw, mask.shape)
        margin = max(_RING_MIN_PX, round(_RING_SHARE * height))
        near = (corner[0] - margin, corner[1], corner[0] + target_hw[1] + margin, foot + margin)
        if not hidden[0] <= 1 - visible_share(mask, alpha) <= hidden[1]:
            continue
        colours, cover = in_tone(colours, alpha, image, box_mask(near, mask.shape) & (alpha < VISIBLE), random)
        if hidden[0] <= 1 - visible_share(mask, cover) <= hidden[1]:
            return Occluded(blend(image, np.rint(colours).astype(np.uint8), cover), cover, "object", cutout)
    return None
