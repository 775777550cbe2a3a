"""Lease: one process at a time works on the GPU.

Belongs here: the lock. Does not belong here: who takes it (``registry.py``).
"""

from __future__ import annotations

import fcntl
import logging
import os
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_log = logging.getLogger(__name__)


@dataclass
class _Held:
    descriptor: int
    depth: int = 0


_held: dict[Path, _Held] = {}
_guard = threading.RLock()


@contextmanager
def gpu_lease(path: Path) -> Generator[None]:
    """Holds the lock file's lease; waits while another process has it.

    The kernel frees the lease when its process ends, however it ends. Within a process it is
    re-entrant, and threads take turns.

    Args:
        path: lock file, the same for every process that shares the GPU; made where it is missing.
    """
    path = path.absolute()
    with _guard:
        held = _held.get(path)
        if held is None:
            held = _held[path] = _Held(_acquire(path))
        held.depth += 1
        try:
            yield
        finally:
            held.depth -= 1
            if held.depth == 0:
                del _held[path]
                os.close(held.descriptor)


def _acquire(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _log.info("waiting for %s: another process has it", path.name)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor
