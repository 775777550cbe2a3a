"""Seeds: one derivation for every random choice.

Belongs here: turning (run seed, asset, partition, index) into a seed and a generator. Does not
belong here: drawing anything.
"""

from __future__ import annotations

import hashlib

import numpy as np


def derive_seed(run_seed: int, asset: str, partition: str, index: int | str) -> int:
    """Gives the seed of one item, the same whatever the batch size or the order.

    Args:
        run_seed: the run's seed from the configuration.
        asset: asset name.
        partition: partition key, "" for none.
        index: index or key of the item within its partition.

    Returns:
        An integer in [0, 2**63).
    """
    text = f"{run_seed}\x1f{asset}\x1f{partition}\x1f{index}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def generator(seed: int) -> np.random.Generator:
    """Gives a fresh numpy generator for a derived seed."""
    return np.random.Generator(np.random.PCG64(seed))
