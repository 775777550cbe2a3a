"""Choosing: the final strategy of every frame of a set, with the reason in words.

Belongs here: rules, suitability, needs and balance put together, what people fixed, and the words.
Does not belong here: each of those (files of their names) and writing rows (``decisions.py``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synth_assets.core.curation.balance import FREE, Problem, apportion, assign
from synth_assets.core.curation.needs import WHOLE_FRAME, Need, fill_needs, kinds_added, kinds_shown
from synth_assets.core.curation.rules import Decision, FrameFacts, corrected_facts, decide
from synth_assets.core.curation.suitability import MIN_TARGET_SIDE_PX, Suits, measured, strategy_names, suitability
from synth_assets.core.curation.thresholds import STRATEGIES, DecisionThresholds, Strategy
from synth_assets.core.records import ImageRecord

RULE_BONUS = 0.25
"""What the rules' own choice is worth above its suitability."""
_KINDS_IN_WORDS = ("an occlusion", "several characters", "a far shot", "a complex background")


@dataclass(frozen=True)
class Choice:
    """A frame's final strategy.

    Attributes:
        final: the strategy, how sure (0..1) and why.
        moved: the balance gave the frame another strategy than the rules.
        reviewed: a person chose it.
        scores: strategy → how well the frame suits it, 0..1; None where it cannot serve it.
    """

    final: Decision
    moved: bool
    reviewed: bool
    scores: Mapping[Strategy, float | None]


@dataclass(frozen=True)
class Share:
    """What a strategy got.

    Attributes:
        strategy: its name.
        wished: frames by its target.
        got: frames it has.
        at_most: frames that can serve it, the others' wishes aside.
        note: why ``got`` is not ``wished``; "" where it is.
    """

    strategy: Strategy
    wished: int
    got: int
    at_most: int
    note: str


@dataclass(frozen=True)
class Plan:
    """The choices by row key, what each strategy got, and the needs with what the set holds of each kind."""

    choices: Mapping[str, Choice]
    shares: Sequence[Share]
    needs: Sequence[Need]


def choose(
    records: Sequence[ImageRecord],
    config: DecisionThresholds,
    suits: Mapping[Strategy, Suits],
    reviews: Mapping[str, Strategy],
) -> Plan:
    """Gives every frame one strategy: reviewed ones theirs, the others so that the targets are met.

    The same frames are decided the same, in whatever order they come.

    Args:
        records: analysed frames to use, each with the columns of ``frame_analysis``.
        config: thresholds, targets and needs.
        suits: custom strategies.
        reviews: row key → strategy that a person chose; keys of other frames are ignored.

    Raises:
        ValueError: a target or a review names an unknown strategy.
    """
    names = strategy_names(config.strategy_targets, suits)
    records = sorted(records, key=lambda record: record.key)
    fixed = np.array([_fixed(record.key, names, reviews) for record in records], dtype=np.intp)
    facts = [corrected_facts(record.extra) for record in records]
    rules = [decide(item, config.thresholds, config.dataset_needs) for item in facts]
    fits = suitability(facts, names, config.thresholds, suits)
    quotas = apportion(len(records), [config.strategy_targets.get(name, 0.0) for name in names])
    if not records:
        return Plan({}, [Share(name, 0, 0, 0, "") for name in names], [])
    prior = fits + RULE_BONUS * np.array([[name == rule.strategy for name in names] for rule in rules])
    _, shots = np.unique([item.shot_type for item in facts], return_inverse=True)
    chosen, needs = fill_needs(
        kinds_added(facts, names, config.thresholds),
        config.dataset_needs,
        lambda bonus: assign(Problem(prior + bonus, quotas, shots, fixed)),
    )
    words = _Words(names, quotas, Counter(rule.strategy for rule in rules), config)
    choices = {
        record.key: _choice(words, facts[at], rules[at], names[chosen[at]], fits[at], bool(fixed[at] != FREE))
        for at, record in enumerate(records)
    }
    return Plan(choices, _shares(names, quotas, chosen, fits, fixed), needs)


def _fixed(key: str, names: Sequence[Strategy], reviews: Mapping[str, Strategy]) -> int:
    if key not in reviews:
        return FREE
    if reviews[key] not in names:
        raise ValueError(
            f"review of frame {key}: unknown strategy {reviews[key]!r} (known: {', '.join(names)}, drop); correct it "
            "in review.csv"
        )
    return names.index(reviews[key])


@dataclass(frozen=True)
class _Words:
    """What the reasons of all moved frames share."""

    names: Sequence[Strategy]
    quotas: Sequence[int]
    by_rules: Mapping[Strategy, int]
    config: DecisionThresholds

    def moved(self, facts: FrameFacts, rule: Strategy, final: Strategy, scores: Mapping[Strategy, float | None]) -> str:
        start = f"moved from {rule} to {final}: "
        if scores[rule] is None:
            return (
                f"{start}the character is only {facts.target_side_px} px wide or high, below {MIN_TARGET_SIDE_PX}, so "
                f"it cannot serve {rule}, and suits {final} with {scores[final]:.2f}"
            )
        return (
            f"{start}the rules gave {self._given(rule)} and {self._given(final)} of {sum(self.quotas)} frames; this "
            f"one suits {final} with {scores[final]:.2f}{measured(facts, final)} and {rule} with {scores[rule]:.2f}"
            f"{measured(facts, rule)}{self._shown(facts, final)}"
        )

    def _given(self, name: Strategy) -> str:
        return f"{name} {self.by_rules.get(name, 0)} (target {self.quotas[self.names.index(name)]})"

    def _shown(self, facts: FrameFacts, final: Strategy) -> str:
        kinds = zip(_KINDS_IN_WORDS, kinds_shown(facts, self.config.thresholds), strict=True)
        shown = [kind for kind, is_shown in kinds if is_shown]
        return f"; as a whole frame it shows {' and '.join(shown)}" if shown and final in WHOLE_FRAME else ""


def _choice(
    words: _Words, facts: FrameFacts, rule: Decision, final: Strategy, fits: NDArray[np.float64], reviewed: bool
) -> Choice:
    scores = {
        name: round(fit, 4) if np.isfinite(fit) else None for name, fit in zip(words.names, fits.tolist(), strict=True)
    }
    by_rules = f"by the rules {rule.strategy}: {rule.reasoning}"
    if reviewed:
        last = Decision(final, 1.0, f"chosen by a person in review | {by_rules}")
        return Choice(last, moved=False, reviewed=True, scores=scores)
    if final == rule.strategy:
        return Choice(rule, moved=False, reviewed=False, scores=scores)
    why = f"{words.moved(facts, rule.strategy, final, scores)} | {by_rules}"
    return Choice(Decision(final, scores[final] or 0.0, why), moved=True, reviewed=False, scores=scores)


def _shares(
    names: Sequence[Strategy],
    quotas: Sequence[int],
    chosen: NDArray[np.intp],
    fits: NDArray[np.float64],
    fixed: NDArray[np.intp],
) -> list[Share]:
    count, free = len(chosen), fixed == FREE
    got = np.bincount(chosen, minlength=len(names)).tolist()
    by_review = np.bincount(fixed[~free], minlength=len(names)).tolist()
    able = (np.isfinite(fits) & free[:, None]).sum(axis=0).tolist()

    def note(at: int) -> str:
        if got[at] == quotas[at]:
            return ""
        reasons: list[str] = []
        if got[at] < quotas[at] and not np.isfinite(fits[:, at]).all():
            large = names[at] in STRATEGIES
            what = f"show the character large enough to cut out ({MIN_TARGET_SIDE_PX} px)" if large else "suit it"
            reasons.append(f"only {int(np.isfinite(fits[:, at]).sum())} of {count} frames {what}")
        if got[at] > quotas[at] and (nothing_else := int((np.isfinite(fits).sum(axis=1) == 1)[chosen == at].sum())):
            reasons.append(f"{nothing_else} of {count} frames can serve nothing else")
        if not free.all():
            reasons.append(f"reviews fixed {by_review[at]} frames to it and {sum(by_review) - by_review[at]} to others")
        reasons = reasons or ["the other strategies need the same frames or cannot use theirs"]
        return f"{names[at]}: {got[at]} of {count} frames, {quotas[at]} wished: {'; '.join(reasons)}"

    return [Share(name, quotas[at], got[at], able[at] + by_review[at], note(at)) for at, name in enumerate(names)]
