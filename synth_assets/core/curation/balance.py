"""Balance: strategies shared out over a set so that each gets its wished part.

Belongs here: how well a frame suits each strategy, quotas, and the assignment. Does not belong
here: the rules (``rules.py``) and tables (``decisions.py``).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from synth_assets.core.curation.rules import (
    DEFAULT_CONFIDENCE,
    OCCLUSION_CONFIDENCE,
    SEGMENT_CONFIDENCE,
    Decision,
    FrameFacts,
    keep_full_confidence,
)
from synth_assets.core.curation.thresholds import STRATEGIES, DecisionThresholds

MIN_TARGET_SIDE_PX = 64
"""A smaller character is not worth cutting out; its frame can only be kept."""
RULE_BONUS = 0.25
"""What the rules' own choice is worth above the plain scores."""
NEED_BONUS = 0.15
FAR_SHARE = 0.06
"""A character that covers less of the picture is a far shot."""
_IMPOSSIBLE = 1000.0
_BLOCK = 2000
"""Frames assigned at a time: the assignment needs a square matrix."""


def suitability(facts: FrameFacts, decision: Decision, config: DecisionThresholds) -> NDArray[np.float64]:
    """Gives how well a frame suits each of STRATEGIES, about 0..1.3; -inf where it cannot serve.

    The documented confidences are the base, made gradual: segment rises from 0.6 to 0.8 with
    complexity beyond its threshold or several instances; enhancing is worth 1 - min(quality,
    sharpness); occlusion 0.7 by its need and the share of the picture that the character covers.
    The rules' own choice gains RULE_BONUS. Whole frames are what shows several characters, far
    shots and complex grounds, so each of those that a frame shows gains keep_full its need times
    NEED_BONUS.
    """
    limits, needs = config.thresholds, config.dataset_needs
    several = facts.instance_count >= limits.multi_character
    beyond = min(1.0, max(0.0, facts.complexity - limits.simple_background) / max(limits.simple_background, 0.01))
    scarce = (
        needs.multi_character * several
        + needs.far_shot * (facts.target_share < FAR_SHARE)
        + needs.complex_bg * (facts.complexity > limits.simple_background)
    )
    scores = np.array(
        [
            keep_full_confidence(facts) + NEED_BONUS * scarce,
            DEFAULT_CONFIDENCE + (SEGMENT_CONFIDENCE - DEFAULT_CONFIDENCE) * max(float(several), beyond),
            OCCLUSION_CONFIDENCE * needs.occlusion * (0.5 + min(0.5, facts.target_share)),
            1 - min(facts.quality, facts.sharpness),
        ]
    )
    scores[STRATEGIES.index(decision.strategy)] += RULE_BONUS
    if facts.target_side_px < MIN_TARGET_SIDE_PX:
        scores[1:] = -np.inf
    return scores


def quotas(count: int, config: DecisionThresholds) -> list[int]:
    """Gives how many of ``count`` frames each of STRATEGIES gets, by largest remainder."""
    wished = np.array([getattr(config.strategy_targets, name) for name in STRATEGIES]) * count
    parts = np.floor(wished + 1e-9).astype(int)
    order = np.argsort(-(wished - parts), kind="stable")
    parts[order[: count - int(parts.sum())]] += 1
    return parts.tolist()


def assign(scores: Sequence[NDArray[np.float64]], config: DecisionThresholds) -> list[int]:
    """Gives each frame an index into STRATEGIES: quotas met, the sum of scores as high as possible.

    A strategy that a frame cannot serve is given only where no frame is left that can; the caller
    replaces it then. Sets beyond 2,000 frames are assigned in blocks of neighbours.

    Source: linear sum assignment on one column per place, scipy.optimize.linear_sum_assignment.
    """
    result: list[int] = []
    for start in range(0, len(scores), _BLOCK):
        block = np.stack(scores[start : start + _BLOCK])
        places = np.repeat(np.arange(len(STRATEGIES)), quotas(len(block), config))
        gains = np.where(np.isfinite(block), block, -_IMPOSSIBLE)[:, places]
        rows, columns = linear_sum_assignment(gains, maximize=True)
        chosen = places[columns[np.argsort(rows)]]
        possible = np.isfinite(block[np.arange(len(block)), chosen])
        result += np.where(possible, chosen, np.argmax(block, axis=1)).tolist()
    return result
