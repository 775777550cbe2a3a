"""Masks: boxes, growing and shrinking, feathering and blending."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from synth_assets.core.masks import (
    blend,
    box_mask,
    decode_mask,
    dilate,
    encode_mask,
    erode,
    feather,
    tight_box,
    within,
)

masks = hnp.arrays(np.bool_, st.tuples(st.integers(1, 20), st.integers(1, 20)))


def test_tight_box_by_hand() -> None:
    mask = np.zeros((6, 9), np.bool_)
    assert tight_box(mask) is None
    mask[2, 3] = True
    assert tight_box(mask) == (3, 2, 4, 3)
    mask[5, 8] = True
    assert tight_box(mask) == (3, 2, 9, 6)


@given(masks)
def test_tight_box_holds_all_and_touches_every_side(mask: np.ndarray) -> None:
    box = tight_box(mask)
    if box is None:
        assert not mask.any()
        return
    x0, y0, x1, y1 = box
    inside = mask[y0:y1, x0:x1]
    assert inside.sum() == mask.sum()
    assert inside[0].any()
    assert inside[-1].any()
    assert inside[:, 0].any()
    assert inside[:, -1].any()


@pytest.mark.parametrize(
    ("box", "pixels"), [((1, 2, 4, 5), 9), ((-3, -3, 2, 2), 4), ((6, 6, 99, 99), 4), ((-9, -9, -1, -1), 0)]
)
def test_box_mask_is_cut_at_the_image(box: tuple[int, int, int, int], pixels: int) -> None:
    assert box_mask(box, (8, 8)).sum() == pixels


@given(masks)
def test_box_mask_of_the_tight_box_covers_the_mask(mask: np.ndarray) -> None:
    if box := tight_box(mask):
        covered = box_mask(box, mask.shape)
        assert (covered | mask).sum() == covered.sum()


def test_dilate_and_erode_by_hand() -> None:
    point = np.zeros((7, 7), np.bool_)
    point[3, 3] = True
    cross = dilate(point, 1)
    assert cross.sum() == 5
    assert erode(cross, 1).sum() == 1
    assert dilate(point, 0) is point
    assert erode(np.ones((5, 5), np.bool_), 1).sum() == 9


@given(masks, st.integers(0, 4))
@settings(deadline=None)
def test_dilate_grows_and_erode_shrinks(mask: np.ndarray, radius_px: int) -> None:
    grown, shrunk = dilate(mask, radius_px), erode(mask, radius_px)
    assert grown.shape == shrunk.shape == mask.shape
    assert grown.dtype == shrunk.dtype == np.bool_
    assert not (mask & ~grown).any()
    assert not (shrunk & ~mask).any()


@given(masks, st.floats(0, 8))
@settings(deadline=None)
def test_feather_is_zero_outside_and_positive_inside(mask: np.ndarray, width_px: float) -> None:
    soft = feather(mask, width_px)
    assert soft.dtype == np.float32
    assert not soft[~mask].any()
    assert (soft[mask] > 0).all()
    assert soft.max(initial=0) <= 1


def test_feather_rises_over_its_width() -> None:
    mask = np.zeros((21, 21), np.bool_)
    mask[:, 1:] = True
    row = feather(mask, 3)[10]
    assert row[:6].tolist() == [0, 0.25, 0.5, 0.75, 1, 1]
    assert np.array_equal(feather(mask, 0), mask.astype(np.float32))


@given(st.integers(0, 2**32 - 1), st.floats(0, 6))
@settings(deadline=None, max_examples=50)
def test_blending_leaves_pixels_outside_the_mask_bit_identical(seed: int, width_px: float) -> None:
    rng = np.random.default_rng(seed)
    below, above = rng.integers(0, 256, (2, 16, 16, 3), dtype=np.uint8)
    mask = rng.random((16, 16)) > 0.5
    mixed = blend(below, above, feather(mask, width_px))
    assert mixed.dtype == np.uint8
    assert np.array_equal(mixed[~mask], below[~mask])
    assert (mixed >= np.minimum(below, above)).all()
    assert (mixed <= np.maximum(below, above)).all()


def test_blend_by_hand() -> None:
    below, above = np.full((1, 3, 3), 100, np.uint8), np.full((1, 3, 3), 201, np.uint8)
    alpha = np.array([[0, 0.5, 1]], np.float32)
    assert blend(below, above, alpha)[0, :, 0].tolist() == [100, 150, 201]


@given(masks)
@settings(deadline=None)
def test_masks_survive_their_file(mask: np.ndarray) -> None:
    assert np.array_equal(decode_mask(encode_mask(mask), "mask.png"), mask)


def test_within_counts_straight_distance_and_nothing_lies_near_nothing() -> None:
    mask = np.zeros((9, 9), np.bool_)
    assert not within(mask, 5).any()
    mask[4, 4] = True
    rows, columns = np.indices(mask.shape)
    assert np.array_equal(within(mask, 2), np.hypot(rows - 4, columns - 4) <= 2)
    assert within(mask, 0).sum() == 1
