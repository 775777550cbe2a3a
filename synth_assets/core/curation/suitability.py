"""Suitability: how well a frame suits each strategy, whatever the others get.

Belongs here: a number in 0..1 for a frame and a strategy, and which strategies a frame cannot serve.
Does not belong here: the rules (``rules.py``), what the set lacks (``needs.py``), sharing strategies
out (``balance.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from synth_assets.core.curation.rules import (
    DEFAULT_CONFIDENCE,
    OCCLUSION_CONFIDENCE,
    SEGMENT_CONFIDENCE,
    FrameFacts,
    keep_full_confidence,
)
from synth_assets.core.curation.thresholds import STRATEGIES, Strategy, Thresholds

Suits = Callable[[FrameFacts], float]
"""How well a frame suits a custom strategy: 0 (it cannot serve it) to 1."""

KEEP = STRATEGIES[0]
MIN_TARGET_SIDE_PX = 64
"""A smaller character is not worth cutting out or covering; its frame can only be kept."""


def strategy_names(targets: Iterable[Strategy], suits: Iterable[Strategy]) -> tuple[Strategy, ...]:
    """All strategies in their order: STRATEGIES, then the custom ones by name.

    Raises:
        ValueError: a target names a strategy that nobody can judge frames for.
    """
    if unknown := sorted(set(targets) - set(STRATEGIES) - set(suits)):
        known = ", ".join([*STRATEGIES, *sorted(suits)])
        raise ValueError(
            f"strategy_targets: unknown strategy {unknown[0]!r} (known: {known}); correct the name, or add its block "
            "with a class that has `suits` to configs/strategy_configs.yaml"
        )
    return (*STRATEGIES, *sorted(set(suits) - set(STRATEGIES)))


def suitability(
    facts: Sequence[FrameFacts], names: Sequence[Strategy], limits: Thresholds, suits: Mapping[Strategy, Suits]
) -> NDArray[np.float64]:
    """Gives how well each frame suits each strategy, (frames, names), 0..1; -inf where it cannot serve it.

    The documented confidences are the base, made gradual: keep_full's own formula; segment rises
    from 0.6 to 0.8 with complexity beyond its threshold or several characters; enhancing is worth
    1 - min(quality, sharpness); occlusion is worth 0.35 to 0.7, by the share of the picture that the
    character covers. A character below MIN_TARGET_SIDE_PX can serve keep_full and custom strategies
    only. Custom strategies say themselves.

    Raises:
        ValueError: a custom strategy gives a value outside 0..1.
    """
    columns = [[_fit(item, name, limits, suits) for name in names] for item in facts]
    return np.array(columns, dtype=np.float64).reshape(len(facts), len(names))


def _fit(facts: FrameFacts, name: Strategy, limits: Thresholds, suits: Mapping[Strategy, Suits]) -> float:
    if name == KEEP:
        return keep_full_confidence(facts)
    if name in suits:
        value = float(suits[name](facts))
        if not 0 <= value <= 1:
            raise ValueError(f"strategy {name}: suits() gave {value} for {facts}; it must lie in 0..1")
        return value or -np.inf
    if facts.target_side_px < MIN_TARGET_SIDE_PX:
        return -np.inf
    if name == "segment":
        room = max(limits.simple_background, 0.01)
        beyond = min(1.0, max(0.0, facts.complexity - limits.simple_background) / room)
        several = facts.character_count >= limits.multi_character
        return DEFAULT_CONFIDENCE + (SEGMENT_CONFIDENCE - DEFAULT_CONFIDENCE) * max(float(several), beyond)
    if name == "create_occlusion":
        return OCCLUSION_CONFIDENCE * (0.5 + min(0.5, facts.target_share))
    return 1 - min(facts.quality, facts.sharpness)


def measured(facts: FrameFacts, name: Strategy) -> str:
    """The values that a suitability rests on, in words: " (…)", "" for custom strategies."""
    if name == KEEP:
        return f" (complexity {facts.complexity:.2f}, lighting {facts.lighting:.2f}, occlusion {facts.occlusion:.2f})"
    if name == "segment":
        return f" (complexity {facts.complexity:.2f}, characters {facts.character_count})"
    if name == "create_occlusion":
        return f" (the character covers {facts.target_share:.0%})"
    return f" (quality {facts.quality:.2f}, sharpness {facts.sharpness:.2f})" if name == "enhance_segment" else ""
