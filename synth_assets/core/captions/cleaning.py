"""Cleaning: what a captioner said, without what it made up, cut to what is worth keeping.

Belongs here: text in, text out. Does not belong here: lemmas (``lemmas.py``), joining a caption
with what is known of the picture (``wording.py``) and any model.
"""

from __future__ import annotations

import re

from synth_assets.core.config import Params

_MADE_UP_WORD = re.compile(r"\baraf\w*", re.IGNORECASE)
"""A stutter of BLIP that means nothing: "arafed", "araffe", "arafficial"."""

_NAME = r"[A-Z][\w.'’-]*"
_NAMES = rf"{_NAME}(?:\s+(?:(?:van|von|de|der|den|di|da|del|la|le|and)\s+){{0,2}}{_NAME})*"
_ARTIST = re.compile(rf"\s*\b(?:inspired\s+)?by\s+{_NAMES}")
_ARTIST_CLAUSE = re.compile(r"(?:inspired\s+)?by\s+(?!(?:a|an|the|its|his|her|their|night|day)\b)", re.IGNORECASE)
_LONGEST_REPEAT = 4


class CleaningParams(Params):
    """What is taken out of a caption, and how much of it is kept.

    Attributes:
        max_words: words a short caption has at most.
        drop_made_up: remove "araf…" words and " by <artist>" tails.
        drop_repeats: write words and short phrases that repeat themselves once.
    """

    max_words: int = 14
    drop_made_up: bool = True
    drop_repeats: bool = True


def cut_words(text: str, max_words: int = 14) -> str:
    """Gives the first ``max_words`` words of the text after its commas are removed.

    Source: the rule of the seed data set, which cuts where a captioner starts to invent.
    """
    return " ".join(text.replace(",", "").split()[:max_words])


def clean_caption(text: str, params: CleaningParams) -> str:
    """Gives the caption without made-up words, artists and repetitions; commas stay."""
    if params.drop_made_up:
        text = drop_artists(drop_made_up_words(text))
    if params.drop_repeats:
        text = drop_repeats(text)
    return _tidy(text)


def drop_made_up_words(text: str) -> str:
    """Gives the text without words that begin with "araf"."""
    return _tidy(_MADE_UP_WORD.sub("", text))


def drop_artists(text: str) -> str:
    """Gives the text without "by <artist>".

    A name is taken for one by its capital, or by standing alone between commas: "a path by the
    lake" and "lit by candles" stay.
    """
    clauses = [clause for clause in text.split(",") if not _ARTIST_CLAUSE.match(clause.strip())]
    return _tidy(_ARTIST.sub("", ",".join(clauses)))


def has_made_up_word(text: str) -> bool:
    """True if a word begins with "araf"."""
    return _MADE_UP_WORD.search(text) is not None


def has_artist(text: str) -> bool:
    """True if ``drop_artists`` would take something out."""
    return drop_artists(text) != _tidy(text)


def drop_repeats(text: str) -> str:
    """Gives the text with every run of a repeated word or phrase (up to 4 words) said once."""
    words = text.split()
    for length in range(_LONGEST_REPEAT, 0, -1):
        start = 0
        while start + 2 * length <= len(words):
            plain = [word.strip(".,;").lower() for word in words[start : start + 2 * length]]
            if plain[:length] == plain[length:] and all(plain):
                del words[start : start + length]
            else:
                start += 1
    return " ".join(words)


def _tidy(text: str) -> str:
    clauses = (" ".join(clause.split()) for clause in text.split(","))
    return ", ".join(clause for clause in clauses if clause)
