"""Films and stills on disk, as sources of frames.

Belongs here: decoding films with PyAV. Does not belong here: finding files (``characters.py``) and
which frames are kept (``synth_assets/core/curation/frames.py``).
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from synth_assets.core.curation.frames import Sample

_CLOCK_TOLERANCE_S = 1e-4
_USUAL_RATE = 25


class VideoError(ValueError):
    """A film that cannot be decoded; the message names the file and says why."""


class _SourceFile:
    """A file with its content hash, licence and who to name."""

    def __init__(self, path: Path, licence: str = "", attribution: str = "") -> None:
        self.path, self.licence, self.attribution = path, licence, attribution
        self._digest = ""

    @property
    def name(self) -> str:
        """File name with ending."""
        return self.path.name

    @property
    def digest(self) -> str:
        """SHA-256 of the content (32 hex digits), read when first asked for."""
        if not self._digest:
            with self.path.open("rb") as file:
                self._digest = hashlib.file_digest(file, "sha256").hexdigest()[:32]
        return self._digest


class VideoFile(_SourceFile):
    """A film on disk; implements ``core.curation.frames.VideoSource``."""

    def frames(self, fps: float) -> Iterator[Sample]:
        """Yields at most ``fps`` frames a second in one pass, holding one at a time.

        Raises:
            VideoError: not a film, no picture stream, damaged, or without a single frame.
        """
        import av
        import av.error

        index = -1
        try:
            with av.open(str(self.path)) as container:
                if not container.streams.video:
                    raise VideoError(f"{self.path}: the file has no picture stream; give a film")
                stream = container.streams.video[0]
                stream.thread_type = "AUTO"
                rate = float(stream.average_rate or _USUAL_RATE)
                start_s = float((stream.start_time or 0) * (stream.time_base or 0))
                due_s = 0.0
                for index, frame in enumerate(container.decode(stream)):
                    time_s = index / rate if frame.pts is None else frame.time - start_s
                    if time_s >= due_s - _CLOCK_TOLERANCE_S:
                        yield Sample(time_s, index, np.asarray(frame.to_ndarray(format="rgb24"), np.uint8))
                        # From the clock, not from this frame: a late frame must not shift the rest.
                        due_s = (int(time_s * fps + _CLOCK_TOLERANCE_S) + 1) / fps
        except av.error.FFmpegError as error:
            where = f"damaged after frame {index}" if index >= 0 else "not a readable film"
            raise VideoError(f"{self.path}: {where} ({error.strerror}); convert it anew or remove it") from error
        if index < 0:
            raise VideoError(f"{self.path}: the film has no frames; convert it anew or remove it")


class StillFile(_SourceFile):
    """A picture on disk; implements ``core.curation.frames.StillSource``."""

    @property
    def folder(self) -> str:
        """Name of the folder that holds it."""
        return self.path.parent.name

    def read(self) -> bytes:
        """The file's bytes."""
        return self.path.read_bytes()
