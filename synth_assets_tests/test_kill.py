"""kill -9 at random moments: the next run resumes, and the result is the one without the kill."""

import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from resources import files
from resources.store import Store
from synth_assets_tests.small_project import ROOT, command, environment, make_small_project, synth

_ARGUMENTS = (
    "backfill",
    "--assets",
    "reference_images,image_profile,backgrounds,inpainted_scenes",
    "--partitions",
    "night",
)
_KILLS = 4


def _tree(folder: Path) -> dict[str, bytes]:
    root = folder / "data" / "store"
    return {
        name: (root / name).read_bytes()
        for name in files.list_files(Store(root).root)
        if not name.startswith(".locks/") and not name.endswith(".png.lock")
    }


@pytest.mark.skipif(not (ROOT / "data" / "models").exists(), reason="the offline models are not fetched")
def test_killed_runs_lose_nothing_and_leave_no_orphan(tmp_path: Path) -> None:
    undisturbed = make_small_project(tmp_path / "undisturbed", photos_per_slot=3)
    done = synth(undisturbed, *_ARGUMENTS)
    assert done.returncode == 0, done.stderr[-3000:]
    killed = make_small_project(tmp_path / "killed", photos_per_slot=3)
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
            if store.exists() and len(files.list_files(Store(store).root)) != started:
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
    expected, found = _tree(undisturbed), _tree(killed)
    assert sorted(found) == sorted(expected)
    assert [name for name in expected if expected[name] != found[name]] == []
