"""Roles that look at pictures: objects, places, faces, depth, likeness, labels and captions.

Belongs here: their Protocols and what they answer. Does not belong here: roles that change a picture
(``making.py``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from synth_assets.core.ports.conventions import RGB, Box, Mask, Model, SoftMask


@dataclass(frozen=True)
class Instance:
    """One segmented object.

    Attributes:
        mask: (H, W) bool, the size of the picture.
        score: confidence in [0, 1].
    """

    mask: Mask
    score: float


class Segmenter(Model, Protocol):
    """Finds object instances (role ``segment``), largest first, disjoint."""

    def segment(self, images: Sequence[RGB]) -> list[list[Instance]]: ...


class TextMasker(Model, Protocol):
    """Finds what words name (role ``text_mask``)."""

    def find(self, images: Sequence[RGB], texts: Sequence[str]) -> list[SoftMask]:
        """Returns for picture i a (H, W) map of how surely each pixel shows ``texts[i]``, in [0, 1]."""
        ...


class FaceFinder(Model, Protocol):
    """Finds people's faces (role ``faces``)."""

    def faces(self, images: Sequence[RGB]) -> list[list[Box]]:
        """Returns the boxes of each picture's faces, surest first."""
        ...


class DepthEstimator(Model, Protocol):
    """Tells near from far (role ``depth``)."""

    def depth(self, images: Sequence[RGB]) -> list[NDArray[np.float32]]:
        """Returns (H, W) float32 relative inverse depth in [0, 1] for each picture.

        1 is the nearest place of the picture, 0 the farthest; a picture without depth is all 0.
        """
        ...


class Captioner(Model, Protocol):
    """Describes pictures in one sentence each (role ``caption``)."""

    def caption(self, images: Sequence[RGB]) -> list[str]: ...


class Embedder(Model, Protocol):
    """Turns pictures into L2-normalised vectors (role ``embed``)."""

    def embed(self, images: Sequence[RGB]) -> NDArray[np.float32]:
        """Returns (N, D) float32, each row of length 1."""
        ...


@dataclass(frozen=True)
class Label:
    """One zero-shot label with its score (cosine or probability, higher = surer)."""

    text: str
    score: float


class Labeller(Model, Protocol):
    """Scores free labels against pictures (role ``label``), best first."""

    def label(self, images: Sequence[RGB], candidates: Sequence[str]) -> list[list[Label]]: ...


class TextScorer(Model, Protocol):
    """Says how well texts fit pictures (role ``match``)."""

    def score(self, images: Sequence[RGB], texts: Sequence[str]) -> list[float]:
        """Returns a cosine for each picture and the text of its place; higher = fits better.

        A picture or text that is given several times is looked at once.
        """
        ...


@dataclass(frozen=True)
class TextsRequest:
    """Texts to compare with one picture; each is ``start``, a space, and its end.

    Attributes:
        vector: (D,) float32 of the picture, a row of ``Interrogator.vectors``.
        start: what all texts begin with, computed once; "" for nothing.
        ends: what follows.
    """

    vector: NDArray[np.float32]
    start: str
    ends: Sequence[str]


class Interrogator(Model, Protocol):
    """Compares pictures with words (role ``interrogate``); scores are cosines, higher = fits better."""

    def word_lists(self) -> Mapping[str, tuple[str, ...]]:
        """Returns the lists that captions are completed from: artists, flavors, mediums, movements, negative."""
        ...

    def vectors(self, images: Sequence[RGB]) -> NDArray[np.float32]:
        """Returns (N, D) float32, each row of length 1."""
        ...

    def term_scores(self, vectors: NDArray[np.float32], terms: Sequence[str]) -> NDArray[np.float32]:
        """Returns (N, K) float32: each picture's vector against each term of a list that is kept, with its vectors."""
        ...

    def text_scores(self, requests: Sequence[TextsRequest]) -> list[NDArray[np.float32]]:
        """Returns (K,) float32 for each request; texts that the model cannot tell apart have equal scores."""
        ...

    def are_full(self, texts: Sequence[str]) -> list[bool]:
        """Returns for each text whether it takes all the tokens that the model reads, or more."""
        ...
