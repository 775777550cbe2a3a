"""Tiles: they cover a picture, join without a seam, and give what one pass would."""

from itertools import pairwise

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resources.models.tiling import run_tiled, tile_starts


@given(st.integers(0, 300), st.integers(16, 64), st.integers(0, 15))
def test_tiles_cover_the_length_and_overlap(more: int, tile: int, overlap: int) -> None:
    starts = tile_starts(tile + more, tile, overlap)
    assert starts[0] == 0
    assert starts[-1] == more
    assert all(0 < after - before <= tile - overlap for before, after in pairwise(starts))


def _blurred_and_doubled(tile: np.ndarray) -> np.ndarray:
    """A net that looks 2 pixels far and takes what lies outside for black."""
    mean = cv2.blur(cv2.copyMakeBorder(tile, 2, 2, 2, 2, cv2.BORDER_CONSTANT), (5, 5))[2:-2, 2:-2]
    return mean.repeat(2, axis=0).repeat(2, axis=1)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 90), st.integers(1, 90), st.integers(0, 9))
def test_tiles_give_what_one_pass_over_the_mirrored_picture_gives(height: int, width: int, seed: int) -> None:
    image = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    tiled = run_tiled(image, _blurred_and_doubled, 2, (32, 24), 8)
    mirrored = np.pad(image, ((2, 2), (2, 2), (0, 0)), mode="reflect")
    whole = cv2.blur(mirrored, (5, 5), borderType=cv2.BORDER_CONSTANT)[2:-2, 2:-2]
    assert np.array_equal(tiled, whole.repeat(2, axis=0).repeat(2, axis=1))


def test_tiles_that_disagree_fade_into_each_other() -> None:
    """Every tile a grey of its own, 40 apart: no step between neighbouring pixels comes near that."""
    shades = iter(range(40, 256, 40))
    made = run_tiled(np.zeros((24, 120, 3), np.uint8), lambda tile: np.full_like(tile, next(shades)), 1, (48, 64), 32)
    line = made[0, :, 0].astype(int)
    assert line[0] == 40
    assert line[-1] == 160
    assert np.abs(np.diff(line)).max() <= 5
    assert (made == made[:1]).all()


def test_rows_and_columns_of_tiles_meet_without_a_corner() -> None:
    def run(tile: np.ndarray) -> np.ndarray:
        return np.full_like(tile, tile[16, 16])

    ys, xs = np.indices((96, 96))
    image = np.repeat(((ys + xs) * 255 // 190).astype(np.uint8)[..., None], 3, axis=2)
    made = run_tiled(image, run, 1, (32, 32), 16).astype(int)
    assert max(np.abs(np.diff(made, axis=axis)).max() for axis in (0, 1)) <= 6
    assert len(np.unique(made)) > 20


@pytest.mark.parametrize("size_hw", [(1, 1), (3, 200), (64, 64)])
def test_the_net_sees_tiles_of_one_size(size_hw: tuple[int, int]) -> None:
    seen: set[tuple[int, ...]] = set()

    def run(tile: np.ndarray) -> np.ndarray:
        seen.add(tile.shape)
        return tile

    image = np.random.default_rng(0).integers(0, 256, (*size_hw, 3), np.uint8)
    assert np.array_equal(run_tiled(image, run, 1, (64, 64), 16), image)
    assert seen == {(64, 64, 3)}
