"""Frame metrics of S3: the documented values, and corrected ones where those are wrong.

Belongs here: complexity, lighting, occlusion, quality, sharpness, contrast and brightness of one
frame. Does not belong here: decisions on them (``curation/decisions.py``), shared planes
(``look.py``) and how soft edges are (``measure_edges.py``).
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from synth_assets.core.look import FULL, HALF_RANGE, Look, histogram, moments
from synth_assets.core.measure_edges import edge_sharpness

PATCH_PX = 32
BORDER_PX = 20
DARK_BELOW, BRIGHT_FROM = 64, 192
FULL_SIZE_PIXELS = 512 * 512
DEPTH_STEP = 0.15
"""Fall of relative depth (0..1) that parts two things; ground and walls fall by less within DEPTH_REACH_SHARE."""
DEPTH_REACH_SHARE = 0.03
"""Of a side: within so much the depth has to fall, which is as wide as depth models smear a contour."""
CUT_SHARE = 0.25
"""Of a side: so far in from the border may what cuts in reach; what reaches further is the picture's subject."""
FRAME_METRICS = ("complexity", "lighting", "occlusion", "quality", "sharpness", "contrast", "brightness")


def frame_metrics(look: Look, depth: NDArray[np.float32] | None = None) -> dict[str, float]:
    """Gives the seven documented metrics of a frame and each with ``_corrected``, all in 0..1.

    Four corrected values differ from the documented ones:

    - lighting: the documented patch loop ends before the last full patch of each direction (H - 32
      and W - 32 are exclusive), so a frame of 64 x 64 is judged by its first quarter; the corrected
      value takes every full patch.
    - occlusion: the documented edge count sums edges as 0 or 255, so a border with 0.8 % edge
      pixels already counts as full; the corrected value v counts them as 0 or 1. With depth it is
      v + (1 - v) d, d being ``cut_share``: depth adds to what the edges say and takes nothing away.
    - sharpness: the documented value grows with the number of edges, so a crisp drawing with few of
      them counts as blurred; the corrected value says how sharp the edges are that there are.
    - quality: the documented formula with the corrected sharpness.

    A frame too small for a patch is one patch (the documented formula has no value there).

    Args:
        look: the frame.
        depth: (H, W) float32 of any size, 1 = nearest, 0 = farthest; None = not known.

    Source: SPEC S3, formulas of the frame-processing document.
    """
    border_std, border_edges = _border(look)
    patches = _patch_stds(look.value)
    documented = {
        "complexity": look.complexity,
        "lighting": _lighting(look, patches[: _documented_count(look.height_px), : _documented_count(look.width_px)]),
        "occlusion": min(0.5 * border_std + 0.5 * FULL * border_edges, 1.0),
        "quality": _quality(look, look.sharpness),
        "sharpness": look.sharpness,
        "contrast": look.contrast,
        "brightness": look.brightness,
    }
    occlusion, sharpness = min(0.5 * border_std + 0.5 * border_edges, 1.0), edge_sharpness(look)
    corrected = {
        **documented,
        "lighting": _lighting(look, patches),
        "occlusion": occlusion if depth is None else occlusion + (1 - occlusion) * cut_share(depth),
        "quality": _quality(look, sharpness),
        "sharpness": sharpness,
    }
    return documented | {f"{name}_corrected": value for name, value in corrected.items()}


def cut_share(depth: NDArray[np.float32]) -> float:
    """Gives the share of the border, 0..1, where something nearer than the picture's middle cuts into it.

    A place of the border counts if, on the way straight inwards and within CUT_SHARE of that side, the depth falls
    suddenly, by DEPTH_STEP within DEPTH_REACH_SHARE, to well below what it is at the border. So a leaf before the lens
    counts; ground that recedes does not, for it falls slowly, nor does a figure in the middle, which is no nearer at
    the border, nor a wall that fills the picture.

    Source: ours; the step is the occlusion cue of D. Hoiem, A. Efros, M. Hebert, "Recovering occlusion boundaries from
    an image", IJCV 91, 2011: a depth discontinuity with its nearer side toward the border.
    """
    height, width = depth.shape
    middle = float(np.median(depth[height // 4 : height - height // 4, width // 4 : width - width // 4]))
    cut = [_cuts(view, middle) for view in (depth, depth[::-1], depth.T, depth.T[::-1])]
    return float(np.concatenate(cut).mean())


def _cuts(depth: NDArray[np.float32], middle: float) -> NDArray[np.bool_]:
    """Per column, whether something near reaches in from the first row and ends suddenly."""
    side = depth.shape[0]
    reach = max(1, round(DEPTH_REACH_SHARE * side))
    within = depth[: max(1, round(CUT_SHARE * side)) + reach]
    nearer, farther = within[:-reach], within[reach:]
    sudden = (nearer - farther >= DEPTH_STEP) & (within[0] - farther >= DEPTH_STEP)
    return (within[0] > middle) & sudden.any(axis=0)


def _quality(look: Look, sharpness: float) -> float:
    size = min(look.pixels / FULL_SIZE_PIXELS, 1.0)
    return 0.5 * sharpness + 0.3 * (1 - min(10 * look.noise, 1.0)) + 0.2 * size


def _lighting(look: Look, patch_stds: NDArray[np.float64]) -> float:
    values = histogram(look.value)
    dark, bright = float(values[:DARK_BELOW].sum()), float(values[BRIGHT_FROM:].sum())
    dynamic = 0.3 if dark > 0.5 or bright > 0.5 else 1 - dark - bright
    evenness = 1 - min(float(patch_stds.mean()) / HALF_RANGE, 1.0)
    mean = cv2.mean(look.value)[0] / FULL
    return 0.4 * dynamic + 0.3 * evenness + 0.3 * (1.0 if 0.3 < mean < 0.7 else 0.5)


def _documented_count(side_px: int) -> int:
    """Patches that start in range(0, side - 32, 32); at least one, so that small frames have a value."""
    return max(1, math.ceil((side_px - PATCH_PX) / PATCH_PX))


def _patch_stds(plane: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Standard deviation of every full 32 x 32 patch, as a grid; of the whole plane if none fits.

    Sums are whole numbers, so nothing is lost against a loop over patches.
    """
    rows, columns = (side // PATCH_PX for side in plane.shape)
    if not rows or not columns:
        return np.array([[moments(plane)[1][0]]])
    strips = [plane[top : top + PATCH_PX, : columns * PATCH_PX] for top in range(0, rows * PATCH_PX, PATCH_PX)]
    mean, mean_square = (
        np.stack([_column_sums(strip, kind) for strip in strips]).reshape(rows, columns, PATCH_PX).sum(axis=2)
        / (PATCH_PX * PATCH_PX)
        for kind in (cv2.REDUCE_SUM, cv2.REDUCE_SUM2)
    )
    return np.sqrt(np.maximum(mean_square - mean**2, 0.0))


def _column_sums(strip: NDArray[np.uint8], kind: int) -> NDArray[np.int32]:
    return np.ravel(np.asarray(cv2.reduce(strip, 0, kind, dtype=cv2.CV_32S), np.int32))


def _border(look: Look) -> tuple[float, float]:
    """Gray std / 128 and share of edge pixels on the four 20-px strips along the border.

    The strips overlap in the corners, which count twice in both values, as documented.
    """
    strips = _strips(look.gray)
    std = moments(np.concatenate([strip.ravel() for strip in strips]))[1][0]
    edges = sum(int(np.count_nonzero(strip)) for strip in _strips(look.edges))
    return std / HALF_RANGE, edges / (2 * (look.height_px + look.width_px) * BORDER_PX)


def _strips(plane: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    return [plane[:BORDER_PX], plane[-BORDER_PX:], plane[:, :BORDER_PX], plane[:, -BORDER_PX:]]
