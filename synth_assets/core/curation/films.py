"""Films and stills as the curation sees them.

Belongs here: what a source of frames offers, and its error. Does not belong here: decoding
(``resources/sources/video.py``) and which frames are kept (``sampling.py``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from synth_assets.core.ports import RGB

SCAN_HW = (180, 320)
"""Size of a film's frames in a scan: enough for shots, fades and cards, and cheap."""


class VideoError(ValueError):
    """A film that cannot be decoded, or not to its end; the message names the file, the place and the way out."""


@dataclass(frozen=True)
class Moment:
    """A frame of a film.

    Attributes:
        index: number of the frame in the film, from 0.
        time_s: seconds from the film's start, by the film's own clock.
    """

    index: int
    time_s: float


@dataclass(frozen=True)
class Sample:
    """A decoded frame of a film.

    Attributes:
        time_s: seconds from the film's start.
        index: number of the frame in the film, from 0.
        image: (180, 320, 3) uint8 RGB, stretched to that size and not turned upright.
    """

    time_s: float
    index: int
    image: RGB


class SourceFile(Protocol):
    """What films and stills have in common."""

    @property
    def name(self) -> str:
        """File name with ending."""
        ...

    @property
    def digest(self) -> str:
        """Hash of the content."""
        ...

    @property
    def licence(self) -> str: ...  # noqa: D102
    @property
    def attribution(self) -> str: ...  # noqa: D102


class VideoSource(SourceFile, Protocol):
    """A film that is looked through once and then asked for single frames, without holding it in memory."""

    def scan(self) -> Iterator[Sample]:
        """Yields every frame, small.

        Raises:
            VideoError: not a film; or, behind the last good frame, what is wrong with the rest.
        """
        ...

    def pictures(self, moments: Sequence[Moment]) -> Iterator[RGB]:
        """Yields these frames of the scan, upright and in full size.

        Args:
            moments: in the film's order, none twice.

        Raises:
            VideoError: a frame is not there any more.
        """
        ...


class StillSource(SourceFile, Protocol):
    """A picture of a folder of frames."""

    @property
    def folder(self) -> str:
        """Name of the folder that holds it."""
        ...

    def read(self) -> bytes:
        """The file's bytes."""
        ...


def stem_of(name: str) -> str:
    """File name without its ending."""
    return name.rsplit(".", 1)[0]
