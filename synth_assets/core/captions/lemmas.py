"""Lemmas: a caption as the dictionary forms of its meaningful words.

Belongs here: English tokens, stop words and lemmas. Does not belong here: counting them
(``topics.py``) and cleaning captions (``cleaning.py``).
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache

_TOKEN = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_SHORTEST = 2


def lemmatise(text: str, stop_words: Collection[str]) -> list[str]:
    """Gives the lower-cased English lemmas of a text in order, stop words left out.

    Args:
        text: any text; numbers and single letters are not words.
        stop_words: lower-case; a word is left out if it or its lemma is among them.
    """
    tokens = [match.group().lower() for match in _TOKEN.finditer(text)]
    pairs = [(token, _lemma(token)) for token in tokens if len(token) >= _SHORTEST]
    return [lemma for token, lemma in pairs if token not in stop_words and lemma not in stop_words]


@lru_cache(maxsize=65_536)
def _lemma(token: str) -> str:
    import simplemma

    return simplemma.lemmatize(token, lang="en").lower()


@lru_cache(maxsize=1)
def english_stop_words() -> frozenset[str]:
    """Gives scikit-learn's English stop words."""
    # sklearn takes a second to import, which loading the definitions must not wait for.
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    return frozenset(ENGLISH_STOP_WORDS)
