"""The lock file: which commit of a hub model was fetched first, and the checksum of its files.

Belongs here: reading and writing ``configs/models.lock``. Does not belong here: deciding what to
do about a difference (``fetch.py``).
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class LockedModel:
    """What was fetched.

    Attributes:
        revision: commit.
        asked: revision that was asked for, e.g. "main"; "" for the default branch.
        files: sha256 by path inside the snapshot.
        wanted: patterns of the files that were locked; those of another entry of the same repository
            are added to the same commit when it is locked.
    """

    revision: str
    asked: str
    files: dict[str, str]
    wanted: list[str] = field(default_factory=list[str])

    def matches(self, revision: str) -> bool:
        """True if this is what a reference with that revision means."""
        return revision == self.asked or self.revision.startswith(revision)


def read_lock(path: Path) -> dict[str, LockedModel]:
    """Gives the locked models by ``hf:OWNER/NAME``; empty where there is no file yet.

    Raises:
        ValueError: the file is not what this module writes.
    """
    if not path.exists():
        return {}
    try:
        return {key: LockedModel(**value) for key, value in json.loads(path.read_text()).items()}
    except (json.JSONDecodeError, TypeError, AttributeError) as error:
        raise ValueError(
            f"{path}: not a lock file ({error}); restore it from git, or delete it to lock anew"
        ) from error


def record(path: Path, key: str, model: LockedModel) -> None:
    """Adds a model to the lock file, replacing the file in one step."""
    locked = {**read_lock(path), key: model}
    text = json.dumps({name: asdict(value) for name, value in sorted(locked.items())}, indent=2)
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(f".{os.getpid()}.tmp")
    fresh.write_text(text + "\n")
    fresh.replace(path)
