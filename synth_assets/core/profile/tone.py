"""Tone: the colour and brightness of a set of pictures, and moving a picture part-way toward it.

Belongs here: the target, a picture's own tone, and the correction. Does not belong here: the tone of a
profile (``building.py``) and harmonising an object to its surroundings (``scenes/``).
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from synth_assets.core.colour import from_lab, to_lab
from synth_assets.core.config import Params
from synth_assets.core.ports import RGB

Triple = tuple[float, float, float]

_LIGHTNESS_GAIN = (0.6, 1.6)
_CHROMA_GAIN = (0.6, 1.3)
"""A spread is never scaled further than this: a cloud stretched to a whole scene's contrast shows
blotches, a night shows its noise."""
_MAX_LIGHTNESS_SHIFT = 25.0
_MAX_LIGHTNESS_SHIFT_SHARE = 0.6
"""Of the room to black or white: a dark picture is not lifted into grey haze."""
_MAX_CHROMA_SHIFT = 18.0
_CHROMA_ROOM_DARK, _CHROMA_ROOM_LIGHT = 20.0, 10.0
"""Lightness units next to black and white within which colour shifts fade out: sRGB has no
coloured black, so a full shift there would be cut off visibly."""
_MIN_STD = 1e-3
_CURVE_STEPS = 2048


class ToneTarget(Params):
    """Colour and brightness of a set of pictures in CIELAB (L 0..100, a and b signed, D65).

    Attributes:
        mean_lab: means of L, a, b over the pictures, each with the same weight.
        std_lab: how much L, a, b vary within a picture: root mean square, over the pictures, of
            each one's standard deviation.
        count: pictures behind it; their weight in a merge.
    """

    mean_lab: Triple
    std_lab: Triple
    count: float = Field(default=1.0, gt=0)


def tone_of(lab: NDArray[np.float32]) -> ToneTarget:
    """Measures the tone of one picture.

    Args:
        lab: (H, W, 3) float32 CIELAB, from ``to_lab``.
    """
    mean, std = cv2.meanStdDev(lab)
    return ToneTarget(mean_lab=_triple(mean), std_lab=_triple(std))


def correct_tone(image: RGB, target: ToneTarget, strength: float = 0.6) -> RGB:
    """Gives the picture with its colour and brightness statistics moved toward the target.

    Means and spreads of L, a and b move by about ``strength`` of the way, with bounded shifts and
    gains. Lightness follows a monotone curve that leaves black and white where they are, so nothing
    is cut off and no order of tones is swapped.

    Source: Reinhard et al., "Color Transfer between Images", IEEE CG&A 21(5), 2001; here in CIELAB,
    part-way, bounded, and with a curve instead of a straight line for lightness.

    Args:
        image: (H, W, 3) uint8 RGB.
        target: where to move.
        strength: 0 = unchanged, byte for byte; 1 = as far as the bounds allow.

    Raises:
        ValueError: strength outside [0, 1].
    """
    if not 0 <= strength <= 1:
        raise ValueError(f"strength must lie in [0, 1], got {strength}")
    if strength == 0:
        return image.copy()
    lab = to_lab(image)
    own = tone_of(lab)
    lightness = _moved_lightness(lab[..., 0], own, target, strength)
    fade = _smooth(lightness / _CHROMA_ROOM_DARK) * _smooth((100 - lightness) / _CHROMA_ROOM_LIGHT)
    planes: list[NDArray[Any]] = [lightness]
    for channel in (1, 2):
        shift = strength * _bounded(target.mean_lab[channel] - own.mean_lab[channel], _MAX_CHROMA_SHIFT)
        gain = _gain(own.std_lab[channel], target.std_lab[channel], _CHROMA_GAIN, strength)
        plane = lab[..., channel]
        planes.append(plane + fade * (np.float32(gain - 1) * (plane - own.mean_lab[channel]) + np.float32(shift)))
    return from_lab(np.dstack(planes).astype(np.float32))


def _moved_lightness(
    plane: NDArray[np.float32], own: ToneTarget, target: ToneTarget, strength: float
) -> NDArray[np.float32]:
    from scipy.interpolate import PchipInterpolator  # slow to import, and loading the graph needs none of it

    mean, std = own.mean_lab[0], own.std_lab[0]
    room = _MAX_LIGHTNESS_SHIFT_SHARE * min(mean, 100 - mean)
    limit = min(_MAX_LIGHTNESS_SHIFT, room)
    if limit < 1:
        return plane
    middle = mean + strength * _bounded(target.mean_lab[0] - mean, limit)
    gain = _gain(std, target.std_lab[0], _LIGHTNESS_GAIN, strength)
    low_x, high_x = max(mean - max(std, 1.0), mean / 2), min(mean + max(std, 1.0), (100 + mean) / 2)
    low_y = max(middle - gain * (mean - low_x), middle * 0.25)
    high_y = min(middle + gain * (high_x - mean), 100 - (100 - middle) * 0.25)
    curve = PchipInterpolator([0, low_x, mean, high_x, 100], [0, low_y, middle, high_y, 100])
    steps = np.linspace(0, 100, _CURVE_STEPS)
    return np.interp(plane, steps, curve(steps)).astype(np.float32)


def _bounded(value: float, limit: float) -> float:
    return limit * float(np.tanh(value / limit))


def _gain(own_std: float, target_std: float, allowed: tuple[float, float], strength: float) -> float:
    return float(np.clip(target_std / max(own_std, _MIN_STD), *allowed)) ** strength


def _smooth(values: NDArray[np.float32]) -> NDArray[np.float32]:
    inside = np.clip(values, 0, 1)
    return inside * inside * (3 - 2 * inside)


def _triple(values: Any) -> Triple:
    first, second, third = (float(value) for value in np.ravel(values))
    return first, second, third
