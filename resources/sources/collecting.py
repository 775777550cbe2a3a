"""Collectors: what fetches pictures into ``data/collected/<name>/``, where they are a source folder.

Belongs here: the configuration of each kind, what a collection reports, and how a file gets its
place. Does not belong here: how each kind fetches (``unsplash.py``, ``webcam.py``,
``video_stills.py``), and reading the folders (``folder.py``).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator
from upath import UPath

from resources.files import write_atomically
from resources.sources.credits import FileCredit, append_credit
from synth_assets.core.config import Params
from synth_assets.core.profile.slots import SLOTS

UNSPLASH_LICENCE = "Unsplash License"
SIZE_HW = (480, 640)
"""Height and width in pixels that a camera is asked for."""

_FolderName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]


@dataclass(frozen=True)
class Collected:
    """What a collection did.

    Attributes:
        saved: new files, relative to the folder.
        present: files that were there before and count, relative to the folder.
        skipped: (name, reason) of what was not taken.
    """

    saved: tuple[str, ...] = ()
    present: tuple[str, ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()


class CollectError(ValueError):
    """A collection that cannot go on; the message says why and the way out. Files already there stay.

    Attributes:
        collected: what was done before it stopped.
    """

    def __init__(self, message: str, collected: Collected | None = None) -> None:
        super().__init__(message)
        self.collected = collected or Collected()


class _CollectorParams(Params):
    name: _FolderName = Field(description="Names the folder data/collected/<name>; another query needs another name.")
    slot: str = Field(default="", description="Slot of all its pictures; empty: by EXIF date, else time of the file.")
    licence: str = Field(default="", description="Licence of its pictures; a line in credits.jsonl comes first.")
    attribution: str = Field(default="", description="Who to name; a line in credits.jsonl comes first.")

    @field_validator("slot")
    @classmethod
    def _known_slot(cls, value: str) -> str:
        return known_slot(value)


class UnsplashCollector(_CollectorParams):
    """A search on Unsplash; the key comes from the environment variable UNSPLASH_ACCESS_KEY."""

    kind: Literal["unsplash"]
    query: str = Field(min_length=1, description="Search words.")
    count: int = Field(default=100, ge=1, description="Photos to have in the folder.")
    licence: str = Field(default=UNSPLASH_LICENCE, description="Licence of photos without a line in credits.jsonl.")


class WebcamCollector(_CollectorParams):
    """A camera that takes a few pictures at intervals; they also form a history."""

    kind: Literal["webcam"]
    device: int | str = Field(default=0, description="Index, device file or URL of the camera.")
    count: int = Field(default=30, ge=1, description="Frames to look at in one capture.")
    interval_s: float = Field(default=1.0, ge=0, description="Between two frames.")
    size_hw: tuple[Annotated[int, Field(ge=1)], Annotated[int, Field(ge=1)]] = SIZE_HW
    every_minutes: int = Field(default=5, ge=1, description="Between two captures.")


class VideoCollector(_CollectorParams):
    """Stills of a film at intervals."""

    kind: Literal["video"]
    path: str = Field(min_length=1, description="Film, relative to the project; data/... follows SYNTH_DATA.")
    every_s: float = Field(default=2.0, gt=0, description="Between two stills.")
    count: int | None = Field(default=None, ge=1, description="At most so many stills; none: the whole film.")


Collector = Annotated[UnsplashCollector | WebcamCollector | VideoCollector, Field(discriminator="kind")]


def known_slot(value: str) -> str:
    """The slot as it is, for validators; "" stands for none.

    Raises:
        ValueError: not one of SLOTS.
    """
    if value and value not in SLOTS:
        raise ValueError(f"unknown slot; use one of {', '.join(SLOTS)}")
    return value


def collected_path(collector: Collector) -> str:
    """Path of a collector's folder, as ``place_of`` takes it."""
    return f"data/collected/{collector.name}"


def place_of(path: str, root: Path, data: Path | None = None) -> Path:
    """Where a configured path lies.

    Args:
        path: absolute, or relative to the project.
        root: the project's folder.
        data: its data folder, which ``data/…`` stands for; None = ``<root>/data``.
    """
    parts = Path(path).parts
    if data is not None and parts[:1] == ("data",):
        return data.joinpath(*parts[1:])
    return root / path


def collect(collector: Collector, folder: Path, root: Path = Path(), data: Path | None = None) -> Collected:
    """The pictures that the collector asks for lie in the folder; what was there before stays.

    Args:
        collector: what to fetch.
        folder: where to; made if it is missing.
        root: the project's folder, which a film's relative path starts from.
        data: its data folder; None = ``<root>/data``.

    Raises:
        CollectError: key, quota, network or camera; the message names the way out.
        VideoError: the film cannot be read at all.
    """
    # Imported here: these modules import this one, and loading the definitions needs no HTTP client.
    if isinstance(collector, UnsplashCollector):
        from resources.sources.unsplash import collect_unsplash
        from resources.sources.unsplash_client import UnsplashClient

        with UnsplashClient() as client:
            return collect_unsplash(folder, collector.query, collector.count, client=client)
    if isinstance(collector, WebcamCollector):
        from resources.sources.webcam import capture_webcam

        return capture_webcam(folder, collector.device, collector.count, collector.interval_s, collector.size_hw)
    from resources.sources.video_stills import collect_video

    film = place_of(collector.path, root, data)
    credit = {"licence": collector.licence, "attribution": collector.attribution}
    return collect_video(folder, film, collector.every_s, collector.count, **credit)


def save_picture(path: Path, data: bytes, credit: FileCredit | None = None) -> None:
    """The whole file is in its place, with its credit."""
    if credit:
        # The line first: a sensor that looks in between must not see a picture without its licence.
        append_credit(path.parent, credit)
    write_atomically(UPath(path), data)
