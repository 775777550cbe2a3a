"""The model hub: a snapshot of one commit, checked against the lock file.

Belongs here: which files of a repository are taken, and recording or checking them. Does not belong
here: the lock file's format (``lock.py``) and other sources (``fetch.py``).
"""

from __future__ import annotations

from pathlib import Path

from resources.models.entries import ModelEntry
from resources.models.files import Fetched, ModelFileError, Places, files_of, megabytes_of, sha256_of
from resources.models.lock import LockedModel, read_lock, record

_SAFE_FILES = ("*.json", "*.txt", "*.model", "*.safetensors", "*.onnx")


def fetch_snapshot(entry: ModelEntry, places: Places) -> Fetched:
    """Gives the snapshot of a hub model, of the locked commit where there is one.

    Raises:
        ModelFileError: the hub cannot be reached, or a file differs from the lock.
    """
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
                allow_patterns=_patterns(entry),
            )
        except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
            raise ModelFileError(
                f"{entry.ref}: the hub gave nothing: {error}; fetch it where there is a network, "
                "or point the role at a local folder with file:PATH"
            ) from error
        folder = Path(found)
    settle(entry.ref, key, folder, reference.revision, places.lock_path)
    return Fetched(folder, f"{key}@{folder.name}", megabytes_of(folder))


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
        files = {str(file.relative_to(folder)): sha256_of(file) for file in files_of(folder)}
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
    found = {str(file.relative_to(folder)): sha256_of(file) for file in files_of(folder)}
    for name in sorted(found.keys() | locked.files.keys()):
        if found.get(name) != locked.files.get(name):
            raise ModelFileError(
                f"{ref}: {name} has sha256 {found.get(name, 'none (missing)')}, "
                f"the lock says {locked.files.get(name, 'none (new)')}; refused"
            )


def _snapshot_folder(places: Places, repo: str, revision: str) -> Path:
    return places.cache_dir / "hub" / f"models--{repo.replace('/', '--')}" / "snapshots" / revision


def _patterns(entry: ModelEntry) -> list[str]:
    if not entry.engine.startswith("diffusers"):
        return list(_SAFE_FILES)
    # A pipeline's parts lie in folders; the files at the top repeat them in one checkpoint.
    weights = f"*/*.{entry.variant}.safetensors" if entry.variant else "*/*.safetensors"
    return ["model_index.json", "*/*.json", "*/*.txt", "*/*.model", weights]


def snapshot_state(entry: ModelEntry, places: Places) -> str:
    """Says without a network how the snapshot is: "ok" or "missing".

    Raises:
        ModelFileError: a file differs from the lock.
    """
    name = entry.reference.name
    locked = read_lock(places.lock_path).get(f"hf:{name}")
    folder = _snapshot_folder(places, name, locked.revision) if locked else None
    if locked is None or folder is None or not folder.is_dir():
        return "missing"
    check_against_lock(entry.ref, folder, locked)
    return "ok"
