"""Folders of pictures: the sources that ``configs/sources.yaml`` names, and what lies in them.

Layout of a folder: ``<folder>/<slot>/…``, or flat (slot by EXIF date, else by the file's time).
Belongs here: finding files, their slot, time, licence and content hash. Does not belong here:
judging whether a file is a usable picture (``core/profile/references.py``), and filling folders
(``collecting.py``).
"""

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatch
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Self

from pydantic import Field, field_validator, model_validator

from resources.sources.collecting import Collector, collected_path, known_slot, place_of
from resources.sources.credits import FileCredit, read_credits
from synth_assets.core.config import Params
from synth_assets.core.exif import exif_datetime
from synth_assets.core.profile.references import ReferenceFile
from synth_assets.core.profile.slots import SLOTS, slot_for

PICTURE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".gif", ".mpo", ".avif", ".jp2", ".ppm"}
)
IGNORED_SUFFIXES = frozenset(
    {".md", ".txt", ".csv", ".tsv", ".json", ".jsonl", ".yaml", ".yml", ".toml", ".xml", ".html", ".pdf"}
    | {".ini", ".db", ".log", ".part", ".crdownload", ".tmp"}
)
"""Files beside pictures, and downloads under way. Anything else is taken in or refused by name."""


class Credit(Params):
    """Licence and attribution of the files whose path in the source matches a pattern."""

    pattern: str = Field(description="Shell pattern on the path relative to the source, e.g. 'night/wine_*'.")
    licence: str = Field(description="SPDX-like name, e.g. CC-BY-4.0.")
    attribution: str = Field(default="", description="Who to name.")


class SourceFolder(Params):
    """One folder of reference photos."""

    name: str = Field(description="Label in the table's source column.")
    path: str = Field(description="Folder, relative to the project; data/... follows SYNTH_DATA. Or absolute.")
    slot: str = Field(default="", description="Slot of all its files; empty: by folder name, EXIF date, file time.")
    licence: str = Field(default="", description="Licence of files that no credit matches.")
    attribution: str = Field(default="", description="Attribution of files that no credit matches.")
    credits: tuple[Credit, ...] = Field(default=(), description="Per pattern; the first match counts.")
    optional: bool = Field(default=False, description="Whether the folder may be missing.")
    history: bool = Field(default=False, description="Whether its files also form a history in time windows.")

    @field_validator("slot")
    @classmethod
    def _known_slot(cls, value: str) -> str:
        return known_slot(value)

    def credit_of(self, name: str) -> tuple[str, str]:
        """Licence and attribution of a file, by its path relative to the folder."""
        for credit in self.credits:
            if fnmatch(name, credit.pattern):
                return credit.licence, credit.attribution
        return self.licence, self.attribution


class SourcesConfig(Params):
    """``configs/sources.yaml``: where reference photos come from."""

    folders: tuple[SourceFolder, ...] = Field(description="In order; of equal files the first counts.")
    collectors: tuple[Collector, ...] = Field(default=(), description="What fetches pictures into data/collected/.")

    @model_validator(mode="after")
    def _unique_names(self) -> Self:
        names = [source.name for source in (*self.folders, *self.collectors)]
        if len(set(names)) < len(names):
            raise ValueError(f"names of sources must be unique, found {', '.join(names)}")
        return self


def all_folders(config: SourcesConfig) -> tuple[SourceFolder, ...]:
    """The configured folders, then one for each collector, which may be missing as long as it is empty."""
    collected = (
        SourceFolder(
            name=collector.name,
            path=collected_path(collector),
            slot=collector.slot,
            licence=collector.licence,
            attribution=collector.attribution,
            optional=True,
            history=collector.kind == "webcam",
        )
        for collector in config.collectors
    )
    return (*config.folders, *collected)


@dataclass(frozen=True)
class SourceFile:
    """One file of a source.

    Attributes:
        name: path relative to the source folder, with forward slashes.
        path: where it lies.
        slot: time slot that it belongs to.
        licence: SPDX-like name; "" for unknown.
        attribution: who to name; "" for unknown.
        source: label of the source.
        size: in bytes.
        modified_ns: time of its last change, nanoseconds since the epoch.
        taken: local time, without a zone: EXIF DateTimeOriginal, else the file's time. EXIF is read
            where it decides the slot, and in folders that form a history.
        history: whether it also belongs to a history in time windows.
    """

    name: str
    path: Path
    slot: str
    licence: str
    attribution: str
    source: str
    size: int
    modified_ns: int
    taken: datetime
    history: bool = False

    @cached_property
    def content_id(self) -> str:
        """Hash of the file's bytes, read when first asked for; says which file it is where they cannot be read."""
        try:
            with self.path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()[:32]
        except OSError:
            return f"unreadable: {self.path}"  # who takes it in reads it again, and gives the reason


def find_pictures(
    folders: Sequence[SourceFolder], root: Path, data: Path | None = None, settled_before: float = float("inf")
) -> dict[str, list[SourceFile]]:
    """Finds the files of every slot, in the order of the sources and then of their names.

    Documents, hidden files and downloads under way are ignored; whatever else lies in a folder is
    listed, readable or not.

    Args:
        folders: the sources.
        root: the project's folder, which relative paths start from.
        data: its data folder, which ``data/…`` stands for; None = ``<root>/data``.
        settled_before: files changed after this time (seconds since the epoch) are left out, see ``has_settled``.

    Raises:
        FileNotFoundError: a folder that is not optional is missing.
    """
    found: dict[str, list[SourceFile]] = {slot: [] for slot in SLOTS}
    credits_of = cache(read_credits)
    for folder in folders:
        place = place_of(folder.path, root, data)
        if not place.is_dir():
            if folder.optional:
                continue
            raise FileNotFoundError(
                f"source folder {place} is missing; create it, or change {folder.name!r} in configs/sources.yaml"
            )
        for path in candidate_files(place):
            stat = path.stat()
            if has_settled(stat.st_mtime, settled_before):
                file = _source_file(folder, place, path, stat.st_size, stat.st_mtime_ns, credits_of(path.parent))
                found[file.slot].append(file)
    return found


def has_settled(modified_s: float, settled_before: float) -> bool:
    """False for a file changed between a time and now; one from the future would never settle, so it has.

    Args:
        modified_s: time of its last change, seconds since the epoch.
        settled_before: likewise.
    """
    return modified_s <= settled_before or modified_s > time.time()


def candidate_files(root: Path) -> list[Path]:
    """The files under a folder that may be pictures, by name; no documents, nothing hidden, no download under way."""

    def is_candidate(path: Path) -> bool:
        hidden = any(part.startswith(".") for part in path.relative_to(root).parts)
        return not hidden and path.suffix.lower() not in IGNORED_SUFFIXES and path.is_file()

    return sorted(filter(is_candidate, root.rglob("*")), key=lambda path: path.relative_to(root).as_posix())


def _source_file(
    folder: SourceFolder, root: Path, path: Path, size: int, modified_ns: int, beside: Mapping[str, FileCredit]
) -> SourceFile:
    name = path.relative_to(root).as_posix()
    credit = beside.get(path.name)
    licence, attribution = (credit.licence, credit.attribution) if credit else folder.credit_of(name)
    parents = [part.lower() for part in path.relative_to(root).parts[:-1]]
    slot_folder = next((part for part in reversed(parents) if part in SLOTS), None)
    by_time = not (folder.slot or slot_folder)
    exif = _taken_by_exif(path, size, modified_ns) if by_time or folder.history else None
    written = datetime.fromtimestamp(modified_ns / 1e9)
    return SourceFile(
        name=name,
        path=path,
        slot=slot_for(folder.slot or None, slot_folder, exif, written),
        licence=licence,
        attribution=attribution,
        source=folder.name,
        size=size,
        modified_ns=modified_ns,
        taken=exif or written,
        history=folder.history,
    )


def _taken_by_exif(path: Path, size: int, modified_ns: int) -> datetime | None:
    try:
        return _exif_datetime_of(path, size, modified_ns)
    except OSError:
        # A file that may not be read must not hide all others: it gets a row with the reason when it is taken in.
        return None


@lru_cache(maxsize=100_000)
def _exif_datetime_of(path: Path, size: int, modified_ns: int) -> datetime | None:
    """Reads a file once for as long as its size and time stay: the sensor looks every few seconds."""
    with path.open("rb") as file:
        return exif_datetime(file)


def reference_files(files: Sequence[SourceFile]) -> list[ReferenceFile]:
    """The files as the core takes them in; their bytes are read when asked for."""
    return [
        ReferenceFile(
            file.name,
            file.path.read_bytes,
            file.content_id,
            file.source,
            file.licence,
            file.attribution,
            file.taken if file.history else None,
        )
        for file in files
    ]


def listing_of(files: Sequence[SourceFile]) -> str:
    """A hash of names, sizes, times and credits; it changes when a file or its credit comes, goes or is written."""
    lines = [
        f"{file.source}/{file.name}\t{file.size}\t{file.modified_ns}\t{file.licence}\t{file.attribution}"
        for file in files
    ]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]
