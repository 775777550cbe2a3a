"""kill -9 at random moments: the next run resumes, and the result is the one without the kill."""

import json
import multiprocessing
import os
import random
import re
import shutil
import sys
import time
from collections.abc import Mapping
from datetime import datetime
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from resources import files
from resources.store import Store
from synth_assets.cli import main
from synth_assets_tests.small_project import ROOT, environment, make_small_project

_ARGUMENTS = (
    "backfill",
    "--assets",
    "captures,capture_profile,reference_images,image_profile,backgrounds,inpainted_scenes",
    "--partitions",
    "night",
)
_KILLS = 2
_CAPTURED = "2026-03-0{day}T23:00:00"
_STAMP = re.compile(r"_\d{8}-\d{6}\.json$")
_IMPORTED_ONCE = [
    "dagster",
    "matplotlib.backends.backend_agg",
    "onnxruntime",
    "resources.configuration",
    "scipy.stats",
    "sklearn.cluster",
    "synth_assets.cli",
    "torch",
    "transformers",
]
"""What each run would import for seconds, and nothing that looks at the environment."""


def _project(folder: Path) -> Path:
    """A small project with captures in the windows of two nights."""
    project = make_small_project(folder, photos_per_slot=3)
    taken = {path.name for path in (project / "data" / "sample" / "reference" / "night").iterdir()}
    night = (ROOT / "data" / "sample" / "reference" / "night").iterdir()
    photos = sorted(path for path in night if path.name not in taken)
    for number, photo in enumerate(photos[:4]):
        target = project / "data" / "inbox" / "night" / f"capture_{number}{photo.suffix}"
        target.parent.mkdir(exist_ok=True)
        shutil.copy(photo, target)
        moment = datetime.fromisoformat(_CAPTURED.format(day=1 + number % 2)).timestamp()
        os.utime(target, (moment, moment))
    return project


def _names(folder: Path) -> set[str]:
    root = folder / "data" / "store"
    found = files.list_files(Store(root).root) if root.exists() else ()
    return {name for name in found if not name.startswith(".locks/") and not name.endswith(".png.lock")}


def _tree(folder: Path) -> dict[str, bytes]:
    root = folder / "data" / "store"
    return {
        name: _without_times(name, (root / name).read_bytes()) for name in _names(folder) if not _STAMP.search(name)
    }


def _without_times(name: str, data: bytes) -> bytes:
    """A profile says when it was made, which differs from run to run."""
    if not name.endswith(".json"):
        return data
    document = json.loads(data)
    document.get("metadata", {}).pop("created", None)
    document.get("metadata", {}).pop("updated", None)
    return json.dumps(document).encode()


def _synth(env: Mapping[str, str], log: Path, *arguments: str) -> None:
    """The command ``synth`` in a forked process; what it prints is in ``log``."""
    os.environ.clear()
    os.environ.update(env)
    with log.open("ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    sys.argv = ["synth", *arguments]
    main()


def _start(folder: Path, *arguments: str) -> BaseProcess:
    """Starts a command on the project in a process of its own, forked from one that has done the imports."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_IMPORTED_ONCE)
    process = context.Process(target=_synth, args=(environment(folder), folder / "log.txt", *arguments))
    process.start()
    return process


def _run(folder: Path, *arguments: str) -> None:
    process = _start(folder, *arguments)
    process.join(timeout=400)
    assert process.exitcode == 0, (folder / "log.txt").read_text()[-3000:]


@pytest.mark.enable_socket  # of the fork server, which is a file
@pytest.mark.skipif(not (ROOT / "data" / "models").exists(), reason="the offline models are not fetched")
def test_killed_runs_lose_nothing_and_leave_no_orphan(tmp_path: Path) -> None:
    undisturbed = _project(tmp_path / "undisturbed")
    _run(undisturbed, *_ARGUMENTS)
    killed = _project(tmp_path / "killed")
    _run(killed, "init")
    chance = random.Random(20_261_121)
    interrupted = 0
    for _ in range(_KILLS):
        started = _names(killed)
        process = _start(killed, *_ARGUMENTS)
        deadline = time.monotonic() + 60
        # Wait until this run has written something, then a random while longer.
        while process.is_alive() and time.monotonic() < deadline and _names(killed) == started:
            time.sleep(0.01)
        time.sleep(chance.uniform(0.0, 0.3))
        if process.is_alive():
            process.kill()
            interrupted += 1
        process.join()
    assert interrupted > 0, "every run ended before it could be killed"
    _run(killed, *_ARGUMENTS)
    profile = Store(killed / "data" / "store").read("image_profile", "night")
    assert profile is not None
    assert len(profile.ok) == len({record.id for record in profile.ok}) == 3 + 4
    expected, found = _tree(undisturbed), _tree(killed)
    assert sorted(found) == sorted(expected)
    assert [name for name in expected if expected[name] != found[name]] == []
