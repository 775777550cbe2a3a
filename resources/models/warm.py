"""Warm models: what is loaded in this process, shared by every registry in it.

Belongs here: the cache, its memory budget, counting loads. Does not belong here: how a model is
loaded (``registry.py``).
"""

from __future__ import annotations

import gc
import sys
import threading
from collections import Counter, OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Warm:
    """A loaded model.

    Attributes:
        model: the engine.
        megabytes: memory it counts for.
        needs: keys of the models it is built from.
        lease_path: lock file to hold during calls; None on the CPU.
        turn: held during calls of a model that serves one caller at a time; None for the others.
    """

    model: Any
    megabytes: float
    needs: frozenset[str]
    lease_path: Path | None = None
    turn: threading.RLock | None = None


lock = threading.RLock()
"""Held while a model is looked up or loaded, so that no two threads load the same."""
_warm: OrderedDict[str, Warm] = OrderedDict()
_loads: Counter[str] = Counter()


def find(key: str) -> Warm | None:
    """The loaded model of a key, now the most recently used together with what it is built from."""
    found = _warm.get(key)
    if found is not None:
        for used in (*sorted(found.needs), key):
            _warm.move_to_end(used)
    return found


def keep(key: str, ref: str, warm: Warm) -> None:
    """Puts a freshly loaded model into the cache and counts the load."""
    _warm[key] = warm
    _loads[ref] += 1


def fit(budget_mb: float, spare: frozenset[str]) -> None:
    """Drops the least recently used models, and those built from them, until the rest fits.

    Args:
        budget_mb: memory for all warm models.
        spare: keys that stay whatever they need.
    """
    gone = False
    while sum(warm.megabytes for warm in _warm.values()) > budget_mb:
        oldest = next((key for key in _warm if key not in spare), None)
        if oldest is None:
            break
        for key in [key for key, warm in _warm.items() if key == oldest or oldest in warm.needs]:
            del _warm[key]
        gone = True
    if gone:
        gc.collect()
        if "torch" in sys.modules:
            sys.modules["torch"].cuda.empty_cache()


def loads() -> dict[str, int]:
    """How often each reference was loaded in this process."""
    with lock:
        return dict(_loads)


def forget_warm_models() -> None:
    """Empties this process's cache and its counts."""
    with lock:
        _warm.clear()
        _loads.clear()
        gc.collect()
