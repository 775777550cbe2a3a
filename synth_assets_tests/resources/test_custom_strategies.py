"""Strategies that are added from outside the package: the one of docs/strategies.md, and what is refused."""

import re
from pathlib import Path
from typing import cast

import numpy as np
import pytest
import yaml

from resources.custom_strategies import check_targets, load_strategies
from resources.store import Store
from synth_assets.core.config import ConfigError
from synth_assets.core.curation.rules import FrameFacts
from synth_assets.core.curation.strategies import (
    REGISTRY,
    StrategyConfigs,
    added_suits,
    own_strategies,
    strategy_classes,
)
from synth_assets.core.curation.strategies.frame import Kit
from synth_assets.core.curation.strategies.run import run_strategy
from synth_assets.core.images import encode_png
from synth_assets.core.items import Artifact, Extras, Item, fingerprint
from synth_assets.core.ports import Models
from synth_assets.core.records import ImageRecord, ImageSet, ObjectRecord

DOC = Path(__file__).parents[2] / "docs" / "strategies.md"


def documented(language: str) -> list[str]:
    """The code blocks of the documentation."""
    return re.findall(rf"```{language}\n(.*?)```", DOC.read_text(), re.S)


def project(folder: Path, block: str = "", code: str = "") -> Path:
    """Writes the class of the documentation and a configuration with its block; gives the configuration."""
    (folder / "my_strategies.py").write_text(code or documented("python")[0])
    path = folder / "strategy_configs.yaml"
    path.write_text("strategies:\n  keep_full:\n    enabled: true\n" + (block or documented("yaml")[0]))
    return path


def decisions(store: Store) -> ImageSet:
    mask = np.zeros((48, 64), np.bool_)
    mask[8:40, 4:20] = True
    extra = {"strategy": "mirror", "confidence": 0.9, "reasoning": "because", "analysis": "a"}
    record = ImageRecord(objects=(ObjectRecord("bunny", (4, 8, 20, 40), 1),), extra=extra)
    image = np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8)
    with store.open("strategy_decisions", "bunny") as writer:
        made = Artifact(record, "f0.png", encode_png(image), [mask])
        writer.put("f0", fingerprint("1", Item("f0", {})), [made])
        writer.commit(["f0"], "v", Extras())
        return writer.records(["f0"])


def test_the_documented_strategy_runs_without_touching_the_package(tmp_path: Path, store: Store) -> None:
    frames, kit = decisions(store), Kit(cast(Models, None), tmp_path)

    def run(path: Path) -> tuple[int, ImageSet]:
        with store.open("mirror", "bunny") as writer:
            summary = run_strategy(writer, "mirror", frames, kit, load_strategies(path, tmp_path), run_seed=1)
        return summary.made, summary.images

    made, images = run(project(tmp_path))
    (row,) = images.records
    assert row.path == "mirror/bunny/images/f0_mirror.png"
    assert (images.read(row) == frames.read(frames.records[0])[:, ::-1]).all()
    assert row.captions["short"] == "bunny, mirrored"
    assert row.objects[0].xyxy == (44, 8, 60, 40)
    assert store.file("mirror", "bunny", "processing_report.json").exists()
    assert made == 1
    assert run(project(tmp_path))[0] == 0
    assert run(project(tmp_path, code=documented("python")[0] + "\n# changed\n"))[0] == 1


def test_the_table_holds_the_own_strategies_first_and_what_suits_the_added(tmp_path: Path) -> None:
    table = load_strategies(project(tmp_path), tmp_path)
    assert list(strategy_classes(table)) == [*REGISTRY, "mirror"]
    suits = added_suits(table)
    assert suits["mirror"](FrameFacts(0, 0, 0, 0, 0, target_share=0.3)) == pytest.approx(0.7)
    shares = yaml.safe_load(documented("yaml")[1])
    check_targets(Path("thresholds.yaml"), shares, table)
    assert sum(shares.values()) == pytest.approx(1)


def test_a_module_on_the_import_path_works_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    path = project(tmp_path, '  mirror:\n    class: "my_strategies:Mirror"\n    enabled: false\n')
    table = load_strategies(path, tmp_path)
    assert not table["mirror"].config.enabled
    assert added_suits(table) == {}


BARE = "class Mirror:\n    name = 'mirrored'\n    def __init__(self, kit):\n        pass\n"
REFUSED = {
    "no_class": ("  mirror:\n    enabled: true\n", "", r"yaml:4: strategies.mirror: .*no such strategy \(it has keep_"),
    "bad_path": ('  mirror:\n    class: "Mirror"\n', "", r"yaml:5: strategies.mirror.class: .*\(value: 'Mirror'\)"),
    "no_file": ('  mirror:\n    class: "other.py:Mirror"\n', "", "other.py is not a file; the path is relative to"),
    "no_module": ('  mirror:\n    class: "no_such.module:Mirror"\n', "", "no_such.module cannot be imported"),
    "broken": ("", "import nothing_of_the_kind\n", "my_strategies.py cannot be imported: ModuleNotFoundError"),
    "other_class": ("", "class Mirrow:\n    pass\n", "has no class 'Mirror'; it has: Mirrow"),
    "bare": (
        "",
        BARE,
        r"process: def .*suits: a static .*Config: .*name = 'mirror'.*'mirrored'.*__init__\(self, kit, c",
    ),
    "value": (
        '  mirror:\n    class: "my_strategies.py:Mirror"\n    angle: 3\n',
        "",
        "yaml:6: strategies.mirror.angle: ",
    ),
    "name": (
        '  Mirror-2:\n    class: "my_strategies.py:Mirror"\n',
        "",
        "strategies.Mirror-2: the name becomes an asset",
    ),
    "own_value": ("  segment:\n    mask_dilation: -1\n", "", "yaml:5: strategies.segment.mask_dilation: "),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_serve_is_refused_with_its_place(tmp_path: Path, case: str) -> None:
    block, code, message = REFUSED[case]
    with pytest.raises(ConfigError, match=message):
        load_strategies(project(tmp_path, block, code), tmp_path)


def test_targets_for_a_missing_or_a_disabled_strategy_are_refused(tmp_path: Path) -> None:
    table = load_strategies(project(tmp_path, "  segment:\n    enabled: false\n"), tmp_path)
    where = Path("thresholds.yaml")
    check_targets(where, {"keep_full": 1.0, "segment": 0.0}, table)
    with pytest.raises(ConfigError, match=r"thresholds.yaml: strategy_targets.segment: 0.4 .* set enabled: true"):
        check_targets(where, {"keep_full": 0.6, "segment": 0.4}, table)
    with pytest.raises(ConfigError, match=r"strategy_targets.mirror: no strategy has this name; there are: keep_full,"):
        check_targets(where, {"mirror": 1.0}, table)


def test_the_shipped_file_says_what_the_defaults_are(project_root: Path) -> None:
    table = load_strategies(project_root / "configs" / "strategy_configs.yaml", project_root)
    assert {name: entry.config for name, entry in table.items()} == {
        name: entry.config for name, entry in own_strategies(StrategyConfigs()).items()
    }
