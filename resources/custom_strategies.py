"""Strategies that are added from outside: their classes found, loaded and checked.

Belongs here: ``module:Class`` and ``file.py:Class`` of ``configs/strategy_configs.yaml`` into a table of strategies.
Does not belong here: what a strategy is (``core/curation/strategies/frame.py``) and the package's own.
"""

import hashlib
import importlib
import importlib.util
import inspect
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from synth_assets.core.config import ConfigError, check_values, load_yaml
from synth_assets.core.curation.strategies import (
    AddedBlock,
    StrategyConfigs,
    StrategyEntry,
    StrategyTable,
    own_strategies,
)
from synth_assets.core.curation.strategies.frame import StrategyClass, StrategyConfig

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_SHAPE = {
    "process": "def process(self, frame), which gives the outputs of one frame",
    "suits": "a static def suits(facts), which says from 0 to 1 how well a frame suits it",
}


def load_strategies(path: Path, root: Path) -> StrategyTable:
    """Reads ``configs/strategy_configs.yaml`` and loads the classes of added strategies.

    Args:
        path: the file.
        root: the project's folder, to which ``file.py:Class`` is relative.

    Raises:
        ConfigError: the file is wrong, or a class cannot be loaded or lacks something; with file, line and what.
    """
    configs = load_yaml(path, StrategyConfigs)
    table = own_strategies(configs)
    for name, block in configs.added.items():
        table[name] = _entry(path, root, name, block)
    return table


def check_targets(path: Path, targets: Mapping[str, float] | Iterable[tuple[str, float]], table: StrategyTable) -> None:
    """Returns where every strategy that frames are wanted for exists and is enabled.

    Args:
        path: the file the targets come from, for the message.
        targets: ``strategy_targets``.
        table: what is configured.

    Raises:
        ConfigError: otherwise; the message names file and strategy.
    """
    for name, share in dict(targets).items():
        where = f"{path}: strategy_targets.{name}"
        if name not in table:
            raise ConfigError(
                f"{where}: no strategy has this name; there are: {', '.join(table)}; correct it, or add a block with a "
                "class to strategy_configs.yaml"
            )
        if share > 0 and not table[name].config.enabled:
            raise ConfigError(
                f"{where}: {share:g} of the frames are wanted for a strategy that is disabled; give it 0 and the "
                "others the rest, or set enabled: true in strategy_configs.yaml"
            )


def _entry(path: Path, root: Path, name: str, block: AddedBlock) -> StrategyEntry:
    where = f"{path}: strategies.{name}"
    if not _NAME.fullmatch(name):
        raise ConfigError(f"{where}: the name becomes an asset's; use a-z, 0-9 and _, beginning with a letter")
    place, _, class_name = block.class_path.rpartition(":")
    module = _load_module(f"{where}.class", place, root)
    found = getattr(module, class_name, None)
    if not inspect.isclass(found):
        there = ", ".join(key for key, value in vars(module).items() if inspect.isclass(value)) or "no class"
        raise ConfigError(f"{where}.class: {place} has no class {class_name!r}; it has: {there}")
    factory = _checked(f"{where}.class: {block.class_path}", name, found)
    values = block.model_extra or {}
    config = check_values(path, values, factory.Config, ("strategies", name))
    code = hashlib.sha256(Path(inspect.getfile(found)).read_bytes()).hexdigest()[:32]
    return StrategyEntry(factory, config, code)


def _load_module(where: str, place: str, root: Path) -> ModuleType:
    try:
        if not place.endswith(".py"):
            return importlib.import_module(place)
        file = root / place
        if not file.is_file():
            raise ConfigError(f"{where}: {file} is not a file; the path is relative to {root}")
        module_name = f"synth_strategy_{hashlib.sha256(str(file).encode()).hexdigest()[:12]}"
        spec = importlib.util.spec_from_file_location(module_name, file)
        assert spec is not None  # for a .py file
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[module_name] = module  # dataclasses and pydantic look their module up there
        spec.loader.exec_module(module)
        return module
    except ConfigError:
        raise
    except Exception as error:  # whatever foreign code raises has to name the block it came from
        raise ConfigError(f"{where}: {place} cannot be imported: {type(error).__name__}: {error}") from error


def _checked(where: str, name: str, found: type[Any]) -> StrategyClass:
    lacks = [f"{method}: {what}" for method, what in _SHAPE.items() if not callable(getattr(found, method, None))]
    config = getattr(found, "Config", None)
    if not (inspect.isclass(config) and issubclass(config, StrategyConfig)):
        lacks.append("Config: a class derived from StrategyConfig (synth_assets.core.curation.strategies.frame)")
    if getattr(found, "name", None) != name:
        lacks.append(f"name = {name!r}, as its block is called (found: {getattr(found, 'name', None)!r})")
    if len(inspect.signature(found).parameters) != 2:
        lacks.append("def __init__(self, kit, config)")
    if "suits" in vars(found) and not isinstance(vars(found)["suits"], staticmethod):
        lacks.append("@staticmethod above suits")
    if lacks:
        raise ConfigError(f"{where} is no strategy; it needs " + "; ".join(lacks))
    return cast(StrategyClass, found)
