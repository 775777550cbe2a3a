import numpy as np
import pytest

from synth_assets.core.captions.grouping import GroupingParams, evenly_drawn, group_vectors

SEED = 42
PAIRS = np.array([[0.0, 0], [0, 1], [0, 1], [9, 0], [9, 1]])


def test_groups_are_numbered_by_size() -> None:
    assert group_vectors(PAIRS, GroupingParams(k=2), SEED).labels.tolist() == [0, 0, 0, 1, 1]


def test_inertia_and_silhouette_of_two_pairs() -> None:
    square = np.array([[0.0, 0], [0, 1], [8, 0], [8, 1]])
    grouping = group_vectors(square, GroupingParams(), SEED)
    # One cluster: 4 × (16 + 0.25); two: 4 × 0.25; four: 0, and a silhouette of 0 by definition.
    assert grouping.inertias == pytest.approx((65, 1, 0.5, 0))
    # Own pair at 1, the other at 8 and √65: 1 − 1 / mean of those.
    assert grouping.silhouettes[0] == pytest.approx(1 - 2 / (8 + 65**0.5))
    assert grouping.silhouettes[-1] == 0
    assert grouping.labels.tolist() in ([0, 0, 1, 1], [1, 1, 0, 0])


@pytest.mark.parametrize("k", [5, 50])
def test_a_fixed_k_is_held_by_the_distinct_vectors(k: int) -> None:
    grouping = group_vectors(PAIRS, GroupingParams(k=k, max_k=2), SEED)
    assert len(set(grouping.labels.tolist())) == 4
    assert len(grouping.inertias) == 2


def test_more_vectors_than_the_curve_takes_are_all_grouped() -> None:
    vectors = np.repeat([[0.0, 0], [5, 0], [0, 5]], 100, axis=0) + np.random.default_rng(0).normal(0, 0.1, (300, 2))
    grouping = group_vectors(vectors, GroupingParams(curve_captions=100, silhouette_captions=100, max_k=8), SEED)
    assert [len(set(grouping.labels[start : start + 100].tolist())) for start in (0, 100, 200)] == [1, 1, 1]
    assert len(set(grouping.labels.tolist())) == 3


def test_a_draw_is_ascending_without_repetition_and_repeatable() -> None:
    drawn = evenly_drawn(50, 20, SEED)
    assert len(drawn) == 20
    assert (np.diff(drawn) > 0).all()
    assert drawn.tolist() == evenly_drawn(50, 20, SEED).tolist()
    assert evenly_drawn(5, 20, SEED).tolist() == [0, 1, 2, 3, 4]
