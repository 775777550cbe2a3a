"""Where a project's files lie, and the examples that stand in for some of them."""

from pathlib import Path

import pytest
import yaml
from dagster import DagsterInvalidConfigError, validate_run_config

from resources.configuration import load_configuration
from resources.project import find_project, skips_existing
from synth_assets.core.config import ConfigError
from synth_assets.definitions import defs

LABELS = {
    "forest_fires": {"fire", "smoke"},
    "african_animals": {"zebra", "elephant", "giraffe", "rhinoceros", "hippopotamus"},
}


@pytest.mark.parametrize("name", sorted(LABELS))
def test_an_examples_files_stand_in_for_the_projects(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    usual = load_configuration(find_project())
    monkeypatch.setenv("SYNTH_CONFIGS", f"configs/examples/{name}")
    config = load_configuration(find_project())
    assert {row.label for row in config.classes} == LABELS[name]
    assert [row.prompt for row in config.backgrounds] != [row.prompt for row in usual.backgrounds]
    assert config.edits == usual.edits  # the example has none of its own


def test_every_example_is_tested() -> None:
    assert {path.name for path in (find_project().configs / "examples").iterdir() if path.is_dir()} == set(LABELS)


def test_an_example_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SYNTH_CONFIGS", str(tmp_path / "nosuch"))
    with pytest.raises(ConfigError, match=r"SYNTH_CONFIGS.*nosuch"):
        find_project()


@pytest.mark.parametrize("name", sorted(LABELS))
def test_an_examples_run_configuration_fits_the_scenes_job(name: str) -> None:
    text = (find_project().configs / "examples" / name / "run.yaml").read_text()
    job = defs.resolve_job_def("scenes_job")
    assert validate_run_config(job, yaml.safe_load(text))
    with pytest.raises(DagsterInvalidConfigError):
        validate_run_config(job, yaml.safe_load(text.replace("model_set", "modelset")))


def test_the_environment_says_whether_all_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SYNTH_SKIP_EXISTING", raising=False)
    assert skips_existing()
    monkeypatch.setenv("SYNTH_SKIP_EXISTING", "0")
    assert not skips_existing()
    monkeypatch.setenv("SYNTH_SKIP_EXISTING", "no")
    with pytest.raises(ConfigError, match=r"SYNTH_SKIP_EXISTING: expected 1 .* found 'no'"):
        skips_existing()
