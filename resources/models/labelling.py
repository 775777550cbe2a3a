"""Zero-shot labels, and scores of captions, without a vision-language model: ConSE.

Belongs here: going from ImageNet scores through text vectors to free labels, and the word lists it
reads. Does not belong here: the two nets (``embedding.py``, ``text.py``).
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from resources.models.entries import ModelEntry
from resources.models.remembering import RememberingEmbedder, distinct_objects
from synth_assets.core.ports import RGB, Label

_TOP_CLASSES = 10
TEXTS_KEPT = 20_000
"""Texts whose vectors are remembered: 30 MB of 384 numbers each."""


class Classifier(Protocol):
    """Scores pictures over the ImageNet classes."""

    def class_logits(self, images: Sequence[RGB]) -> NDArray[np.float32]:
        """Returns (N, 1000) float32."""
        ...


class TextVectors(Protocol):
    """Turns texts into vectors of length 1."""

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Returns (N, D) float32."""
        ...


def load_class_names(entry: ModelEntry, path: Path, device: str) -> list[str]:
    """Reads a JSON list of class names, in the order of the classifier's outputs."""
    names = json.loads(path.read_text())
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError(f"{path}: expected a JSON list of names, found {type(names).__name__}")
    return names


def load_lines(entry: ModelEntry, path: Path, device: str) -> list[str]:
    """Reads a text file: one entry a line, blank lines and lines that start with # left out."""
    lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    kept = [line for line in lines if line and not line.startswith("#")]
    if not kept:
        raise ValueError(f"{path}: no entries; write one a line")
    return kept


class ConseLabeller:
    """Labeller, and scorer of texts, that places a picture in text space at the weighted mean of its likeliest classes.

    It remembers where pictures and texts lie: scoring the caption of a picture that was just labelled costs little.

    Source: Norouzi et al., "Zero-Shot Learning by Convex Combination of Semantic Embeddings",
    ICLR 2014.
    """

    def __init__(self, name: str, classifier: Classifier, text: TextVectors, class_names: list[str]) -> None:
        self.name = name
        self._text = TextMemory(text)
        self._pictures = RememberingEmbedder(_ConseSpace(name, classifier, self._text, class_names))

    def label(self, images: Sequence[RGB], candidates: Sequence[str]) -> list[list[Label]]:
        """Gives every candidate with its cosine to each picture, best first."""
        if not images or not candidates:
            return [[] for _ in images]
        targets = self._text.embed_texts([photo_of(candidate) for candidate in candidates])
        return [_ranked(candidates, targets @ place) for place in self._pictures.embed(images)]

    def score(self, images: Sequence[RGB], texts: Sequence[str]) -> list[float]:
        """Gives the cosine of picture i and text i.

        Raises:
            ValueError: their numbers differ.
        """
        numbered, distinct = distinct_objects(images)
        if len(images) != len(texts):
            raise ValueError(f"{self.name}: {len(images)} pictures but {len(texts)} texts")
        if not images:
            return []
        places = self._pictures.embed(distinct)[numbered]
        return [float(cosine) for cosine in (places * self._text.embed_texts(texts)).sum(axis=1)]


class TextMemory:
    """Gives what its embedder of texts gives, and asks it for each text once."""

    def __init__(self, text: TextVectors) -> None:
        self._embedder = text
        self._vectors: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._lock = threading.Lock()

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """As ``TextVectors.embed_texts``; the texts used least recently are forgotten beyond TEXTS_KEPT."""
        with self._lock:
            new = [text for text in dict.fromkeys(texts) if text not in self._vectors]
            if new:
                self._vectors.update(zip(new, self._embedder.embed_texts(new), strict=True))
            for text in texts:
                self._vectors.move_to_end(text)
            found = np.stack([self._vectors[text] for text in texts])
            while len(self._vectors) > TEXTS_KEPT:
                self._vectors.popitem(last=False)
            return found


@dataclass(frozen=True)
class _ConseSpace:
    """Embedder of pictures into text space."""

    name: str
    classifier: Classifier
    text: TextMemory
    class_names: list[str]

    def embed(self, images: Sequence[RGB]) -> NDArray[np.float32]:
        logits = self.classifier.class_logits(images)
        if logits.shape[1] != len(self.class_names):
            raise ValueError(f"{self.name}: {logits.shape[1]} class scores but {len(self.class_names)} class names")
        top = np.argsort(-logits, axis=1, kind="stable")[:, :_TOP_CLASSES]
        return np.stack([self._place(scores[classes], classes) for scores, classes in zip(logits, top, strict=True)])

    def _place(self, scores: NDArray[np.float32], classes: NDArray[np.intp]) -> NDArray[np.float32]:
        weights = np.exp(scores - scores.max())
        mean = weights @ self.text.embed_texts([photo_of(self.class_names[index]) for index in classes])
        return mean / np.linalg.norm(mean)


def photo_of(name: str) -> str:
    """The sentence that stands for a label, the same for classes and candidates."""
    return f"a photo of {name}"


def _ranked(candidates: Sequence[str], scores: NDArray[np.float32]) -> list[Label]:
    order = np.argsort(-scores, kind="stable")
    return [Label(candidates[int(index)], float(scores[index])) for index in order]
