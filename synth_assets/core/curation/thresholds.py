"""Thresholds: when a frame gets which strategy, and how many frames each should get.

Belongs here: the parameters of ``configs/decision_thresholds.yaml`` and laying a character's own
file over them. Does not belong here: the rules that use them (``rules.py``, ``balance.py``).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from pydantic import Field, ValidationError, field_validator

from synth_assets.core.config import ConfigError, Params, load_yaml, load_yaml_values
from synth_assets.core.curation.reviews import DROP

Strategy = str
"""Name of a strategy: one of STRATEGIES, or a custom one of ``configs/strategy_configs.yaml``."""
STRATEGIES: tuple[Strategy, ...] = ("keep_full", "segment", "create_occlusion", "enhance_segment")
DEFAULT_TARGETS: Mapping[Strategy, float] = {
    "keep_full": 0.30,
    "segment": 0.40,
    "create_occlusion": 0.15,
    "enhance_segment": 0.15,
}
_SHARE_TOLERANCE = 1e-6


class Thresholds(Params):
    """Limits of the rules; all metrics lie in 0..1."""

    simple_background: float = Field(default=0.3, ge=0, le=1, description="Complexity below it is simple.")
    good_lighting: float = Field(default=0.7, ge=0, le=1, description="Lighting above it is good.")
    low_occlusion: float = Field(default=0.2, ge=0, le=1, description="Occlusion below it is low.")
    multi_character: int = Field(default=2, ge=1, description="From this many instances, a frame shows several.")
    poor_quality: float = Field(default=0.5, ge=0, le=1, description="Quality below it is poor.")
    low_sharpness: float = Field(default=0.4, ge=0, le=1, description="Sharpness below it is low.")


class DatasetNeeds(Params):
    """How much an empty data set lacks of each kind of picture; 0 = nothing, 1 = badly.

    A need falls as the set comes to hold pictures of its kind (``needs.py``).
    """

    occlusion: float = Field(default=0.8, ge=0, le=1)
    multi_character: float = Field(default=0.9, ge=0, le=1)
    far_shot: float = Field(default=0.7, ge=0, le=1)
    complex_bg: float = Field(default=0.6, ge=0, le=1)
    enough: float = Field(
        default=0.15, gt=0, le=1, description="Share of the set at which no more of a kind is needed."
    )


class DecisionThresholds(Params):
    """``configs/decision_thresholds.yaml``.

    Attributes:
        thresholds: limits of the rules.
        strategy_targets: wished share of the frames by strategy, custom ones included; they sum to
            1, and a strategy that is not named gets none.
        dataset_needs: what the set lacks.
    """

    thresholds: Thresholds = Thresholds()
    strategy_targets: Mapping[Strategy, float] = DEFAULT_TARGETS
    dataset_needs: DatasetNeeds = DatasetNeeds()

    @field_validator("strategy_targets")
    @classmethod
    def _shares_of_one(cls, shares: Mapping[Strategy, float]) -> Mapping[Strategy, float]:
        listed = ", ".join(f"{name}: {share:g}" for name, share in shares.items())
        if DROP in shares:
            raise ValueError(f"{DROP!r} is what a review says of a frame that is not wanted; rename the strategy")
        if outside := [name for name, share in shares.items() if not 0 <= share <= 1]:
            raise ValueError(f"the share of {outside[0]} is not in 0..1 ({listed})")
        if abs((total := sum(shares.values())) - 1) > _SHARE_TOLERANCE:
            raise ValueError(f"the shares sum to {total:g}; they must sum to 1 ({listed})")
        return shares


def load_thresholds(common: Path, own: Path | None = None) -> DecisionThresholds:
    """Reads the common file and lays a character's own file over it, value by value.

    That holds for ``strategy_targets`` too: a share that the own file does not name stays, 0 takes
    a strategy away, and what results has to sum to 1.

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
