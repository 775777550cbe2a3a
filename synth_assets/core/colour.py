"""Colour spaces: sRGB to CIELAB and back, differences of colours and hues, hex names.

Belongs here: conversions and comparisons of single colours and whole pictures. Does not belong here: statistics of
colours (``measure.py``) and changing a picture's colours (``profile/tone.py``).
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from synth_assets.core.ports import RGB

_C7 = 25.0**7


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


def hue_deg(lab: NDArray[np.floating]) -> NDArray[np.floating]:
    """Hue angle of (…, 3) CIELAB values in degrees, 0..360."""
    return np.degrees(np.arctan2(lab[..., 2], lab[..., 1])) % 360


def hue_shift_deg(lab: NDArray[np.floating], source: NDArray[np.floating], min_chroma: float) -> NDArray[np.floating]:
    """How far each pixel's hue is from the source's, 0..180; 0 where the source's chroma is below ``min_chroma``.

    Where there is little colour, rounding to 8 bits alone turns the hue by many degrees.

    Args:
        lab: (…, 3) CIELAB.
        source: the same shape.
        min_chroma: length of (a, b).
    """
    turned = np.abs(hue_deg(lab) - hue_deg(source))
    return np.where(np.hypot(source[..., 1], source[..., 2]) < min_chroma, 0.0, np.minimum(turned, 360 - turned))


def delta_e2000(first: NDArray[np.floating], second: NDArray[np.floating]) -> NDArray[np.float64]:
    """CIEDE2000 colour difference of (…, 3) CIELAB values, one for each; 1 can just be seen side by side.

    Source: G. Sharma, W. Wu, E. N. Dalal, The CIEDE2000 Color-Difference Formula: Implementation Notes, Supplementary
    Test Data, and Mathematical Observations, 2005, equations 2 to 22, with k_L = k_C = k_H = 1.
    """
    light1, a1, b1 = np.moveaxis(np.asarray(first, np.float64), -1, 0)
    light2, a2, b2 = np.moveaxis(np.asarray(second, np.float64), -1, 0)
    mean_c7 = ((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2) ** 7
    stretch = 1.5 - 0.5 * np.sqrt(mean_c7 / (mean_c7 + _C7))
    chroma1, chroma2 = np.hypot(stretch * a1, b1), np.hypot(stretch * a2, b2)
    hue1, hue2 = (np.degrees(np.arctan2(b, stretch * a)) % 360 for a, b in ((a1, b1), (a2, b2)))
    colourless = chroma1 * chroma2 == 0
    turn = (hue2 - hue1 + 180) % 360 - 180
    # Equation 10 keeps +180 degrees; the modulo above makes it -180.
    turn = np.where(colourless, 0.0, np.where(hue2 - hue1 == 180, 180.0, turn))
    far = (np.abs(hue1 - hue2) > 180) & ~colourless
    total = hue1 + hue2
    mean_hue = np.where(
        colourless, total, np.where(far, np.where(total < 360, (total + 360) / 2, (total - 360) / 2), total / 2)
    )
    d_light, d_chroma = light2 - light1, chroma2 - chroma1
    d_hue = 2 * np.sqrt(chroma1 * chroma2) * np.sin(np.radians(turn) / 2)
    mean_light, mean_chroma = (light1 + light2) / 2, (chroma1 + chroma2) / 2
    weight = (
        1
        - 0.17 * np.cos(np.radians(mean_hue - 30))
        + 0.24 * np.cos(np.radians(2 * mean_hue))
        + 0.32 * np.cos(np.radians(3 * mean_hue + 6))
        - 0.20 * np.cos(np.radians(4 * mean_hue - 63))
    )
    off_middle = (mean_light - 50) ** 2
    s_light = 1 + 0.015 * off_middle / np.sqrt(20 + off_middle)
    s_chroma, s_hue = 1 + 0.045 * mean_chroma, 1 + 0.015 * mean_chroma * weight
    mean_chroma7 = mean_chroma**7
    turning = (
        -2
        * np.sqrt(mean_chroma7 / (mean_chroma7 + _C7))
        * np.sin(np.radians(60 * np.exp(-(((mean_hue - 275) / 25) ** 2))))
    )
    light, chroma, hue = d_light / s_light, d_chroma / s_chroma, d_hue / s_hue
    return np.sqrt(np.maximum(light**2 + chroma**2 + hue**2 + turning * chroma * hue, 0.0))
