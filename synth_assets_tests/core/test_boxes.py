"""Boxes: areas, overlaps, clipping."""

from hypothesis import given
from hypothesis import strategies as st

from synth_assets.core.boxes import area, clip, expand, intersection, iou, is_inside
from synth_assets.core.masks import box_mask
from synth_assets.core.ports import Box

SIZE_HW = (12, 16)
coordinate = st.integers(-4, 20)
boxes = st.tuples(coordinate, coordinate, coordinate, coordinate)


def test_by_hand() -> None:
    assert area((1, 2, 4, 6)) == 12
    assert area((4, 2, 1, 6)) == 0
    assert intersection((0, 0, 4, 4), (2, 1, 8, 3)) == (2, 1, 4, 3)
    assert iou((0, 0, 4, 4), (2, 0, 6, 4)) == 8 / 24
    assert iou((0, 0, 2, 2), (5, 5, 6, 6)) == 0
    assert iou((0, 0, 0, 0), (0, 0, 0, 0)) == 0
    assert clip((-3, 5, 99, 7), SIZE_HW) == (0, 5, 16, 7)
    assert expand((4, 4, 6, 6), 2, SIZE_HW) == (2, 2, 8, 8)
    assert expand((0, 0, 16, 12), 5, SIZE_HW) == (0, 0, 16, 12)
    assert is_inside((0, 0, 16, 12), SIZE_HW)
    assert not is_inside((0, 0, 17, 12), SIZE_HW)
    assert not is_inside((3, 3, 3, 8), SIZE_HW)


@given(boxes, boxes)
def test_iou_counts_pixels(a: Box, b: Box) -> None:
    a, b = clip(a, SIZE_HW), clip(b, SIZE_HW)
    first, second = box_mask(a, SIZE_HW), box_mask(b, SIZE_HW)
    union = int((first | second).sum())
    assert area(a) == first.sum()
    assert iou(a, b) == (int((first & second).sum()) / union if union else 0)
    assert iou(a, b) == iou(b, a)


@given(boxes)
def test_a_clipped_box_with_pixels_is_inside(box: Box) -> None:
    clipped = clip(box, SIZE_HW)
    assert is_inside(clipped, SIZE_HW) == (area(clipped) > 0)
    assert clip(clipped, SIZE_HW) == clipped
