"""Colour spaces: sRGB to CIELAB and back, hex names.

Belongs here: conversions of single colours and whole pictures. Does not belong here: statistics of
colours (``measure.py``) and changing a picture's colours (``profile/tone.py``).
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from synth_assets.core.ports import RGB


def to_lab(image: RGB) -> NDArray[np.float32]:
    """Gives (H, W, 3) float32 CIELAB (D65) of an sRGB picture: L in 0..100, a and b signed."""
    lab = cv2.cvtColor(image.astype(np.float32) / np.float32(255), cv2.COLOR_RGB2Lab)
    return lab.astype(np.float32, copy=False)


def from_lab(lab: NDArray[np.float32]) -> RGB:
    """Gives the uint8 sRGB picture of CIELAB values; colours outside sRGB are cut off."""
    rgb = cv2.cvtColor(np.ascontiguousarray(lab), cv2.COLOR_Lab2RGB)
    return np.rint(np.clip(rgb, 0, 1) * 255).astype(np.uint8)


def hex_of(colour: Sequence[float]) -> str:
    """Names an RGB colour of 0..255 as ``#RRGGBB``."""
    red, green, blue = (round(min(max(value, 0.0), 255.0)) for value in colour)
    return f"#{red:02X}{green:02X}{blue:02X}"
