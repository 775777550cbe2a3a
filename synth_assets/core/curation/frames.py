"""Frames: which moments of films and which stills become the frames of a character.

Belongs here: sampling, shot boundaries, and dropping frames that teach nothing (blank, fading,
repeated). Does not belong here: opening files (``resources/sources/video.py``), measuring what is
kept (``analysis.py``) and adding neighbours of a frame.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from synth_assets.core.config import Params
from synth_assets.core.images import BadImageError, decode_image, encode_png
from synth_assets.core.items import Artifact, Extras, Item, PartitionWriter, Summary, run_items
from synth_assets.core.ports import RGB
from synth_assets.core.records import ImageRecord, ImageSet, Scalar

BLACK, FLAT, FADE, DUPLICATE = "black frame", "flat frame", "fade", "near-duplicate"
_HASH_HW = (8, 9)
_HISTOGRAM_BINS = (12, 6, 6)
_SMALL_WH = (160, 90)
_FADE_STEP = 0.85


class FrameParams(Params):
    """How frames are sampled and which of them are dropped."""

    fps: float = Field(default=2.0, gt=0, le=60, description="Frames looked at a second of film.")
    shot_distance: float = Field(default=0.4, gt=0, le=1, description="Hellinger distance that is a cut.")
    duplicate_bits: int = Field(default=4, ge=-1, le=64, description="dHash bits of 64 that still mean the same frame.")
    black_level: float = Field(default=0.12, ge=0, le=1, description="Below this brightest gray, a frame is black.")
    flat_spread: float = Field(default=0.12, ge=0, le=1, description="Below this gray range, a frame is flat.")


@dataclass(frozen=True)
class Sample:
    """One decoded moment of a film.

    Attributes:
        time_s: seconds from the start.
        index: number of the frame in the film, from 0.
        image: (H, W, 3) uint8 RGB.
    """

    time_s: float
    index: int
    image: RGB


class VideoSource(Protocol):
    """A film that can be decoded once, from its start, without holding it in memory."""

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

    def frames(self, fps: float) -> Iterator[Sample]:
        """Yields at most ``fps`` frames a second, the first one included."""
        ...


class StillSource(Protocol):
    """A picture of a folder of frames."""

    @property
    def name(self) -> str:
        """File name with ending."""
        ...

    @property
    def folder(self) -> str:
        """Name of the folder that holds it."""
        ...

    @property
    def digest(self) -> str:
        """Hash of the content."""
        ...

    @property
    def licence(self) -> str: ...  # noqa: D102
    @property
    def attribution(self) -> str: ...  # noqa: D102

    def read(self) -> bytes:
        """The file's bytes."""
        ...


@dataclass(frozen=True)
class FrameTraits:
    """What decides whether a sampled frame is kept.

    Attributes:
        histogram: (432,) hue, saturation and value histogram that sums to 1.
        bits: (64,) bool difference hash.
        top: 99th percentile of gray in [0, 1].
        spread: 99th less 1st percentile of gray in [0, 1].
    """

    histogram: NDArray[np.float32]
    bits: NDArray[np.bool_]
    top: float
    spread: float


def frame_traits(image: RGB) -> FrameTraits:
    """Gives the traits of an (H, W, 3) uint8 picture, from a copy of 160 x 90 pixels."""
    small = cv2.resize(image, _SMALL_WH, interpolation=cv2.INTER_AREA)
    hsv = cv2.cvtColor(small, cv2.COLOR_RGB2HSV)
    counts = cv2.calcHist([hsv], [0, 1, 2], None, list(_HISTOGRAM_BINS), [0, 180, 0, 256, 0, 256]).ravel()
    gray = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    tiny = cv2.resize(gray, _HASH_HW[::-1], interpolation=cv2.INTER_AREA)
    low, high = np.percentile(gray, [1, 99]) / 255.0
    return FrameTraits(counts / counts.sum(), (tiny[:, 1:] > tiny[:, :-1]).ravel(), float(high), float(high - low))


def shot_distance(a: FrameTraits, b: FrameTraits) -> float:
    """Hellinger distance of two colour histograms, 0 (same) to 1.

    On the sample film sampled at 2 fps, frames of one shot differ by at most 0.33 and frames
    across a cut by at least 0.47.
    """
    return float(np.sqrt(max(0.0, 1.0 - float(np.sqrt(a.histogram * b.histogram).sum()))))


def blank_reason(traits: FrameTraits, params: FrameParams) -> str:
    """BLACK or FLAT where the frame shows next to nothing, else ""."""
    if traits.top < params.black_level:
        return BLACK
    return FLAT if traits.spread < params.flat_spread else ""


def fade_flags(spreads: Sequence[float], blank: Sequence[bool]) -> list[bool]:
    """True for frames on the way to or from a blank frame.

    A frame next to a blank one fades where its gray range is below 0.85 of its outer neighbour's;
    so do those further out as long as that holds. A hard cut to black fades nothing.
    """
    flags = [False] * len(spreads)
    for at in np.flatnonzero(np.asarray(blank, np.bool_)).tolist():
        for step in (-1, 1):
            frame = at + step
            while (
                0 <= frame + step < len(spreads)
                and 0 <= frame < len(spreads)
                and not blank[frame]
                and spreads[frame] < _FADE_STEP * spreads[frame + step]
            ):
                flags[frame] = True
                frame += step
    return flags


def extract_frames(
    writer: PartitionWriter,
    videos: Sequence[VideoSource],
    stills: Sequence[StillSource],
    params: FrameParams,
) -> Summary:
    """Stores the frames worth keeping of all films and stills.

    A film is one item and is decoded once; dropped moments are rejected rows without a picture, so
    that their reasons are counted. A still is one item; stills are checked for blankness only.

    Args:
        writer: the opened partition of ``frames``.
        videos: films; their stems must differ.
        stills: pictures; their stems must differ.
        params: sampling and dropping.

    Raises:
        ValueError: two sources share a stem, which names their frames.
    """
    values = params.model_dump()
    items = [
        Item(_stem(video.name), {"source": video.name, "content": video.digest, "params": values}, video)
        for video in videos
    ]
    items += [
        Item(_stem(still.name), {"source": still.name, "content": still.digest, "params": values}, still)
        for still in stills
    ]
    films = {_stem(video.name) for video in videos}

    def make(batch: list[Item]) -> list[list[Artifact]]:
        return [_film(item.payload, params) if item.key in films else [_still(item.payload, params)] for item in batch]

    return run_items(writer, items, make, extras=_extras)


def _stem(name: str) -> str:
    return name.rsplit(".", 1)[0]


def _film(video: VideoSource, params: FrameParams) -> list[Artifact]:
    stem = _stem(video.name)
    rows: list[Artifact] = []
    traits: list[FrameTraits] = []
    reasons: list[str] = []
    shot, kept_bits = 0, list[NDArray[np.bool_]]()
    for sample in video.frames(params.fps):
        now = frame_traits(sample.image)
        if traits and shot_distance(traits[-1], now) > params.shot_distance:
            shot, kept_bits = shot + 1, []
        reason = blank_reason(now, params)
        if not reason and any(int((now.bits != bits).sum()) <= params.duplicate_bits for bits in kept_bits):
            reason = DUPLICATE
        if not reason:
            kept_bits.append(now.bits)
        record = ImageRecord(
            source=f"{video.name}@{sample.time_s:.2f}s",
            group=f"{stem}/shot_{shot:03d}",
            licence=video.licence,
            attribution=video.attribution,
            extra={"time_s": round(sample.time_s, 3), "frame_index": sample.index, "shot": shot, "video": video.name},
        )
        picture = None if reason else encode_png(sample.image)
        rows.append(Artifact(record, f"{stem}_f{sample.index:06d}.png", picture))
        traits.append(now)
        reasons.append(reason)
    fades = fade_flags([item.spread for item in traits], [reason in (BLACK, FLAT) for reason in reasons])
    return [
        _dropped(row, reason or FADE) if reason or fading else row
        for row, reason, fading in zip(rows, reasons, fades, strict=True)
    ]


def _dropped(row: Artifact, reason: str) -> Artifact:
    return Artifact(_with_reason(row.record, reason))


def _with_reason(record: ImageRecord, reason: str) -> ImageRecord:
    return replace(record, status="rejected", reason=reason)


def _still(still: StillSource, params: FrameParams) -> Artifact:
    extra: dict[str, Scalar] = {"shot": 0, "video": ""}
    stem = _stem(still.name)
    record = ImageRecord(
        source=f"{still.folder}/{still.name}",
        group=f"{still.folder}/{stem}",
        licence=still.licence,
        attribution=still.attribution,
        extra=extra,
    )
    try:
        image = decode_image(still.read(), still.name)
    except BadImageError as error:
        return Artifact(_with_reason(record, str(error)))
    if reason := blank_reason(frame_traits(image), params):
        return Artifact(_with_reason(record, reason))
    return Artifact(record, f"{stem}.png", encode_png(image))


def _extras(images: ImageSet) -> Extras:
    dropped = [record.reason for record in images if record.status == "rejected"]
    return Extras(
        details={
            "looked_at": len(images),
            "kept": len(images.ok),
            "shots": len({record.group for record in images if record.group}),
            "dropped": [{"reason": reason, "frames": dropped.count(reason)} for reason in sorted(set(dropped))],
        },
    )
