"""Ground: where in a picture an object can stand.

Belongs here: finding the ground cheaply from colours alone. Does not belong here: choosing a box
on it (``placement.py``) and depth models.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from synth_assets.core.colour import to_lab
from synth_assets.core.ports import RGB, Mask

_WORK_WIDTH_PX = 160
_BLUR_SIGMA_XY_PX = (5.0, 1.6)
"""Wider than high: ground looks alike along a row and changes with distance."""
_HORIZON_RANGE = (0.42, 0.8)
"""Share of the height between which the horizon is looked for."""
_SEED_SHARE = 0.06
"""The lowest part of every column that is taken for ground without a look."""
_STEP_LIMITS = (3.5, 13.0)
_STEP_FACTOR = 14.0
"""How many times the usual change from row to row a column may differ from its past."""
_DRIFT_LIMIT = 24.0
_MEMORY = 0.85
"""Weight of the past in the running colour of a column, a row."""
_WATER_B = -13.5
_GREENISH_WATER_AB = (-0.7, -2.5)
_BLUISH_B = -3.5
_STILL_TEXTURE = 0.33
"""Mean fine structure in L below which bluish ground is still water or mirrored sky."""
_CLUTTER = 0.6
"""Change of colour along a row, a pixel: twigs and rocks are above, meadows and streets below."""
_LAYERED_SHARE = 0.4
_SIDEWAYS_SPREAD = 5.0
"""A landscape differs from row to row, and its lower part little from side to side (CIELAB). A
picture where neither holds is a close-up or a wall."""
_MIN_HEIGHT_SHARE = 0.07
_MIN_WIDTH_SHARE = 0.55
_SAFETY = 0.12
"""Share of a column's ground, at its far end, that is not trusted."""
_SMOOTHING_COLUMNS = 9


@dataclass(frozen=True)
class GroundBand:
    """The ground of one picture.

    Attributes:
        size_hw: (height, width) of the picture in pixels.
        horizon_px: row of the furthest ground; things that stand there look smallest.
        top_px: (W,) int, first ground row of every column; the height where a column has none.
            Below it everything down to the lower border is ground.
    """

    size_hw: tuple[int, int]
    horizon_px: int
    top_px: NDArray[np.int64]

    @property
    def mask(self) -> Mask:
        """(H, W) bool, True = ground."""
        return np.arange(self.size_hw[0])[:, None] >= self.top_px[None, :]

    def depth(self, foot_px: int) -> float:
        """How near something that stands on this row is: 0 at the horizon, 1 at the lower border."""
        height = self.size_hw[0]
        return float(np.clip((foot_px - self.horizon_px) / max(1, height - self.horizon_px), 0, 1))


def find_ground(image: RGB) -> GroundBand | None:
    """Gives the ground that reaches the lower border; None where little or none was found.

    Every column is followed upwards from the border while its colour changes slowly and stays
    near the colour it began with, at most to the horizon (the row that best splits the picture
    into two colours). Blue columns are water or mirrored sky and do not count.

    Args:
        image: (H, W, 3) uint8 RGB.
    """
    height, width = image.shape[:2]
    scale = _WORK_WIDTH_PX / width
    small_hw = (max(16, round(height * scale)), _WORK_WIDTH_PX)
    small = cv2.resize(image, (small_hw[1], small_hw[0]), interpolation=cv2.INTER_AREA)
    sharp = to_lab(small.astype(np.uint8))
    lab = cv2.GaussianBlur(sharp, (0, 0), _BLUR_SIGMA_XY_PX[0], sigmaY=_BLUR_SIGMA_XY_PX[1]).astype(np.float32)
    if not _is_landscape(sharp, lab):
        return None
    horizon = _horizon(lab)
    top = _follow_columns(lab, horizon)
    top = np.where(_is_water(lab, sharp[..., 0], top), small_hw[0], top)
    top = _smooth(top)
    top = top + np.rint(_SAFETY * (small_hw[0] - top)).astype(np.int64)
    tall = (small_hw[0] - top) >= _MIN_HEIGHT_SHARE * small_hw[0]
    if tall.mean() < _MIN_WIDTH_SHARE:
        return None
    top = np.where(tall, top, small_hw[0])
    columns = np.minimum((np.arange(width) * scale).astype(np.int64), _WORK_WIDTH_PX - 1)
    full = np.ceil(top[columns] * height / small_hw[0]).astype(np.int64)
    furthest = float(np.percentile(top[tall], 10))
    return GroundBand((height, width), int(furthest * height / small_hw[0]), np.minimum(full, height))


def _is_landscape(sharp: NDArray[np.float32], lab: NDArray[np.float32]) -> bool:
    height = lab.shape[0]
    if np.median(np.linalg.norm(np.diff(lab[height * 3 // 4 :], axis=1), axis=2)) > _CLUTTER:
        return False
    rows = sharp.mean(axis=1)
    layered = float(rows.var(axis=0).sum() / max(float(sharp.reshape(-1, 3).var(axis=0).sum()), 1e-6))
    columns = lab[height * 3 // 5 :].mean(axis=0)
    sideways = float(np.sqrt(columns.var(axis=0).sum()))
    return layered >= _LAYERED_SHARE or sideways <= _SIDEWAYS_SPREAD


def _horizon(lab: NDArray[np.float32]) -> int:
    rows = np.median(lab, axis=1)
    height = len(rows)
    best, best_gain = height // 2, -1.0
    for y in range(int(_HORIZON_RANGE[0] * height), int(_HORIZON_RANGE[1] * height)):
        difference = rows[:y].mean(axis=0) - rows[y:].mean(axis=0)
        gain = y * (height - y) * float(difference @ difference)
        if gain > best_gain:
            best, best_gain = y, gain
    return best


def _follow_columns(lab: NDArray[np.float32], horizon: int) -> NDArray[np.int64]:
    height, width = lab.shape[:2]
    seed_px = max(2, round(_SEED_SHARE * height))
    start = np.median(lab[height - seed_px :], axis=0)
    running = start.copy()
    usual = float(np.median(np.linalg.norm(np.diff(lab[height * 3 // 4 :], axis=0), axis=2)))
    limit = float(np.clip(_STEP_FACTOR * usual, *_STEP_LIMITS))
    alive = np.ones(width, np.bool_)
    top = np.full(width, height - seed_px, np.int64)
    for y in range(height - seed_px - 1, horizon - 1, -1):
        row = lab[y]
        step = np.linalg.norm(row - running, axis=1)
        drift = np.linalg.norm(row - start, axis=1)
        alive &= (step < limit) & (drift < _DRIFT_LIMIT)
        top[alive] = y
        running = _MEMORY * running + (1 - _MEMORY) * row
    return top


def _is_water(lab: NDArray[np.float32], light: NDArray[np.float32], top: NDArray[np.int64]) -> Mask:
    """True for columns whose ground is blue, greenish blue, or bluish and still: water."""
    below = np.arange(lab.shape[0])[:, None] >= top[None, :]
    mean = (lab * below[..., None]).sum(axis=0) / np.maximum(below.sum(axis=0), 1)[:, None]
    fine = np.abs(light - cv2.GaussianBlur(light, (0, 0), _BLUR_SIGMA_XY_PX[1]))
    still = bool(below.any()) and float(fine[below].mean()) < _STILL_TEXTURE
    blue = mean[:, 2]
    greenish = (mean[:, 1] < _GREENISH_WATER_AB[0]) & (blue < _GREENISH_WATER_AB[1])
    return (blue < _WATER_B) | greenish | ((blue < _BLUISH_B) & still)


def _smooth(top: NDArray[np.int64]) -> NDArray[np.int64]:
    """Takes for every column a low top of its neighbourhood, so that no spike is ground."""
    pad = _SMOOTHING_COLUMNS // 2
    padded = np.pad(top, pad, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, _SMOOTHING_COLUMNS)
    return np.percentile(windows, 70, axis=1).astype(np.int64)
