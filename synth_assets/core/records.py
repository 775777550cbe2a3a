"""Records: one row an image, and the image set that assets pass to each other.

Belongs here: the row, its objects, and both as JSON-ready values. Does not belong here: tables
(``record_tables.py``), writing files (``resources/store.py``) and any computation on pixels.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any, Literal

from upath import UPath

from synth_assets.core.images import decode_image
from synth_assets.core.ports import RGB

Scalar = str | int | float | bool | None
Status = Literal["ok", "rejected", "failed"]


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
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
        return PurePosixPath(self.path).stem if self.path else self.key


def object_from_dict(values: Mapping[str, Any]) -> ObjectRecord:
    """Inverse of ``object_to_dict``."""
    copied: dict[str, Any] = {**values, "xyxy": tuple(values["xyxy"])}
    return ObjectRecord(**copied)


def record_to_dict(record: ImageRecord) -> dict[str, Any]:
    """Gives a record as JSON-ready values (``extra`` and ``captions`` as dicts)."""
    values: dict[str, Any] = {item.name: getattr(record, item.name) for item in fields(ImageRecord)}
    values["captions"], values["extra"] = dict(record.captions), dict(record.extra)
    values["parents"] = list(record.parents)
    values["files"] = list(record.files)
    values["objects"] = [object_to_dict(item) for item in record.objects]
    return values


def object_to_dict(item: ObjectRecord) -> dict[str, Any]:
    """Gives an object as JSON-ready values."""
    return {
        "label": item.label,
        "xyxy": list(item.xyxy),
        "instance_id": item.instance_id,
        "mask_path": item.mask_path,
        "score": item.score,
    }


def record_from_dict(values: Mapping[str, Any]) -> ImageRecord:
    """Inverse of ``record_to_dict``."""
    objects = tuple(object_from_dict(item) for item in values["objects"])
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

    def without_extras(self) -> ImageSet:
        """The same rows without the columns of the asset itself."""
        return ImageSet(self.root, tuple(replace(row, extra={}) for row in self.records))

    def read(self, record: ImageRecord) -> RGB:
        """Decodes a row's image as (H, W, 3) uint8 RGB."""
        return decode_image(self.read_bytes(record.path), record.path)

    def read_bytes(self, path: str) -> bytes:
        """Reads any file of the store by its path relative to the root."""
        return (self.root / path).read_bytes()
