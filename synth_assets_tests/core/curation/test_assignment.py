import numpy as np

from synth_assets.core.curation.assignment import assign

LEFT, RIGHT, BOTH = (np.isin(np.arange(4), places)[None] for places in ((0, 1), (2, 3), (0, 1, 2, 3)))
SPOT = np.isin(np.arange(4), 0)[None]


def test_two_on_their_own_places_are_worth_more_than_one_on_both() -> None:
    values = np.array([[0.1, 0.0], [0.0, 0.1], [0.15, 0.0]])
    assert assign([LEFT, RIGHT, BOTH], values) == {0: 0, 1: 1}


def test_one_that_is_worth_more_alone_stays_alone() -> None:
    values = np.array([[0.1, 0.0], [0.0, 0.1], [0.25, 0.0]])
    assert assign([LEFT, RIGHT, BOTH], values) == {0: 2}


def test_a_place_has_one_character() -> None:
    assert assign([LEFT], np.array([[0.1, 0.2]])) == {1: 0}


def test_a_small_one_may_stand_before_a_large_one() -> None:
    assert assign([BOTH, SPOT], np.array([[0.2, 0.0], [0.0, 0.1]])) == {0: 0, 1: 1}


def test_nothing_of_worth_is_nobody() -> None:
    assert assign([LEFT], np.zeros((1, 2))) == {}
