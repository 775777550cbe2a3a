"""The model hub: a snapshot of one commit, checked against the lock file.

Belongs here: taking an entry's files of a repository, recording and checking them. Does not belong
here: the lock file's format (``lock.py``), which files an entry wants (``FileEntry.wanted_files``) and other
sources (``fetch.py``).
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable
from pathlib import Path

from resources.models.file_entries import FileEntry
from resources.models.files import Fetched, ModelFileError, Places, files_of, sha256_of
from resources.models.lock import LockedModel, read_lock, record


def fetch_snapshot(entry: FileEntry, places: Places) -> Fetched:
    """Gives the snapshot of a hub model, of the locked commit where there is one.

    Raises:
        ModelFileError: the hub cannot be reached, or a file differs from the lock.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    key, locked = _locked(entry, places)
    folder = _snapshot_folder(places, entry.reference.name, locked.revision) if locked else None
    if folder is None or locked is None or not _is_complete(entry, folder, locked):
        take, leave = entry.wanted_files()
        try:
            found = snapshot_download(
                entry.reference.name,
                revision=locked.revision if locked else entry.reference.revision or None,
                cache_dir=places.cache_dir / "hub",
                allow_patterns=take,
                ignore_patterns=leave,
            )
        except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
            raise _unreachable(entry, error) from error
        folder = Path(found)
    settle(entry, folder, places.lock_path)
    megabytes = sum((folder / name).stat().st_size for name in _wanted(entry, _names(folder))) / 1e6
    return Fetched(folder, f"{key}@{folder.name}", megabytes)


def lock_snapshot(entry: FileEntry, places: Places) -> LockedModel:
    """Locks a hub model at the commit that the hub has now, or that is locked already.

    The checksums of large files come from the hub's own records, so no weights are fetched; the small text
    files beside them are fetched into the cache and summed here.

    Raises:
        ModelFileError: the hub cannot be reached, has none of the entry's files, or says another checksum
            than the lock.
    """
    from huggingface_hub import HfApi, hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    key, locked = _locked(entry, places)
    name, asked = entry.reference.name, entry.reference.revision
    try:
        info = HfApi().model_info(name, revision=locked.revision if locked else asked or None, files_metadata=True)
        if not info.sha:
            raise ModelFileError(f"{entry.ref}: the hub names no commit")
        sums = {sibling.rfilename: sibling.lfs.sha256 if sibling.lfs else "" for sibling in info.siblings or ()}
        found = {file: sums[file] for file in _wanted(entry, sums)}
        for file in [file for file, digest in found.items() if not digest]:
            small = hf_hub_download(name, file, revision=info.sha, cache_dir=places.cache_dir / "hub")
            found[file] = sha256_of(Path(small))
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        raise _unreachable(entry, error) from error
    if not found:
        raise ModelFileError(f"{entry.ref}: the repository has none of {', '.join(entry.wanted_files()[0])}")
    return _settle(entry, key, info.sha, found, places.lock_path)


def settle(entry: FileEntry, folder: Path, lock_path: Path) -> None:
    """Checks a snapshot against the lock file, or records there what is fetched for the first time.

    Args:
        entry: of a hub model.
        folder: snapshot, named by its commit.
        lock_path: the lock file.

    Raises:
        ModelFileError: a file differs from the lock, is missing, or is new.
    """
    found = {name: sha256_of(folder / name) for name in _wanted(entry, _names(folder))}
    _settle(entry, f"hf:{entry.reference.name}", folder.name, found, lock_path)


def _settle(entry: FileEntry, key: str, commit: str, found: dict[str, str], lock_path: Path) -> LockedModel:
    locked = read_lock(lock_path).get(key)
    if locked is not None:
        check_against_lock(entry, commit, found, locked)
        if _covers(locked, entry):
            return locked
    wanted = sorted({*(locked.wanted if locked else ()), *_patterns(entry)})
    files = {**(locked.files if locked else {}), **found}
    asked = locked.asked if locked else entry.reference.revision
    fresh = LockedModel(commit, asked, dict(sorted(files.items())), wanted)
    record(lock_path, key, fresh)
    return fresh


def check_against_lock(entry: FileEntry, commit: str, found: dict[str, str], locked: LockedModel) -> None:
    """Passes where an entry's files are exactly what the lock says.

    Args:
        entry: of a hub model.
        commit: of the files.
        found: sha256 by path inside the snapshot, of the files that the entry wants.
        locked: what the lock says; files of an entry that it does not cover yet may be new.

    Raises:
        ModelFileError: a file is missing, differs or is new; names it.
    """
    if commit != locked.revision:
        raise ModelFileError(f"{entry.ref}: the snapshot is commit {commit}, the lock says {locked.revision}")
    may_be_new = not _covers(locked, entry)
    for name in sorted({*found, *_wanted(entry, locked.files)}):
        if may_be_new and name not in locked.files:
            continue
        if found.get(name) != locked.files.get(name):
            raise ModelFileError(
                f"{entry.ref}: {name} has sha256 {found.get(name, 'none (missing)')}, "
                f"the lock says {locked.files.get(name, 'none (new)')}; refused"
            )


def snapshot_state(entry: FileEntry, places: Places) -> str:
    """Says without a network how the snapshot is: "ok" or "missing".

    Raises:
        ModelFileError: a file differs from the lock.
    """
    locked = read_lock(places.lock_path).get(f"hf:{entry.reference.name}")
    folder = _snapshot_folder(places, entry.reference.name, locked.revision) if locked else None
    if locked is None or folder is None or not _is_complete(entry, folder, locked):
        return "missing"
    found = {name: sha256_of(folder / name) for name in _wanted(entry, _names(folder))}
    check_against_lock(entry, folder.name, found, locked)
    return "ok"


def _locked(entry: FileEntry, places: Places) -> tuple[str, LockedModel | None]:
    reference = entry.reference
    key = f"hf:{reference.name}"
    locked = read_lock(places.lock_path).get(key)
    if locked and reference.revision and not locked.matches(reference.revision):
        raise ModelFileError(
            f"{entry.ref}: {places.lock_path} has {locked.revision} for {key}; delete that entry to move to another"
        )
    return key, locked


def _unreachable(entry: FileEntry, error: Exception) -> ModelFileError:
    return ModelFileError(
        f"{entry.ref}: the hub gave nothing: {error}; fetch it where there is a network, "
        "or point the role at a local folder with file:PATH"
    )


def _is_complete(entry: FileEntry, folder: Path, locked: LockedModel) -> bool:
    return _covers(locked, entry) and all((folder / name).is_file() for name in _wanted(entry, locked.files))


def _covers(locked: LockedModel, entry: FileEntry) -> bool:
    return set(_patterns(entry)) <= set(locked.wanted)


def _patterns(entry: FileEntry) -> list[str]:
    """One text for all patterns: what is left out of one pattern may be taken by another entry."""
    take, leave = entry.wanted_files()
    return [" ".join([*take, *(f"!{pattern}" for pattern in leave)])]


def _wanted(entry: FileEntry, names: Iterable[str]) -> list[str]:
    take, leave = entry.wanted_files()
    return [
        name
        for name in sorted(names)
        if any(fnmatch.fnmatchcase(name, pattern) for pattern in take)
        and not any(fnmatch.fnmatchcase(name, pattern) for pattern in leave)
    ]


def _names(folder: Path) -> list[str]:
    return [file.relative_to(folder).as_posix() for file in files_of(folder)]


def _snapshot_folder(places: Places, repo: str, revision: str) -> Path:
    return places.cache_dir / "hub" / f"models--{repo.replace('/', '--')}" / "snapshots" / revision
