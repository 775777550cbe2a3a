"""Wrong input to ``synth`` is refused before anything runs: exit code 2 and one line that says what is wrong."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from synth_assets.cli import main
from synth_assets_tests.small_project import environment, make_small_project

_REFUSALS = {
    "unknown_partition": (("backfill", "--partitions", "noon"), {}, "no partition is called 'noon'"),
    "unknown_asset": (("backfill", "--assets", "nosuch"), {}, "no asset is selected by 'nosuch'; there are: "),
    "broken_selection": (("backfill", "--assets", "a b(("), {}, "no asset is selected by 'a b(('"),
    "no_partition_of_its_kind": (("backfill", "--assets", "frames", "--partitions", "night"), {}, "none of night"),
    "no_character_yet": (("backfill", "--assets", "frames"), {}, "no partition yet"),
    "try_nobody": (("try", "bunny"), {}, "no character is called 'bunny'; there are: none; add one with"),
    "bad_character": (("add-character", "Bad Name", "--video", "film.mp4"), {}, "character name 'Bad Name'"),
    "home_is_a_file": (("init",), {"DAGSTER_HOME": "film.mp4"}, "set DAGSTER_HOME to another folder"),
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = make_small_project(tmp_path_factory.mktemp("refusals"), photos_per_slot=1)
    (folder / "film.mp4").write_bytes(b"no film")
    return folder


@pytest.fixture
def refusal(project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Runs a command in this process on the project and gives what it says on stderr; it has to end with 2."""

    def run(*arguments: str, **env: str) -> str:
        for key, value in {**environment(project), **env}.items():
            monkeypatch.setenv(key, value)
        monkeypatch.chdir(project)
        monkeypatch.setattr(sys, "argv", ["synth", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 2
        return capsys.readouterr().err

    return run


@pytest.mark.parametrize("name", _REFUSALS)
def test_wrong_input_is_refused_in_one_line(refusal: Callable[..., str], name: str) -> None:
    arguments, env, message = _REFUSALS[name]
    said = refusal(*arguments, **env)
    assert message in said
    assert said.splitlines()[-1].startswith("error: ")
    assert "Traceback" not in said


def test_a_film_that_is_not_there_is_named(refusal: Callable[..., str]) -> None:
    said = refusal("add-character", "otto", "--video", "nosuch.mp4")
    assert "nosuch.mp4" in said
    assert "Traceback" not in said
