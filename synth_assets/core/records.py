"""Records: one row an image, and the image set that assets pass to each other.

Belongs here: the row, its objects, the Parquet schema, and reading them back as plain Python
values. Does not belong here: writing files (``resources/store.py``) and any computation on pixels.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any, Literal

import pandas as pd
import pyarrow as pa
from upath import UPath

from synth_assets.core.images import decode_image
from synth_assets.core.ports import RGB

Scalar = str | int | float | bool | None
Status = Literal["ok", "rejected", "failed"]


@dataclass(frozen=True)
class ObjectRecord:
    """One labelled object of an image.

    Attributes:
        label: class name.
        xyxy: (x0, y0, x1, y1) in pixels, half-open, tight around the mask.
        instance_id: unique within the image, from 1.
        mask_path: path of the mask PNG (0/255), relative to the store root; "" for none.
        score: confidence in [0, 1].
    """

    label: str
    xyxy: tuple[int, int, int, int]
    instance_id: int
    mask_path: str = ""
    score: float = 1.0


@dataclass(frozen=True)
class ImageRecord:
    """One row of a manifest.

    Attributes:
        id: content hash of the image file; "" where no image could be made.
        key: the item that made this row, unique within the partition for single-output items.
        asset: name of the asset that wrote the row.
        partition: partition key, "" for none.
        path: path of the image relative to the store root; "" where there is none.
        width: in pixels.
        height: in pixels.
        parents: ids of the images this one was made from.
        source: where the pixels come from: file name, URL or video with time.
        group: rows that must stay on one side of a split share it (source clip, background).
        licence: SPDX-like name of the licence of the pixels.
        attribution: who to name.
        seed: seed of this image; None for none.
        prompt: text the image was made from.
        model: references of the models that made it, joined by " + "; "" for none.
        objects: labelled objects.
        files: further files of this row (caption texts), relative to the store root.
        captions: caption texts by kind; "short" is the one a trainer reads, "full" the uncut one.
        status: "ok", "rejected" (made, but refused) or "failed" (could not be made).
        reason: why it was rejected or failed.
        fingerprint: of the item that made it.
        extra: columns of the asset itself (metrics, decisions, times); flat scalars.
    """

    id: str = ""
    key: str = ""
    asset: str = ""
    partition: str = ""
    path: str = ""
    width: int = 0
    height: int = 0
    parents: tuple[str, ...] = ()
    source: str = ""
    group: str = ""
    licence: str = ""
    attribution: str = ""
    seed: int | None = None
    prompt: str = ""
    model: str = ""
    objects: tuple[ObjectRecord, ...] = ()
    files: tuple[str, ...] = ()
    captions: Mapping[str, str] = field(default_factory=dict[str, str])
    status: Status = "ok"
    reason: str = ""
    fingerprint: str = ""
    extra: Mapping[str, Scalar] = field(default_factory=dict[str, Scalar])

    @property
    def stem(self) -> str:
        """File name without folder and ending, e.g. ``frame_000012``."""
        return UPath(self.path).stem if self.path else self.key


_OBJECT_TYPE = pa.struct(
    [
        ("label", pa.string()),
        ("xyxy", pa.list_(pa.int32())),
        ("instance_id", pa.int32()),
        ("mask_path", pa.string()),
        ("score", pa.float64()),
    ]
)
SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("key", pa.string()),
        ("asset", pa.string()),
        ("partition", pa.string()),
        ("path", pa.string()),
        ("width", pa.int32()),
        ("height", pa.int32()),
        ("parents", pa.list_(pa.string())),
        ("source", pa.string()),
        ("group", pa.string()),
        ("licence", pa.string()),
        ("attribution", pa.string()),
        ("seed", pa.int64()),
        ("prompt", pa.string()),
        ("model", pa.string()),
        ("objects", pa.list_(_OBJECT_TYPE)),
        ("files", pa.list_(pa.string())),
        ("captions", pa.map_(pa.string(), pa.string())),
        ("status", pa.string()),
        ("reason", pa.string()),
        ("fingerprint", pa.string()),
    ]
)
"""Columns of every manifest, in order; an asset's ``extra`` columns follow, sorted by name."""

_BASE = frozenset(SCHEMA.names)
ROWS_AT_ONCE = 2_000
"""Rows that a manifest is read and written by, so that the table is never in memory beside the records."""
_OFTEN_EQUAL = ("asset", "partition", "source", "group", "licence", "attribution", "model", "status", "reason")
"""Texts that many rows share; read back, equal ones are one object."""


def schema_of(records: Sequence[ImageRecord]) -> pa.Schema:
    """Gives SCHEMA's columns, then the extra columns of these records by name.

    Raises:
        ValueError: an extra column has the name of a base column.
    """
    kinds: dict[str, set[type]] = {}
    for record in records:
        for name, value in record.extra.items():
            kinds.setdefault(name, set()).add(type(value))
    if wrong := sorted(kinds.keys() & _BASE):
        raise ValueError(f"extra column {wrong[0]!r} has the name of a base column; rename it")
    extra = [pa.field(name, _type_of(kinds[name] - {type(None)})) for name in sorted(kinds)]
    return pa.schema([*SCHEMA, *extra])


def _type_of(kinds: set[type]) -> pa.DataType:
    if kinds == {bool}:
        return pa.bool_()
    if kinds == {int}:
        return pa.int64()
    return pa.float64() if kinds <= {int, float} else pa.string()


def to_table(records: Sequence[ImageRecord], schema: pa.Schema | None = None) -> pa.Table:
    """Turns records into a table.

    Args:
        records: the rows.
        schema: ``schema_of`` of a set that these are a part of; by default their own.

    Raises:
        ValueError: an extra column has the name of a base column.
    """
    columns = schema or schema_of(records)
    arrays = [pa.array(_column(records, column.name, column.type), type=column.type) for column in columns]
    return pa.Table.from_arrays(arrays, schema=columns)


def _column(records: Sequence[ImageRecord], name: str, kind: pa.DataType) -> list[Any]:
    # Column by column: all rows as dicts at once would take more memory than the records themselves.
    if name not in _BASE:
        values = [record.extra.get(name) for record in records]
        return [None if value is None else str(value) for value in values] if pa.types.is_string(kind) else values
    if name == "captions":
        return [list(record.captions.items()) for record in records]
    if name == "objects":
        return [[_object_to_dict(item) for item in record.objects] for record in records]
    return [getattr(record, name) for record in records]


def from_table(table: pa.Table) -> list[ImageRecord]:
    """Reads records back from a manifest table; the inverse of ``to_table``."""
    return from_batches(table.to_batches(max_chunksize=ROWS_AT_ONCE))


def from_batches(batches: Iterable[pa.RecordBatch]) -> list[ImageRecord]:
    """Reads records back from parts of a manifest table, one part at a time."""
    shared: dict[str, str] = {}
    records: list[ImageRecord] = []
    for batch in batches:
        extra_names = [name for name in batch.schema.names if name not in _BASE]
        records += [_from_row(row, extra_names, shared) for row in batch.to_pylist()]
    return records


def _from_row(row: Mapping[str, Any], extra_names: Iterable[str], shared: dict[str, str]) -> ImageRecord:
    values = {item.name: row[item.name] for item in fields(ImageRecord) if item.name in row}
    values |= {name: shared.setdefault(values[name], values[name]) for name in _OFTEN_EQUAL if name in values}
    values["parents"] = tuple(values["parents"] or ())
    values["files"] = tuple(values["files"] or ())
    values["objects"] = tuple(_object_from_dict(item) for item in values["objects"] or ())
    values["captions"] = dict(values["captions"] or ())
    values["extra"] = {name: row[name] for name in extra_names if row[name] is not None}
    return ImageRecord(**values)


def _object_from_dict(values: Mapping[str, Any]) -> ObjectRecord:
    copied: dict[str, Any] = {**values, "xyxy": tuple(values["xyxy"])}
    return ObjectRecord(**copied)


def record_to_dict(record: ImageRecord) -> dict[str, Any]:
    """Gives a record as JSON-ready values (``extra`` and ``captions`` as dicts)."""
    values: dict[str, Any] = {item.name: getattr(record, item.name) for item in fields(ImageRecord)}
    values["captions"], values["extra"] = dict(record.captions), dict(record.extra)
    values["parents"] = list(record.parents)
    values["files"] = list(record.files)
    values["objects"] = [_object_to_dict(item) for item in record.objects]
    return values


def _object_to_dict(item: ObjectRecord) -> dict[str, Any]:
    return {
        "label": item.label,
        "xyxy": list(item.xyxy),
        "instance_id": item.instance_id,
        "mask_path": item.mask_path,
        "score": item.score,
    }


def record_from_dict(values: Mapping[str, Any]) -> ImageRecord:
    """Inverse of ``record_to_dict``."""
    objects = tuple(_object_from_dict(item) for item in values["objects"])
    tuples: dict[str, Any] = {
        "parents": tuple(values["parents"]),
        "files": tuple(values["files"]),
        "objects": objects,
    }
    return ImageRecord(**{**values, **tuples})


@dataclass(frozen=True)
class ImageSet:
    """A root and its rows: what assets pass to each other instead of pixels.

    Attributes:
        root: store root that every ``path`` is relative to.
        records: all rows, rejected and failed ones included, in item order.
    """

    root: UPath
    records: tuple[ImageRecord, ...]

    def __len__(self) -> int:
        return len(self.records)

    def __iter__(self) -> Iterator[ImageRecord]:
        return iter(self.records)

    @property
    def ok(self) -> list[ImageRecord]:
        """Rows that later stages may use."""
        return [record for record in self.records if record.status == "ok"]

    @cached_property
    def counts(self) -> dict[Status, int]:
        """Rows by status; an ok row without a picture holds facts about the others and does not count."""
        counts: dict[Status, int] = {"ok": 0, "rejected": 0, "failed": 0}
        for record in self.records:
            if record.path or record.status != "ok":
                counts[record.status] += 1
        return counts

    @cached_property
    def reasons(self) -> dict[str, int]:
        """Reason → rows that were rejected or failed for it, most frequent first."""
        refused = [record for record in self.records if record.status != "ok"]
        return dict(Counter(record.reason or record.status for record in refused).most_common())

    @cached_property
    def frame(self) -> pd.DataFrame:
        """All rows as a DataFrame, extra columns included."""
        return to_table(self.records).to_pandas()

    def read(self, record: ImageRecord) -> RGB:
        """Decodes a row's image as (H, W, 3) uint8 RGB."""
        return decode_image(self.read_bytes(record.path), record.path)

    def read_bytes(self, path: str) -> bytes:
        """Reads any file of the store by its path relative to the root."""
        return (self.root / path).read_bytes()
