"""The README's Python runs as it stands, and its ``synth profile`` commands are commands with those options."""

import re
import shlex
import shutil
from pathlib import Path

import pytest
import typer
from PIL import Image

from synth_assets.cli_profile import profile_app
from synth_assets.core.profile.profile import load_profile
from synth_assets.profiles import create_profile

HEADING = "## Profiles from Python and the command line"


def _blocks(root: Path, language: str) -> list[str]:
    section = (root / "README.md").read_text(encoding="utf-8").partition(HEADING)[2].partition("\n## ")[0]
    return re.findall(rf"```{language}\n(.*?)```", section, flags=re.DOTALL)


def test_the_python_blocks_run_one_after_the_other(
    project_root: Path, sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SYNTH_HOME", raising=False)
    monkeypatch.delenv("SYNTH_MODELS", raising=False)
    photos = sorted((sample / "reference" / "midday").glob("*_[0-9][0-9].jpg"))[:4]
    Path("reference_images").mkdir()
    for photo in photos:
        shutil.copy2(photo, "reference_images")
    create_profile(photos[:2], "nature")
    create_profile(photos[2:], "architecture")
    blocks = _blocks(project_root, "python")
    assert len(blocks) == 3
    for block in blocks:
        exec(compile(block, "README.md", "exec"), {"__name__": "readme"})
    with Image.open("guided_by_profile.png") as image:
        assert image.size == (512, 384)
    merged = load_profile(Path("profiles/stream_nature_with_buildings.json").read_bytes(), "merged")
    assert merged.sample_count == 4


def test_the_commands_are_understood(project_root: Path) -> None:
    commands = typer.main.get_group(profile_app).commands
    lines = [line for block in _blocks(project_root, "bash") for line in block.splitlines()]
    shown = [shlex.split(line, comments=True) for line in lines]
    assert {words[2] for words in shown} == set(commands)
    for words in shown:
        assert words[:2] == ["synth", "profile"]
        commands[words[2]].make_context(words[2], words[3:])  # exits on an option that is not there
