"""Instances from hand-drawn saliency maps."""

from itertools import pairwise

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_assets.core.curation.instances import InstanceParams, instances_from_saliency, split_at_necks
from synth_assets.core.masks import tight_box

SMALL = InstanceParams(min_side_px=8)


def _drawn(*discs: tuple[int, int, int], bar_px: int = 0) -> np.ndarray:
    """A (100, 200) bool mask of (x, y, radius) discs, their centres joined by a bar."""
    canvas = np.zeros((100, 200), np.uint8)
    for x, y, radius in discs:
        cv2.circle(canvas, (x, y), radius, 1, -1)
    for (x0, y0, _), (x1, y1, _) in pairwise(discs):
        if bar_px:
            cv2.line(canvas, (x0, y0), (x1, y1), 1, bar_px)
    return canvas.astype(np.bool_)


def test_separate_objects_come_largest_first_with_their_mean_saliency() -> None:
    saliency = np.zeros((100, 200), np.float32)
    saliency[10:30, 10:30] = 0.9
    saliency[40:90, 100:180] = 0.6
    saliency[5:9, 150:190] = 1.0  # 4 px high: too small
    first, second = instances_from_saliency(saliency, SMALL)
    assert tight_box(first.mask) == (100, 40, 180, 90)
    assert tight_box(second.mask) == (10, 10, 30, 30)
    assert first.score == pytest.approx(0.6)
    assert second.score == pytest.approx(0.9)


def test_nothing_above_the_threshold_gives_nothing() -> None:
    assert instances_from_saliency(np.full((50, 50), 0.49, np.float32), SMALL) == []


def test_two_discs_with_a_thin_bridge_are_two_objects() -> None:
    blob = _drawn((50, 50, 35), (145, 50, 30), bar_px=10)
    parts = instances_from_saliency(blob.astype(np.float32), SMALL)
    assert len(parts) == 2
    left, right = (tight_box(part.mask) for part in parts)
    assert left is not None
    assert right is not None
    assert left[0] == 15
    assert 85 <= right[0] <= left[2] <= 116  # cut within the bridge, at a slant
    assert right[2] == 176


@pytest.mark.parametrize(
    "blob",
    [
        _drawn((100, 50, 40)),
        _drawn((60, 50, 35), (110, 50, 35)),  # overlapping: the waist is wide
        _drawn((60, 50, 40), (120, 30, 9), bar_px=6),  # an arm with a hand: too small a part
        np.ones((100, 200), np.bool_),
    ],
    ids=["disc", "waist", "arm", "full"],
)
def test_blob_without_a_neck_stays_whole(blob: np.ndarray) -> None:
    assert len(instances_from_saliency(blob.astype(np.float32), SMALL)) == 1


def test_three_in_a_row_become_three() -> None:
    blob = _drawn((30, 50, 25), (100, 50, 25), (170, 50, 25), bar_px=6)
    assert len(instances_from_saliency(blob.astype(np.float32), SMALL)) == 3


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.integers(10, 190), st.integers(10, 90), st.integers(3, 40)), min_size=1, max_size=5),
    st.integers(0, 20),
)
def test_parts_are_disjoint_and_cover_the_blob(discs: list[tuple[int, int, int]], bar_px: int) -> None:
    blob = _drawn(*discs, bar_px=bar_px)
    count, labels = cv2.connectedComponents(blob.astype(np.uint8), connectivity=8)
    for label in range(1, count):
        component = labels == label
        parts = split_at_necks(component, SMALL)
        assert (np.sum(parts, axis=0) == component).all()


def test_large_blob_is_covered_too() -> None:
    blob = cv2.resize(_drawn((50, 50, 35), (145, 50, 30), bar_px=10).astype(np.uint8), (1400, 700)) > 0
    parts = split_at_necks(blob, SMALL)
    assert len(parts) == 2
    assert (np.sum(parts, axis=0) == blob).all()
