"""Facts: what a set of pictures consists of, counted.

Belongs here: counting rows of an image set. Does not belong here: drawing (``plots.py``), the page (``page.py``),
what a picture looks like (``core/profile``), and labels by split (``core/training/data_card.py``).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, TypeVar

from synth_assets.core.images import stored_form
from synth_assets.core.records import ImageRecord, ImageSet
from synth_assets.core.sheets import evenly

T = TypeVar("T", bound=Any)
MODE, CLASS = "mode", "class"
"""Extra columns of rows that were listed from a folder: Pillow's mode, and the sub-folder."""
_NOTHING, _UNKNOWN = "(none)", "(unknown)"
_HEADERS_READ = 2_000
_SQUARE = 0.02
_DIGITS = 3
_CHANNELS = {
    "1": "1 (black and white)",
    "L": "1 (grey)",
    "LA": "2 (grey, alpha)",
    "P": "3 (palette)",
    "RGB": "3 (RGB)",
    "RGBA": "4 (RGB, alpha)",
    "CMYK": "4 (CMYK)",
}


@dataclass(frozen=True)
class Exploration:
    """A set of pictures in numbers; every count is of usable pictures, most frequent first.

    Attributes:
        sizes: (width, height) in pixels → pictures.
        class_is: what ``classes`` are, e.g. "object".
        classes: name → pictures; one with several kinds of objects counts for each.
        orientations: "landscape", "portrait" or "square" → pictures.
        channels: e.g. "3 (RGB)" → pictures, of those whose file was looked into.
        formats: ending → pictures.
        licences: → pictures.
        refused: reason → pictures that cannot be used.
    """

    sizes: Mapping[tuple[int, int], int]
    class_is: str
    classes: Mapping[str, int]
    orientations: Mapping[str, int]
    channels: Mapping[str, int]
    formats: Mapping[str, int]
    licences: Mapping[str, int]
    refused: Mapping[str, int]

    @property
    def pictures(self) -> int:
        """Usable pictures."""
        return sum(self.sizes.values())

    @property
    def evenness(self) -> float:
        """How evenly pictures are spread over the classes, 0 to 1 = all alike; 1 for a single class.

        Source: entropy over its largest possible value; E. C. Pielou, "The measurement of diversity in different
        types of biological collections" (1966).
        """
        total = sum(self.classes.values())
        if len(self.classes) < 2:
            return 1.0
        entropy = -sum(count / total * math.log(count / total) for count in self.classes.values())
        return entropy / math.log(len(self.classes))


def explore(images: ImageSet) -> Exploration:
    """Counts the pictures of a set.

    Classes are the labels of the rows' objects; where no row has one, the sub-folders they were listed from, else
    partitions where there are several, else sources. Sizes are the rows'; for channels the headers of at most
    2,000 files, evenly spread, are read.
    """
    rows = [row for row in images.ok if row.path]
    class_is, classes = _classes(rows)
    return Exploration(
        sizes=_counted([(row.width, row.height) for row in rows]),
        class_is=class_is,
        classes=classes,
        orientations=_counted([orientation(row.width, row.height) for row in rows]),
        channels=_counted([_channels(images, row) for row in evenly(rows, _HEADERS_READ)]),
        formats=_counted([row.path.rpartition(".")[2].lower() for row in rows]),
        licences=_counted([row.licence or _UNKNOWN for row in rows]),
        refused=images.reasons,
    )


def orientation(width: int, height: int) -> str:
    """Says "landscape", "portrait", or "square" within two percent."""
    if abs(width - height) <= _SQUARE * max(width, height):
        return "square"
    return "landscape" if width > height else "portrait"


def exploration_details(found: Exploration) -> dict[str, list[dict[str, str | int | float]]]:
    """The facts as two tables for the metadata of a materialization: "exploration" and "balance"."""
    lines = [
        ("pictures", f"{found.pictures:,}"),
        ("refused", f"{sum(found.refused.values()):,}"),
        *((name, _spread(values)) for name, values in side_lengths(found).items()),
        ("distinct sizes", f"{len(found.sizes):,}"),
        ("orientation", _listed(found.orientations)),
        ("channels", _listed(found.channels)),
        ("formats", _listed(found.formats)),
        ("licences", _listed(found.licences)),
        (f"classes ({found.class_is})", f"{len(found.classes):,}"),
        ("pictures a class", _spread(list(found.classes.values()))),
        ("evenness of classes", f"{found.evenness:.{_DIGITS}g}"),
    ]
    return {
        "exploration": [{"what": what, "value": value} for what, value in lines],
        "balance": [
            {"class": name, "pictures": count, "share": round(count / max(found.pictures, 1), _DIGITS)}
            for name, count in found.classes.items()
        ],
    }


def side_lengths(found: Exploration) -> dict[str, list[int]]:
    """Width and height of each picture in pixels, ascending."""
    return {
        name: sorted(size[axis] for size, count in found.sizes.items() for _ in range(count))
        for axis, name in enumerate(("width", "height"))
    }


def _classes(rows: Sequence[ImageRecord]) -> tuple[str, dict[str, int]]:
    if any(row.objects for row in rows):
        labels = [label for row in rows for label in ({item.label for item in row.objects} or {_NOTHING})]
        return "object", _counted(labels)
    if any(CLASS in row.extra for row in rows):
        return "folder", _counted([str(row.extra.get(CLASS) or _NOTHING) for row in rows])
    if len({row.partition for row in rows}) > 1:
        return "partition", _counted([row.partition for row in rows])
    return "source", _counted([row.source.split("/", 1)[0] or _UNKNOWN for row in rows])


def _channels(images: ImageSet, row: ImageRecord) -> str:
    mode = str(row.extra[MODE]) if MODE in row.extra else _mode(images, row)
    return _CHANNELS.get(mode, f"1 ({mode})" if mode.startswith(("I", "F")) else mode)


def _mode(images: ImageSet, row: ImageRecord) -> str:
    with (images.root / row.path).open("rb") as file:
        return stored_form(file, row.path)[1]


def _counted(values: Sequence[T]) -> dict[T, int]:
    """Most frequent first, then by value."""
    return dict(sorted(Counter(values).items(), key=lambda pair: (-pair[1], pair[0])))


def _spread(values: Sequence[int]) -> str:
    if not values:
        return "–"
    return f"{min(values):,} to {max(values):,}, median {median(values):,.0f}"


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items()) or "–"
