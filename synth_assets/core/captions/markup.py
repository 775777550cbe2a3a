"""Markup: what language models write around a caption, and marks that are no words.

Belongs here: thoughts, tags, Markdown, openings, sentence ends. Does not belong here: what is made
up about the picture (``cleaning.py``).
"""

from __future__ import annotations

import re
import unicodedata

_THOUGHT = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|$)", re.IGNORECASE | re.DOTALL)
_TOKEN = re.compile(r"<[|/]?[\w|]+[|/]?>|\[(?:CLS|SEP|PAD|UNK|MASK)\]|##")
_MARKDOWN = re.compile(r"[*`_~\"“”„«»]+(?=\W|$)|(?<!\w)[*`_~\"“”„«»]+|^\s*(?:#+|[-•])\s+", re.MULTILINE)
_PREAMBLE = re.compile(
    r"^\s*(?:(?:sure|certainly|of course|okay|ok)\b[!,.]*\s*)?"
    r"(?:(?:here(?:'s| is)\s+)?(?:an?|the|your|one)?\s*(?:short |brief |one-sentence |detailed )?"
    r"(?:caption|description|answer)(?:\s+(?:of|for)\s+(?:the|this)\s+\w+)?\s*:\s*)?",
    re.IGNORECASE,
)
_OPENING = re.compile(
    r"^(?:in\s+)?(?:the|this)\s+(?:image|picture|photo|photograph|scene)\s*(?:,\s*(?:we\s+(?:can\s+)?see|there\s+(?:is|are))"
    r"|(?:shows|depicts|features|displays|captures|contains|portrays|presents)(?:\s+us)?|is\s+of)\s+",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"(?<=[\w)]{3})[.!?;]+(?:\s+|$)|\s*[\r\n]+\s*")
_ODD_SPACE_OR_MARK = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "So"})


def plain_text(text: str) -> str:
    """Gives the caption in plain words: no thoughts, tags, Markdown, emoji or openings such as "The image shows".

    Ends of sentences become commas, so that a later sentence counts as a clause.
    """
    text = unicodedata.normalize("NFKC", _THOUGHT.sub(" ", text)).replace("、", ",")
    text = _TOKEN.sub(" ", text)
    text = "".join(" " if unicodedata.category(mark) in _ODD_SPACE_OR_MARK and mark != "\n" else mark for mark in text)
    text = _MARKDOWN.sub("", text).strip()
    text = _PREAMBLE.sub("", text)
    text = _OPENING.sub("", text)
    return _SENTENCE_END.sub(", ", text).strip(" ,.!?;:")
