"""Remembering: a segmenter and an embedder that look at a picture once, whoever asks and however often it is given.

The characters of one film have the same frames and the same candidates in them, and looking at those
is most of an analysis. Belongs here: keeping the last results in memory. Does not belong here:
finding them, and anything that outlives the process.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from synth_assets.core.ports import RGB, Embedder, Instance, Segmenter

MEMORY_BYTES = 256 * 2**20
"""Packed masks kept: some 2,000 of 720p."""
EMBEDDINGS_KEPT = 20_000
"""Pictures whose embeddings are kept: 100 MB of 1,280 numbers each."""


@dataclass(frozen=True)
class _Seen:
    shape_hw: tuple[int, int]
    masks: list[NDArray[np.uint8]]
    scores: list[float]

    @property
    def size_bytes(self) -> int:
        return sum(mask.nbytes for mask in self.masks)


@dataclass
class RememberingSegmenter:
    """Gives what its segmenter gives, and asks it only for pictures it has not seen lately.

    Attributes:
        segmenter: asked for the rest.
        memory_bytes: budget; the pictures seen least recently go first.
    """

    segmenter: Segmenter
    memory_bytes: int = MEMORY_BYTES
    _seen: OrderedDict[bytes, _Seen] = field(default_factory=OrderedDict[bytes, _Seen])
    _lock: Lock = field(default_factory=Lock)

    @property
    def name(self) -> str:
        """The segmenter's name."""
        return self.segmenter.name

    def segment(self, images: Sequence[RGB]) -> list[list[Instance]]:
        """As ``Segmenter.segment``; the instances are the caller's own."""
        keys = [_key(image) for image in images]
        new = list({key: at for at, key in enumerate(keys) if self._find(key) is None}.values())
        found = self.segmenter.segment([images[at] for at in new]) if new else []
        made = {keys[at]: _packed(images[at], instances) for at, instances in zip(new, found, strict=True)}
        results = [made.get(key) or self._find(key) for key in keys]
        if any(result is None for result in results):  # another thread's pictures pushed some out meanwhile
            return self.segmenter.segment(images)
        self._keep(made)
        return [_unpacked(result) for result in results if result is not None]

    def _find(self, key: bytes) -> _Seen | None:
        with self._lock:
            if key in self._seen:
                self._seen.move_to_end(key)
            return self._seen.get(key)

    def _keep(self, made: dict[bytes, _Seen]) -> None:
        with self._lock:
            self._seen.update(made)
            while sum(seen.size_bytes for seen in self._seen.values()) > self.memory_bytes:
                self._seen.popitem(last=False)


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


def _packed(image: RGB, instances: Sequence[Instance]) -> _Seen:
    masks = [np.packbits(instance.mask) for instance in instances]
    return _Seen((image.shape[0], image.shape[1]), masks, [instance.score for instance in instances])


def _unpacked(seen: _Seen) -> list[Instance]:
    height, width = seen.shape_hw
    return [
        Instance(np.unpackbits(mask, count=height * width).reshape(height, width).astype(np.bool_), score)
        for mask, score in zip(seen.masks, seen.scores, strict=True)
    ]
