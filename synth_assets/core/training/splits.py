"""Splits: train, val and test such that twins stay on one side.

Belongs here: which rows form one group, and which split a group goes to. Does not belong here:
finding near-duplicates (``duplicates.py``).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from pydantic import Field, model_validator

from synth_assets.core.config import Params
from synth_assets.core.records import ImageRecord

Split = Literal["train", "val", "test"]
SPLITS: tuple[Split, ...] = ("train", "val", "test")
_SUM_TOLERANCE = 1e-6


class SplitShares(Params):
    """Wished share of each split; they sum to 1."""

    train: float = Field(default=0.8, gt=0, le=1)
    val: float = Field(default=0.1, ge=0, lt=1)
    test: float = Field(default=0.1, ge=0, lt=1)

    @model_validator(mode="after")
    def _sums_to_one(self) -> SplitShares:
        total = self.train + self.val + self.test
        if abs(total - 1) > _SUM_TOLERANCE:
            raise ValueError(f"train + val + test must be 1, got {total:g}")
        return self

    def of(self, split: Split) -> float:
        """The wished share of one split."""
        return {"train": self.train, "val": self.val, "test": self.test}[split]


def group_rows(records: Sequence[ImageRecord], twins: Iterable[tuple[int, int]] = ()) -> list[str]:
    """Gives each row the name of the group it must stay with.

    Rows belong together if they have the same ``group``, the same first parent, if one is the
    other's first parent, or if they are near-duplicates; and so on from row to row. Only the first
    parent counts: it is the picture a row was made from, while the further ones are objects pasted
    into it, which scenes share all over the set.

    Args:
        records: rows in any order.
        twins: pairs of positions that show the same picture.

    Returns:
        One name a row: the smallest ``group`` among the group's rows (else its smallest first
        parent or id), so that rows added to a group do not rename it.
    """
    root = list(range(len(records)))

    def find(index: int) -> int:
        while root[index] != index:
            root[index] = root[root[index]]
            index = root[index]
        return index

    seen: dict[str, int] = {}
    for index, record in enumerate(records):
        for token in _tokens(record):
            root[find(index)] = find(seen.setdefault(token, index))
    for a, b in twins:
        root[find(a)] = find(b)
    names: dict[int, tuple[bool, str]] = {}
    for index, record in enumerate(records):
        top, own = find(index), _name(record)
        names[top] = min(names.get(top, own), own)
    return [names[find(index)][1] for index in range(len(records))]


def _tokens(record: ImageRecord) -> list[str]:
    return [token for token in (record.id, *record.parents[:1], record.group) if token]


def _name(record: ImageRecord) -> tuple[bool, str]:
    if record.group:
        return False, record.group
    return True, record.parents[0] if record.parents else record.id


def split_groups(sizes: Mapping[str, int], shares: SplitShares, seed: int, large_share: float) -> dict[str, Split]:
    """Assigns every group to a split by a hash of its name.

    A group's hash does not depend on the others, so added images reshuffle nothing, at the price
    of shares that are met on average only. Two exceptions keep small sets usable: a group with more
    than ``large_share`` of all images goes to train, and a split that stayed empty although there
    are three groups or more takes one from the split with the most groups (its smallest; for train
    its largest).

    Args:
        sizes: images of each group.
        shares: wished shares.
        seed: of the hash.
        large_share: in (0, 1].
    """
    total = sum(sizes.values())
    place = {name: _unit_hash(seed, name) for name in sizes}
    splits: dict[str, Split] = {
        name: "train" if count > large_share * total else _by_hash(place[name], shares) for name, count in sizes.items()
    }
    wanted: list[Split] = [split for split in SPLITS if shares.of(split) > 0]
    for split in wanted if len(sizes) >= len(SPLITS) else ():
        held = Counter(splits.values())
        if held[split]:
            continue
        giver: Split = max(SPLITS, key=lambda name: held[name])
        sign = -1 if split == "train" else 1
        given = min((sign * sizes[name], place[name], name) for name in sizes if splits[name] == giver)
        splits[given[-1]] = split
    return splits


def _unit_hash(seed: int, name: str) -> float:
    digest = hashlib.sha256(f"{seed}\x1f{name}".encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


def _by_hash(place: float, shares: SplitShares) -> Split:
    if place < shares.train:
        return "train"
    return "val" if place < shares.train + shares.val else "test"
