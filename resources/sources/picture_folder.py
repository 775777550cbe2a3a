"""Any folder of pictures as an image set, to be explored.

Layout: ``<folder>/<class>/…``, classes nested as deep as they are, or flat. Belongs here: listing files and reading
their headers. Does not belong here: counting (``core/exploration``), and folders that feed the store (``folder.py``).
"""

from pathlib import Path

from upath import UPath

from resources.sources.credits import read_credits
from resources.sources.folder import candidate_files
from synth_assets.core.exploration.facts import CLASS, MODE
from synth_assets.core.images import BadImageError, stored_form
from synth_assets.core.items import bounded_map
from synth_assets.core.records import ImageRecord, ImageSet

_READERS = 4


def pictures_in(folder: Path) -> ImageSet:
    """Gives a row for every file that may be a picture; an unreadable one is a failed row with its reason.

    Only headers are read. Licences come from ``credits.jsonl`` beside the files, where there is one.

    Raises:
        FileNotFoundError: no such folder.
        ValueError: no picture in it.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder} is not a folder; give one with pictures in it, or in a sub-folder a class")
    paths = candidate_files(folder)
    if not paths:
        raise ValueError(f"{folder}: no picture in it or in its sub-folders")
    rows = tuple(bounded_map(lambda path: _row(folder, path), paths, _READERS))
    return ImageSet(UPath(folder), rows)


def _row(folder: Path, path: Path) -> ImageRecord:
    relative = path.relative_to(folder)
    name, parent = relative.as_posix(), relative.parent.as_posix()
    within = {} if parent == "." else {CLASS: parent}
    try:
        with path.open("rb") as file:
            (height, width), mode = stored_form(file, name)
    except (BadImageError, OSError) as error:
        # The reason without the name, so that equal ones are counted together.
        reason = str(error).removeprefix(f"{name}: ")
        return ImageRecord(source=name, status="failed", reason=reason, extra=within)
    credit = read_credits(path.parent).get(path.name)
    licence, attribution = (credit.licence, credit.attribution) if credit else ("", "")
    return ImageRecord(
        path=name,
        width=width,
        height=height,
        source=name,
        licence=licence,
        attribution=attribution,
        extra={**within, MODE: mode},
    )
