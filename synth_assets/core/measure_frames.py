"""Frame metrics of S3: the documented values, and corrected ones where those are wrong.

Belongs here: complexity, lighting, occlusion, quality, sharpness, contrast and brightness of one
frame. Does not belong here: decisions on them (``curation/decisions.py``) and shared planes
(``look.py``).
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from synth_assets.core.look import FULL, HALF_RANGE, Look, histogram, moments

PATCH_PX = 32
BORDER_PX = 20
DARK_BELOW, BRIGHT_FROM = 64, 192
FULL_SIZE_PIXELS = 512 * 512
FRAME_METRICS = ("complexity", "lighting", "occlusion", "quality", "sharpness", "contrast", "brightness")


def frame_metrics(look: Look) -> dict[str, float]:
    """Gives the seven documented metrics of a frame and each with ``_corrected``, all in 0..1.

    Two corrected values differ from the documented ones:

    - lighting: the documented patch loop ends before the last full patch of each direction (H - 32
      and W - 32 are exclusive), so a frame of 64 x 64 is judged by its first quarter; the corrected
      value takes every full patch.
    - occlusion: the documented edge count sums edges as 0 or 255, so a border with 0.8 % edge
      pixels already counts as full; the corrected value counts them as 0 or 1.

    A frame too small for a patch is one patch (the documented formula has no value there).

    Source: SPEC S3, formulas of the frame-processing document.
    """
    border_std, border_edges = _border(look)
    quality = (
        0.5 * look.sharpness + 0.3 * (1 - min(10 * look.noise, 1.0)) + 0.2 * min(look.pixels / FULL_SIZE_PIXELS, 1.0)
    )
    patches = _patch_stds(look.value)
    documented = {
        "complexity": look.complexity,
        "lighting": _lighting(look, patches[: _documented_count(look.height_px), : _documented_count(look.width_px)]),
        "occlusion": min(0.5 * border_std + 0.5 * FULL * border_edges, 1.0),
        "quality": quality,
        "sharpness": look.sharpness,
        "contrast": look.contrast,
        "brightness": look.brightness,
    }
    corrected = {
        **documented,
        "lighting": _lighting(look, patches),
        "occlusion": min(0.5 * border_std + 0.5 * border_edges, 1.0),
    }
    return documented | {f"{name}_corrected": value for name, value in corrected.items()}


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
