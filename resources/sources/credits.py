"""Credits of single files: ``credits.jsonl`` in a folder says whom its pictures are from.

Belongs here: writing a line so that it survives a kill, reading all lines back. Does not belong
here: credits by pattern and the defaults of a folder (``folder.py``).
"""

import logging
import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from pydantic import Field, ValidationError

from synth_assets.core.config import Params

CREDITS_FILE = "credits.jsonl"

_log = logging.getLogger(__name__)


class FileCredit(Params):
    """One line: a file of the folder, its licence and its author."""

    file: str = Field(min_length=1, description="Name of the file, which lies beside credits.jsonl.")
    licence: str = Field(default="", description="SPDX-like name; empty: not known.")
    attribution: str = Field(default="", description="Who to name.")
    url: str = Field(default="", description="Page of the picture.")
    source_id: str = Field(default="", description="What its source calls it.")


def append_credit(folder: Path, credit: FileCredit) -> None:
    """The credit is on the disk, behind all earlier ones; of two for one file the later counts."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / CREDITS_FILE).open("ab+") as file:
        torn = False
        if file.seek(0, os.SEEK_END):
            file.seek(-1, os.SEEK_END)
            torn = file.read(1) != b"\n"
        # In one write, so that no reader and no other writer sees half of it.
        file.write(("\n" * torn + credit.model_dump_json() + "\n").encode())
        file.flush()
        os.fsync(file.fileno())


def read_credits(folder: Path) -> Mapping[str, FileCredit]:
    """The credits of a folder's files by name; empty where there is no ``credits.jsonl``.

    A line that a kill left torn does not count. The file is parsed again only when its size or
    time changes, so asking every few seconds is cheap.

    Raises:
        ValueError: a line that is JSON but no credit, with file and line.
    """
    path = folder / CREDITS_FILE
    try:
        stat = path.stat()
    except FileNotFoundError:
        return {}
    return _parse(path, stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=1_000)
def _parse(path: Path, _size: int, _modified_ns: int) -> Mapping[str, FileCredit]:
    found: dict[str, FileCredit] = {}
    for number, line in enumerate(path.read_bytes().split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            credit = FileCredit.model_validate_json(line)
        except ValidationError as error:
            first = error.errors()[0]
            if first["type"] != "json_invalid":
                where = ".".join(map(str, first["loc"])) or "line"
                raise ValueError(f"{path}:{number}: {where}: {first['msg']}; correct the line or remove it") from error
            _log.warning("%s:%d: a torn line, left by a kill; it does not count", path, number)
        else:
            found[credit.file] = credit
    return MappingProxyType(found)
