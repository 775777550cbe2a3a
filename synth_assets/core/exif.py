"""EXIF: when a photo was taken, and how the camera was set.

Belongs here: what the tags mean and which values count as usable. Does not belong here: reading the
tags out of a file (``images.py``) and what a time means for a slot (``profile/slots.py``).

Source of tags and units: CIPA DC-008, "Exif 2.32", section 4.6.5.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from numbers import Real
from typing import Any, BinaryIO

from synth_assets.core.images import exif_tags

_DATE_TIME_ORIGINAL = 0x9003
_FOCAL_LENGTH, _FOCAL_LENGTH_35MM = 0x920A, 0xA405
_F_NUMBER, _APERTURE_VALUE = 0x829D, 0x9202
_EXPOSURE_TIME, _SHUTTER_SPEED_VALUE = 0x829A, 0x9201
_SENSITIVITY, _ISO_SPEED, _EXPOSURE_INDEX, _OUTPUT_SENSITIVITY = 0x8827, 0x8833, 0x8832, 0x8831
_SENSITIVITY_IS_ELSEWHERE = 65535
"""Largest value of the 16-bit sensitivity tag; the true one then stands in one of the three 32-bit tags."""
_LIMITS: Mapping[str, tuple[float, float]] = {
    "focal_length_mm": (0.5, 10_000),
    "focal_length_35mm": (1, 20_000),
    "aperture_f": (0.3, 512),
    "exposure_s": (1e-7, 86_400),
    "iso": (1, 10_000_000),
}
"""Values beyond what cameras do are damage."""
_MAX_APEX = 64.0


def exif_datetime(data: bytes | BinaryIO) -> datetime | None:
    """Reads when a photo was taken (EXIF DateTimeOriginal, local time); None where it is not told."""
    return _taken(exif_tags(data))


def exif_facts(data: bytes) -> dict[str, str | float]:
    """Gives what EXIF tells of time and camera as flat table values; what is absent or cannot be has no key.

    ``taken_at`` is ISO, local time; ``focal_length_mm`` the lens's own and ``focal_length_35mm`` that of equal
    view on 35 mm film, ``aperture_f`` the F number, ``exposure_s`` the exposure time, ``iso`` the sensitivity.
    """
    tags = exif_tags(data)
    taken = _taken(tags)
    return {**({"taken_at": taken.isoformat()} if taken else {}), **_camera(tags)}


def _taken(tags: Mapping[int, Any]) -> datetime | None:
    text = str(tags.get(_DATE_TIME_ORIGINAL)).strip("\x00 ")
    try:
        return datetime.strptime(text, "%Y:%m:%d %H:%M:%S")
    except ValueError:
        return None


def _camera(tags: Mapping[int, Any]) -> dict[str, float]:
    number, exposure = _number(tags.get(_F_NUMBER)), _number(tags.get(_EXPOSURE_TIME))
    found = {
        "focal_length_mm": _number(tags.get(_FOCAL_LENGTH)),
        "focal_length_35mm": _number(tags.get(_FOCAL_LENGTH_35MM)),
        "aperture_f": number if _usable("aperture_f", number) else _from_aperture(tags.get(_APERTURE_VALUE)),
        "exposure_s": exposure if _usable("exposure_s", exposure) else _from_speed(tags.get(_SHUTTER_SPEED_VALUE)),
        "iso": _iso(tags),
    }
    return {name: value for name, value in found.items() if _usable(name, value)}


def _from_aperture(value: Any) -> float:
    """F number of an APEX aperture, 2^(A/2); 0 is what cameras write for a lens that tells nothing."""
    apex = _number(value)
    return 2 ** (apex / 2) if 0 < apex <= _MAX_APEX else math.nan


def _from_speed(value: Any) -> float:
    """Seconds of an APEX shutter speed, 2^-T; 0 is written for an unknown one."""
    apex = _number(value)
    return 2**-apex if apex and abs(apex) <= _MAX_APEX else math.nan


def _iso(tags: Mapping[int, Any]) -> float:
    value = _number(tags.get(_SENSITIVITY))
    if value != _SENSITIVITY_IS_ELSEWHERE:
        return value
    others = [_number(tags.get(tag)) for tag in (_ISO_SPEED, _EXPOSURE_INDEX, _OUTPUT_SENSITIVITY)]
    return next((other for other in others if _usable("iso", other)), value)


def _number(value: Any) -> float:
    """A tag's value as a number, nan where it is none; of several the first."""
    if isinstance(value, tuple):
        value = value[0] if value else None
    return float(value) if isinstance(value, Real) else math.nan


def _usable(name: str, value: float) -> bool:
    """A comparison with nan is false."""
    low, high = _LIMITS[name]
    return low <= value <= high
