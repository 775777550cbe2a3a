"""The manifest: rows, version and details of a partition in one Parquet file.

Belongs here: that file's form. Does not belong here: when it is written (``store.py``) and what a
row is (``synth_assets/core/records.py``).
"""

import io
import json
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from upath import UPath

from synth_assets.core.record_tables import ROWS_AT_ONCE, from_batches, schema_of, to_table
from synth_assets.core.records import ImageRecord

MANIFEST = "manifest.parquet"
_METADATA_KEY = b"synth_assets"


class Manifest:
    """Rows, version and details, in one Parquet file."""

    def __init__(self, records: list[ImageRecord], version: str, details: dict[str, Any]) -> None:
        self.records, self.version, self.details = records, version, details

    @classmethod
    def read(cls, folder: UPath) -> "Manifest | None":
        """Reads a folder's manifest; None where there is none."""
        path = folder / MANIFEST
        if not path.exists():
            return None
        file = pq.ParquetFile(io.BytesIO(path.read_bytes()))
        metadata = json.loads(_metadata_of(file.schema_arrow))
        return cls(from_batches(file.iter_batches(ROWS_AT_ONCE)), metadata["version"], metadata["details"])

    def to_bytes(self) -> bytes:
        """The file's content."""
        schema = schema_of(self.records)
        metadata = json.dumps({"version": self.version, "details": self.details})
        buffer = io.BytesIO()
        with pq.ParquetWriter(buffer, schema.with_metadata({_METADATA_KEY: metadata.encode()})) as writer:
            for start in range(0, max(1, len(self.records)), ROWS_AT_ONCE):
                rows = self.records[start : start + ROWS_AT_ONCE]
                writer.write_table(to_table(rows, schema).replace_schema_metadata(writer.schema.metadata))
        return buffer.getvalue()


def committed_details(folder: UPath) -> dict[str, Any]:
    """Details of a folder's manifest, without reading its rows; empty where there is none."""
    path = folder / MANIFEST
    if not path.exists():
        return {}
    return json.loads(_metadata_of(pq.read_schema(io.BytesIO(path.read_bytes()))))["details"]


def committed_version(folder: UPath) -> str:
    """Version of a folder's manifest; "" where there is none."""
    path = folder / MANIFEST
    if not path.exists():
        return ""
    stat = path.stat()
    # A file that is replaced in memory:// has no time of change, only one of its making.
    return _version_of(path, stat.st_mtime or getattr(stat, "st_birthtime", 0.0), stat.st_size)


def _metadata_of(schema: pa.Schema) -> bytes:
    return (schema.metadata or {})[_METADATA_KEY]


@lru_cache(maxsize=100_000)
def _version_of(manifest: UPath, modified: float, size: int) -> str:
    """Reads a manifest's footer once for as long as its time and size stay: sensors look every few seconds."""
    return json.loads(_metadata_of(pq.read_schema(io.BytesIO(manifest.read_bytes()))))["version"]
