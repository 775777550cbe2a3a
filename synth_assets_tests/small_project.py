"""A cut-down project in a temporary folder: the real configuration, a few of the sample's pictures."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import yaml
from typer.testing import CliRunner

from synth_assets.cli import app

ROOT = Path(__file__).parent.parent
PHOTOS_PER_SLOT = 4
_SMALL_BYTES = 50_000
CHARACTERS = ("bunny", "frank")
STAGES = {
    "backgrounds": {"size_hw": [240, 320]},
    # Every 48th frame of the 24 a second: those that are labelled by hand are multiples of 12.
    "frames": {"fps": 0.5},
}
PLANS = ("subject_scale", "smooth_walk", "calm_to_wild")
"""Of sequences.yaml: one a kind of order; every plan draws some seconds."""


def make_small_project(folder: Path, photos_per_slot: int = PHOTOS_PER_SLOT) -> Path:
    """Copies configuration and a part of the sample; nothing in the folder is materialized yet."""
    shutil.copytree(ROOT / "configs", folder / "configs")
    shutil.copy2(ROOT / "dagster.yaml", folder)
    stages = yaml.safe_load((folder / "configs" / "stages.yaml").read_text()) or {}
    for name, values in STAGES.items():
        stages[name] = {**stages.get(name, {}), **values}
    (folder / "configs" / "stages.yaml").write_text(yaml.safe_dump(stages))
    sequences = yaml.safe_load((folder / "configs" / "sequences.yaml").read_text())
    sequences["plans"] = [plan for plan in sequences["plans"] if plan["name"] in PLANS]
    (folder / "configs" / "sequences.yaml").write_text(yaml.safe_dump(sequences))
    (folder / "configs" / "backgrounds.csv").write_text("prompt,num_imgs\na wide open landscape,4\n")
    sample = folder / "data" / "sample"
    for slot in sorted((ROOT / "data" / "sample" / "reference").iterdir()):
        target = sample / "reference" / slot.name
        target.mkdir(parents=True)
        small = sorted(path for path in slot.iterdir() if path.stat().st_size < _SMALL_BYTES)
        for path in small[:: len(small) // photos_per_slot][:photos_per_slot]:
            shutil.copy2(path, target)
    shutil.copytree(ROOT / "data" / "sample" / "cutouts", sample / "cutouts")
    (folder / "data" / "inbox").mkdir()
    if (ROOT / "data" / "models").exists():
        (folder / "data" / "models").symlink_to(ROOT / "data" / "models")
    return folder


def environment(folder: Path) -> dict[str, str]:
    """Environment variables that make every command work on this project."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SYNTH_", "DAGSTER"))}
    return {**kept, "SYNTH_HOME": str(folder), "DAGSTER_HOME": str(folder / ".dagster"), "HF_HUB_OFFLINE": "1"}


def synth(folder: Path, *arguments: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Runs a ``synth`` command on the project and gives its output."""
    return subprocess.run(
        command(*arguments),
        env={**environment(folder), **(env or {})},
        capture_output=True,
        text=True,
        cwd=folder,
        check=False,
        timeout=400,
    )


def command(*arguments: str) -> list[str]:
    """The command line of a ``synth`` command in this environment."""
    return [sys.executable, "-c", "from synth_assets.cli import main; main()", *arguments]


def add_characters(folder: Path) -> None:
    """Adds both characters with the films of the sample."""
    films = sorted((ROOT / "data" / "sample" / "video").glob("*.mp4"))
    given = [text for film in films for text in ("--video", str(film))]
    for name in CHARACTERS:
        references = ROOT / "data" / "sample" / "characters" / name / "references"
        arguments = ["add-character", name, *given, "--references", str(references)]
        # In this process, which has the imports behind it. A backfill needs its own: here, definitions are of ROOT.
        done = CliRunner().invoke(app, arguments, env=environment(folder), catch_exceptions=False)
        assert done.exit_code == 0, done.output
