"""Knowing: what a row says for certain about its picture, as words for its caption.

Belongs here: trigger words of characters, names of painted classes, words of a strategy. Does not
belong here: joining them with what a captioner said (``wording.py``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from synth_assets.core.captions.wording import Known, visible_labels
from synth_assets.core.records import ImageRecord


def known_of(
    record: ImageRecord, characters: Iterable[str], triggers: Mapping[str, str], *, name_classes: bool = True
) -> Known:
    """Gives the words of a row.

    A character's partition is called by its name. Where its pictures show it, its trigger word
    comes first, which is the name unless ``triggers`` says otherwise ("" = none); other characters
    in the picture are called by theirs. A picture without the character (the background it was cut
    out of) has no trigger, or a trainer would learn the background by it.

    Args:
        record: ``captions["prefix"]`` (or else ``captions["short"]``) and ``captions["suffix"]`` are
            the strategy's words, ``objects`` what is in the picture.
        characters: names of all characters; the row's partition counts as one.
        triggers: character → trigger word, where it is not the name.
        name_classes: name the classes of the objects too.
    """
    shown = visible_labels(record.objects)
    names = {name: triggers.get(name) or name for name in {record.partition, *characters} if name in shown}
    trigger = triggers.get(record.partition, record.partition) if record.partition in names else ""
    others = [label for label in shown if label != record.partition or not trigger]
    return Known(
        prefix=record.captions.get("prefix", record.captions.get("short", "")),
        suffix=record.captions.get("suffix", ""),
        labels=tuple(names.get(label, label) for label in others) if name_classes else (),
        names=frozenset(names.values()),
        trigger=trigger,
    )
