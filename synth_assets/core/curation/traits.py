"""Traits of a film's frame: the small things that decide about shots and about dropping it.

Belongs here: computing and comparing them. Does not belong here: what follows from them
(``shots.py``, ``blanks.py``, ``sampling.py``) and measures of quality (``core/measure_frames.py``).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from synth_assets.core.ports import RGB

_SMALL_WH = (160, 90)
_THUMB_WH = (32, 18)
_HASH_HW = (8, 9)
_HISTOGRAM_BINS = (12, 6, 6)
_LOW_PERCENT, _TOP_PERCENT = 1.0, 99.0


@dataclass(frozen=True)
class FrameTraits:
    """What is looked at in a frame.

    Attributes:
        histogram: (432,) hue, saturation and value histogram that sums to 1.
        thumb: (18, 32, 3) uint8 RGB.
        top: 99th percentile of gray in [0, 1].
        spread: 99th less 1st percentile of gray in [0, 1].
    """

    histogram: NDArray[np.float32]
    thumb: RGB
    top: float
    spread: float


def frame_traits(image: RGB) -> FrameTraits:
    """Gives the traits of an (H, W, 3) uint8 picture, from a copy of 160 x 90 pixels."""
    small = cv2.resize(image, _SMALL_WH, interpolation=cv2.INTER_AREA)
    hsv = cv2.cvtColor(small, cv2.COLOR_RGB2HSV)
    counts = cv2.calcHist([hsv], [0, 1, 2], None, list(_HISTOGRAM_BINS), [0, 180, 0, 256, 0, 256]).ravel()
    low, top = np.percentile(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), [_LOW_PERCENT, _TOP_PERCENT]) / 255.0
    thumb = np.asarray(cv2.resize(small, _THUMB_WH, interpolation=cv2.INTER_AREA), np.uint8)
    return FrameTraits(counts / counts.sum(), thumb, float(top), float(top - low))


def difference_hash(image: RGB) -> NDArray[np.bool_]:
    """Gives the (64,) bool difference hash of an (H, W, 3) uint8 picture.

    Source: N. Krawetz, "Kind of Like That" (dHash).
    """
    gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    tiny = cv2.resize(gray, _HASH_HW[::-1], interpolation=cv2.INTER_AREA)
    return (tiny[:, 1:] > tiny[:, :-1]).ravel()


def colour_distance(a: FrameTraits, b: FrameTraits) -> float:
    """Hellinger distance of two colour histograms, 0 (same) to 1."""
    return float(np.sqrt(max(0.0, 1.0 - float(np.sqrt(a.histogram * b.histogram).sum()))))


def thumb_distance(a: RGB, b: RGB) -> float:
    """Mean absolute difference of two thumbs, 0 (same) to 1."""
    return float(np.abs(a.astype(np.int16) - b).mean()) / 255.0
