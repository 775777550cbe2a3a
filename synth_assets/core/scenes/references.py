"""References: which photos an item uses.

Belongs here: the choice. Does not belong here: reading or changing the photos.
"""

from __future__ import annotations

from collections.abc import Sequence

from synth_assets.core.records import ImageRecord
from synth_assets.core.seeds import derive_seed


def choose_references(photos: Sequence[ImageRecord], seed: int, count: int) -> list[ImageRecord]:
    """Gives ``count`` photos (or all, where there are fewer), the same for a seed in any order.

    Every photo draws a number from the seed and its id, and the lowest win. So one photo more or
    less changes the choice only where it is, or would be, among the winners.

    Source: rendezvous hashing, Thaler and Ravishankar, IEEE/ACM Trans. Networking 6(1), 1998.
    """
    unique = {photo.id: photo for photo in photos}
    return [unique[name] for name in sorted(unique, key=lambda name: (derive_seed(seed, "", "", name), name))[:count]]


def joined(values: Sequence[str]) -> str:
    """The distinct, non-empty texts, sorted, joined by "; ": licences or names of several parents."""
    return "; ".join(sorted({value for value in values if value}))
