"""Zero-shot labels without a vision-language model: ConSE.

Belongs here: going from ImageNet scores through text vectors to free labels, and the word lists it
reads. Does not belong here: the two nets (``embedding.py``, ``text.py``).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from resources.models.entries import ModelEntry
from synth_assets.core.ports import RGB, Label

_TOP_CLASSES = 10


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
    """Labeller that places a picture in text space at the weighted mean of its likeliest classes.

    Source: Norouzi et al., "Zero-Shot Learning by Convex Combination of Semantic Embeddings",
    ICLR 2014.
    """

    def __init__(self, name: str, classifier: Classifier, text: TextVectors, class_names: list[str]) -> None:
        self.name = name
        self._classifier = classifier
        self._text = text
        self._class_names = class_names
        self._vectors: dict[str, NDArray[np.float32]] = {}
        self._lock = threading.Lock()

    def label(self, images: Sequence[RGB], candidates: Sequence[str]) -> list[list[Label]]:
        """Gives every candidate with its cosine to each picture, best first."""
        if not images or not candidates:
            return [[] for _ in images]
        targets = self._embedded([photo_of(candidate) for candidate in candidates])
        places = self._placed(self._classifier.class_logits(images))
        return [_ranked(candidates, targets @ place) for place in places]

    def _placed(self, logits: NDArray[np.float32]) -> NDArray[np.float32]:
        if logits.shape[1] != len(self._class_names):
            raise ValueError(f"{self.name}: {logits.shape[1]} class scores but {len(self._class_names)} class names")
        top = np.argsort(-logits, axis=1, kind="stable")[:, :_TOP_CLASSES]
        return np.stack([self._place(scores[classes], classes) for scores, classes in zip(logits, top, strict=True)])

    def _place(self, scores: NDArray[np.float32], classes: NDArray[np.intp]) -> NDArray[np.float32]:
        weights = np.exp(scores - scores.max())
        mean = weights @ self._embedded([photo_of(self._class_names[index]) for index in classes])
        return mean / np.linalg.norm(mean)

    def _embedded(self, texts: list[str]) -> NDArray[np.float32]:
        with self._lock:
            new = [text for text in dict.fromkeys(texts) if text not in self._vectors]
            if new:
                self._vectors.update(zip(new, self._text.embed_texts(new), strict=True))
            return np.stack([self._vectors[text] for text in texts])


def photo_of(name: str) -> str:
    """The sentence that stands for a label, the same for classes and candidates."""
    return f"a photo of {name}"


def _ranked(candidates: Sequence[str], scores: NDArray[np.float32]) -> list[Label]:
    order = np.argsort(-scores, kind="stable")
    return [Label(candidates[int(index)], float(scores[index])) for index in order]
