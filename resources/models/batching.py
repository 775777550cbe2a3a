"""Batching: an engine runs a list of any length in chunks that fit on its device.

Belongs here: grouping requests that can run together, chunk sizes, halving on lack of memory. Does not
belong here: what a chunk does, and telling torch's errors apart (``torch_device.py``).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

from synth_assets.core.ports import DeviceMemoryError

_log = logging.getLogger(__name__)

T = TypeVar("T")
R = TypeVar("R")
K = TypeVar("K", bound=Hashable)


class Batches:
    """How many items of each kind fit at once: the entry's ``batch_size`` until less turned out to.

    One belongs to each loaded model, so that a size that did not fit is not tried again.
    """

    def __init__(self, name: str, size: int) -> None:
        """Starts with the same size for every kind.

        Args:
            name: of the model, for the log.
            size: items a call, at least 1.
        """
        self._name = name
        self._size = size
        self._smaller: dict[Hashable, int] = {}

    def size(self, kind: Hashable) -> int:
        """The chunk size of a kind now."""
        return self._smaller.get(kind, self._size)

    def run(self, items: Sequence[T], make: Callable[[Sequence[T]], list[R]], kind: Hashable = None) -> list[R]:
        """Gives ``make`` of all items, in order; what is made is kept and never made again.

        Args:
            items: of one kind.
            make: gives as many results as it gets items.
            kind: what decides how many fit, e.g. the size of the pictures.

        Raises:
            DeviceMemoryError: one item alone does not fit.
        """
        results: list[R] = []
        while len(results) < len(items):
            chunk = items[len(results) : len(results) + self.size(kind)]
            try:
                results += make(chunk)
            except DeviceMemoryError:
                if len(chunk) == 1:
                    raise
                self._smaller[kind] = len(chunk) // 2
                _log.warning("%s: %d at once do not fit; going on with %d", self._name, len(chunk), len(chunk) // 2)
        return results

    def run_alike(
        self,
        items: Sequence[T],
        alike: Callable[[T], K],
        make: Callable[[Sequence[T], K], list[R]],
        kind: Callable[[K], Hashable],
    ) -> list[R]:
        """Runs items together that are alike, and gives all results in the order of the items.

        Args:
            items: of any kinds.
            alike: items of equal values may share a call, so that none depends on its neighbours.
            make: gives a chunk's results; gets the chunk and its value of ``alike``.
            kind: of a value of ``alike``, what decides how many fit; see ``run``.

        Raises:
            DeviceMemoryError: one item alone does not fit.
        """
        groups: dict[K, list[int]] = {}
        for index, item in enumerate(items):
            groups.setdefault(alike(item), []).append(index)
        results: dict[int, R] = {}
        for value, indices in groups.items():
            made = self.run([items[index] for index in indices], lambda chunk, v=value: make(chunk, v), kind(value))
            results.update(zip(indices, made, strict=True))
        return [results[index] for index in range(len(items))]
