"""Tiling: a net runs over a picture of any size in tiles that overlap, so that its memory stays flat.

Belongs here: where tiles lie and how they are joined. Does not belong here: nets, and tensors
(``onnx_pictures.py``).
"""

from __future__ import annotations

import numpy as np

from resources.models.onnx_pictures import Run, padded
from synth_assets.core.ports import RGB

_SHARE_OUTSIDE = 4
"""A quarter of the overlap at each end of a tile is context only; the half between is blended."""


def run_tiled(image: RGB, run: Run, factor: int, tile_hw: tuple[int, int], overlap_px: int) -> RGB:
    """Gives the net's picture of the whole image, ``factor`` times as large.

    The image is mirrored at its borders, so that a net's own border shows nowhere. Where the net looks no
    farther than a quarter of the overlap, the result is that of one pass; farther away, neighbouring
    tiles fade into each other over half of the overlap.

    Args:
        image: (H, W, 3) of any size.
        run: gives a (h * factor, w * factor, 3) picture for every (h, w, 3) tile.
        factor: how many times larger the net makes a picture.
        tile_hw: (height, width) of every tile.
        overlap_px: of neighbouring tiles, at the least; less than a tile's sides.
    """
    context_px = overlap_px // _SHARE_OUTSIDE
    height, width = image.shape[:2]
    whole_hw = (max(tile_hw[0], height + 2 * context_px), max(tile_hw[1], width + 2 * context_px))
    whole = padded(image, context_px, whole_hw)
    made = np.empty((whole_hw[0] * factor, whole_hw[1] * factor, 3), np.uint8)
    lower = 0
    for y in tile_starts(whole_hw[0], tile_hw[0], overlap_px):
        band = np.empty((tile_hw[0] * factor, made.shape[1], 3), np.uint8)
        right = 0
        for x in tile_starts(whole_hw[1], tile_hw[1], overlap_px):
            tile = run(np.ascontiguousarray(whole[y : y + tile_hw[0], x : x + tile_hw[1]]))
            right = _lay(band.swapaxes(0, 1), tile.swapaxes(0, 1), x * factor, right)
        lower = _lay(made, band, y * factor, lower)
    first = context_px * factor
    return np.ascontiguousarray(made[first : first + height * factor, first : first + width * factor])


def tile_starts(length_px: int, tile_px: int, overlap_px: int) -> list[int]:
    """Where tiles begin along one axis, the last one ending with it; they overlap by at least ``overlap_px``."""
    return [*range(0, length_px - tile_px, tile_px - overlap_px), length_px - tile_px]


def _lay(below: RGB, tile: RGB, start: int, known: int) -> int:
    """Lays a tile along the first axis over what is known up to ``known``; gives how far it is known now."""
    shared = known - start
    below[known : start + len(tile)] = tile[max(0, shared) :]
    if shared > 0:
        old = below[start:known].astype(np.float32)
        mixed = old + (tile[:shared] - old) * _fade(shared)[:, None, None]
        below[start:known] = np.rint(mixed).astype(np.uint8)
    return start + len(tile)


def _fade(length: int) -> np.ndarray:
    """0 in the first quarter, 1 in the last, rising between."""
    place = (np.arange(length, dtype=np.float32) + np.float32(0.5)) / np.float32(length)
    return np.clip((place - 0.5) * 2 + 0.5, 0, 1)
