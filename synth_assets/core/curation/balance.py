"""Balance: strategies shared out over a set so that each gets its wished part.

Belongs here: quotas, and the assignment that meets them. Does not belong here: what a frame is
worth to a strategy (``suitability.py``, ``needs.py``), the rules (``rules.py``) and tables
(``decisions.py``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FREE = -1
"""Fixed strategy of a frame that nobody has fixed."""
DEVIATION_COST = 100.0
"""Of one frame off a quota: more than any exchange of scores wins, so slack is used where nothing else is left."""
DEVIATION_STEPS = 4
"""Each further quarter of a quota that a strategy is off costs half as much more: what lacks is shared by all."""
SHOT_COST = 0.05
"""Of one frame off the even spread of shot types: less than frames that clearly suit a strategy differ by."""
_ROUNDING = 1e-6


@dataclass(frozen=True)
class Problem:
    """Frames to share out.

    Attributes:
        scores: (frames, strategies), higher = better, about 0..2; -inf where a frame cannot serve.
        quotas: wished frames by strategy; they sum to the number of frames.
        shots: (frames,) shot type of each frame, as small integers from 0.
        fixed: (frames,) strategy that was fixed for a frame, or FREE.
    """

    scores: NDArray[np.float64]
    quotas: Sequence[int]
    shots: NDArray[np.intp]
    fixed: NDArray[np.intp]

    @property
    def places(self) -> NDArray[np.intp]:
        """(strategies, shot types) wished frames: each quota spread as the shot types are in the whole set."""
        shares = np.bincount(self.shots) / len(self.shots)
        return np.array([apportion(quota, shares) for quota in self.quotas])


def apportion(count: int, shares: Sequence[float] | NDArray[np.float64]) -> list[int]:
    """Gives whole numbers that sum to ``count`` and are in proportion to ``shares``, by largest remainder."""
    wished = np.asarray(shares, dtype=np.float64) * count
    parts = np.floor(wished + 1e-9).astype(int)
    order = np.argsort(-(wished - parts), kind="stable")
    parts[order[: count - int(parts.sum())]] += 1
    return parts.tolist()


def assign(problem: Problem) -> NDArray[np.intp]:
    """Gives each frame a strategy, (frames,): quotas met, then the sum of scores as high as possible.

    Maximises the sum of scores, less DEVIATION_COST for each frame that a strategy has above or below
    its quota (more for each further quarter of it), less SHOT_COST for each frame that a shot type
    has above or below its part of the quota. A strategy that a frame cannot serve is never given,
    fixed frames keep theirs and count.

    A linear program over frames x strategies. Its solution is whole: every pair of frame and
    strategy stands in one row of the frames, one of the strategy's shot types and one of the
    strategies, and the latter two are nested, so the rows are two laminar families and the matrix is
    totally unimodular; slack columns keep it so, the right sides are whole, hence so is every
    vertex, and the simplex method ends on one. Frames that are alike in all are dealt strategies in
    the order of the rows.

    Raises:
        ValueError: a frame can serve no strategy.

    Source: scipy.optimize.linprog (HiGHS, dual simplex); Schrijver, Theory of Linear and Integer
    Programming, 19.3 (total unimodularity of two laminar families: Edmonds).
    """
    chosen = problem.fixed.copy()
    free = np.flatnonzero(chosen == FREE)
    possible = np.isfinite(problem.scores[free])
    if not possible.any(axis=1).all():
        raise ValueError(f"frame {free[np.argmin(possible.any(axis=1))]} can serve no strategy; let one take it")
    if len(free):
        chosen[free] = _solved(problem, free, possible)
    alike: defaultdict[tuple[int, bytes], list[int]] = defaultdict(list)
    for at in free:
        alike[int(problem.shots[at]), problem.scores[at].tobytes()].append(int(at))
    for rows in alike.values():
        chosen[rows] = np.sort(chosen[rows])
    return chosen


def _solved(problem: Problem, free: NDArray[np.intp], possible: NDArray[np.bool_]) -> NDArray[np.intp]:
    from scipy.optimize import linprog
    from scipy.sparse import coo_array

    places = problem.places
    strategies, kinds = places.shape
    frame, strategy = np.nonzero(possible)
    cell = strategy * kinds + problem.shots[free][frame]
    pairs = np.arange(len(frame))
    quota_rows, cell_rows = len(free), len(free) + strategies

    taken = np.zeros((strategies, kinds))
    held = problem.fixed != FREE
    np.add.at(taken, (problem.fixed[held], problem.shots[held]), 1)
    slacks = [
        *(
            (quota_rows + at, sign, size, cost)
            for at, quota in enumerate(problem.quotas)
            for sign in (1, -1)
            for size, cost in _steps(quota)
        ),
        *((cell_rows + at, sign, np.inf, SHOT_COST) for at in range(strategies * kinds) for sign in (1, -1)),
    ]
    slack_row, sign, size, cost = (np.array(values) for values in zip(*slacks, strict=True))
    columns = [pairs, pairs, pairs, len(pairs) + np.arange(len(slacks))]
    rows = [frame, quota_rows + strategy, cell_rows + cell, slack_row]
    values = np.concatenate([np.ones(3 * len(pairs)), sign])
    wished = np.concatenate([np.ones(len(free)), problem.quotas - taken.sum(axis=1), (places - taken).ravel()])
    matrix = coo_array(
        (values, (np.concatenate(rows), np.concatenate(columns))), (len(wished), len(pairs) + len(slacks))
    ).tocsc()
    upper = np.concatenate([np.ones(len(pairs)), size])
    result = linprog(
        np.concatenate([-problem.scores[free][frame, strategy], cost]),
        A_eq=matrix,
        b_eq=wished,
        bounds=np.column_stack([np.zeros(len(upper)), upper]),
        method="highs-ds",
    )
    shares = np.zeros(possible.shape)
    shares[frame, strategy] = result.x[: len(pairs)]
    if np.abs(shares - shares.round()).max() > _ROUNDING:
        raise ArithmeticError(f"the assignment is not whole: {result.message}")
    return shares.argmax(axis=1)


def _steps(quota: int) -> list[tuple[float, float]]:
    """How many frames off a quota cost how much each; the last step takes any number."""
    size = max(1, -(-quota // DEVIATION_STEPS))
    costs = [DEVIATION_COST * (1 + at / 2) for at in range(DEVIATION_STEPS)]
    return [*((float(size), cost) for cost in costs[:-1]), (np.inf, costs[-1])]
