"""Signatures: small grey versions of pictures, kept from run to run.

Belongs here: making one, and the file that holds those of a set. Does not belong here: comparing
them (``duplicates.py``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import IO

import cv2
import numpy as np
from numpy.typing import NDArray

from synth_assets.core.images import resize
from synth_assets.core.ports import RGB

SIDE = 32
"""A signature is the picture as SIDE x SIDE grey levels."""
FILE = "signatures.bin"
_ENTRY = np.dtype([("id", "S64"), ("grey", np.uint8, (SIDE, SIDE))])
_BLOCK = 4096

Grey = NDArray[np.uint8]


def signature(image: RGB) -> Grey:
    """Gives the picture stretched to 32 x 32 grey levels."""
    return resize(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), (SIDE, SIDE))


def noise_signature(name: str) -> Grey:
    """Gives a signature that is no picture's, for one that cannot be read: it must not pass for another's twin."""
    seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
    return np.random.default_rng(seed).integers(0, 256, (SIDE, SIDE), np.uint8)


def write_signatures(file: IO[bytes], ids: Sequence[str], greys: NDArray[np.uint8]) -> None:
    """Writes a set's signatures.

    Args:
        file: open for writing and reading.
        ids: content hash of each picture; "" for one that is not to be remembered.
        greys: (N, 32, 32) signature of each.
    """
    for start in range(0, len(ids), _BLOCK):
        entries = np.empty(len(ids[start : start + _BLOCK]), _ENTRY)
        entries["id"] = ids[start : start + _BLOCK]
        entries["grey"] = greys[start : start + _BLOCK]
        file.write(entries.tobytes())


def read_chunks(file: IO[bytes]) -> Iterator[bytes]:
    """Gives the whole file from its beginning, piece by piece."""
    file.seek(0)
    yield from iter(lambda: file.read(_BLOCK * _ENTRY.itemsize), b"")


def read_signatures(file: IO[bytes]) -> Iterator[tuple[str, Grey]]:
    """Yields what ``write_signatures`` wrote: content hash and signature, without those that have no name."""
    for chunk in read_chunks(file):
        entries = np.frombuffer(chunk, _ENTRY)
        yield from (
            (name.decode(), grey) for name, grey in zip(entries["id"].tolist(), entries["grey"], strict=True) if name
        )
