"""The GPU lease between two processes."""

import subprocess
import sys
import time
from pathlib import Path

from resources.models.lease import gpu_lease

HOLDER = """
import sys, time
from pathlib import Path
from resources.models.lease import gpu_lease
with gpu_lease(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""
TAKER = """
import sys
from pathlib import Path
from resources.models.lease import gpu_lease
with gpu_lease(Path(sys.argv[1])):
    print("taken", flush=True)
"""


def _start(code: str, lock: Path, root: Path) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", code, str(lock)], stdout=subprocess.PIPE, text=True, cwd=root)


def test_second_process_waits_and_a_crash_frees_the_lease(tmp_path: Path, project_root: Path) -> None:
    lock = tmp_path / "sub" / "gpu.lock"
    holder = _start(HOLDER, lock, project_root)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    taker = _start(TAKER, lock, project_root)
    try:
        time.sleep(1.0)
        assert taker.poll() is None
        holder.kill()
        out, _ = taker.communicate(timeout=20)
        assert out == "taken\n"
    finally:
        for process in (holder, taker):
            process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()


def test_lease_is_reentrant(tmp_path: Path, project_root: Path) -> None:
    lock = tmp_path / "gpu.lock"
    with gpu_lease(lock), gpu_lease(lock):
        pass
    taken = subprocess.run([sys.executable, "-c", TAKER, str(lock)], cwd=project_root, timeout=20, check=True)
    assert taken.returncode == 0
