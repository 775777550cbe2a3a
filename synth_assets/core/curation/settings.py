"""Settings of curation: the shared files, overridden for one character.

Belongs here: merging ``configs/characters/<name>.yaml`` into the shared files. Does not belong
here: the parameters (beside the functions they serve) and reading YAML (``core/config.py``).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar, cast

from pydantic import ValidationError

from synth_assets.core.config import ConfigError, Params, load_yaml, load_yaml_values
from synth_assets.core.curation.analysis import AnalysisParams
from synth_assets.core.curation.decisions import DecisionConfig
from synth_assets.core.curation.frames import FrameParams
from synth_assets.core.curation.strategies import StrategyConfigs

P = TypeVar("P", bound=Params)
DECISIONS_FILE, STRATEGIES_FILE = "decision_thresholds.yaml", "strategy_configs.yaml"


class CurationSettings(Params):
    """Everything that curation of one character is set by."""

    frames: FrameParams = FrameParams()
    analysis: AnalysisParams = AnalysisParams()
    decisions: DecisionConfig = DecisionConfig()
    strategies: StrategyConfigs = StrategyConfigs()


def load_curation_settings(configs: Path, character: str) -> CurationSettings:
    """Reads the shared files and lays the character's own file, if there is one, over them.

    The character's file may hold any blocks of the shared files (``thresholds``,
    ``strategy_targets``, ``dataset_needs``, ``strategies``) and the blocks ``frames`` and
    ``analysis``; what it leaves out keeps its shared value.

    Args:
        configs: the folder ``configs``.
        character: name of the character.

    Raises:
        ConfigError: a file is missing or wrong, or the character's file has an unknown block.
    """
    own_file = configs / "characters" / f"{character}.yaml"
    own = load_yaml_values(own_file) if own_file.exists() else {}
    blocks = {*DecisionConfig.model_fields, *StrategyConfigs.model_fields, "frames", "analysis"}
    if unknown := sorted(set(own) - blocks):
        raise ConfigError(f"{own_file}: unknown block {unknown[0]!r}; known: {', '.join(sorted(blocks))}")
    return CurationSettings(
        frames=_merged(FrameParams(), own.get("frames", {}), own_file),
        analysis=_merged(AnalysisParams(), own.get("analysis", {}), own_file),
        decisions=_merged(load_yaml(configs / DECISIONS_FILE, DecisionConfig), own, own_file),
        strategies=_merged(load_yaml(configs / STRATEGIES_FILE, StrategyConfigs), own, own_file),
    )


def _merged(shared: P, own: Any, own_file: Path) -> P:
    if not isinstance(own, Mapping):
        raise ConfigError(f"{own_file}: expected a mapping (key: value), found {own!r}")
    values = {name: value for name, value in own.items() if name in type(shared).model_fields}
    if type(shared) in (FrameParams, AnalysisParams):
        values = dict(own)
    try:
        return type(shared).model_validate(_laid_over(shared.model_dump(), values))
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"{own_file}: {name}: {first['msg']} (value: {first['input']!r})") from error


def _laid_over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for name, value in above.items():
        inner = merged.get(name)
        both = isinstance(inner, Mapping) and isinstance(value, Mapping)
        merged[name] = _laid_over(cast("Mapping[str, Any]", inner), value) if both else value
    return merged
