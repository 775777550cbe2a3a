"""Items: the unit of work, and the loop that makes only what is not there yet.

Belongs here: what an item is, its fingerprint, what it yields, and running items so that finished
ones are reused, failed ones become rows and memory stays flat. Does not belong here: files and
folders (``resources/store.py`` implements ``PartitionWriter``) and what any stage does.
"""

from __future__ import annotations

import json
import logging
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import numpy as np

from synth_assets.core.contents import Content, content_id
from synth_assets.core.ports import DeviceMemoryError
from synth_assets.core.records import ImageRecord, ImageSet
from synth_assets.core.sheets import sheet_of

_log = logging.getLogger(__name__)
NOTHING_TO_MAKE = "nothing to make: no usable input"
"""Note of a partition without items, where its stage says nothing better."""
CONTACT_SHEET = "contact_sheet.jpg"
"""A few of a partition's pictures, in its folder: made with each commit, so that showing it again costs nothing."""

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Item:
    """One unit of work of a partition.

    Attributes:
        key: stable and unique within the partition, usable as a file name.
        inputs: JSON values that decide the result: parents' ids, parameters, model names, seed.
            Two items with equal key and inputs need no recomputation.
        payload: what ``make`` needs besides; not part of the fingerprint.
    """

    key: str
    inputs: Mapping[str, Any]
    payload: Any = None


@dataclass(frozen=True)
class Artifact:
    """One row of an item's result, with its files.

    Attributes:
        record: the row; the store fills id, key, asset, partition, path, width, height and
            fingerprint where ``image`` is given, and leaves id and path alone where it is None
            (a row about an image of another asset).
        name: file name with ending under ``images/`` (``rejected/`` for rejected rows).
        image: encoded bytes to be written as they are, or an array to be encoded as the name's
            ending says; None for a row without a picture of its own.
        masks: (H, W) bool mask per entry of ``record.objects``, or its PNG to be written as it is, under
            ``masks/``; the store fills ``mask_path``.
        files: further files, path relative to the partition's folder → bytes.
    """

    record: ImageRecord
    name: str = ""
    image: bytes | np.ndarray | None = None
    masks: Sequence[np.ndarray | bytes] = ()
    files: Mapping[str, bytes] = field(default_factory=dict[str, bytes])


@dataclass(frozen=True)
class Extras:
    """What belongs to a whole partition beside its rows.

    Attributes:
        files: path relative to the partition's folder → content. Pictures under ``plots/`` are
            shown in the metadata of the materialization.
        details: facts for that metadata: strings, numbers, or lists of flat dicts (tables).
        more: further files, each made when its turn comes to be written: exports have many a row.
    """

    files: Mapping[str, Content] = field(default_factory=dict[str, "Content"])
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])
    more: Iterable[tuple[str, Content]] = ()


class PartitionWriter(Protocol):
    """An opened partition: what is there, and the only way to add to it."""

    asset: str
    partition: str
    code_version: str

    def begin(self, keys: Sequence[str]) -> None:
        """Says which items are wanted; files of others may be overwritten from now on."""

    def finished(self, key: str, fingerprint: str) -> bool:
        """True if the item is stored with this fingerprint and did not fail."""
        ...

    def put(self, key: str, fingerprint: str, artifacts: Iterable[Artifact]) -> list[ImageRecord]:
        """Stores an item's artifacts durably, each as it comes; safe to call from several threads."""
        ...

    def records(self, keys: Sequence[str]) -> ImageSet:
        """The rows of these items as stored so far, in this order."""
        ...

    def committed_as(self) -> str | None:
        """The ``version`` of the last commit; None before the first."""
        ...

    def committed_details(self) -> dict[str, Any]:
        """The details of the last commit."""
        ...

    def commit(self, keys: Sequence[str], version: str, extras: Extras) -> None:
        """Makes the manifest hold exactly these items, in this order, and removes all else.

        Args:
            keys: items that make up the partition.
            version: identifies this state, see ``committed_as``.
            extras: files and details of the whole partition; they replace the former ones.
        """


@dataclass(frozen=True)
class Summary:
    """What a run did to one partition.

    Attributes:
        images: the partition as it is now.
        made: items computed in this run.
        reused: items found finished.
        seconds: wall time.
        details: facts for the metadata of the materialization, from ``Extras``.
    """

    images: ImageSet
    made: int = 0
    reused: int = 0
    seconds: float = 0.0
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])


def fingerprint(code_version: str, item: Item) -> str:
    """Hash of everything that decides an item's result (32 hex digits).

    Raises:
        TypeError: an input is not JSON.
    """
    return _hash([code_version, item.key, item.inputs])


def _hash(values: Any) -> str:
    text = json.dumps(values, sort_keys=True, separators=(",", ":"))
    return content_id(text.encode())


Make = Callable[[list[Item]], Sequence[Iterable[Artifact]]]
"""Gives the artifacts of each item of a batch. An item with many gives an iterator: each is stored as it comes."""


def run_items(
    writer: PartitionWriter,
    items: Sequence[Item],
    make: Make,
    *,
    batch_size: int = 1,
    workers: int = 1,
    extras: Callable[[ImageSet], Extras] | None = None,
    extras_inputs: Any = None,
) -> Summary:
    """Makes the items that are not finished, stores each at once, then commits the partition.

    An item that raises becomes a row with status "failed" and its error; the others go on. A batch
    that raises is retried item by item, so that only the guilty one fails. On DeviceMemoryError
    the batch is halved, down to one. Where nothing changed since the last commit, nothing is
    written and ``extras`` is not called. Without items an empty partition is committed, whose
    details hold a "note".

    Args:
        writer: the opened partition.
        items: all items that make up the partition, in order.
        make: turns a batch of items into the artifacts of each; an iterator that raises fails its item.
        batch_size: items a call; more than 1 only where a model gains from it.
        workers: threads that call ``make`` at the same time; more than 1 only where ``make`` is
            thread-safe and spends its time outside Python (decoding, OpenCV, onnxruntime).
        extras: makes what belongs to the whole partition (reports, plots, exports), from all its
            rows, just before the commit.
        extras_inputs: JSON values that decide the extras besides the items.

    Raises:
        ValueError: two items share a key.
        RuntimeError: every one of several items that had to be made failed; their rows are committed first.
    """
    started = time.perf_counter()
    repeated = [key for key, count in Counter(item.key for item in items).items() if count > 1]
    if repeated:
        raise ValueError(f"{writer.asset}/{writer.partition}: items share a key: {repeated[:5]}")
    keys = [item.key for item in items]
    writer.begin(keys)
    prints = {item.key: fingerprint(writer.code_version, item) for item in items}
    todo = [item for item in items if not writer.finished(item.key, prints[item.key])]
    errors: list[str] = []

    def work(batch: list[Item]) -> None:
        for item, result in _make_batch(make, batch):
            error = result if isinstance(result, Exception) else _put(writer, item.key, prints[item.key], result)
            if error:
                _log.error("%s/%s: item %s failed", writer.asset, writer.partition, item.key, exc_info=error)
                errors.append(f"{item.key}: {type(error).__name__}: {error}")
                writer.put(item.key, prints[item.key], [_failure(item, error)])

    batches = [todo[start : start + batch_size] for start in range(0, len(todo), batch_size)]
    for _ in bounded_map(work, batches, workers):
        pass
    # The sheet's name has a say, so that partitions of before it was a file are committed once more.
    version = _hash([writer.code_version, [[key, prints[key]] for key in keys], extras_inputs, CONTACT_SHEET])
    images = writer.records(keys)
    if todo or writer.committed_as() != version:
        whole = extras(images) if extras else Extras()
        note = {} if items else {"note": NOTHING_TO_MAKE}
        sheet = sheet_of(images)
        shown = {CONTACT_SHEET: sheet} if sheet else {}
        writer.commit(keys, version, Extras({**shown, **whole.files}, {**note, **whole.details}, whole.more))
    if len(errors) == len(todo) > 1:
        raise RuntimeError(f"{writer.asset}/{writer.partition}: all {len(todo)} items failed; the first: {errors[0]}")
    return Summary(
        images=images,
        made=len(todo),
        reused=len(items) - len(todo),
        seconds=time.perf_counter() - started,
        details=writer.committed_details(),
    )


def _put(writer: PartitionWriter, key: str, fingerprint: str, artifacts: Iterable[Artifact]) -> Exception | None:
    """Stores artifacts; gives the error that making them raised. What the writer itself raises goes on."""
    raised: list[Exception] = []

    def watched() -> Iterator[Artifact]:
        try:
            yield from artifacts
        except Exception as error:
            raised.append(error)
            raise

    try:
        writer.put(key, fingerprint, watched())
    except Exception:
        if not raised:
            raise
    return raised[0] if raised else None


def _make_batch(make: Make, batch: list[Item]) -> Iterator[tuple[Item, Iterable[Artifact] | Exception]]:
    try:
        results = make(batch)
    except Exception as error:
        if len(batch) == 1:
            yield batch[0], error
            return
        half = len(batch) // 2 if isinstance(error, DeviceMemoryError) else 1
        for start in range(0, len(batch), half):
            yield from _make_batch(make, batch[start : start + half])
        return
    if len(results) != len(batch):
        raise AssertionError(f"{make} gave {len(results)} results for {len(batch)} items")
    yield from zip(batch, results, strict=True)


def _failure(item: Item, error: Exception) -> Artifact:
    source = str(item.inputs.get("source", ""))
    return Artifact(ImageRecord(source=source, status="failed", reason=f"{type(error).__name__}: {error}"))


def bounded_map(function: Callable[[T], R], values: Sequence[T], workers: int) -> Iterator[R]:
    """Maps in threads, in order, with at most 2 × workers values in flight."""
    if workers <= 1:
        yield from map(function, values)
        return
    with ThreadPoolExecutor(workers) as pool:
        pending: deque[Future[R]] = deque()
        for value in values:
            pending.append(pool.submit(function, value))
            if len(pending) >= 2 * workers:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
