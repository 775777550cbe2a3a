"""Models of a few lines for sequences: colours for embeddings, red squares for faces.

Not in here: tests.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from synth_assets.core.ports import RGB, Box, Embedder, FaceFinder


class NoModels:
    """A set without any model."""

    def has(self, role: str) -> bool:
        return False

    def embed(self) -> Embedder:
        raise AssertionError("a set without the role was asked for it")

    def faces(self) -> FaceFinder:
        raise AssertionError("a set without the role was asked for it")


class ColourEmbedder:
    """Mean colour, as a vector of length 1; counts the pictures that it saw."""

    name = "mean-colour"

    def __init__(self) -> None:
        self.seen = 0

    def embed(self, images: Sequence[RGB]) -> NDArray[np.float32]:
        self.seen += len(images)
        means = np.array([[*image.mean(axis=(0, 1)), 64] for image in images], np.float32)
        return means / np.linalg.norm(means, axis=1, keepdims=True)


class RedSquares:
    """The bounding box of what is pure red."""

    name = "red-squares"

    def faces(self, images: Sequence[RGB]) -> list[list[Box]]:
        return [self._red(image) for image in images]

    def _red(self, image: RGB) -> list[Box]:
        rows, columns = np.nonzero((image == (255, 0, 0)).all(axis=2))
        if not rows.size:
            return []
        return [(int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1)]


class SmallModels(NoModels):
    """A set with the two models above."""

    def __init__(self) -> None:
        self.embedder = ColourEmbedder()

    def has(self, role: str) -> bool:
        return role in ("embed", "faces")

    def embed(self) -> Embedder:
        return self.embedder

    def faces(self) -> FaceFinder:
        return RedSquares()
