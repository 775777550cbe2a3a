from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from synth_assets.core.curation.balance import (
    DEVIATION_COST,
    FREE,
    SHOT_COST,
    Problem,
    apportion,
    assign,
)

SHARES = (0.3, 0.4, 0.15, 0.15)
Scores = NDArray[np.float64]


def _problem(
    scores: Scores, quotas: list[int], shots: list[int] | None = None, fixed: list[int] | None = None
) -> Problem:
    count = len(scores)
    return Problem(
        np.asarray(scores, dtype=float), quotas, np.array(shots or [0] * count), np.array(fixed or [FREE] * count)
    )


def _worth(problem: Problem, chosen: tuple[int, ...]) -> float:
    """The objective, written down once more: the n-th frame off a quota q costs half as much more for each q/4."""
    count, kinds = len(chosen), int(problem.shots.max()) + 1
    total = sum(problem.scores[at, strategy] for at, strategy in enumerate(chosen) if problem.fixed[at] == FREE)
    for strategy, quota in enumerate(problem.quotas):
        off = abs(chosen.count(strategy) - quota)
        quarter = max(1, -(-quota // 4))
        total -= sum(DEVIATION_COST * (1 + min(3, nth // quarter) / 2) for nth in range(off))
        wished = apportion(quota, [np.mean(problem.shots == kind) for kind in range(kinds)])
        for kind in range(kinds):
            held = sum(chosen[at] == strategy and problem.shots[at] == kind for at in range(count))
            total -= SHOT_COST * abs(held - wished[kind])
    return float(total)


def _allowed(problem: Problem, chosen: tuple[int, ...]) -> bool:
    pairs = zip(chosen, problem.fixed, problem.scores, strict=True)
    return all(one == at if at != FREE else bool(np.isfinite(row[one])) for one, at, row in pairs)


@st.composite
def problems(draw: st.DrawFn, most: int = 6) -> Problem:
    count, names = draw(st.integers(1, most)), draw(st.integers(2, 3 if most <= 6 else 5))
    made = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    scores = made.random((count, names)).round(2)
    scores[:, 1:][made.random((count, names - 1)) < draw(st.sampled_from([0.0, 0.3, 0.8]))] = -np.inf
    fixed = np.where(made.random(count) < draw(st.sampled_from([0.0, 0.3])), made.integers(0, names, count), FREE)
    return Problem(scores, apportion(count, made.dirichlet(np.ones(names))), made.integers(0, 3, count), fixed)


@given(st.integers(0, 3000))
def test_quotas_sum_and_differ_less_than_one_from_wish(count: int) -> None:
    parts = apportion(count, SHARES)
    assert sum(parts) == count
    assert all(abs(part - share * count) < 1 for part, share in zip(parts, SHARES, strict=True))


@settings(max_examples=20, deadline=None)
@given(problems())
def test_no_other_assignment_is_worth_more(problem: Problem) -> None:
    count, names = problem.scores.shape
    everything = [chosen for chosen in product(range(names), repeat=count) if _allowed(problem, chosen)]
    best = max(_worth(problem, chosen) for chosen in everything)
    assert _worth(problem, tuple(assign(problem).tolist())) == pytest.approx(best, abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(problems(most=60))
def test_fixed_frames_stay_and_the_impossible_is_never_given(problem: Problem) -> None:
    chosen = assign(problem)
    held = problem.fixed != FREE
    assert (chosen[held] == problem.fixed[held]).all()
    assert np.isfinite(problem.scores[~held, chosen[~held]]).all()


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 60), st.integers(0, 2**32 - 1))
def test_quotas_are_met_where_every_frame_can_serve_all(count: int, seed: int) -> None:
    made = np.random.default_rng(seed)
    quotas = apportion(count, SHARES)
    chosen = assign(_problem(made.random((count, 4)), quotas, made.integers(0, 4, count).tolist()))
    assert np.bincount(chosen, minlength=4).tolist() == quotas


def test_the_frames_that_suit_best_are_moved() -> None:
    scores = np.array([[0.1 * at, 0.8] for at in range(10)])
    assert np.flatnonzero(assign(_problem(scores, [3, 7])) == 0).tolist() == [7, 8, 9]


def test_a_shortage_is_shared_by_all_who_compete() -> None:
    # 8 of 24 frames can serve 1 or 2, which want 8 each; 1 suits them better, but not alone.
    scores = np.array([[0.5, 0.9, 0.4]] * 8 + [[0.5, -np.inf, -np.inf]] * 16)
    assert np.bincount(assign(_problem(scores, [8, 8, 8]))).tolist() == [16, 4, 4]


def test_shot_types_spread_evenly_where_it_costs_little() -> None:
    shots = [0, 0, 0, 0, 1, 1, 1, 1]
    slight = np.array([[0.5, 0.50 + 0.01 * at] for at in range(8)])
    chosen = assign(_problem(slight, [4, 4], shots))
    assert [int((chosen[:4] == 0).sum()), int((chosen[4:] == 0).sum())] == [2, 2]
    clear = np.array([[0.5, 0.5 + (0.4 if at >= 4 else 0.0)] for at in range(8)])
    assert assign(_problem(clear, [4, 4], shots)).tolist() == shots


def test_fixed_frames_count_toward_the_quotas() -> None:
    scores = np.array([[0.9, 0.1]] * 4)
    assert assign(_problem(scores, [2, 2], fixed=[0, 0, FREE, FREE])).tolist() == [0, 0, 1, 1]


def test_equal_frames_are_dealt_in_order() -> None:
    assert assign(_problem(np.full((5, 3), 0.5), [2, 1, 2])).tolist() == [0, 0, 1, 2, 2]


def test_a_frame_that_nothing_takes_is_refused() -> None:
    with pytest.raises(ValueError, match="frame 1 can serve no strategy"):
        assign(_problem(np.array([[0.5, 0.5], [-np.inf, -np.inf]]), [1, 1]))
