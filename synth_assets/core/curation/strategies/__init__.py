"""Strategies: the ways to make training pictures of a frame, one file each.

Belongs here: the table of strategies by name, and their configuration. To add one, write a class
with ``process`` in a file of its own, and a line in both. Does not belong here: running them
(``run.py``).
"""

from __future__ import annotations

from synth_assets.core.config import Params
from synth_assets.core.curation.strategies.enhance import EnhanceConfig, EnhanceSegment
from synth_assets.core.curation.strategies.frame import StrategyFactory
from synth_assets.core.curation.strategies.keep_full import KeepFull, KeepFullConfig
from synth_assets.core.curation.strategies.occlusion import CreateOcclusion, OcclusionConfig
from synth_assets.core.curation.strategies.segment import Segment, SegmentConfig

REGISTRY: dict[str, StrategyFactory] = {
    KeepFull.name: KeepFull,
    Segment.name: Segment,
    CreateOcclusion.name: CreateOcclusion,
    EnhanceSegment.name: EnhanceSegment,
}
"""Strategy by name; each is called with the models and its own block of StrategySettings."""


class StrategySettings(Params):
    """The block ``strategies`` of ``configs/strategy_configs.yaml``."""

    keep_full: KeepFullConfig = KeepFullConfig()
    segment: SegmentConfig = SegmentConfig()
    create_occlusion: OcclusionConfig = OcclusionConfig()
    enhance_segment: EnhanceConfig = EnhanceConfig()


class StrategyConfigs(Params):
    """``configs/strategy_configs.yaml``."""

    strategies: StrategySettings = StrategySettings()
