"""Films and stills on disk, as sources of frames.

Belongs here: which frames of a film are given, and how often. Does not belong here: decoding
(``decoding.py``), finding files (``characters.py``) and which frames are kept
(``synth_assets/core/curation/sampling.py``).
"""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from resources.sources.decoding import CLOCK_TOLERANCE_S, open_film
from synth_assets.core.curation.films import SCAN_HW, Moment, Sample, VideoError
from synth_assets.core.ports import RGB


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
    """A film on disk; implements ``core.curation.films.VideoSource``."""

    def scan(self) -> Iterator[Sample]:
        """Yields every frame, small, holding one at a time.

        Raises:
            VideoError: not a film; or, behind the last good frame, damaged or broken off.
        """
        with open_film(self.path) as film:
            for index, (time_s, frame) in enumerate(film.frames()):
                yield Sample(time_s, index, film.squeezed(frame, SCAN_HW))

    def pictures(self, moments: Sequence[Moment]) -> Iterator[RGB]:
        """Yields these frames of the scan, upright and in full size, holding one at a time.

        Raises:
            VideoError: a frame is not there any more.
        """
        # A film with a false index lands elsewhere than it says; then all of it is decoded.
        found = 0
        for jumps in (True, False):
            for picture in self._found(moments[found:], jumps):
                yield picture
                found += 1
        if found < len(moments):
            time_s = moments[found].time_s
            raise VideoError(f"{self.path}: no frame at {time_s:.3f} s, where a scan saw one; convert the film anew")

    def _found(self, moments: Sequence[Moment], jumps: bool) -> Iterator[RGB]:
        """Yields pictures as long as they are those of the moments."""
        due_s = iter([moment.time_s for moment in moments])
        with open_film(self.path) as film:
            frames = film.from_due(next(due_s, None), lambda _now_s: next(due_s, None), jumps=jumps)
            for moment, (time_s, frame) in zip(moments, frames, strict=False):
                if abs(time_s - moment.time_s) > CLOCK_TOLERANCE_S:
                    return
                yield film.picture(frame)

    def every(self, step_s: float) -> Iterator[tuple[float, RGB]]:
        """Yields time in seconds and picture, the first frame and then one at most every ``step_s`` seconds.

        Raises:
            VideoError: not a film; or, behind the last good frame, damaged or broken off.
        """

        def following(now_s: float) -> float:
            # From the clock, not from this frame: a late frame must not shift the rest.
            return (int((now_s + CLOCK_TOLERANCE_S) / step_s) + 1) * step_s

        with open_film(self.path) as film:
            for time_s, frame in film.from_due(0.0, following):
                yield time_s, film.picture(frame)


class StillFile(_SourceFile):
    """A picture on disk; implements ``core.curation.films.StillSource``."""

    @property
    def folder(self) -> str:
        """Name of the folder that holds it."""
        return self.path.parent.name

    def read(self) -> bytes:
        """The file's bytes."""
        return self.path.read_bytes()
