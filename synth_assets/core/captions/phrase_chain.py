"""Chains: phrases are added to a text one by one, each time the one that brings it closest to its picture.

Belongs here: the greedy chain over many pictures at once. Does not belong here: which phrases there are to choose from
and what else a caption consists of (``interrogation.py``).

Source: clip-interrogator 0.6.0 (MIT), ``Interrogator.chain``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synth_assets.core.ports import Interrogator, TextsRequest


@dataclass
class Chain:
    """A picture's text while it grows.

    Attributes:
        vector: (D,) float32 of the picture.
        phrases: what may still be added, in the order that decides between equal scores.
        best: the best text so far, "" = none yet.
        best_score: of it; higher is better.
        current: the text that grows.
        current_score: of it.
        growing: False once no phrase helped, or the model can read no more.
    """

    vector: NDArray[np.float32]
    phrases: list[str]
    best: str = ""
    best_score: float = 0.0
    current: str = ""
    current_score: float = 0.0
    growing: bool = True

    def start(self, text: str, score: float) -> None:
        """The chain begins with a text."""
        self.best = self.current = text
        self.best_score = self.current_score = score

    def add_best(self, scores: NDArray[np.float32], *, needed: bool) -> None:
        """Adds the phrase of the highest score where it helps, or is needed.

        Args:
            scores: of the current text with each phrase.
            needed: add it even where the text gets no better.
        """
        place = int(np.argmax(scores))
        text, score = f"{self.current}, {self.phrases[place]}", float(scores[place])
        if score > self.best_score:
            self.best, self.best_score = text, score
        if score > self.current_score or needed:
            self.current, self.current_score = text, score
            del self.phrases[place]
        else:
            self.growing = False


def grow(model: Interrogator, chains: Sequence[Chain], min_count: int, max_count: int, *, away: bool = False) -> None:
    """Grows all chains to their end, each as if it were alone.

    Args:
        model: gives the scores.
        chains: with their first texts.
        min_count: phrases that are added even where they do not help.
        max_count: most phrases to add.
        away: away from the picture: the lower a cosine, the higher the score.
    """
    for number in range(max_count):
        growing = [chain for chain in chains if chain.growing and chain.phrases]
        found = model.text_scores([TextsRequest(one.vector, f"{one.current},", one.phrases) for one in growing])
        for chain, scores in zip(growing, found, strict=True):
            chain.add_best(-scores if away else scores, needed=number < min_count)
        for chain, full in zip(growing, model.are_full([one.current for one in growing]), strict=True):
            chain.growing = chain.growing and not full
