"""Thresholds: when a frame gets which strategy, and how many frames each should get.

Belongs here: the parameters of ``configs/decision_thresholds.yaml`` and laying a character's own
file over them. Does not belong here: the rules that use them (``rules.py``, ``balance.py``).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, cast, get_args

from pydantic import Field, ValidationError, model_validator

from synth_assets.core.config import ConfigError, Params, load_yaml, load_yaml_values

Strategy = Literal["keep_full", "segment", "create_occlusion", "enhance_segment"]
STRATEGIES: tuple[Strategy, ...] = get_args(Strategy)
_SHARE_TOLERANCE = 1e-6


class Thresholds(Params):
    """Limits of the rules; all metrics lie in 0..1."""

    simple_background: float = Field(default=0.3, ge=0, le=1, description="Complexity below it is simple.")
    good_lighting: float = Field(default=0.7, ge=0, le=1, description="Lighting above it is good.")
    low_occlusion: float = Field(default=0.2, ge=0, le=1, description="Occlusion below it is low.")
    multi_character: int = Field(default=2, ge=1, description="From this many instances, a frame shows several.")
    poor_quality: float = Field(default=0.5, ge=0, le=1, description="Quality below it is poor.")
    low_sharpness: float = Field(default=0.4, ge=0, le=1, description="Sharpness below it is low.")


class StrategyTargets(Params):
    """Wished share of each strategy; they sum to 1."""

    keep_full: float = Field(default=0.30, ge=0, le=1)
    segment: float = Field(default=0.40, ge=0, le=1)
    create_occlusion: float = Field(default=0.15, ge=0, le=1)
    enhance_segment: float = Field(default=0.15, ge=0, le=1)

    @model_validator(mode="after")
    def _sum_to_one(self) -> StrategyTargets:
        total = self.keep_full + self.segment + self.create_occlusion + self.enhance_segment
        if abs(total - 1) > _SHARE_TOLERANCE:
            raise ValueError(f"the shares sum to {total:g}; they must sum to 1")
        return self


class DatasetNeeds(Params):
    """How much the data set lacks of each kind of picture; 0 = nothing, 1 = badly."""

    occlusion: float = Field(default=0.8, ge=0, le=1)
    multi_character: float = Field(default=0.9, ge=0, le=1)
    far_shot: float = Field(default=0.7, ge=0, le=1)
    complex_bg: float = Field(default=0.6, ge=0, le=1)


class DecisionThresholds(Params):
    """``configs/decision_thresholds.yaml``."""

    thresholds: Thresholds = Thresholds()
    strategy_targets: StrategyTargets = StrategyTargets()
    dataset_needs: DatasetNeeds = DatasetNeeds()


def load_thresholds(common: Path, own: Path | None = None) -> DecisionThresholds:
    """Reads the common file and lays a character's own file over it, value by value.

    Args:
        common: ``configs/decision_thresholds.yaml``.
        own: ``configs/characters/<name>.yaml``; it may hold any part of the same blocks.

    Raises:
        ConfigError: a file is missing or wrong; the message names file and value.
    """
    shared = load_yaml(common, DecisionThresholds)
    if own is None:
        return shared
    try:
        return DecisionThresholds.model_validate(_laid_over(shared.model_dump(), load_yaml_values(own)))
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"{own}: {name}: {first['msg']} (value: {first['input']!r})") from error


def _laid_over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for name, value in above.items():
        inner = merged.get(name)
        both = isinstance(inner, Mapping) and isinstance(value, Mapping)
        merged[name] = _laid_over(cast("Mapping[str, Any]", inner), value) if both else value
    return merged
