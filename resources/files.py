"""Files of the store: atomic writes, links, listings, locks; on a local folder or any fsspec URL.

Belongs here: what differs between a local disk and an object store. Does not belong here: what
the files mean (``store.py``).
"""

import fcntl
import hashlib
import logging
import os
import tempfile
import uuid
from array import array
from bisect import bisect_left
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np
from upath import UPath

_log = logging.getLogger(__name__)
TEMPORARY_PREFIX = ".tmp-"
_LONGEST_NAME = 200
"""Bytes of a file name; file systems take 255, and the names of labels and variants grow from it."""
_DIGEST = 12


def fitting(path: str) -> str:
    """Gives the path with every part that is too long for a file name cut, and a hash in place of the rest.

    Names with equal stems stay equal but for their ending.

    Raises:
        ValueError: the path would leave its folder.
    """
    parts = path.split("/")
    if not path or any(part in ("", ".", "..") for part in parts):
        raise ValueError(f"{path!r}: not the path of a file within its folder")
    return "/".join(map(_fitting_name, parts))


def _fitting_name(name: str) -> str:
    if len(name.encode()) <= _LONGEST_NAME:
        return name
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending) > _DIGEST:
        stem, dot, ending = name, "", ""
    digest = hashlib.sha256(stem.encode()).hexdigest()[:_DIGEST]
    room = _LONGEST_NAME - len(f"~{digest}{dot}{ending}".encode())
    return f"{stem.encode()[:room].decode(errors='ignore')}~{digest}{dot}{ending}"


def is_local(root: UPath) -> bool:
    """True for a folder of this machine's file system."""
    return root.protocol in ("", "file", "local")


def write_atomically(path: UPath, data: bytes) -> None:
    """Puts the whole file in place or nothing: temporary file and rename, or one object write."""
    write_in_chunks(path, [data])


def write_in_chunks(path: UPath, chunks: Iterable[bytes]) -> None:
    """As ``write_atomically``, for a file that is not held in memory as a whole."""
    if not is_local(path):
        with path.open("wb") as file:
            file.writelines(chunks)
        return
    target = Path(str(path))
    temporary = _temporary_beside(target)
    with _opened(temporary) as file:
        file.writelines(chunks)
    temporary.replace(target)


def _temporary_beside(target: Path) -> Path:
    return target.parent / f"{TEMPORARY_PREFIX}{uuid.uuid4().hex}"


def _opened(path: Path) -> IO[bytes]:
    try:
        return path.open("wb")
    except FileNotFoundError:  # asking for every folder first would double the time of small files
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("wb")


def link_or_copy(source: UPath, target: UPath) -> None:
    """Makes target a hard link of source where the file system allows, a copy elsewhere."""
    if is_local(source) and is_local(target) and _linked(Path(str(source)), Path(str(target))):
        return
    write_atomically(target, source.read_bytes())


def _linked(source: Path, target: Path) -> bool:
    try:
        os.link(source, target)
    except FileNotFoundError:  # as in _opened: the folder is asked for where it is missing only
        if target.parent.is_dir():
            raise
        target.parent.mkdir(parents=True, exist_ok=True)
        return _linked(source, target)
    except FileExistsError:
        if source.samefile(target):
            return True
    except OSError as error:
        _log.debug("no hard link from %s to %s (%s): copying", source, target, error)
        return False
    else:
        return True
    temporary = _temporary_beside(target)
    os.link(source, temporary)
    temporary.replace(target)
    return True


def append_line(folder: UPath, name: str, line: str, number: int) -> None:
    """Adds a line to a log that survives a kill.

    A local log is one file; an object store has no append, so there each line is an object.
    """
    if is_local(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with Path(str(folder / f"{name}.jsonl")).open("ab+") as file:
            file.write((_end_of_torn_line(file) + line + "\n").encode())
    else:
        write_atomically(folder / f"{name}-{number:08d}.jsonl", (line + "\n").encode())


def _end_of_torn_line(file: IO[bytes]) -> str:
    """The newline that a kill kept from the log; without it the next line would be lost as well."""
    if not file.seek(0, os.SEEK_END):
        return ""
    file.seek(-1, os.SEEK_END)
    return "" if file.read(1) == b"\n" else "\n"


def next_line(folder: UPath, name: str) -> int:
    """The number for the next ``append_line``: behind all that are there, though earlier ones may be gone."""
    if is_local(folder):
        return sum(1 for _ in read_lines(folder, name))
    numbers = [int(file[len(name) + 1 : -len(".jsonl")]) for file in list_files(folder) if file.startswith(f"{name}-")]
    return max(numbers, default=-1) + 1


def read_lines(folder: UPath, name: str) -> Iterator[str]:
    """Reads back what ``append_line`` wrote, in order, line by line; a torn last line is included as it is."""
    if is_local(folder):
        path = Path(str(folder / f"{name}.jsonl"))
        if path.exists():
            with path.open(encoding="utf-8") as file:
                yield from (line.rstrip("\n") for line in file)
        return
    for file in sorted(file for file in list_files(folder) if file.startswith(f"{name}-")):
        yield from (folder / file).read_text(encoding="utf-8").splitlines()


def list_files(folder: UPath) -> Iterator[str]:
    """Paths of all files below the folder, relative to it; those listed already may be removed meanwhile."""
    if is_local(folder):
        base = str(folder)
        # rglob would remember a Path of every file: at a million files, half a gigabyte.
        for place, _, names in os.walk(base):
            inner = os.path.relpath(place, base)
            yield from names if inner == os.curdir else (f"{inner}/{name}" for name in names)
        return
    base_path = folder.path.rstrip("/")
    for path in folder.fs.find(folder.path):
        yield path[len(base_path) :].lstrip("/")


def remove_others(folder: UPath, keep: "array[int]", spared: str) -> list[str]:
    """Removes all files below the folder except those to keep.

    Args:
        folder: where.
        keep: ``hash`` of each path to keep, relative to the folder; it comes back sorted.
        spared: files whose path begins like this stay too.

    Returns:
        The files that were spared.
    """
    np.frombuffer(keep, np.int64).sort()
    left: list[str] = []
    for name in list_files(folder):
        place = bisect_left(keep, hash(name))
        if name.startswith(spared):
            left.append(name)
        elif place == len(keep) or keep[place] != hash(name):
            (folder / name).unlink()
    return left


@contextmanager
def exclusive(root: UPath, name: str) -> Generator[None]:
    """Holds a lock that the kernel frees when the process ends, however it ends.

    The lock file lies under the root of a local store; the runs on a remote store are kept apart
    on this machine only.
    """
    folder = Path(str(root)) / ".locks" if is_local(root) else Path(tempfile.gettempdir()) / "synth-assets-locks"
    folder.mkdir(parents=True, exist_ok=True)
    if not is_local(root):
        name = f"{hashlib.sha256(str(root).encode()).hexdigest()[:16]}-{name}"
    with (folder / f"{name}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _log.warning("another run works on %s: waiting for it", name)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
