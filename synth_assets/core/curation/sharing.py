"""Sharing: what other characters' partitions hold already, so that a film is looked at once for all of them.

Belongs here: finding rows of others that were made from equal inputs, and a film's rows and pictures as another
character's. Does not belong here: which characters share a film (``resources/sources/characters.py``) and what a row
of ``frame_analysis`` says of another character (``sightings.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import PurePosixPath

from synth_assets.core.contents import content_id
from synth_assets.core.curation.films import VideoSource
from synth_assets.core.items import Artifact
from synth_assets.core.records import ImageRecord, ImageSet


class Elsewhere:
    """Rows of other characters' partitions, read when first asked for, and only until all that is wanted was found.

    Args:
        others: committed partitions.
        serves: name of what a row may stand for here; None for rows that are of no use.
        wanted: how many names there are.
    """

    def __init__(self, others: Iterable[ImageSet], serves: Callable[[ImageRecord], str | None], wanted: int) -> None:
        self._others, self._serves, self._wanted = others, serves, wanted

    def find(self, name: str) -> ImageSet | None:
        """The rows that serve for it, in order and all of one partition; None where nobody has it."""
        return self._found.get(name)

    @cached_property
    def _found(self) -> dict[str, ImageSet]:
        found: dict[str, ImageSet] = {}
        for images in self._others if self._wanted else ():
            rows: dict[str, list[ImageRecord]] = {}
            for row in images:
                name = self._serves(row) if row.status != "failed" else None
                if name is not None and name not in found:
                    rows.setdefault(name, []).append(row)
            found |= {name: ImageSet(images.root, tuple(some)) for name, some in rows.items()}
            if len(found) == self._wanted:
                break
        return found


def is_intact(images: ImageSet) -> bool:
    """True if the pictures of all rows are what was stored: their partition may be written to meanwhile."""
    return all(_is_stored(images, row) for row in images if row.path)


def _is_stored(images: ImageSet, row: ImageRecord) -> bool:
    try:
        return content_id(images.read_bytes(row.path)) == row.id
    except FileNotFoundError:
        return False


def film_of_other(images: ImageSet, video: VideoSource) -> Iterator[Artifact]:
    """Yields a film's rows and encoded pictures, as they are, under this film's own licence."""
    for row in images:
        own = replace(row, licence=video.licence, attribution=video.attribution)
        yield Artifact(own, PurePosixPath(row.path).name, images.read_bytes(row.path) if row.path else None)
