"""Interrogation: captions completed by the words that bring them closest to their picture.

Four modes: ``fast`` adds the terms that fit best, ``classic`` a medium, an artist, a site, a movement and flavours,
``best`` chains phrases as long as they help and takes the best of all ways, ``negative`` chains what fits worst and
needs no caption. The strings are those of clip-interrogator 0.6.0 on the same model, with its order of steps.

Where it differs from 0.6.0, on purpose:

- 0.6.0 walks a Python set, so that of phrases with equal scores (the same tokens, or cut at the model's last place)
  the process's hash seed decides. Here the one of the higher rank is taken, and in ``negative`` the earlier one.
- Terms of equal rank come in the order of their lists; there, in any.
- It fails where a chain has used all phrases, and where a chunk is smaller than the number of chunks. Here the chain
  ends, and each chunk gives one term.

Kept although it is wrong, unless ``compatible`` is off:

- ``negative`` compares the first phrase with the wrong sign: where its cosine is positive, as those of a trained CLIP
  are, every chain is worse than its first phrase, and this phrase alone comes back.
- ``negative`` ranks each chunk by what fits worst, but merges the chunks by what fits best, which matters where fewer
  are kept than the chunks give.

Kept in any case: the length of ``fast`` and ``classic`` is measured without the last comma, a model's limit counts as
reached at its last place, and ``classic`` inside ``best`` has as many flavours as the other ways may have.

Belongs here: the modes. Does not belong here: ranks (``word_tables.py``), the chain (``phrase_chain.py``), the model
(an ``Interrogator``) and where the sentence that is completed comes from.

Source: clip-interrogator 0.6.0 (MIT), ``Interrogator.interrogate`` and its neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import NonNegativeInt, PositiveInt

from synth_assets.core.captions.phrase_chain import Chain, grow
from synth_assets.core.captions.word_tables import Terms, WordTables, chosen, ranked, word_tables
from synth_assets.core.config import Params
from synth_assets.core.ports import RGB, Interrogator, TextsRequest

Mode = Literal["best", "fast", "classic", "negative"]


class InterrogationParams(Params):
    """How captions are completed; the defaults are those of 0.6.0.

    Attributes:
        chunk_size: terms that are ranked at once, and with it how many of the merged tables are candidates.
        intermediate_count: candidates of a chain.
        min_flavors: phrases that ``best`` adds even where they do not help; it is the best text that counts.
        max_flavors: most phrases of ``best``, ``fast`` and ``negative``.
        classic_flavors: flavours of ``classic`` by itself.
        compatible: the two errors of ``negative`` too.
    """

    chunk_size: PositiveInt = 2048
    intermediate_count: PositiveInt = 2048
    min_flavors: NonNegativeInt = 8
    max_flavors: PositiveInt = 32
    classic_flavors: PositiveInt = 3
    compatible: bool = True


NEGATIVE_NEEDED = 8
"""Phrases that ``negative`` adds even where they do not help, whatever the parameters. Source: as above."""


def interrogate_all(
    images: Sequence[RGB], captions: Sequence[str], mode: Mode, model: Interrogator, params: InterrogationParams
) -> list[str]:
    """Gives one text a picture, each as if it were alone.

    Args:
        images: pictures.
        captions: a sentence for each, that the text starts with; "" in ``best`` starts with the best phrase.
            ``negative`` reads none.
        mode: see the module.
        model: compares pictures and words.
        params: counts.

    Raises:
        ValueError: not as many captions as pictures.
    """
    if len(images) != len(captions):
        raise ValueError(f"{len(images)} pictures, but {len(captions)} captions; give one for each ('' for none)")
    if not images:
        return []
    work = _Work(model, params, word_tables(model.word_lists()), model.vectors(images))
    if mode == "negative":
        return work.negative()
    if mode == "classic":
        return work.classic(captions, params.classic_flavors)
    if mode == "fast":
        return work.fast(captions, work.merged(params.max_flavors))
    return work.best(captions)


@dataclass(frozen=True)
class _Work:
    """One call: pictures as vectors, (N, D) float32, and the tables."""

    model: Interrogator
    params: InterrogationParams
    tables: WordTables
    vectors: NDArray[np.float32]

    def best(self, captions: Sequence[str]) -> list[str]:
        candidates = self.merged(max(self.params.intermediate_count, self.params.max_flavors))
        phrases = [terms[: self.params.intermediate_count] for terms in candidates]
        chains = self._chains(phrases)
        found = self.model.text_scores(
            [TextsRequest(one, "", [said]) for one, said in zip(self.vectors, captions, strict=True)]
        )
        for chain, caption, score in zip(chains, captions, found, strict=True):
            chain.start(caption, float(score[0]))
        self._begin([chain for chain in chains if not chain.best])
        grow(self.model, chains, self.params.min_flavors, self.params.max_flavors)
        ways = [
            captions,
            self.classic(captions, self.params.max_flavors),
            self.fast(captions, candidates),
            [chain.best for chain in chains],
        ]
        texts = list(zip(*ways, strict=True))
        found = self.model.text_scores(
            [TextsRequest(one, "", some) for one, some in zip(self.vectors, texts, strict=True)]
        )
        return [some[int(np.argmax(scores))] for some, scores in zip(texts, found, strict=True)]

    def fast(self, captions: Sequence[str], ranks: Sequence[Sequence[str]]) -> list[str]:
        most = self.params.max_flavors
        return [self._fitting(", ".join([said, *terms[:most]])) for said, terms in zip(captions, ranks, strict=True)]

    def classic(self, captions: Sequence[str], flavors: int) -> list[str]:
        tables = self.tables
        single = [self._top(terms, 1) for terms in (tables.mediums, tables.artists, tables.trendings, tables.movements)]
        texts: list[str] = []
        for caption, found, more in zip(
            captions, zip(*single, strict=True), self._top(tables.flavors, flavors), strict=True
        ):
            (medium,), (artist,), (trending,), (movement,) = found
            begin = caption if caption.startswith(medium) else f"{caption}, {medium}"
            texts.append(self._fitting(f"{begin} {artist}, {trending}, {movement}, {', '.join(more)}"))
        return texts

    def negative(self) -> list[str]:
        params = self.params
        scores = self.model.term_scores(self.vectors, self.tables.flavors)
        indices = ranked(
            scores, params.intermediate_count, params.chunk_size, least=True, merge_least=not params.compatible
        )
        chains = self._chains([[*chosen(self.tables.flavors, row), *self.tables.negative] for row in indices])
        self._begin(chains, away=True)
        grow(self.model, chains, NEGATIVE_NEEDED, params.max_flavors, away=True)
        return [chain.best for chain in chains]

    def merged(self, count: int) -> list[list[str]]:
        """The terms of all tables but the negative one that fit each picture best."""
        scores = np.hstack([self.model.term_scores(self.vectors, terms) for terms in self.tables.merged])
        terms = [term for table in self.tables.merged for term in table]
        return [chosen(terms, row) for row in ranked(scores, count, self.params.chunk_size)]

    def _top(self, terms: Terms, count: int) -> list[list[str]]:
        scores = self.model.term_scores(self.vectors, terms)
        return [chosen(terms, row) for row in ranked(scores, count, self.params.chunk_size)]

    def _chains(self, phrases: Sequence[Sequence[str]]) -> list[Chain]:
        return [Chain(one, list(dict.fromkeys(some))) for one, some in zip(self.vectors, phrases, strict=True)]

    def _begin(self, chains: Sequence[Chain], *, away: bool = False) -> None:
        """Chains without a text begin with the phrase of the highest score."""
        found = self.model.text_scores([TextsRequest(chain.vector, "", chain.phrases) for chain in chains])
        for chain, scores in zip(chains, found, strict=True):
            place = int(np.argmin(scores) if away else np.argmax(scores))
            score = float(scores[place])
            chain.start(chain.phrases.pop(place), -score if away and not self.params.compatible else score)

    def _fitting(self, text: str) -> str:
        """The text up to the part after a comma that the model has no place for; the first part always stays."""
        parts = text.split(", ")
        longer = [", ".join(parts[:count]) + parts[count] for count in range(1, len(parts))]
        full = [*self.model.are_full(longer), True]
        return ", ".join(parts[: 1 + full.index(True)])
