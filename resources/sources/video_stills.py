"""Stills of a film, as picture files with the film's credit.

Belongs here: names and resuming. Does not belong here: decoding (``video.py``).
"""

from pathlib import Path

from resources.files import fitting
from resources.sources.collecting import Collected, save_picture
from resources.sources.credits import FileCredit, append_credit, read_credits
from resources.sources.video import VideoFile
from synth_assets.core.curation.films import VideoError
from synth_assets.core.images import encode_jpeg


def collect_video(
    folder: Path, film: Path, every_s: float, count: int | None = None, *, licence: str = "", attribution: str = ""
) -> Collected:
    """A still every ``every_s`` seconds lies in the folder as ``<film>_<milliseconds>.jpg``.

    Stills already there are not rewritten; a credit that is missing or differs gets a new line.
    A film that is damaged behind its first still gives the stills before the damage.

    Args:
        folder: made if it is missing.
        film: the film's file.
        every_s: seconds between two stills, from the film's start.
        count: at most so many; None for the whole film.
        licence: of the film, SPDX-like.
        attribution: who to name.

    Raises:
        VideoError: the film is missing or cannot be read at all.
    """
    known = read_credits(folder)
    saved: list[str] = []
    present: list[str] = []
    skipped: list[tuple[str, str]] = []
    try:
        for time_s, image in VideoFile(film).every(every_s):
            name = fitting(f"{film.stem}_{round(time_s * 1000):09d}.jpg")
            credit = FileCredit(
                file=name,
                licence=licence,
                attribution=attribution,
                source_id=f"{film.name} at {time_s:.3f} s",
            )
            if (folder / name).exists():
                present.append(name)
                if known.get(name) != credit:
                    append_credit(folder, credit)
            else:
                save_picture(folder / name, encode_jpeg(image), credit)
                saved.append(name)
            if len(saved) + len(present) == count:
                break
    except VideoError as error:
        if not saved and not present:
            raise
        skipped.append((film.name, str(error)))
    return Collected(tuple(saved), tuple(present), tuple(skipped))
