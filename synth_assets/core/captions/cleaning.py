"""Cleaning: what a captioner said, without what it made up, cut to what is worth keeping.

Belongs here: text in, text out. Does not belong here: lemmas (``lemmas.py``), joining a caption
with what is known of the picture (``wording.py``), marks and openings of language models
(``markup.py``) and any model.
"""

from __future__ import annotations

import re

from synth_assets.core.captions.markup import plain_text
from synth_assets.core.config import Params

_STUTTER = r"araf[\w-]*"
_MADE_UP_WORD = re.compile(rf"(?<![\w-]){_STUTTER}", re.IGNORECASE)
"""A stutter of BLIP that means nothing: "arafed", "araffe", "arafficial"."""
_MADE_UP_THING = re.compile(
    rf"\b(?:(?:an?|the|one)\s+)?(?<![\w-]){_STUTTER}(?=\s*(?:[,.]|$)|\s+(?:\w+ing|in|on|at|by|with|of|and|is|are|from)\b)",
    re.IGNORECASE,
)
"""It stands for a thing here, so its article goes too: "an araffe standing", but "an arafed bed"."""
_ARTICLE = re.compile(rf"\b(an?)\s+{_STUTTER}\s+(?=(\w))", re.IGNORECASE)

_NAME = r"[^\W\d_a-zß-öø-ÿ][\w.'’-]*"
_NAMES = rf"{_NAME}(?:\s+(?:(?:van|von|de|der|den|di|da|del|la|le|and|&)\s+){{0,2}}{_NAME})*"
_CREDIT = (
    r"(?:(?:inspired|painted|drawn|designed|created|made|photographed|directed|illustrated|rendered)\s+by|by"
    r"|in\s+the\s+style\s+of|style\s+of)"
)
_NOT_NAMES = (
    r"(?:an?|the|its|his|her|their|our|my|your|this|that|these|those|some|one|two|three|several|many|each|another"
    r"|itself|himself|herself|themselves|night|day|daylight|dawn|dusk|sunset|sunrise|moonlight|sunlight|candlelight"
    r"|firelight|lamplight|side|far|hand|foot|car|boat|bus|train|bike|bicycle|air|sea|land|water|trees|people|lake"
    r"|river|mount|mt|bay|beach|castle)\b"
)
"""What follows "by" where nobody made the picture."""
_ARTIST = re.compile(rf"\s*\b(?i:{_CREDIT})\s+(?!(?i:{_NOT_NAMES})){_NAMES}")
_WORKS = r"(?:art|artwork|photo|photograph|painting|illustration|drawing|image|picture|print|poster|concept\s+art)"
_ARTIST_CLAUSE = re.compile(rf"(?:{_WORKS}\s+)?{_CREDIT}\s+(?!{_NOT_NAMES})", re.IGNORECASE)
_ONLY_LETTERS = re.compile(r"#?\s*(?:[\w#]\s+)+[\w#]")
"""Letters one by one, as of a colour code: "# e 5 3 7 1 b"."""
_BACKGROUND = re.compile(
    r"(?:\s*,)?\s*\b(?:and\s+)?(?:isolated\s+)?(?:and|on|with|against|over|before|in(?:\s+front\s+of)?)\s+"
    r"(?:(?:an?|the)\s+)?(?:(?!and\b|with\b|on\b)[\w-]+\s+){0,3}?(?:background|backdrop)s?\b(?!\s+of\b)",
    re.IGNORECASE,
)
_LONGEST_REPEAT = 8
_JOINTS = frozenset({"and", "with", "of", "in", "on"})


class CleaningParams(Params):
    """What is taken out of a caption, and how much of it is kept.

    Attributes:
        max_words: words a short caption has at most.
        drop_markup: remove marks, thoughts and openings such as "The image shows".
        drop_made_up: remove "araf…" words, colour codes and " by <artist>" tails.
        drop_repeats: write words and phrases that repeat themselves once.
    """

    max_words: int = 14
    drop_markup: bool = True
    drop_made_up: bool = True
    drop_repeats: bool = True


def cut_words(text: str, max_words: int = 14) -> str:
    """Gives the first ``max_words`` words of the text after its commas are removed.

    Source: the rule of the seed data set, which cuts where a captioner starts to invent.
    """
    return " ".join(text.replace(",", "").split()[:max_words])


def clean_caption(text: str, params: CleaningParams) -> str:
    """Gives the caption without markup, made-up words, artists and repetitions; commas stay."""
    if params.drop_markup:
        text = plain_text(text)
    if params.drop_made_up:
        text = drop_artists(drop_made_up_words(text))
    if params.drop_repeats:
        text = drop_repeats(text)
    return _tidy(text)


def drop_made_up_words(text: str) -> str:
    """Gives the text without words that begin with "araf", and without letters one by one.

    An article fits what follows it then: "an arafed bed" is "a bed".
    """
    text = _MADE_UP_THING.sub("", text)
    text = _ARTICLE.sub(lambda found: f"{_fitting(found[1], found[2])} ", text)
    clauses = _MADE_UP_WORD.sub("", text).split(",")
    return _tidy(",".join(clause for clause in clauses if not _ONLY_LETTERS.fullmatch(clause.strip())))


def drop_artists(text: str) -> str:
    """Gives the text without "by <artist>" and its like.

    A name is taken for one by its capital, or by standing alone between commas: "a path by the
    lake" and "lit by candles" stay.
    """
    kept = [clause for clause in text.split(",") if not _ARTIST_CLAUSE.match(clause.strip())]
    return _tidy(_ARTIST.sub("", ",".join(kept)))


def drop_background(text: str) -> str:
    """Gives the text without what it says of a plain background: "a fox on a white background" is "a fox".

    For captions of cut-out objects, whose background is what they were laid on.
    """
    return _tidy(_BACKGROUND.sub("", text))


def has_made_up_word(text: str) -> bool:
    """True if a word begins with "araf"."""
    return _MADE_UP_WORD.search(text) is not None


def has_artist(text: str) -> bool:
    """True if ``drop_artists`` would take something out."""
    return drop_artists(text) != _tidy(text)


def drop_repeats(text: str) -> str:
    """Gives the text with every run of a repeated word or phrase, and every repeated clause, said once.

    Phrases have up to 8 words; of two or more they are found on both sides of a joint too: "a man
    in a suit and a man in a suit" is "a man in a suit".
    """
    words = text.split()
    for length in range(_LONGEST_REPEAT, 0, -1):
        start = 0
        while start + 2 * length <= len(words):
            plain = [_bare(word) for word in words[start : start + 2 * length + 1]]
            first = plain[:length]
            joined = length > 1 and plain[length] in _JOINTS and plain[length + 1 :] == first
            if all(first) and (joined or plain[length : 2 * length] == first):
                # Of "a bed, a bed" the first goes, which has the comma; behind a joint the second.
                del words[start + length * joined : start + length + (length + 1) * joined]
            else:
                start += 1
    clauses: dict[str, str] = {}
    for clause in " ".join(words).split(","):
        clauses.setdefault(_bare(clause.strip()), clause)
    return ",".join(clauses.values())


def _bare(word: str) -> str:
    return word.strip(".,;").lower()


def _fitting(article: str, letter: str) -> str:
    fitting = "an" if letter.lower() in "aeiou" else "a"
    return fitting.capitalize() if article[0].isupper() else fitting


def _tidy(text: str) -> str:
    clauses = (" ".join(clause.split()) for clause in text.split(","))
    return ", ".join(clause for clause in clauses if clause)
