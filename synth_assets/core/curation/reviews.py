"""Reviews: what a person decided about a character's frames, and the file that keeps it.

The file is a CSV with a header: ``frame`` (key of the row), ``strategy`` (a strategy's name, or "drop"), ``decided``
(what the program had said). Other columns are somebody's notes and stay. Belongs here: reading and writing it. Does
not belong here: honouring reviews (``decisions.py``), learning from them (``tuning.py``), the page (``review/``).
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from synth_assets.core.config import ConfigError

DROP = "drop"
"""In place of a strategy: the frame is not to be used."""
_COLUMNS = ("frame", "strategy", "decided")


@dataclass(frozen=True)
class Review:
    """One frame's review.

    Attributes:
        strategy: what the person wants, a strategy's name or DROP.
        decided: the strategy that the program had chosen; "" where that is not known.
        notes: the file's other columns, name → text.
    """

    strategy: str
    decided: str = ""
    notes: Mapping[str, str] = field(default_factory=dict[str, str])


def read_reviews(path: Path) -> dict[str, Review]:
    """Gives frame → review, in the file's order; empty where there is no file.

    Raises:
        ConfigError: not such a CSV, a frame twice, or one without a strategy; with the line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return {}
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 text ({error}); save it as UTF-8") from error
    rows = _rows(path, text)
    line, header = rows[0] if rows else (1, [])
    missing = [name for name in _COLUMNS if name not in header]
    if missing or len(set(header)) < len(header) or "" in header:
        raise ConfigError(
            f"{path}:{line}: the header is {','.join(header)!r}; it has to name {','.join(_COLUMNS)}, separated by "
            "commas, and every column once"
        )
    reviews: dict[str, Review] = {}
    for line, cells in rows[1:]:
        if len(cells) != len(header):
            raise ConfigError(f"{path}:{line}: {len(cells)} values for {len(header)} columns; quote texts with commas")
        values = dict(zip(header, cells, strict=True))
        frame, strategy, decided = (values.pop(name).strip() for name in _COLUMNS)
        if not frame or not strategy:
            empty = "strategy" if frame else "frame"
            raise ConfigError(f"{path}:{line}: {empty} is empty; give it, or remove the line")
        if frame in reviews:
            raise ConfigError(f"{path}:{line}: frame {frame!r} appears twice; keep one of the lines")
        reviews[frame] = Review(strategy, decided, values)
    return reviews


def _rows(path: Path, text: str) -> list[tuple[int, list[str]]]:
    """Rows that hold anything, each with the number of its last line."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        return [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise ConfigError(f"{path}:{reader.line_num}: not valid CSV: {error}; a quote may be left open") from error


def write_reviews(path: Path, reviews: Mapping[str, Review]) -> None:
    """The file holds these reviews, sorted by frame; it is replaced in one step.

    Args:
        path: the CSV file; its folder is made where it is missing.
        reviews: frame → review; notes that only some have are empty cells for the others.
    """
    notes = list(dict.fromkeys(name for review in reviews.values() for name in review.notes))
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*_COLUMNS, *notes])
    for frame, review in sorted(reviews.items()):
        writer.writerow([frame, review.strategy, review.decided, *(review.notes.get(name, "") for name in notes)])
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    temporary.write_text(text.getvalue(), encoding="utf-8", newline="")
    temporary.replace(path)


def review_listing(path: Path) -> str:
    """A hash of the file's content; that of an empty listing where there is no file."""
    return hashlib.sha256(path.read_bytes() if path.is_file() else b"").hexdigest()[:16]
