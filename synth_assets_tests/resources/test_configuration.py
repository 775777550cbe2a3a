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
