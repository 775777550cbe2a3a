"""Pictures in and out of ONNX nets: (H, W, 3) uint8 RGB to (1, 3, H, W) float32 and back.

Belongs here: that, padding by reflection, sizes a net asks for, the scale of what it gives. Does not
belong here: tiles (``tiling.py``) and any role.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from resources.models.onnx import NetInput
from synth_assets.core.ports import RGB

Floats = NDArray[np.float32]
Pixels = TypeVar("Pixels", bound=NDArray[np.generic])

_CHANNELS = 3
_RANK = 4
_UNIT_TOP = 2.0
"""A net that answers a mid-grey picture with a mean above this speaks of 0..255, not of 0..1."""


def as_batch(image: RGB) -> Floats:
    """Gives (1, 3, H, W) float32 in [0, 1]."""
    return np.ascontiguousarray(image.transpose(2, 0, 1)[None], np.float32) / np.float32(255)


def as_picture(output: Floats, top: float = 1.0) -> RGB:
    """Gives (H, W, 3) uint8 of (1, 3, H, W) values in [0, ``top``]; what leaves the range is clipped."""
    scaled = np.rint(output[0].transpose(1, 2, 0) * np.float32(255 / top))
    return np.ascontiguousarray(np.clip(scaled, 0, 255).astype(np.uint8))


def is_picture(net_input: NetInput, channels: int = _CHANNELS) -> bool:
    """True for an input of shape (n, ``channels``, H, W), sizes that the file leaves open included."""
    shape = net_input.shape
    return len(shape) == _RANK and shape[0] in (1, None) and shape[1] in (channels, None)


def fixed_hw(net_input: NetInput) -> tuple[int, int] | None:
    """The only (height, width) that the net takes; None where the file leaves one of them open."""
    height, width = net_input.shape[2:]
    return None if height is None or width is None else (height, width)


def grey(size_hw: tuple[int, int]) -> Floats:
    """(1, 3, height, width) of mid-grey, to ask a net how it answers."""
    return np.full((1, _CHANNELS, *size_hw), 0.5, np.float32)


def full_scale(answer: Floats) -> float:
    """1.0 or 255.0: what white is to a net, from its answer to ``grey``."""
    return 255.0 if float(answer.mean()) > _UNIT_TOP else 1.0


def padded(pixels: Pixels, before_px: int, size_hw: tuple[int, int]) -> Pixels:
    """Mirrors the picture at its borders, as often as needed.

    Args:
        pixels: (H, W) or (H, W, C).
        before_px: width of what is added at the top and at the left.
        size_hw: (height, width) of the result.
    """
    after = [size - before_px - had for size, had in zip(size_hw, pixels.shape, strict=False)]
    widths = [(before_px, rest) for rest in after] + [(0, 0)] * (pixels.ndim - 2)
    return np.pad(pixels, widths, mode="reflect")  # pyright: ignore[reportReturnType] # the same kind of array


def said(inputs: Sequence[NetInput]) -> str:
    """The inputs in words, for errors."""
    return ", ".join(f"{one.name} {one.shape}".replace("None", "any") for one in inputs)


Run = Callable[[RGB], RGB]
"""A net on one picture; the size of what it gives is a multiple of what it gets."""
