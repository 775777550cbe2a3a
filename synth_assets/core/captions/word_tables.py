"""Tables of words: the lists that captions are completed from, and their ranks for a picture.

Belongs here: what is made of the raw lists, and which of their terms fit best. Does not belong here: the raw lists (a
model brings them along) and sentences (``interrogation.py``, ``phrase_chain.py``).

Source: the tables, their order and the ranking in chunks are those of clip-interrogator 0.6.0 (MIT), functions
``load_clip_model`` and ``LabelTable.rank``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Terms = tuple[str, ...]

SITES = (
    "Artstation",
    "behance",
    "cg society",
    "cgsociety",
    "deviantart",
    "dribble",
    "flickr",
    "instagram",
    "pexels",
    "pinterest",
    "pixabay",
    "pixiv",
    "polycount",
    "reddit",
    "shutterstock",
    "tumblr",
    "unsplash",
    "zbrush central",
)
"""Sites that pictures are shown on. Source: clip-interrogator 0.6.0 (MIT), spelling kept."""


@dataclass(frozen=True)
class WordTables:
    """Terms as they stand in a caption, by kind; blank and repeated ones are kept, they count in chunks."""

    artists: Terms
    flavors: Terms
    mediums: Terms
    movements: Terms
    trendings: Terms
    negative: Terms

    @property
    def merged(self) -> tuple[Terms, ...]:
        """The tables that are ranked together, in order."""
        return (self.artists, self.flavors, self.mediums, self.movements, self.trendings)


def word_tables(lists: Mapping[str, Terms]) -> WordTables:
    """Makes the tables of the raw lists "artists", "flavors", "mediums", "movements" and "negative".

    Raises:
        KeyError: a list is missing.
    """
    return _tables(*(lists[name] for name in ("artists", "flavors", "mediums", "movements", "negative")))


@lru_cache(maxsize=1)
def _tables(artists: Terms, flavors: Terms, mediums: Terms, movements: Terms, negative: Terms) -> WordTables:
    by = (*(f"by {name}" for name in artists), *(f"inspired by {name}" for name in artists))
    trendings = (
        *SITES,
        *(f"trending on {site}" for site in SITES),
        *(f"featured on {site}" for site in SITES),
        *(f"{site} contest winner" for site in SITES),
    )
    return WordTables(by, flavors, mediums, movements, trendings, negative)


def ranked(
    scores: NDArray[np.float32], count: int, chunk_size: int, *, least: bool = False, merge_least: bool = False
) -> NDArray[np.intp]:
    """Gives the indices of the terms that fit each picture best, best first; of equal scores, the first.

    More than ``chunk_size`` terms are ranked chunk by chunk, each chunk gives the same share, and these are ranked.

    Args:
        scores: (N, K) float32, of K terms for N pictures.
        count: most to give for each picture.
        chunk_size: terms that are ranked at once.
        least: take those that fit worst of each chunk.
        merge_least: take those that fit worst in the end.

    Returns:
        (N, M), M at most ``count``.
    """
    total = scores.shape[1]
    if total <= chunk_size:
        return _best(scores, count, least)
    chunks = math.ceil(total / chunk_size)
    each = max(1, chunk_size // chunks)
    starts = range(0, total, chunk_size)
    taken = np.hstack([_best(scores[:, start : start + chunk_size], each, least) + start for start in starts])
    order = _best(np.take_along_axis(scores, taken, axis=1), count, merge_least)
    return np.take_along_axis(taken, order, axis=1)


def chosen(terms: Sequence[str], indices: NDArray[np.intp]) -> list[str]:
    """The terms at the indices."""
    return [terms[int(index)] for index in indices]


def _best(scores: NDArray[np.float32], count: int, least: bool) -> NDArray[np.intp]:
    return np.argsort(scores if least else -scores, axis=1, kind="stable")[:, :count]
