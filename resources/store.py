"""The store: the only writer of images and manifests.

Layout, below the root (a local folder or any fsspec URL)::

    <asset>/<partition>/images/…      pictures of rows with status ok
    <asset>/<partition>/rejected/…    pictures of rejected rows
    <asset>/<partition>/masks/…       one PNG an object
    <asset>/<partition>/…             further files of rows and of the partition
    <asset>/<partition>/journal.jsonl what was finished since the last commit
    <asset>/<partition>/manifest.parquet  the truth

An asset without partitions has no partition folder. Every file is put in place in one step, then
a journal line says that its item is finished; a commit replaces the manifest in one step, removes
what is not in it, and the journal last. So a kill at any moment loses at most the items being
made, and a journal that is found again means that the commit has to be finished.

Belongs here: that order of events. Does not belong here: deciding what to make
(``synth_assets/core/items.py``) and how one file is written (``files.py``).
"""

import json
import threading
from array import array
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain
from typing import Any

from upath import UPath

from resources import files
from resources.encoding import encoded, size_of
from resources.manifest import MANIFEST, Manifest, committed_details, committed_version
from synth_assets.core.contents import Content, LinkTo, Streamed, content_id
from synth_assets.core.items import Artifact, Extras
from synth_assets.core.masks import encode_mask
from synth_assets.core.records import ImageRecord, ImageSet, record_from_dict, record_to_dict

_JOURNAL = "journal"


class Store:
    """A tree of image sets, one folder per asset and partition.

    Args:
        root: local folder or fsspec URL, e.g. ``s3://bucket/sets``.
        skip_existing: False = partitions opened for writing count nothing as finished, so all is made again.
    """

    def __init__(self, root: str | UPath, skip_existing: bool = True) -> None:
        self.root, self._skip_existing = UPath(root), skip_existing

    @contextmanager
    def open(self, asset: str, partition: str = "", code_version: str = "1") -> Generator["StorePartition"]:
        """Opens a partition for writing; waits while another run has it open."""
        with files.exclusive(self.root, f"{asset}__{partition}" if partition else asset):
            yield StorePartition(self.root, asset, partition, code_version, self._skip_existing)

    def read(self, asset: str, partition: str = "") -> ImageSet | None:
        """The committed rows of a partition; None where nothing was committed yet."""
        manifest = Manifest.read(_folder(self.root, asset, partition))
        return ImageSet(self.root, tuple(manifest.records)) if manifest else None

    def reusable(self, asset: str, partitions: Iterable[str]) -> Iterator[ImageSet]:
        """Yields the committed rows of partitions whose work may be taken over; none where all is made again."""
        for partition in partitions if self._skip_existing else ():
            if images := self.read(asset, partition):
                yield images

    def details(self, asset: str, partition: str = "") -> dict[str, Any]:
        """The details that the last commit stored with the rows; empty before the first."""
        return committed_details(_folder(self.root, asset, partition))

    def version(self, asset: str, partition: str = "") -> str:
        """Changes whenever the partition's rows do; "" where nothing was committed yet."""
        return committed_version(_folder(self.root, asset, partition))

    def file(self, asset: str, partition: str, path: str) -> UPath:
        """Where a file of a partition lies, e.g. ``profile.json``."""
        return _folder(self.root, asset, partition) / path

    def plots(self, asset: str, partition: str = "") -> dict[str, bytes]:
        """Name → PNG of the partition's plots."""
        folder = _folder(self.root, asset, partition) / "plots"
        return {path.stem: path.read_bytes() for path in sorted(folder.iterdir())} if folder.is_dir() else {}

    def partitions(self, asset: str) -> list[str]:
        """Partitions of an asset that hold a manifest, sorted."""
        folder = self.root / asset
        if not folder.is_dir():
            return []
        return sorted(path.name for path in folder.iterdir() if (path / MANIFEST).exists())


class StorePartition:
    """An opened partition; implements ``core.items.PartitionWriter``."""

    def __init__(self, root: UPath, asset: str, partition: str, code_version: str, skip_existing: bool = True) -> None:
        self._skip_existing = skip_existing
        self.root, self.asset, self.partition, self.code_version = root, asset, partition, code_version
        self._prefix = f"{asset}/{partition}" if partition else asset
        self._folder = _folder(root, asset, partition)
        self._lock = threading.Lock()
        self._wanted: frozenset[str] | None = None
        self._manifest = Manifest.read(self._folder)
        self._items: dict[str, list[ImageRecord]] = {}
        for record in self._manifest.records if self._manifest else ():
            self._items.setdefault(record.key, []).append(record)
        self._has_journal, self._lines = False, files.next_line(self._folder, _JOURNAL)
        for line in files.read_lines(self._folder, _JOURNAL):
            self._has_journal = True
            self._replay(line)
        self._owners = {path: key for key, rows in self._items.items() for path in self._own_paths(rows)}
        # Exports are many times as many as what rows name and are not asked for; and what rows name is mostly there.
        self._missing = set(self._owners)
        for path in files.list_files(self._folder):
            self._missing.discard(f"{self._prefix}/{path}")

    def _replay(self, line: str) -> None:
        try:
            entry = json.loads(line)
        except json.JSONDecodeError:
            return  # the line that a kill tore: its item counts as not finished
        self._items.pop(entry.get("key"), None)
        if "records" in entry:
            self._items[entry["key"]] = [record_from_dict(values) for values in entry["records"]]

    def begin(self, keys: Sequence[str]) -> None:
        """Says which items are wanted; files of others may be overwritten from now on."""
        self._wanted = frozenset(keys)

    def finished(self, key: str, fingerprint: str) -> bool:
        """True if the item is stored with this fingerprint, did not fail, and its files are there."""
        rows = self._items.get(key)
        return (
            self._skip_existing
            and bool(rows)
            and all(
                row.fingerprint == fingerprint and row.status != "failed" and self._missing.isdisjoint(_paths_of(row))
                for row in rows
            )
        )

    def _own_paths(self, rows: Iterable[ImageRecord]) -> list[str]:
        paths = (path for row in rows for path in _paths_of(row))
        return [path for path in paths if path.startswith(f"{self._prefix}/")]

    def put(self, key: str, fingerprint: str, artifacts: Iterable[Artifact]) -> list[ImageRecord]:
        """Stores an item's artifacts, each as it comes; the item is finished when this returns.

        Raises:
            ValueError: the item has no artifact, or a file of it belongs to another item.
        """
        with self._lock:
            self._release(key, self._items.get(key, ()))
            # Until the new line stands, neither the old nor the new content may count as finished.
            self._forget(key)
        rows: list[ImageRecord] = []
        try:
            for artifact in artifacts:
                data = encoded(artifact)
                row = self._row(key, fingerprint, artifact, data)
                rows.append(row)
                with self._lock:
                    self._claim(key, row)
                self._write_artifact(artifact, data, row)
        except BaseException:
            with self._lock:
                self._release(key, rows)
            raise
        if not rows:
            raise ValueError(f"{self._prefix}: item {key} has no artifact; give a rejected row with a reason instead")
        with self._lock:
            self._append({"key": key, "records": [record_to_dict(row) for row in rows]})
            self._items[key] = rows
            self._missing.difference_update(self._own_paths(rows))
        return rows

    def _release(self, key: str, rows: Iterable[ImageRecord]) -> None:
        for path in self._own_paths(rows):
            if self._owners.get(path) == key:
                del self._owners[path]

    def _forget(self, key: str) -> None:
        self._append({"key": key})
        self._items.pop(key, None)

    def _claim(self, key: str, row: ImageRecord) -> None:
        for path in self._own_paths([row]):
            owner = self._owners.get(path)
            if owner not in (None, key) and self._wanted is not None and owner not in self._wanted:
                self._forget(owner)
            elif owner is not None:
                raise ValueError(f"{path}: written by item {owner!r} and by item {key!r}; names must be unique")
            self._owners[path] = key

    def _row(self, key: str, fingerprint: str, artifact: Artifact, data: bytes | None) -> ImageRecord:
        record = replace(artifact.record, key=key, asset=self.asset, partition=self.partition, fingerprint=fingerprint)
        if data is not None:
            height, width = size_of(artifact, data)
            folder = "images" if record.status == "ok" else "rejected"
            record = replace(
                record,
                id=content_id(data),
                path=f"{self._prefix}/{folder}/{files.fitting(artifact.name)}",
                width=width,
                height=height,
            )
        if artifact.masks:
            stem = artifact.name.rsplit(".", 1)[0] if artifact.name else key
            record = replace(
                record,
                objects=tuple(
                    replace(item, mask_path=f"{self._prefix}/masks/{files.fitting(f'{stem}_{item.instance_id}.png')}")
                    for item in record.objects
                ),
            )
        own = (f"{self._prefix}/{files.fitting(path)}" for path in artifact.files)
        return replace(record, files=(*record.files, *own))

    def _write_artifact(self, artifact: Artifact, data: bytes | None, row: ImageRecord) -> None:
        if data is not None:
            files.write_atomically(self.root / row.path, data)
        if artifact.masks:
            for item, mask in zip(row.objects, artifact.masks, strict=True):
                files.write_atomically(
                    self.root / item.mask_path, mask if isinstance(mask, bytes) else encode_mask(mask)
                )
        for path, content in artifact.files.items():
            files.write_atomically(self._folder / files.fitting(path), content)

    def _write(self, target: UPath, content: Content) -> None:
        if isinstance(content, LinkTo):
            files.link_or_copy(self.root / content.path, target)
        elif isinstance(content, Streamed):
            files.write_in_chunks(target, content.chunks())
        else:
            files.write_atomically(target, content)

    def _append(self, entry: Mapping[str, Any]) -> None:
        self._has_journal = True
        files.append_line(self._folder, _JOURNAL, json.dumps(entry, separators=(",", ":")), self._lines)
        self._lines += 1

    def records(self, keys: Sequence[str]) -> ImageSet:
        """The rows of these items as stored so far, in this order.

        Raises:
            KeyError: an item was never put.
        """
        return ImageSet(self.root, tuple(row for key in keys for row in self._items[key]))

    def committed_as(self) -> str | None:
        """Version of the last commit; None before the first, or where a commit was cut off."""
        return self._manifest.version if self._manifest and not self._has_journal else None

    def committed_details(self) -> dict[str, Any]:
        """Details of the last commit; empty before the first."""
        return dict(self._manifest.details) if self._manifest else {}

    def commit(self, keys: Sequence[str], version: str, extras: Extras) -> None:
        """Makes the manifest hold exactly these items, in this order, and removes all else."""
        records = self.records(keys).records
        # A commit that is cut off must show, also where no item was made: see committed_as.
        self._append({"commit": version})
        # Hashes, because the names of a million exported files would take a third of a gigabyte.
        below = len(self._prefix) + 1
        keep = array("q", (hash(path[below:]) for record in records for path in self._own_paths([record])))
        keep.append(hash(MANIFEST))
        for path, content in chain(extras.files.items(), extras.more):
            keep.append(hash(path))
            self._write(self._folder / path, content)
        manifest = Manifest(list(records), version, dict(extras.details))
        files.write_atomically(self._folder / MANIFEST, manifest.to_bytes())
        # The journal last, the oldest of it first: what a kill leaves must not be older than what it took.
        for name in sorted(files.remove_others(self._folder, keep, _JOURNAL)):
            (self._folder / name).unlink()
        self._manifest, self._has_journal, self._lines = manifest, False, 0
        self._items = {key: self._items[key] for key in keys}


def _folder(root: UPath, asset: str, partition: str) -> UPath:
    return root / asset / partition if partition else root / asset


def _paths_of(record: ImageRecord) -> list[str]:
    paths = [record.path, *record.files, *(item.mask_path for item in record.objects)]
    return [path for path in paths if path]
