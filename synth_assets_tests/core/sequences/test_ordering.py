from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth_assets.core.sequences.ordering import circle_start, evenly, order_by_trait, summarise


def ids(pairs: list[tuple[str, float]], **options: bool) -> str:
    return "".join(pairs[index][0] for index in order_by_trait(pairs, **options))


def test_ties_stay_in_the_order_of_ids_both_ways() -> None:
    pairs = [("d", 2.0), ("c", 1.0), ("b", 2.0), ("a", 3.0)]
    assert ids(pairs) == "cbda"
    assert ids(pairs, reverse=True) == "abdc"


def test_hue_starts_behind_the_largest_gap() -> None:
    # The gap from 40 to 300 is the largest, so the reds stay together across 0.
    pairs = [("a", 10.0), ("b", 350.0), ("c", 40.0), ("d", 300.0)]
    assert ids(pairs, circular=True) == "dbac"
    assert ids(pairs, circular=True, reverse=True) == "cabd"
    assert circle_start([10.0, 350.0, 40.0, 300.0]) == 300.0


def test_a_single_hue_and_none() -> None:
    assert order_by_trait([("a", 123.0)], circular=True) == [0]
    assert order_by_trait([], circular=True) == []


@given(st.lists(st.integers(0, 359), min_size=1, max_size=20), st.integers(0, 359))
def test_turning_the_wheel_keeps_the_steps(hues: list[int], turn: int) -> None:
    def steps(values: list[int]) -> list[float]:
        pairs = [(str(index), float(value)) for index, value in enumerate(values)]
        ordered = [pairs[index][1] for index in order_by_trait(pairs, circular=True)]
        return [(b - a) % 360 for a, b in pairwise(ordered)]

    turned = [(hue + turn) % 360 for hue in hues]
    # Of equal largest gaps either may be left out, so only the total way round is the same.
    assert sum(steps(hues)) == sum(steps(turned))


@pytest.mark.parametrize(
    ("count", "wanted", "places"),
    [(3, 5, [0, 1, 2]), (5, 3, [0, 2, 4]), (10, 4, [0, 3, 6, 9]), (4, 1, [0]), (0, 3, [])],
)
def test_thinning_out(count: int, wanted: int, places: list[int]) -> None:
    assert evenly(count, wanted) == places


@given(st.integers(0, 500), st.integers(1, 240))
def test_thinning_out_never_repeats_a_place(count: int, wanted: int) -> None:
    places = evenly(count, wanted)
    assert places == sorted(set(places))
    assert len(places) == min(count, wanted)


def test_summary() -> None:
    summary = summarise([2.0, 8.0, 5.0])
    assert (summary.count, summary.min, summary.max, summary.span, summary.mean) == (3, 2.0, 8.0, 6.0, 5.0)
    assert summarise([]).count == 0
