"""Heavy features: what a model or two pictures are needed for, measured once per content.

Belongs here: embeddings of views, faces, motion between frames, and the table that remembers them. Does not belong
here: traits of a single picture without a model (``features.py``), and what is made of the vectors (``path.py``,
``shots.py``).
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from synth_assets.core.images import BadImageError
from synth_assets.core.measure import motion_between
from synth_assets.core.ports import RGB, Embedder, FaceFinder
from synth_assets.core.sequences.path import VIEWS, views_of

Vector = NDArray[np.float16]
Measure = Callable[[Sequence[Sequence[RGB]]], Sequence[Vector]]
"""Gives a vector for each group of pictures."""

_GROUPS_A_CALL = 16


class SequenceModels(Protocol):
    """What sequences ask of ``ports.Models``."""

    def has(self, role: str) -> bool:
        """Says whether the set has a model for the role."""
        ...

    def embed(self) -> Embedder:
        """Role ``embed``."""
        ...

    def faces(self) -> FaceFinder:
        """Role ``faces``."""
        ...


@dataclass(frozen=True)
class Vectors:
    """Vectors of one length by key; what could not be read has none."""

    values: Mapping[str, Vector]

    def to_npz(self) -> bytes:
        """Gives the table as a NumPy archive: ``keys`` and ``vectors``; sorted by key."""
        keys = sorted(self.values)
        vectors = np.stack([self.values[key] for key in keys]) if keys else np.zeros((0, 0), np.float16)
        buffer = io.BytesIO()
        np.savez(buffer, keys=np.array(keys, np.str_), vectors=vectors)
        return buffer.getvalue()

    @classmethod
    def from_npz(cls, data: bytes) -> Vectors:
        """Reads the table back; the inverse of ``to_npz``."""
        with np.load(io.BytesIO(data), allow_pickle=False) as table:
            return cls(dict(zip(table["keys"].tolist(), table["vectors"], strict=True)))


def measure_vectors(
    groups: Mapping[str, Sequence[str]], read: Callable[[str], RGB], known: Vectors, measure: Measure
) -> Vectors:
    """Gives the vectors of these keys, and of no others, measuring only those not known.

    Args:
        groups: key → ids of its pictures.
        read: gives the picture of an id.
        known: measured before in the same way.
        measure: gives the vectors of some groups.
    """
    values = {key: known.values[key] for key in groups if key in known.values}
    todo = [key for key in groups if key not in values]
    for start in range(0, len(todo), _GROUPS_A_CALL):
        some = todo[start : start + _GROUPS_A_CALL]
        pictures = _readable(dict.fromkeys(image_id for key in some for image_id in groups[key]), read)
        whole = {key: [pictures[each] for each in groups[key]] for key in some if pictures.keys() >= set(groups[key])}
        if whole:
            values.update(zip(whole, measure(list(whole.values())), strict=True))
    return Vectors(values)


def _readable(image_ids: Iterable[str], read: Callable[[str], RGB]) -> dict[str, RGB]:
    found: dict[str, RGB] = {}
    for image_id in image_ids:
        # Who draws the picture reads it again, and says why it cannot be read.
        with suppress(BadImageError):
            found[image_id] = read(image_id)
    return found


def embed_views(embedder: Embedder) -> Measure:
    """Embeds the views of single pictures: V times D numbers each."""

    def measure(groups: Sequence[Sequence[RGB]]) -> Sequence[Vector]:
        found = embedder.embed([view for (picture,) in groups for view in views_of(picture)])
        return list(found.astype(np.float16).reshape(len(groups), -1))

    return measure


def views_matrix(vectors: Sequence[Vector]) -> NDArray[np.float16]:
    """Gives the embeddings of ``embed_views`` as (N, V, D)."""
    return np.stack(vectors).reshape(len(vectors), len(VIEWS), -1)


def face_shares(finder: FaceFinder) -> Measure:
    """Measures how much of single pictures the box of their largest face covers: 0 (none) to 1."""

    def measure(groups: Sequence[Sequence[RGB]]) -> Sequence[Vector]:
        pictures = [picture for (picture,) in groups]
        return [
            np.array([max(((x1 - x0) * (y1 - y0) for x0, y0, x1, y1 in boxes), default=0) / image[..., 0].size], "f2")
            for image, boxes in zip(pictures, finder.faces(pictures), strict=True)
        ]

    return measure


def motions(groups: Sequence[Sequence[RGB]]) -> Sequence[Vector]:
    """Measures the motion between pairs of frames, in widths of the picture."""
    return [np.array([motion_between(before, after)], "f2") for before, after in groups]
