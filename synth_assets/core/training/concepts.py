"""Concepts: the pictures of one character or slot, with captions, as trainers of LoRAs want them.

Belongs here: what the layouts ``kohya``, ``onetrainer`` and ``ai-toolkit`` have in common. Does not
belong here: making captions (``core/captions``) and each trainer's own files.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from synth_assets.core.contents import Content, LinkTo
from synth_assets.core.records import ImageRecord


def concepts_of(records: Sequence[ImageRecord]) -> dict[str, list[ImageRecord]]:
    """Gives the rows of each source partition (a character, a slot), by name.

    Args:
        records: rows of the training set with status ok, with ``extra`` "source_partition" and "source_asset".
    """
    concepts: dict[str, list[ImageRecord]] = {}
    for record in records:
        concepts.setdefault(str(record.extra["source_partition"] or record.extra["source_asset"]), []).append(record)
    return dict(sorted(concepts.items()))


def rows_of(rows: Sequence[ImageRecord], split: str) -> list[ImageRecord]:
    """The rows of one split."""
    return [row for row in rows if row.extra["split"] == split]


def captioned_pictures(folder: str, rows: Sequence[ImageRecord]) -> Iterator[tuple[str, Content]]:
    """Gives pictures and their captions: ``<name>`` and ``<stem>.txt`` of one line.

    A picture without a caption has no text file: trainers then take their default, while an empty
    file stops sd-scripts.
    """
    for row in rows:
        yield f"{folder}/{row.path.rsplit('/', 1)[-1]}", LinkTo(row.path)
        caption = caption_line(row)
        if caption:
            yield f"{folder}/{row.stem}.txt", f"{caption}\n".encode()


def caption_line(row: ImageRecord) -> str:
    """The short caption on one line, which is all that sd-scripts reads of a file; "" for none."""
    return " ".join(row.captions.get("short", "").split())
