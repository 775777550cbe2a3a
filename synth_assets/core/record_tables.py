"""Record tables: records as the columns of a manifest, and back.

Belongs here: the Parquet schema, and the way from rows to tables and back in little memory. Does not
belong here: the row itself (``records.py``) and files (``resources/manifest.py``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any

import pyarrow as pa

from synth_assets.core.records import ImageRecord, object_from_dict, object_to_dict

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
_NOTHING = type(None)
_KINDS = (_NOTHING, bool, int, float)
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
            kinds.setdefault(name, set()).add(next((kind for kind in _KINDS if isinstance(value, kind)), str))
    if wrong := sorted(kinds.keys() & _BASE):
        raise ValueError(f"extra column {wrong[0]!r} has the name of a base column; rename it")
    extra = [pa.field(name, _type_of(kinds[name] - {_NOTHING})) for name in sorted(kinds)]
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
        return [[object_to_dict(item) for item in record.objects] for record in records]
    return [getattr(record, name) for record in records]


def from_batches(batches: Iterable[pa.RecordBatch]) -> list[ImageRecord]:
    """Reads records back from parts of a manifest table, one part at a time; the inverse of ``to_table``."""
    shared: dict[str, str] = {}
    records: list[ImageRecord] = []
    for batch in batches:
        extra_names = [name for name in batch.schema.names if name not in _BASE]
        records += [_from_row(row, extra_names, shared) for row in batch.to_pylist()]
    return records


def _from_row(row: Mapping[str, Any], extra_names: Iterable[str], shared: dict[str, str]) -> ImageRecord:
    values = {item.name: row[item.name] for item in fields(ImageRecord) if item.name in row}
    values |= {name: shared.setdefault(values[name], values[name]) for name in _OFTEN_EQUAL if name in values}
    values["parents"] = tuple(shared.setdefault(parent, parent) for parent in values["parents"] or ())
    values["files"] = tuple(values["files"] or ())
    values["objects"] = tuple(
        object_from_dict({**item, "label": shared.setdefault(item["label"], item["label"])})
        for item in values["objects"] or ()
    )
    values["captions"] = dict(values["captions"] or ())
    extra = {name: row[name] for name in extra_names if row[name] is not None}
    values["extra"] = {k: shared.setdefault(v, v) if isinstance(v, str) else v for k, v in extra.items()}
    return ImageRecord(**values)
