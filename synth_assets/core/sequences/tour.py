"""Tour: a short open path over neighbour lists, the shortest edges first, then 2-opt.

Belongs here: edges, pieces and moves. Does not belong here: what is ordered and how far apart it is (``path.py``).

Source: Bentley, "Fast Algorithms for Geometric Traveling Salesman Problems", ORSA Journal on Computing 4(4), 1992:
greedy edges, neighbour lists, and a queue of those whose surroundings changed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Distance = Callable[[Ints, Ints], Floats]
"""Gives the distances of (M,) pairs."""

_LEAST_GAIN = 1e-5
"""Above the rounding of float32 distances, so that the search ends."""
_NOBODY = -1


@dataclass(frozen=True)
class Neighbours:
    """The nearest others of each.

    Attributes:
        ids: (N, K), nearest first.
        distances: (N, K).
    """

    ids: Ints
    distances: Floats


class Pieces:
    """Paths that grow together: at first each one is a path of its own."""

    def __init__(self, count: int) -> None:
        self._links: list[list[int]] = [[] for _ in range(count)]
        self._other_end = list(range(count))

    def join(self, who: Ints, lists: Neighbours) -> None:
        """Takes edges, the shortest first, where both ends are free and no circle closes.

        Args:
            who: (M,) those that the lists are about.
            lists: neighbours as places in ``who``.
        """
        left = np.repeat(who, lists.ids.shape[1])
        right = who[lists.ids.ravel()]
        shortest = np.argsort(lists.distances.ravel(), kind="stable")
        for one, other in zip(left[shortest].tolist(), right[shortest].tolist(), strict=True):
            free = len(self._links[one]) < 2 and len(self._links[other]) < 2
            if free and one != other and self._other_end[one] != other:
                self._link(one, other)

    def _link(self, one: int, other: int) -> None:
        self._links[one].append(other)
        self._links[other].append(one)
        head, tail = self._other_end[one], self._other_end[other]
        self._other_end[head], self._other_end[tail] = tail, head

    def ends(self) -> Ints:
        """Those with a free end, in rising order; two when all is one path."""
        return np.array([one for one, links in enumerate(self._links) if len(links) < 2], np.int64)

    def path(self) -> Ints:
        """Walks the path from its end with the lower number."""
        before, here = _NOBODY, int(self.ends()[0])
        order = [here]
        while onward := [other for other in self._links[here] if other != before]:
            before, here = here, onward[0]
            order.append(here)
        return np.array(order, np.int64)


def improved(order: Ints, lists: Neighbours, distance: Distance) -> list[int]:
    """Gives the order with every reversal made that shortens it and joins somebody to one of its neighbours.

    Args:
        order: (N,) a permutation of 0 .. N - 1, N at least 2.
        lists: neighbours of each.
        distance: symmetric.
    """
    tour = _Tour(order.copy(), lists, distance)
    waiting = deque(tour.order.tolist())
    queued = np.ones(len(order), bool)
    while waiting:
        one = waiting.popleft()
        queued[one] = False
        while touched := tour.step(one):
            for other in touched:
                if not queued[other]:
                    queued[other] = True
                    waiting.append(other)
    return tour.order.tolist()


class _Tour:
    """A path as three arrays.

    Attributes:
        order: (N,) who is at each place.
        place: (N,) where each one is.
        gaps: (N + 1,) distance before each place; the first and the one after the last are 0.
    """

    def __init__(self, order: Ints, lists: Neighbours, distance: Distance) -> None:
        self.order, self.lists, self.distance = order, lists, distance
        self.place = np.argsort(order)
        self.gaps = np.zeros(len(order) + 1, np.float32)
        self.gaps[1:-1] = distance(order[:-1], order[1:])

    def step(self, one: int) -> list[int]:
        """Makes the best reversal that breaks the path behind or before somebody; gives those with new neighbours."""
        for side in (1, -1):
            if touched := self._reversed_beside(one, side):
                return touched
        return []

    def _reversed_beside(self, one: int, side: int) -> list[int]:
        """One and another get joined, and those behind (side 1) or before (side -1) them too."""
        at = int(self.place[one])
        gap_at = 1 if side == 1 else 0
        gap = self.gaps[at + gap_at]
        near = self.lists.distances[one]
        last = at == (len(self.order) - 1 if side == 1 else 0)
        shorter = near < gap if not last else np.ones(len(near), bool)
        if not shorter.any():
            return []
        places = self.place[self.lists.ids[one][shorter]]
        joined = self._apart(np.full(len(places), at + side), places + side)
        gains = gap + self.gaps[places + gap_at] - near[shorter] - joined
        best = int(np.argmax(gains))
        if gains[best] <= _LEAST_GAIN:
            return []
        low, high = sorted((at, int(places[best])))
        return self._reverse(low + 1, high) if side == 1 else self._reverse(low, high - 1)

    def _who(self, places: Ints) -> Ints:
        """Who is at the places; nobody beyond the ends."""
        inside = (places >= 0) & (places < len(self.order))
        return np.where(inside, self.order[np.clip(places, 0, len(self.order) - 1)], _NOBODY)

    def _apart(self, left: Ints, right: Ints) -> Floats:
        """Distances between places; 0 from a place beyond the ends."""
        one, other = self._who(left), self._who(right)
        both = (one != _NOBODY) & (other != _NOBODY)
        found = np.zeros(len(one), np.float32)
        found[both] = self.distance(one[both], other[both])
        return found

    def _reverse(self, low: int, high: int) -> list[int]:
        """Turns round what lies from place ``low`` to ``high``, both included."""
        self.order[low : high + 1] = self.order[low : high + 1][::-1].copy()
        self.place[self.order[low : high + 1]] = np.arange(low, high + 1)
        self.gaps[low + 1 : high + 1] = self.gaps[low + 1 : high + 1][::-1].copy()
        ends = np.array([low, high + 1])
        self.gaps[ends] = self._apart(ends - 1, ends)
        touched = self._who(np.array([low - 1, low, high, high + 1]))
        return touched[touched != _NOBODY].tolist()
