"""kill -9 at random moments: the next run resumes, and the result is the one without the kill."""

import json
import os
import random
import re
import shutil
import signal
import subprocess
import time
from datetime import datetime
from pathlib import Path

import pytest

from resources import files
from resources.store import Store
from synth_assets_tests.small_project import ROOT, command, environment, make_small_project, synth

_ARGUMENTS = (
    "backfill",
    "--assets",
    "captures,capture_profile,reference_images,image_profile,backgrounds,inpainted_scenes",
    "--partitions",
    "night",
)
_KILLS = 4
_CAPTURED = "2026-03-0{day}T23:00:00"
_STAMP = re.compile(r"_\d{8}-\d{6}\.json$")


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


def _tree(folder: Path) -> dict[str, bytes]:
    root = folder / "data" / "store"
    return {
        name: _without_times(name, (root / name).read_bytes())
        for name in files.list_files(Store(root).root)
        if not name.startswith(".locks/") and not name.endswith(".png.lock") and not _STAMP.search(name)
    }


def _without_times(name: str, data: bytes) -> bytes:
    """A profile says when it was made, which differs from run to run."""
    if not name.endswith(".json"):
        return data
    document = json.loads(data)
    document.get("metadata", {}).pop("created", None)
    document.get("metadata", {}).pop("updated", None)
    return json.dumps(document).encode()


@pytest.mark.skipif(not (ROOT / "data" / "models").exists(), reason="the offline models are not fetched")
def test_killed_runs_lose_nothing_and_leave_no_orphan(tmp_path: Path) -> None:
    undisturbed = _project(tmp_path / "undisturbed")
    done = synth(undisturbed, *_ARGUMENTS)
    assert done.returncode == 0, done.stderr[-3000:]
    killed = _project(tmp_path / "killed")
    assert synth(killed, "init").returncode == 0
    chance = random.Random(20_261_121)
    interrupted = 0
    for _ in range(_KILLS):
        process = subprocess.Popen(
            command(*_ARGUMENTS),
            env=environment(killed),
            cwd=killed,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        started = len(_tree(killed)) if (killed / "data" / "store").exists() else 0
        deadline = time.monotonic() + 60
        # Wait until this run has written something, then a random while longer.
        while process.poll() is None and time.monotonic() < deadline:
            store = killed / "data" / "store"
            if store.exists() and sum(1 for _ in files.list_files(Store(store).root)) != started:
                break
            time.sleep(0.01)
        time.sleep(chance.uniform(0.0, 0.3))
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            interrupted += 1
        process.wait()
    assert interrupted > 0, "every run ended before it could be killed"
    done = synth(killed, *_ARGUMENTS)
    assert done.returncode == 0, done.stderr[-3000:]
    profile = Store(killed / "data" / "store").read("image_profile", "night")
    assert profile is not None
    assert len(profile.ok) == len({record.id for record in profile.ok}) == 3 + 4
    expected, found = _tree(undisturbed), _tree(killed)
    assert sorted(found) == sorted(expected)
    assert [name for name in expected if expected[name] != found[name]] == []
