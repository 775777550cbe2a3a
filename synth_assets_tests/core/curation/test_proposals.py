"""Nested and overlapping masks become separate whole objects."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_assets.core.curation.proposals import (
    ProposalParams,
    is_scenery,
    objects_from_proposals,
    without_duplicates,
    without_specks,
)
from synth_assets.core.masks import box_mask
from synth_assets.core.ports import Box, Instance, Mask

SIZE_HW = (60, 100)
SMALL = ProposalParams(min_side_px=4)


def _box(x0: int, y0: int, x1: int, y1: int) -> Mask:
    return box_mask((x0, y0, x1, y1), SIZE_HW)


SKY = _box(0, 0, 100, 25)
GROUND = _box(0, 40, 100, 60)
FIGURE = _box(40, 10, 60, 50)
HEAD = _box(44, 10, 56, 22)
EYE = _box(46, 14, 50, 18)


def _found(*proposals: tuple[Mask, float], params: ProposalParams = SMALL) -> list[Instance]:
    return objects_from_proposals([Instance(mask, score) for mask, score in proposals], params)


def test_a_figure_is_one_object_without_its_parts_and_without_what_it_stands_in() -> None:
    found = _found((EYE, 0.99), (SKY & ~FIGURE, 0.98), (FIGURE, 0.9), (HEAD, 0.95), (GROUND & ~FIGURE, 0.97))
    assert len(found) == 1
    assert np.array_equal(found[0].mask, FIGURE)
    assert found[0].score == 0.9


def test_scenery_takes_nothing_that_stands_in_it_along() -> None:
    """A ground without a hole where the object is: dropped first, so the object is no part of it."""
    on_ground = _box(10, 44, 30, 56)
    found = _found((GROUND, 0.99), (on_ground, 0.8))
    assert [np.array_equal(item.mask, on_ground) for item in found] == [True]


def test_what_spans_the_picture_is_scenery() -> None:
    assert is_scenery(SKY, SMALL)
    assert is_scenery(GROUND, SMALL)
    assert is_scenery(_box(0, 0, 45, 60), SMALL)  # a trunk along the whole left side
    assert is_scenery(_box(1, 1, 99, 59), SMALL)  # nearly everything, though it reaches no border
    assert not is_scenery(_box(30, 0, 70, 60), SMALL)  # reaches two borders
    assert not is_scenery(_box(8, 4, 92, 60), SMALL)  # a picture cropped to its object
    assert not is_scenery(_box(0, 30, 60, 60), SMALL)  # a corner
    close_up = _box(20, 10, 80, 60) | _box(0, 50, 100, 60)
    assert not is_scenery(close_up & ~_box(0, 50, 8, 60), ProposalParams(max_border=1.4))


def test_two_that_overlap_are_parted_for_the_surer_one() -> None:
    left, right = _box(10, 10, 40, 40), _box(30, 10, 60, 40)
    for scores, areas in (((0.9, 0.8), (30 * 30, 20 * 30)), ((0.8, 0.9), (20 * 30, 30 * 30))):
        found = {item.score: item.mask for item in _found((left, scores[0]), (right, scores[1]))}
        assert [int(found[score].sum()) for score in scores] == list(areas)
        assert not (found[0.9] & found[0.8]).any()


def test_larger_objects_come_first_whatever_their_score() -> None:
    found = _found((_box(2, 2, 12, 12), 0.99), (_box(30, 30, 60, 50), 0.8), (_box(70, 2, 90, 22), 0.9))
    assert [int(item.mask.sum()) for item in found] == [600, 400, 100]


def test_small_ones_and_slivers_are_dropped() -> None:
    params = ProposalParams(min_side_px=10)
    assert len(_found((_box(5, 5, 15, 15), 0.9), (_box(30, 5, 39, 55), 0.9), params=params)) == 1
    # Of the second 12 of 22 columns are taken: less than half is left.
    assert len(_found((_box(10, 10, 40, 40), 0.9), (_box(28, 10, 50, 40), 0.8), params=params)) == 1
    assert ProposalParams().min_side_px == 64


def test_specks_are_removed_and_holes_filled() -> None:
    mask = _box(10, 10, 40, 40)
    spoilt = mask ^ _box(20, 20, 23, 23) ^ _box(50, 50, 52, 53)
    np.testing.assert_array_equal(without_specks(spoilt, 0.02), mask)
    np.testing.assert_array_equal(without_specks(spoilt, 0), spoilt)
    ring = mask & ~_box(15, 15, 35, 35)
    np.testing.assert_array_equal(without_specks(ring, 0.02), ring)
    bay = mask & ~_box(20, 10, 22, 13)
    np.testing.assert_array_equal(without_specks(bay, 0.02), bay)
    assert not without_specks(np.zeros(SIZE_HW, np.bool_), 0.02).any()


def test_of_boxes_that_are_nearly_the_same_the_surest_stays() -> None:
    # The second shares 80 of 120 pixels with the first, the third 90 of 110; the last none.
    boxes = [(0, 0, 10, 10), (2, 0, 12, 10), (1, 0, 11, 10), (50, 50, 60, 60)]
    assert without_duplicates(boxes, [0.9, 0.8, 0.95, 0.5], 0.7) == [2, 3]
    assert without_duplicates(boxes[:2], [0.8, 0.8], 0.7) == [0, 1]
    assert without_duplicates(boxes[:2], [0.8, 0.8], 0.6) == [0]
    assert without_duplicates([], [], 0.7) == []


def _boxes() -> st.SearchStrategy[Box]:
    corner = st.tuples(st.integers(0, 90), st.integers(0, 50), st.integers(4, 60), st.integers(4, 40))
    return corner.map(lambda c: (c[0], c[1], min(100, c[0] + c[2]), min(60, c[1] + c[3])))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(_boxes(), st.integers(50, 100)), max_size=8))
def test_objects_are_disjoint_largest_first_and_inside_their_proposals(drawn: list[tuple[Box, int]]) -> None:
    proposals = [Instance(box_mask(box, SIZE_HW), score / 100) for box, score in drawn]
    found = objects_from_proposals(proposals, SMALL)
    areas = [int(item.mask.sum()) for item in found]
    assert areas == sorted(areas, reverse=True)
    assert sum(areas) == int(np.any([item.mask for item in found] or [np.zeros(SIZE_HW, np.bool_)], axis=0).sum())
    for item in found:
        own = [other for other in proposals if other.score == item.score and not (item.mask & ~other.mask).any()]
        assert own
        assert max(int(other.mask.sum()) for other in own) * SMALL.min_left <= item.mask.sum()
    if proposals and not any(is_scenery(item.mask, SMALL) for item in proposals) and len(found) == 0:
        assert all(min(box[2] - box[0], box[3] - box[1]) < SMALL.min_side_px for box, _ in drawn)
