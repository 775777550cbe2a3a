"""Credits: who made what the pictures show, and where each picture comes from.

Belongs here: ``ATTRIBUTION.md`` (by licence and name) and ``exports/provenance.jsonl`` (by picture).
Does not belong here: the layouts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from synth_assets.core.contents import Content, Streamed
from synth_assets.core.records import ImageRecord

PROVENANCE = "exports/provenance.jsonl"
ATTRIBUTION = "ATTRIBUTION.md"
UNKNOWN_LICENCE = "licence not stated"
UNKNOWN_NAME = "nobody named"
_MOST_SOURCES = 50
_TIME = re.compile(r"@[0-9.]+s$")
"""Where in a film a frame is from; the film is the work."""
_HEAD = """\
Pictures of this set contain work of others. Where a licence asks for it, name them like this when you share the set
or what was trained on it. `exports/provenance.jsonl` says it for each picture. A picture made from several works
names all of them, joined by ";"."""


def provenance_file(
    records: Sequence[ImageRecord], sources: Mapping[str, ImageRecord], base: str
) -> Iterator[tuple[str, Content]]:
    """Writes where each picture comes from, one JSON line each.

    Args:
        records: rows of the training set with status ok.
        sources: key of a row → the row it was copied from.
        base: folder of the training set relative to the store root.
    """
    yield PROVENANCE, Streamed(partial(_lines, records, sources, base))


def _lines(records: Sequence[ImageRecord], sources: Mapping[str, ImageRecord], base: str) -> Iterator[bytes]:
    for record in records:
        yield f"{json.dumps(_provenance(record, sources[record.key], base), ensure_ascii=False)}\n".encode()


def _provenance(record: ImageRecord, source: ImageRecord, base: str) -> dict[str, Any]:
    return {
        "file_name": record.path.removeprefix(f"{base}/"),
        "id": record.id,
        "asset": source.asset,
        "partition": source.partition,
        "stored_as": source.path,
        "stored_id": source.id,
        "parents": list(source.parents),
        "source": source.source,
        "group": record.group,
        "split": record.extra["split"],
        "seed": source.seed,
        "prompt": source.prompt,
        "model": source.model,
        "licence": source.licence,
        "attribution": source.attribution,
        "caption": record.captions.get("short", ""),
        "captioner": record.extra.get("captioner", ""),
        "caption_score": record.extra.get("caption_score"),
    }


def attribution_file(records: Sequence[ImageRecord], name: str) -> bytes:
    """Writes who is to be named, by licence and name, with the works that pictures were made from.

    Args:
        records: rows of the training set with status ok.
        name: of the training set.
    """
    found: dict[str, dict[str, list[str]]] = {}
    for record in records:
        names = found.setdefault(record.licence or UNKNOWN_LICENCE, {})
        names.setdefault(record.attribution or UNKNOWN_NAME, []).append(record.source)
    parts = [f"# Attribution: {name}", _HEAD if found else "The set holds no picture."]
    for licence, names in sorted(found.items()):
        parts.append(f"## {licence}")
        for who, sources in sorted(names.items()):
            works = sorted({_TIME.sub("", source) for source in sources if source})
            more = len(works) - _MOST_SOURCES
            lines = [f"- {work}" for work in works[:_MOST_SOURCES]] + ([f"- and {more} more"] if more > 0 else [])
            pictures = f"{len(sources)} picture{'s' if len(sources) > 1 else ''}"
            parts.append(f"### {who}\n\n{pictures}, from:\n\n" + ("\n".join(lines) or "- sources not stated"))
    return ("\n\n".join(parts) + "\n").encode()
