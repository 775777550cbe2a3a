"""Contents: what a file of a partition can be made from.

Belongs here: links and streams beside plain bytes, and the hash that names bytes. Does not belong here: writing them
(``resources/store.py``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class LinkTo:
    """A file that is another file of the store, ``path`` below its root: hard-linked where possible, else copied."""

    path: str


@dataclass(frozen=True)
class Streamed:
    """A file too large to hold: ``chunks`` is called once, while it is written, and gives its bytes in order."""

    chunks: Callable[[], Iterable[bytes]]


Content = bytes | LinkTo | Streamed
"""What a file of a partition can be made from."""


def content_id(data: bytes) -> str:
    """The hash that names bytes (32 hex digits): the ``id`` of a picture's row, and whatever else bytes decide."""
    return hashlib.sha256(data).hexdigest()[:32]
