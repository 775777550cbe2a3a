"""Decoding of films with PyAV: an opened film that gives its frames by their own clock.

Belongs here: time stamps, jumps to key frames, rotation, pixel shape, and errors of damaged films.
Does not belong here: which frames are wanted (``video.py``).
"""

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from synth_assets.core.curation.films import VideoError
from synth_assets.core.ports import RGB

if TYPE_CHECKING:
    from av import VideoFrame, VideoStream
    from av.container import InputContainer

CLOCK_TOLERANCE_S = 1e-4
_USUAL_RATE = 25
_JUMP_WORTH_S = 0.5
"""A jump empties the decoder, so a shorter way is decoded."""
_REORDERED_S = 0.25
"""Key frames lie in the index by decoding time, which runs ahead of the time they are shown by a few frames."""
_MISSING_S, _MISSING_SHARE = 1.0, 0.02
"""A film ends early where more than this of its declared length is missing."""
_SQUARE = 0.01
"""Pixels are square up to this; 1280:1281 is an encoder's rounding."""


class OpenFilm:
    """An opened film."""

    def __init__(self, path: Path, container: "InputContainer", stream: "VideoStream") -> None:
        from av.video.reformatter import VideoReformatter

        self.path, self._container, self._stream = path, container, stream
        self._scaler = VideoReformatter()  # one a film: to set one up for each frame takes as long as to scale it
        self._tick_s = float(stream.time_base or 0)
        self._start_s = (stream.start_time or 0) * self._tick_s
        self._rate = float(stream.average_rate or stream.guessed_rate or _USUAL_RATE)
        ratio = float(stream.sample_aspect_ratio or 1)
        self._pixel_ratio = ratio if ratio > 0 and abs(ratio - 1) > _SQUARE else 1.0

    def frames(self) -> Iterator[tuple[float, "VideoFrame"]]:
        """Yields time in seconds and frame, from here on.

        Raises:
            VideoError: behind the last good frame, where the film is damaged or breaks off.
        """
        index, time_s = -1, 0.0
        with _named(self.path, lambda: f"damaged after frame {index} at {time_s:.2f} s" if index >= 0 else _NO_FILM):
            for index, frame in enumerate(self._container.decode(self._stream)):
                # Without time stamps there is only the rate; jumps are not made then.
                time_s = index / self._rate if frame.pts is None else frame.time - self._start_s
                if not frame.is_corrupt:
                    yield time_s, frame
        if index < 0:
            raise VideoError(f"{self.path}: the film has no frames; convert it anew or remove it")
        length_s = max((self._stream.duration or 0) * self._tick_s, self._stream.frames / self._rate)
        if length_s - time_s > max(_MISSING_S, _MISSING_SHARE * length_s):
            raise VideoError(
                f"{self.path}: breaks off after frame {index} at {time_s:.2f} s of {length_s:.2f} s; fetch it anew"
            )

    def from_due(
        self, due_s: float | None, following: Callable[[float], float | None], *, jumps: bool = True
    ) -> Iterator[tuple[float, "VideoFrame"]]:
        """Yields the first frame that is due, then the next one, without decoding whole stretches in between.

        Args:
            due_s: when the first frame is due.
            following: gives the time of the next one from that of the last; None ends.
            jumps: False decodes everything.
        """
        if jumps and "matroska" in self._container.format.name:
            self._container.seek(0, stream=self._stream)  # its index is read only with the first jump
        frames, now_s = self.frames(), float("-inf")
        while due_s is not None:
            if jumps and self._jump(now_s, due_s):
                frames = self.frames()
            for now_s, frame in frames:
                if now_s >= due_s - CLOCK_TOLERANCE_S:
                    yield now_s, frame
                    due_s = following(now_s)
                    break
            else:
                return

    def _jump(self, now_s: float, due_s: float) -> bool:
        """Moves to the key frame before ``due_s`` if that lies well ahead; True if it did."""
        stream = self._stream
        if not len(stream.index_entries) or not self._tick_s:
            return False
        target = int((due_s - _REORDERED_S + self._start_s) / self._tick_s)
        place = stream.index_entries.search_timestamp(target)
        if place < 0:
            return False
        key_s = stream.index_entries[place].timestamp * self._tick_s - self._start_s
        if key_s <= max(now_s, 0.0) + _JUMP_WORTH_S:
            return False
        self._container.seek(target, stream=stream)
        return True

    def squeezed(self, frame: "VideoFrame", size_hw: tuple[int, int]) -> RGB:
        """The frame as it is coded, neither upright nor in proportion, (*size_hw, 3) uint8 RGB."""
        height, width = size_hw
        small = self._scaler.reformat(frame, width, height, "rgb24", interpolation="AREA")
        return np.asarray(small.to_ndarray(), np.uint8)

    def picture(self, frame: "VideoFrame") -> RGB:
        """The frame upright, with square pixels, (H, W, 3) uint8 RGB."""
        width = max(1, round(frame.width * self._pixel_ratio))
        image = np.asarray(frame.to_ndarray(format="rgb24", width=width), np.uint8)
        return np.ascontiguousarray(np.rot90(image, round(frame.rotation / 90)))


_NO_FILM = "not a readable film"


@contextmanager
def _named(path: Path, place: Callable[[], str]) -> Generator[None]:
    import av.error

    try:
        yield
    except av.error.FFmpegError as error:
        raise VideoError(f"{path}: {place()} ({error.strerror}); convert it anew or remove it") from error


@contextmanager
def open_film(path: Path) -> Generator[OpenFilm]:
    """Opens a film.

    Raises:
        VideoError: not a film, or no picture stream.
    """
    import av

    with _named(path, lambda: _NO_FILM):
        container = av.open(str(path))
    with container:
        if not container.streams.video:
            raise VideoError(f"{path}: the file has no picture stream; give a film")
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        yield OpenFilm(path, container, stream)
