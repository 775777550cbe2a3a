"""Reference photos: files of any kind into upright 8-bit RGB pictures, or a row that says why not.

Belongs here: what is kept, converted and refused, and the names. Does not belong here: where the
files come from (``resources/sources``), decoding (``images.py``), measuring (``profiling.py``).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast

from pydantic import Field

from synth_assets.core.config import Params
from synth_assets.core.exif import exif_facts
from synth_assets.core.exploration.facts import exploration_details, explore
from synth_assets.core.exploration.page import PAGE, exploration_files
from synth_assets.core.images import BadImageError, decode_image, encode_png, image_size, plain_format
from synth_assets.core.items import Artifact, Extras, Item, PartitionWriter, Summary, run_items
from synth_assets.core.records import ImageRecord, ImageSet, Scalar

_WORKERS = 4
_MAX_STEM = 80
_FILE_ID = "file_id"
"""Column of converted pictures: hash of the file's bytes, where the picture's own is another."""


class ReferenceParams(Params):
    """What is accepted as a reference photo."""

    min_side_px: int = Field(default=32, ge=1, description="Smaller pictures are refused: they show no scene.")


@dataclass(frozen=True)
class ReferenceFile:
    """One file offered as a reference photo.

    Attributes:
        name: path relative to its source, with ending.
        read: gives the file's bytes.
        content_id: hash of those bytes.
        source: label of the source the name belongs to.
        licence: SPDX-like name; "" for unknown.
        attribution: who to name; "" for unknown.
        taken: local time, for files whose EXIF does not say it; None for unknown.
    """

    name: str
    read: Callable[[], bytes]
    content_id: str
    source: str = ""
    licence: str = ""
    attribution: str = ""
    taken: datetime | None = None

    @property
    def label(self) -> str:
        """Source and name in one."""
        return f"{self.source}/{self.name}" if self.source else self.name


def take_in_references(
    writer: PartitionWriter,
    files: Sequence[ReferenceFile],
    params: ReferenceParams | None = None,
    captures: Sequence[ImageRecord] = (),
    explored: bool = False,
) -> Summary:
    """Stores each file as a picture that every later stage can use, or as a row with the reason.

    Plain 8-bit RGB JPEG and PNG files keep their bytes. All else (EXIF orientation, CMYK, palettes,
    16 bit, alpha, animations, other formats) becomes a PNG. Unreadable and too small files and
    exact copies of an earlier file are rejected. A file is known by its content: touching it, or
    moving the source folder, recomputes nothing. What EXIF says of time and camera becomes columns.

    Args:
        writer: the opened partition.
        files: in order; of equal ones the first counts.
        params: see there.
        captures: pictures that other partitions took in already, e.g. those of the slot's windows;
            they become rows with a ``window``, and their pictures stay where they are.
        explored: write ``exploration.html`` and its plots, and give the set's facts.
    """
    params = params or ReferenceParams()
    first_of: dict[str, str] = {}
    items: list[Item] = []
    for key, file in zip(_keys(files), files, strict=True):
        original = first_of.setdefault(file.content_id, file.label)
        inputs = {
            "content": file.content_id,
            "source": file.label,
            "licence": file.licence,
            "attribution": file.attribution,
            "taken": file.taken.isoformat() if file.taken else "",
            "duplicate_of": "" if original == file.label else original,
            "params": params.model_dump(mode="json"),
        }
        items.append(Item(key, inputs, file))
    for record in captures:
        content = str(record.extra.get(_FILE_ID) or record.id)
        inputs = {
            "capture": record.id,
            "path": record.path,
            "source": record.source,
            "licence": record.licence,
            "attribution": record.attribution,
            "extra": dict(record.extra),
            "duplicate_of": first_of.get(content, ""),
        }
        first_of.setdefault(content, record.source)
        # The dot keeps it apart from the keys of files, which have none.
        items.append(Item(f"{record.partition}.{record.key}", inputs, record))

    def make(batch: list[Item]) -> list[list[Artifact]]:
        return [[_linked(item) if isinstance(item.payload, ImageRecord) else _take_in(item, params)] for item in batch]

    def extras(images: ImageSet) -> Extras:
        note = "" if images.ok else f"no usable photo; add some to data/inbox/{writer.partition}/"
        details: dict[str, Any] = {"note": note} if note else {}
        if not (explored and images.ok):
            return Extras(details=details)
        found = explore(images)
        files = exploration_files(images, f"Reference photos: {writer.partition}", found)
        return Extras(files, {**details, **exploration_details(found)})

    return run_items(writer, items, make, workers=_WORKERS, extras=extras, extras_inputs=PAGE if explored else None)


def _linked(item: Item) -> Artifact:
    """A row about a picture that a window holds; the picture stays there."""
    record = cast(ImageRecord, item.payload)
    if item.inputs["duplicate_of"]:
        reason = f"duplicate of {item.inputs['duplicate_of']}"
        return Artifact(replace(record, id="", path="", status="rejected", reason=reason))
    return Artifact(replace(record, extra={**record.extra, "window": record.partition}))


def _take_in(item: Item, params: ReferenceParams) -> Artifact:
    file = cast(ReferenceFile, item.payload)
    if item.inputs["duplicate_of"]:
        return _rejected(file, f"duplicate of {item.inputs['duplicate_of']}")
    data = file.read()
    try:
        size_hw = image_size(data, file.label)
        if min(size_hw) < params.min_side_px:
            size = f"{size_hw[1]}x{size_hw[0]}"
            return _rejected(file, f"{file.label}: {size} pixels is too small; at least {params.min_side_px} a side")
        pixels = decode_image(data, file.label)  # also where the bytes are kept: a header can lie
        kind = plain_format(data, file.label)
    except BadImageError as error:
        return _rejected(file, str(error))
    converted: dict[str, Scalar] = {} if kind else {_FILE_ID: file.content_id}
    return Artifact(
        replace(_record(file), extra={**_dated(file), **exif_facts(data), **converted}),
        name=f"{item.key}.{kind or 'png'}",
        image=data if kind else encode_png(pixels),
    )


def _dated(file: ReferenceFile) -> dict[str, Scalar]:
    return {"taken_at": file.taken.isoformat(timespec="seconds")} if file.taken else {}


def _record(file: ReferenceFile) -> ImageRecord:
    return ImageRecord(source=file.label, group=file.label, licence=file.licence, attribution=file.attribution)


def _rejected(file: ReferenceFile, reason: str) -> Artifact:
    row = ImageRecord(
        source=file.label, licence=file.licence, attribution=file.attribution, status="rejected", reason=reason
    )
    return Artifact(row)


def _keys(files: Sequence[ReferenceFile]) -> list[str]:
    """Safe unique stems; the first file of a name has it plain, later ones with a hash of where from.

    Names are compared without case, because some file systems do.
    """
    taken: set[str] = set()
    keys: list[str] = []
    for file in files:
        stem = file.name.rsplit("/", 1)[-1]
        stem = stem.rsplit(".", 1)[0] if "." in stem[1:] else stem
        key = re.sub(r"[^A-Za-z0-9_-]+", "_", stem).strip("_")[:_MAX_STEM] or "photo"
        if key.lower() in taken:
            key = f"{key}_{hashlib.sha256(file.label.encode()).hexdigest()[:8]}"
        taken.add(key.lower())
        keys.append(key)
    return keys
