"""Model files: where they lie, their checksums, and the error when they are wrong.

Belongs here: what fetching from any source shares. Does not belong here: a source
(``fetch.py``, ``hub.py``).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from resources.models.file_entries import FileEntry

_BLOCK_BYTES = 1 << 20


class ModelFileError(RuntimeError):
    """A model file is missing, cannot be fetched, or is not the one that was promised."""


@dataclass(frozen=True)
class Places:
    """Where model files are.

    Attributes:
        root: the project's root; relative ``file:`` paths start here.
        cache_dir: fetched files.
        lock_path: ``configs/models.lock``.
    """

    root: Path
    cache_dir: Path
    lock_path: Path


@dataclass(frozen=True)
class Fetched:
    """A checked local copy.

    Attributes:
        path: file or folder to load.
        ref: the reference with everything resolved: a hub's commit, a local file's hash.
        megabytes: size on disk of what is loaded.
    """

    path: Path
    ref: str
    megabytes: float


def local_path(entry: FileEntry, places: Places) -> Path:
    """Where a ``file:`` reference points; relative paths start at the project's root."""
    return places.root / Path(entry.reference.name).expanduser()


def files_of(path: Path) -> list[Path]:
    """The file itself, or every file below the folder, sorted."""
    return [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.is_file())


def megabytes_of(path: Path) -> float:
    """Size on disk of a file or a folder."""
    return sum(file.stat().st_size for file in files_of(path)) / 1e6


def sha256_of(path: Path) -> str:
    """The file's sha256 in hex."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def folder_sha256(path: Path) -> str:
    """The sha256 in hex of all files below the folder: of each one's path in it and its own sha256, sorted."""
    lines = [f"{file.relative_to(path).as_posix()}{sha256_of(file)}" for file in files_of(path)]
    return hashlib.sha256("".join(lines).encode()).hexdigest()
