"""Masks as rings and back: exact for whole shapes, nearly so for shapes of several parts."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_assets.core.masks import tight_box
from synth_assets.core.ports import Mask
from synth_assets.core.training.polygons import Points, ring_of
from synth_assets_tests.core.training.conftest import disc

SIZE_HW = (48, 64)


def iou(a: Mask, b: Mask) -> float:
    return float((a & b).sum() / (a | b).sum())


def fill_ring(ring: Points, size_hw: tuple[int, int]) -> Mask:
    """As trainers fill it: by the even-odd rule, its line included."""
    mask = np.zeros(size_hw, np.uint8)
    cv2.fillPoly(mask, [np.asarray(ring).astype(np.int32)], (1,))
    return mask.astype(np.bool_)


def holed() -> Mask:
    return disc(SIZE_HW, (24, 30), 18) & ~disc(SIZE_HW, (22, 28), 7)


def parts() -> Mask:
    return disc(SIZE_HW, (15, 15), 9) | disc(SIZE_HW, (30, 50), 10) | disc(SIZE_HW, (40, 12), 5)


def box(x0: int, y0: int, x1: int, y1: int) -> Mask:
    mask = np.zeros(SIZE_HW, np.bool_)
    mask[y0:y1, x0:x1] = True
    return mask


@pytest.mark.parametrize(
    "mask",
    [
        box(0, 0, 64, 48),
        box(10, 20, 11, 21),
        box(10, 20, 30, 21),
        box(5, 6, 40, 30),
        disc(SIZE_HW, (24, 30), 17),
        disc(SIZE_HW, (0, 0), 20),
        holed(),
        box(3, 3, 40, 40) & ~box(6, 6, 37, 37) | box(12, 12, 30, 30),
    ],
)
def test_whole_shapes_and_holes_come_back_exactly(mask: Mask) -> None:
    ring = ring_of(mask)
    assert iou(fill_ring(ring, SIZE_HW), mask) >= 0.99
    assert np.array_equal(np.floor(ring), np.rint(ring))  # readers that round and readers that cut agree
    x0, y0, x1, y1 = tight_box(mask) or (0, 0, 0, 0)
    assert np.abs(ring.min(axis=0) - (x0, y0)).max() <= 0.52
    assert np.abs(ring.max(axis=0) - (x1, y1)).max() <= 1.0
    if min(x1 - x0, y1 - y0) > 1:
        assert np.abs(ring.max(axis=0) - (x1, y1)).max() == pytest.approx(0.52)


def test_a_hole_is_a_hole() -> None:
    mask = holed()
    back = fill_ring(ring_of(mask), SIZE_HW)
    assert not back[22, 28]
    assert np.array_equal(back, mask)


def test_parts_are_joined_by_lines_of_a_pixel() -> None:
    mask = parts()
    back = fill_ring(ring_of(mask), SIZE_HW)
    assert iou(back, mask) >= 0.95
    assert not (mask & ~back).any()
    count, _ = cv2.connectedComponents(back.astype(np.uint8))
    assert count == 2  # background and one object


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 47), st.integers(0, 63), st.integers(2, 14)), min_size=1, max_size=4))
def test_no_pixel_of_any_shape_is_lost(discs: list[tuple[int, int, int]]) -> None:
    mask = np.logical_or.reduce([disc(SIZE_HW, (y, x), radius) for y, x, radius in discs])
    ring = ring_of(mask)
    back = fill_ring(ring, SIZE_HW)
    assert not (mask & ~back).any()
    assert tight_box(back) == tight_box(mask)
    assert ring.min() >= 0
    assert (ring < (64, 48)).all()


def test_an_empty_mask_is_refused() -> None:
    with pytest.raises(ValueError, match="empty mask"):
        ring_of(np.zeros((4, 4), np.bool_))
