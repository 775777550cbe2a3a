"""Tuning: thresholds fitted to what people decided in review.

Belongs here: finding the thresholds whose rules agree with reviews most often, and saying how far to
trust them. Does not belong here: the rules (``rules.py``), reading reviews and writing the file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synth_assets.core.curation.rules import FrameFacts, corrected_facts, decide
from synth_assets.core.curation.thresholds import STRATEGIES, DatasetNeeds, DecisionThresholds, Strategy, Thresholds
from synth_assets.core.records import ImageRecord

CHANGE_COST = 1.0
"""Reviews that a changed threshold has to settle to be worth it, whatever the change ..."""
DISTANCE_COST = 4.0
"""... and for each 1.0 of change, so that 0.25 needs one review more. A compromise, measured on made-up reviews: with
40 right ones, costs of 10, 5 and 3 bring unseen frames from 64% to 79, 86 and 92% agreement; with 20 of which 3 in 10
are wrong, they move the thresholds by 0.01, 0.12 and 0.49 in sum."""
CHARACTER_STEP = 0.1
"""One character more or less in ``multi_character`` counts as this much change."""
_VALUE_OF = {
    "simple_background": "complexity",
    "good_lighting": "lighting",
    "low_occlusion": "occlusion",
    "multi_character": "character_count",
    "poor_quality": "quality",
    "low_sharpness": "sharpness",
}
"""Threshold → the value it is compared with."""
_NAMES = tuple(_VALUE_OF)
_COUNTED = _NAMES.index("multi_character")
_STEP_COSTS = np.array([DISTANCE_COST * (CHARACTER_STEP if at == _COUNTED else 1) for at in range(len(_NAMES))])
_STARTS, _SWEEPS, _FOLDS = 24, 12, 5
_SEED = 5
_DIGITS = 6

Values = NDArray[np.float64]


@dataclass(frozen=True)
class ChangedFrame:
    """A reviewed frame that the rules decide anew: its key, what people said, the rules before and after."""

    key: str
    reviewed: Strategy
    before: Strategy
    after: Strategy


@dataclass(frozen=True)
class Tuned:
    """Thresholds fitted to reviews.

    Attributes:
        before: as configured.
        after: as fitted; the same targets and needs.
        agreement_before: share (0..1) of the reviewed frames that the rules decide as people did.
        agreement_after: the same with ``after``.
        cross_validated: the same for frames that the fit had not seen (five stretches of the film,
            each decided by a fit to the other four; fewer than five frames are left out one by one).
            Far below ``agreement_after`` means overfitting, below ``agreement_before`` that the change
            does harm. None with one review.
        changed: reviewed frames that are decided anew.
    """

    before: DecisionThresholds
    after: DecisionThresholds
    agreement_before: float
    agreement_after: float
    cross_validated: float | None
    changed: list[ChangedFrame]


def tune_thresholds(rows: Sequence[ImageRecord], reviews: Mapping[str, Strategy], config: DecisionThresholds) -> Tuned:
    """Fits the thresholds so that the corrected rules agree with the reviews as often as possible.

    Maximises frames that agree, less CHANGE_COST for every changed threshold and DISTANCE_COST times
    its distance from the present value: a change has to settle more than one review to be made, and
    a wide one more, so few reviews move little and of two equal thresholds the nearer wins.
    Candidates lie midway between neighbouring observed values. Coordinate descent, exact for one
    threshold at a time, from the present values and from other starts (drawn with a fixed seed),
    because keep_full needs three limits to give way together.

    Args:
        rows: analysed frames.
        reviews: row key → strategy or "drop". What no rule can give (drop, custom strategies) and keys
            of other frames are ignored.
        config: as the character has it now.

    Raises:
        ValueError: no review is left to learn from.
    """
    measured = [row for row in rows if row.status != "failed"]
    reviewed = sorted(
        (
            (row.key, corrected_facts(row.extra), reviews[row.key])
            for row in measured
            if reviews.get(row.key) in STRATEGIES
        ),
        key=lambda item: item[0],
    )
    if not reviewed:
        raise ValueError(
            "no reviewed frame to learn from: reviews count where a person chose one of "
            f"{', '.join(STRATEGIES)}; review some frames first (synth review NAME)"
        )
    facts, wanted = [item[1] for item in reviewed], [item[2] for item in reviewed]
    before = [decide(item, config.thresholds, config.dataset_needs).strategy for item in facts]
    fit = _Fit(facts, wanted, config)
    fitted = fit.thresholds(np.arange(len(facts)))
    after = [decide(item, fitted, config.dataset_needs).strategy for item in facts]
    return Tuned(
        before=config,
        after=config.model_copy(update={"thresholds": fitted}),
        agreement_before=_agreement(before, wanted),
        agreement_after=_agreement(after, wanted),
        cross_validated=_cross_validated(fit),
        changed=[
            ChangedFrame(key, strategy, old, new)
            for (key, _, strategy), old, new in zip(reviewed, before, after, strict=True)
            if old != new
        ],
    )


def tuned_yaml(tuned: Tuned) -> str:
    """The block for ``configs/characters/<name>.yaml`` with the thresholds that changed; "" where none did."""
    was, now = tuned.before.thresholds.model_dump(), tuned.after.thresholds.model_dump()
    lines = [f"  {name}: {now[name]} # was {was[name]}" for name in _NAMES if now[name] != was[name]]
    return "\n".join(["thresholds:", *lines, ""]) if lines else ""


def _agreement(decided: Sequence[Strategy], wanted: Sequence[Strategy]) -> float:
    return sum(one == other for one, other in zip(decided, wanted, strict=True)) / len(wanted)


def _cross_validated(fit: _Fit) -> float | None:
    everything = np.arange(len(fit.facts))
    if len(everything) < 2:
        return None
    right = 0
    # Stretches, not every fifth frame: neighbours of a shot are near-twins and would give the answer away.
    for unseen in np.array_split(everything, min(_FOLDS, len(everything))):
        thresholds = fit.thresholds(np.setdiff1d(everything, unseen))
        right += sum(decide(fit.facts[at], thresholds, fit.needs).strategy == fit.wanted[at] for at in unseen)
    return right / len(everything)


@dataclass(frozen=True)
class _Axis:
    """What one threshold can be: candidates, the order of the values, and how many lie below each candidate."""

    candidates: Values
    order: NDArray[np.intp]
    below: NDArray[np.intp]

    @staticmethod
    def of(values: Values, present: float, counted: bool) -> _Axis:
        """The present value first, then the middle of every gap between values, and the ends."""
        seen = np.unique(values)
        others = [seen, [seen[-1] + 1]] if counted else [(seen[:-1] + seen[1:]) / 2, [0.0, 1.0]]
        candidates = np.concatenate([[present], *others])
        order = np.argsort(values, kind="stable")
        return _Axis(candidates, order, np.searchsorted(values[order], candidates, side="left"))


class _Fit:
    """The search over thresholds for any part of the reviewed frames.

    The rules see only on which side of each threshold a value lies, so a table of ``decide`` for all
    2^6 combinations of sides stands for them.
    """

    def __init__(self, facts: Sequence[FrameFacts], wanted: Sequence[Strategy], config: DecisionThresholds) -> None:
        self.facts, self.wanted, self.needs = facts, wanted, config.dataset_needs
        self._config = config.thresholds
        self._values = np.array([[getattr(item, name) for name in _VALUE_OF.values()] for item in facts], dtype=float)
        self._present = np.array([getattr(config.thresholds, name) for name in _NAMES], dtype=float)
        table = _table(config.dataset_needs)
        self._agrees = np.array([[said == strategy for said in table] for strategy in wanted])

    def thresholds(self, part: NDArray[np.intp]) -> Thresholds:
        """The best thresholds for the frames of ``part`` (their places)."""
        values, agrees = self._values[part], self._agrees[part]
        axes = [_Axis.of(values[:, at], self._present[at], at == _COUNTED) for at in range(len(_NAMES))]
        draw = np.random.default_rng(_SEED)
        starts = [self._present, *(np.array([draw.choice(axis.candidates) for axis in axes]) for _ in range(_STARTS))]
        found = [self._descended(start, values, agrees, axes) for start in starts]
        # The first of equals: the search from the present values comes first.
        best = max(found, key=lambda item: item[0])[1]
        updates = {name: _rounded(best[at], values[:, at]) for at, name in enumerate(_NAMES)}
        changed = {name: value for at, (name, value) in enumerate(updates.items()) if best[at] != self._present[at]}
        return Thresholds.model_validate({**self._config.model_dump(), **changed})

    def _descended(
        self, start: Values, values: Values, agrees: NDArray[np.bool_], axes: Sequence[_Axis]
    ) -> tuple[float, Values]:
        limits = start.copy()
        rows = np.arange(len(values))
        worth = -np.inf
        for _ in range(_SWEEPS):
            before = worth
            for at, axis in enumerate(axes):
                others = _code(values, limits) & ~(1 << at)
                below, above = agrees[rows, others], agrees[rows, others | 1 << at]
                # Agreement when the first n values, in order, lie below the threshold.
                gained = np.concatenate([[0], np.cumsum(below[axis.order].astype(int) - above[axis.order])])
                worths = gained[axis.below] + above.sum() - self._cost(limits, at, axis.candidates)
                limits[at] = axis.candidates[int(np.argmax(worths))]
                worth = float(worths.max())
            if worth <= before:
                break
        return worth, limits

    def _cost(self, limits: Values, at: int, candidates: Values) -> Values:
        """What the changes cost with each candidate in place of threshold ``at``."""
        away = np.abs(limits - self._present)
        costs = CHANGE_COST * (away > 0) + _STEP_COSTS * away
        moves = np.abs(candidates - self._present[at])
        return costs.sum() - costs[at] + CHANGE_COST * (moves > 0) + _STEP_COSTS[at] * moves


def _table(needs: DatasetNeeds) -> list[Strategy]:
    """What ``decide`` says for every combination of sides; bit i of the place: value i is not below its threshold."""
    middle = Thresholds.model_validate({**dict.fromkeys(_NAMES, 0.5), "multi_character": 2})
    said: list[Strategy] = []
    for sides in product((0, 1), repeat=len(_NAMES)):
        values: dict[str, Any] = dict(zip(_VALUE_OF.values(), (0.25 + 0.5 * side for side in sides[::-1]), strict=True))
        values["character_count"] = 1 + sides[::-1][_COUNTED]
        said.append(decide(FrameFacts(**values), middle, needs).strategy)
    return said


def _code(values: Values, limits: Values) -> NDArray[np.intp]:
    bits = 1 << np.arange(len(_NAMES))
    return (values >= limits) @ bits


def _rounded(limit: float, values: Values) -> float:
    """The limit with as few digits as keep every value on its side."""
    if limit.is_integer():
        return limit
    for digits in range(2, _DIGITS + 1):
        short = round(limit, digits)
        if np.array_equal(values >= short, values >= limit) and short not in values:
            return short
    return limit
