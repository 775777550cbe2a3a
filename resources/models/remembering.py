"""Remembering: a picture that is given several times is looked at once.

A caption is scored on the picture that was labelled a moment ago, and several captions on the same picture. Belongs
here: keeping the last results in memory. Does not belong here: finding them, and anything that outlives the process.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from synth_assets.core.ports import RGB, Embedder

EMBEDDINGS_KEPT = 20_000
"""Pictures whose embeddings are kept: 100 MB of 1,280 numbers each."""


@dataclass
class RememberingEmbedder:
    """Gives what its embedder gives, and asks it only for pictures it has not seen lately.

    Attributes:
        embedder: asked for the rest.
        kept: embeddings remembered; the pictures seen least recently go first.
    """

    embedder: Embedder
    kept: int = EMBEDDINGS_KEPT
    _seen: OrderedDict[bytes, NDArray[np.float32]] = field(default_factory=OrderedDict[bytes, NDArray[np.float32]])
    _lock: Lock = field(default_factory=Lock)

    @property
    def name(self) -> str:
        """The embedder's name."""
        return self.embedder.name

    def embed(self, images: Sequence[RGB]) -> NDArray[np.float32]:
        """As ``Embedder.embed``."""
        keys = [_key(image) for image in images]
        with self._lock:
            known = {key: self._seen[key] for key in keys if key in self._seen}
        new = list({key: at for at, key in enumerate(keys) if key not in known}.values())
        if new or not keys:
            made = self.embedder.embed([images[at] for at in new])
            if not keys:
                return made
            known |= {keys[at]: vector for at, vector in zip(new, made, strict=True)}
        with self._lock:
            for key in keys:
                self._seen[key] = known[key]
                self._seen.move_to_end(key)
            while len(self._seen) > self.kept:
                self._seen.popitem(last=False)
        return np.stack([known[key] for key in keys])


def distinct_objects(images: Sequence[RGB]) -> tuple[list[int], list[RGB]]:
    """Gives for each picture its number among the distinct arrays, and these in the order of their first use."""
    numbers: dict[int, int] = {}
    numbered = [numbers.setdefault(id(image), len(numbers)) for image in images]
    found = dict(zip(numbered, images, strict=True))
    return numbered, list(found.values())


def _key(image: RGB) -> bytes:
    return hashlib.sha256(f"{image.shape}".encode() + np.ascontiguousarray(image).data).digest()
