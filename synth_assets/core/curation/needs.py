"""Needs: what kinds of pictures the set still lacks, given what it already holds.

Belongs here: which kind a frame adds under which strategy, and needs that fall as they are met. Does
not belong here: the configured needs (``thresholds.py``) and the solver (``balance.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synth_assets.core.curation.rules import FrameFacts
from synth_assets.core.curation.thresholds import DatasetNeeds, Strategy, Thresholds

KINDS = ("occlusion", "multi_character", "far_shot", "complex_bg")
"""The kinds of ``dataset_needs``, in this order everywhere below."""
WHOLE_FRAME = ("keep_full", "create_occlusion")
"""Strategies whose pictures show the whole frame; the others show the character by itself."""
NEED_BONUS = 0.15
"""What a picture of a kind that is badly needed (1) is worth above its suitability."""
_ROUNDS = 6


@dataclass(frozen=True)
class Need:
    """A kind's need: as configured, the share of the set that is of this kind (0..1), and the need left."""

    kind: str
    configured: float
    held: float
    left: float


def kinds_shown(facts: FrameFacts, limits: Thresholds) -> tuple[bool, bool, bool, bool]:
    """Which of KINDS the whole frame shows; occlusion is only ever made, so never."""
    several = facts.character_count >= limits.multi_character
    return False, several, facts.shot_type == "far", facts.complexity > limits.simple_background


def kinds_added(facts: Sequence[FrameFacts], names: Sequence[Strategy], limits: Thresholds) -> NDArray[np.bool_]:
    """Gives which of KINDS the set gains from a frame under a strategy, (frames, names, kinds).

    A whole frame adds what it shows, create_occlusion adds an occlusion too, and a strategy that
    shows the character by itself adds none; nor does a custom one, of which nothing is known.
    """
    shown = np.array([kinds_shown(item, limits) for item in facts], dtype=bool).reshape(len(facts), len(KINDS))
    added = np.zeros((len(facts), len(names), len(KINDS)), dtype=bool)
    for at, name in enumerate(names):
        if name in WHOLE_FRAME:
            added[:, at] = shown
        if name == "create_occlusion":
            added[:, at, KINDS.index("occlusion")] = True
    return added


def needs_left(needs: DatasetNeeds, held: NDArray[np.float64]) -> NDArray[np.float64]:
    """Configured need x max(0, 1 - held / enough), by kind; ``held``: shares of the set, (kinds,)."""
    configured = np.array([getattr(needs, kind) for kind in KINDS])
    return configured * np.maximum(0.0, 1 - held / needs.enough)


def fill_needs(
    added: NDArray[np.bool_], needs: DatasetNeeds, solve: Callable[[NDArray[np.float64]], NDArray[np.intp]]
) -> tuple[NDArray[np.intp], list[Need]]:
    """Assigns frames while the needs adapt to what the assigned set holds.

    Rounds: solve with the needs left, count what the set then holds, solve again, until two rounds
    agree or six are done. The needs of a round come from the mean of what the rounds before it held,
    so that they settle instead of swinging (fictitious play). The first round always starts from an
    empty set, so the same frames are decided the same however often.

    Args:
        added: as ``kinds_added`` gives it, at least one frame.
        needs: as configured.
        solve: bonus (frames, strategies) -> chosen strategy of each frame, (frames,).

    Returns:
        The last assignment, and the needs with what it holds.
    """
    frames = np.arange(len(added))

    def worth(held: NDArray[np.float64]) -> NDArray[np.float64]:
        return NEED_BONUS * (added @ needs_left(needs, held))

    def holds(chosen: NDArray[np.intp]) -> NDArray[np.float64]:
        return added[frames, chosen].mean(axis=0)

    chosen = solve(worth(np.zeros(len(KINDS))))
    mean = holds(chosen)
    for done in range(2, _ROUNDS + 1):
        again = solve(worth(mean))
        if np.array_equal(again, chosen):
            break
        chosen = again
        mean += (holds(chosen) - mean) / done
    held = holds(chosen)
    rows = zip(KINDS, needs_left(needs, np.zeros(len(KINDS))), held, needs_left(needs, held), strict=True)
    return chosen, [Need(kind, *(float(value) for value in values)) for kind, *values in rows]
