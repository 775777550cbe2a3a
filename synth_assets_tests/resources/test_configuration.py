"""The configuration as a whole: rows that cannot be used are refused, or left out where asked to."""

import logging
from pathlib import Path

import pytest
import yaml

from resources.configuration import load_configuration
from resources.project import find_project
from synth_assets.core.config import ConfigError
from synth_assets_tests.small_project import make_small_project

_BAD = {
    "backgrounds.csv": "a wood,0\n",
    "classes.csv": "a whale,0,1,,,10,10,9999,20\n",
    "edits.csv": ",add,,a deer,,,,,1\n",
}


@pytest.fixture
def configs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = make_small_project(tmp_path / "project", photos_per_slot=1)
    monkeypatch.setenv("SYNTH_HOME", str(folder))
    for name, row in _BAD.items():
        path = folder / "configs" / name
        path.write_text(path.read_text() + row)
    return folder / "configs"


def _skip_bad_rows(configs: Path) -> None:
    values = yaml.safe_load((configs / "stages.yaml").read_text())
    (configs / "stages.yaml").write_text(yaml.safe_dump({**values, "skip_bad_rows": True}))


@pytest.mark.parametrize("name", _BAD)
def test_a_bad_row_in_any_csv_is_refused_with_its_line(configs: Path, name: str) -> None:
    for other in set(_BAD) - {name}:
        path = configs / other
        path.write_text(path.read_text().removesuffix(_BAD[other]))
    line = len((configs / name).read_text().splitlines())
    with pytest.raises(ConfigError, match=rf"{name}:{line}: "):
        load_configuration(find_project())


def test_where_asked_to_the_other_rows_go_on_and_the_bad_are_named(
    configs: Path, caplog: pytest.LogCaptureFixture
) -> None:
    _skip_bad_rows(configs)
    with caplog.at_level(logging.WARNING):
        config = load_configuration(find_project())
    for name, rows in {
        "backgrounds.csv": config.backgrounds,
        "classes.csv": config.classes,
        "edits.csv": config.edits,
    }.items():
        assert rows
        (message,) = config.skipped_rows[name]
        assert f"{name}:{len((configs / name).read_text().splitlines())}: " in message
        assert message in caplog.text


def test_nothing_is_left_out_of_the_shipped_files(project_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNTH_HOME", str(project_root))
    config = load_configuration(find_project())
    assert not config.stages.skip_bad_rows
    assert not any(config.skipped_rows.values())


def _write_targets(configs: Path, file: str, targets: str) -> None:
    path = configs / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"strategy_targets: {targets}\n")


@pytest.mark.parametrize("file", ["decision_thresholds.yaml", "characters/bunny.yaml"])
def test_a_target_for_a_strategy_that_is_disabled_is_refused_in_its_file(configs: Path, file: str) -> None:
    _skip_bad_rows(configs)
    strategies = configs / "strategy_configs.yaml"
    strategies.write_text("strategies:\n  enhance_segment: {enabled: false}\n")
    fine = "{keep_full: 0.3, segment: 0.5, create_occlusion: 0.2, enhance_segment: 0}"
    _write_targets(configs, "decision_thresholds.yaml", fine)
    assert not load_configuration(find_project()).strategies["enhance_segment"].config.enabled
    _write_targets(configs, file, "{keep_full: 0.3, segment: 0.4, create_occlusion: 0.2, enhance_segment: 0.1}")
    with pytest.raises(ConfigError, match=rf"{file}: strategy_targets.enhance_segment: 0.1 .* disabled"):
        load_configuration(find_project())


def test_the_environment_limits_the_frames(configs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _skip_bad_rows(configs)
    assert load_configuration(find_project()).stages.frames.limit is None
    monkeypatch.setenv("SYNTH_LIMIT", "7")
    assert load_configuration(find_project()).stages.frames.limit == 7
    monkeypatch.setenv("SYNTH_LIMIT", "few")
    with pytest.raises(ConfigError, match="SYNTH_LIMIT: expected a whole number of frames from 1 on, found 'few'"):
        load_configuration(find_project())
