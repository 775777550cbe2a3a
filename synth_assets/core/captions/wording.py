"""Wording: what is known of a picture and what a captioner said of it, in one caption.

Known for certain: the words that a strategy gave (prefix with the trigger, suffix, occlusion
words) and the classes that were painted. They survive the cut; the captioner's words fill what is
left. Belongs here: joining and cutting words. Does not belong here: which words are lies
(``cleaning.py``) and where records come from (``captioning.py``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from synth_assets.core.captions.cleaning import CleaningParams, clean_caption, cut_words, drop_background
from synth_assets.core.records import ObjectRecord

_DANGLING = frozenset(
    {
        "a",
        "an",
        "and",
        "are",
        "at",
        "by",
        "from",
        "in",
        "is",
        "its",
        "near",
        "of",
        "on",
        "or",
        "the",
        "there",
        "to",
        "with",
    }
)
_UNCOUNTED = frozenset({"fog", "grass", "hay", "ice", "lava", "mist", "mud", "rain", "sand", "smoke", "snow", "water"})
_DETERMINERS = frozenset({"a", "an", "the", "some", "many", "several", "one", "two", "three", "four", "five", "six"})
_BARE_HEADS = frozenset({"a photo", "a picture", "an image"})
_SINGULAR_ENDINGS = ("ss", "us", "is")


@dataclass(frozen=True)
class Known:
    """What is certain about a picture, in words.

    Attributes:
        prefix: comes first, e.g. a trigger word and the style.
        suffix: comes last, e.g. "isolated character, clean background".
        labels: classes in the picture, the most visible first.
        names: those of them that are names, written without an article.
        trigger: word that a trainer shall learn the character by: comes before all else, whole, whatever is cut.
        cutout: True where the picture shows a cut-out object, whose background is none.
    """

    prefix: str = ""
    suffix: str = ""
    labels: tuple[str, ...] = ()
    names: frozenset[str] = frozenset()
    trigger: str = ""
    cutout: bool = False


def visible_labels(objects: Sequence[ObjectRecord]) -> tuple[str, ...]:
    """Gives the distinct class names, by the area of their boxes, largest first."""
    areas: dict[str, int] = {}
    for item in objects:
        x0, y0, x1, y1 = item.xyxy
        areas[item.label] = areas.get(item.label, 0) + (x1 - x0) * (y1 - y0)
    return tuple(sorted(areas, key=lambda label: (-areas[label], label)))


def compose(said: str, known: Known, params: CleaningParams) -> tuple[str, str]:
    """Gives the full and the short caption.

    Args:
        said: the captioner's raw words.
        known: what both captions say whatever the captioner said.
        params: cleaning and the length of the short one.

    Returns:
        The full caption (with commas, uncut) and the short one: no commas, at most
        ``params.max_words`` words, but never less than the trigger. Without anything known it is
        exactly the first words of the cleaned caption. The trigger goes before prefix and suffix,
        these before class names, class names before the rest. A prefix that holds the trigger has
        said it where its author wants it.
    """
    text = clean_caption(said, params)
    if known.cutout:
        text = drop_background(text)
    if known.trigger and not _says(known.prefix, known.trigger):
        known = replace(known, prefix=f"{known.trigger}, {known.prefix}".strip(" ,"))
    kept = " ".join((known.prefix, known.suffix))
    unsaid = tuple(label for label in known.labels if not mentions(kept, label))
    added = tuple(label for label in unsaid if not mentions(text, label))
    short = _short(text, known, added, params.max_words)
    if any(not mentions(short, label) for label in unsaid):
        # The captioner named a class too late for the cut: then it is named in front.
        short = _short(text, known, unsaid, params.max_words)
    head, _, tail = text.partition(",")
    parts = (known.prefix, _with_labels(head, _phrases(added, known)), tail, known.suffix)
    return ", ".join(part.strip(" ,") for part in parts if part.strip(" ,")), short


def mentions(text: str, label: str) -> bool:
    """True if the text holds the label as whole words, singular or plural, in any case."""
    name = _plain(label)
    pattern = r"[ _]".join(map(re.escape, name.split()))
    return bool(name) and re.search(rf"\b{pattern}(?:s|es)?\b", text, re.IGNORECASE) is not None


def _says(text: str, trigger: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(trigger)}(?!\w)", text) is not None


def _short(text: str, known: Known, labels: tuple[str, ...], max_words: int) -> str:
    max_words = max(max_words, len(known.trigger.split()))
    prefix, suffix = cut_words(known.prefix, max_words), cut_words(known.suffix, max_words)
    room = max_words - len(prefix.split()) - len(suffix.split())
    phrases = _phrases(labels, known)
    while phrases and len(_listed(phrases).split()) > room:
        phrases = phrases[:-1]
    head, tail = (part.strip() for part in (*text.split(",", 1), "")[:2])
    if phrases:
        room -= len(_with_labels("x", phrases).split()) - 1
    is_known = bool(prefix or phrases or suffix)
    shown = _cut(head, room) if is_known else cut_words(head, room)
    # A first clause that had to be cut is not continued with words from further on.
    left = room - len(shown.split()) if shown == head else 0
    tail = _whole_clauses(tail, left) if is_known else cut_words(tail, left)
    return cut_words(" ".join((prefix, _with_labels(shown, phrases), tail, suffix)), max_words)


def _cut(text: str, room: int) -> str:
    words = text.split()
    if len(words) <= room:
        return text
    words = words[: max(room, 0)]
    while words and words[-1].lower() in _DANGLING:
        words.pop()
    return " ".join(words)


def _whole_clauses(text: str, room: int) -> str:
    clauses = text.split(",")
    while clauses and len(" ".join(clauses).split()) > room:
        clauses.pop()
    return " ".join(clauses)


def _phrases(labels: Sequence[str], known: Known) -> tuple[str, ...]:
    return tuple(label if label in known.names else _with_article(_plain(label)) for label in labels)


def _with_labels(head: str, phrases: Sequence[str]) -> str:
    if not phrases:
        return head.strip()
    if not head.strip():
        return _listed(phrases)
    if head.strip().lower() in _BARE_HEADS:
        return f"{head.strip()} of {_listed(phrases)}"
    if " with " not in f" {head} ":
        return f"{head.strip()} with {_listed(phrases)}"
    # The captioner began the list.
    return f"{head.strip()}{' and' if len(phrases) == 1 else ','} {_listed(phrases)}"


def _listed(phrases: Sequence[str]) -> str:
    return phrases[0] if len(phrases) == 1 else f"{', '.join(phrases[:-1])} and {phrases[-1]}"


def _with_article(name: str) -> str:
    plural = name.endswith("s") and not name.endswith(_SINGULAR_ENDINGS)
    words = name.lower().split()
    if not words or plural or words[0] in _DETERMINERS or words[-1] in _UNCOUNTED:
        return name
    return f"{'an' if words[0][0] in 'aeiou' else 'a'} {name}"


def _plain(label: str) -> str:
    return " ".join(label.split(",")[0].replace("_", " ").split())
