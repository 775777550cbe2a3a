"""Strategies: the ways to make training pictures of a frame, one file each.

Belongs here: the package's own strategies, the model of ``configs/strategy_configs.yaml``, and the table of all that
are configured. To add one without touching the package, see ``docs/strategies.md``. Does not belong here: loading added
classes (``resources/custom_strategies.py``) and running strategies (``run.py``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from synth_assets.core.config import Params
from synth_assets.core.curation.strategies.enhance import EnhanceConfig, EnhanceSegment
from synth_assets.core.curation.strategies.frame import StrategyClass, StrategyConfig
from synth_assets.core.curation.strategies.keep_full import KeepFull, KeepFullConfig
from synth_assets.core.curation.strategies.occlusion import CreateOcclusion, OcclusionConfig
from synth_assets.core.curation.strategies.segment import Segment, SegmentConfig
from synth_assets.core.curation.suitability import Suits

REGISTRY: dict[str, StrategyClass] = {
    KeepFull.name: KeepFull,
    Segment.name: Segment,
    CreateOcclusion.name: CreateOcclusion,
    EnhanceSegment.name: EnhanceSegment,
}
"""The package's own strategies by name."""


class AddedBlock(BaseModel):
    """The block of a strategy that the package does not know; the rest of it is checked by its class's ``Config``."""

    model_config = ConfigDict(extra="allow", frozen=True)

    class_path: str = Field(alias="class", pattern=r"^[^:]+:[A-Za-z_]\w*$")

    @model_validator(mode="before")
    @classmethod
    def _has_class(cls, values: Any) -> Any:
        if not isinstance(values, Mapping) or "class" not in values:
            raise ValueError(
                f"the package has no such strategy (it has {', '.join(REGISTRY)}); correct the name, or give the "
                'block a class, e.g. class: "my_strategies.py:Mirror"'
            )
        return values


class StrategySettings(BaseModel):
    """The block ``strategies`` of ``configs/strategy_configs.yaml``: the package's own and added ones."""

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, AddedBlock] = Field(init=False)  # pyright: ignore[reportIncompatibleVariableOverride] - pydantic's way

    keep_full: KeepFullConfig = KeepFullConfig()
    segment: SegmentConfig = SegmentConfig()
    create_occlusion: OcclusionConfig = OcclusionConfig()
    enhance_segment: EnhanceConfig = EnhanceConfig()


class StrategyConfigs(Params):
    """``configs/strategy_configs.yaml``."""

    strategies: StrategySettings = StrategySettings()

    @property
    def added(self) -> dict[str, AddedBlock]:
        """The blocks of strategies that are not the package's own, by name."""
        return self.strategies.__pydantic_extra__


@dataclass(frozen=True)
class StrategyEntry:
    """A configured strategy.

    Attributes:
        factory: its class.
        config: its block, checked.
        code: hash of the file that holds an added class, so that a change makes its outputs anew; "" for the
            package's own, which the asset's code version stands for.
    """

    factory: StrategyClass
    config: StrategyConfig
    code: str = ""


StrategyTable = Mapping[str, StrategyEntry]
"""All configured strategies by name, the package's own first, disabled ones included."""


def own_strategies(configs: StrategyConfigs) -> dict[str, StrategyEntry]:
    """The package's own strategies with their blocks."""
    return {name: StrategyEntry(factory, getattr(configs.strategies, name)) for name, factory in REGISTRY.items()}


def strategy_classes(table: StrategyTable) -> dict[str, StrategyClass]:
    """The class of every configured strategy by name: one asset each."""
    return {name: entry.factory for name, entry in table.items()}


def added_suits(table: StrategyTable) -> dict[str, Suits]:
    """``suits`` of every enabled strategy that is not the package's own, as ``decide_strategies`` takes them."""
    added = {name: entry for name, entry in table.items() if name not in REGISTRY and entry.config.enabled}
    return {name: getattr(entry.factory, "suits") for name, entry in added.items()}  # noqa: B009 - not in the Protocol
