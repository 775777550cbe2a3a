"""Shots: the frames at which a film cuts to another picture.

Belongs here: hard cuts, dissolves, and what only looks like one (flashes, fast motion). Does not
belong here: fades to a blank frame (``blanks.py`` knows them; a shot begins behind the blank).

Own code: the films are decoded once, for sampling, and on the traits which that scan has anyway this
is a page; a library (PySceneDetect is the kept one) would decode them a second time.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from synth_assets.core.config import Params
from synth_assets.core.curation.traits import FrameTraits, colour_distance, thumb_distance
from synth_assets.core.images import resize
from synth_assets.core.ports import RGB

_KEPT_HW = (9, 16)
"""Size at which frames are kept, to be compared with others than the next."""
_AROUND = 4
"""Frames on each side with which a change is compared."""
_FLASH = 5
"""A picture that is back after at most so many frames was never gone."""
_BACK = 0.5
"""It is back where it differs by less than this share of the change."""
_BLANK_RUN = 3
"""So many blank frames in a row end a shot; fewer are a flash."""
_LAGS = (12, 24, 48)
"""Frames over which dissolves are looked for: a third of a second to two seconds."""


class ShotParams(Params):
    """What counts as a cut.

    On the sample's two films, cuts have a change of at least 0.15 and a colour distance of at least
    0.49; within shots they reach 0.10 and 0.42, but not both with a jump of 1.5.
    """

    colours: float = Field(default=0.3, gt=0, le=1, description="Hellinger distance of colours that is a cut.")
    change: float = Field(default=0.15, gt=0, le=1, description="Mean change of pixels that is one by itself.")
    least_change: float = Field(default=0.04, ge=0, le=1, description="Below this change of pixels, nothing is a cut.")
    jump: float = Field(default=2.5, ge=1, description="A cut changes so many times more than the frames around it.")
    dissolves: bool = Field(default=True, description="Look for dissolves too.")


class ShotFinder:
    """Takes a film's frames in order and then says where its shots begin; keeps 500 bytes of each."""

    def __init__(self, params: ShotParams) -> None:
        self._params = params
        self._last: FrameTraits | None = None
        self._thumbs: list[RGB] = []
        self._changes: list[float] = []
        self._colours: list[float] = []

    def add(self, traits: FrameTraits) -> None:
        """Takes the next frame."""
        last = self._last
        self._changes.append(thumb_distance(last.thumb, traits.thumb) if last else 0.0)
        self._colours.append(colour_distance(last, traits) if last else 0.0)
        self._thumbs.append(resize(traits.thumb, _KEPT_HW))
        self._last = traits

    def starts(self, blank: Sequence[bool]) -> list[int]:
        """Gives the first frame of every shot after the first, in order.

        Args:
            blank: of each frame, whether it shows next to nothing. A shot begins behind a run of
                blank frames, not with it.
        """
        params, changes = self._params, np.asarray(self._changes)
        large = (np.asarray(self._colours) >= params.colours) | (changes >= params.change)
        candidates = np.flatnonzero(large & (changes >= params.least_change)).tolist()
        cuts = {at for at in candidates if not blank[at] and self._stands_out(at) and not self._is_flash(at)}
        cuts |= _behind_blanks(blank)
        cuts -= set(range(1 + _first(blank)))  # black at the film's start is no shot
        if params.dissolves:
            cuts |= self._dissolves(cuts, blank)
        return sorted(cuts)

    def _stands_out(self, at: int) -> bool:
        around = self._changes[max(1, at - _AROUND) : at] + self._changes[at + 1 : at + 1 + _AROUND]
        # The second largest: a cut close by must not hide this one.
        return len(around) < 2 or self._changes[at] >= self._params.jump * sorted(around)[-2]

    def _is_flash(self, at: int) -> bool:
        before, after = self._thumbs[at - 1], self._thumbs[at]
        limit = _BACK * thumb_distance(before, after)
        later = self._thumbs[at + 1 : at + 1 + _FLASH]
        earlier = self._thumbs[max(0, at - 1 - _FLASH) : at - 1]
        return any(thumb_distance(before, thumb) < limit for thumb in later) or any(
            thumb_distance(after, thumb) < limit for thumb in earlier
        )

    def _dissolves(self, cuts: set[int], blank: Sequence[bool]) -> set[int]:
        """Middles of stretches that are a mix of their two ends, which show different pictures."""
        busy = np.asarray(blank, np.bool_).copy()
        busy[list(cuts)] = True
        strength = np.zeros(len(busy))
        for lag in _LAGS:
            for start in range(len(busy) - lag):
                if not busy[start : start + lag + 1].any():
                    middle = start + lag // 2
                    mixture = _mixture(self._thumbs[start : start + lag + 1], self._params.change)
                    strength[middle] = max(strength[middle], mixture)
        found: set[int] = set()
        while strength.any():
            middle = int(strength.argmax())
            found.add(middle)
            strength[max(0, middle - _LAGS[-1]) : middle + _LAGS[-1] + 1] = 0
        return found


_UNLIKE = 0.5
"""Ends of a dissolve correlate by less than this: a light that changes is none."""
_MIX_ERROR = 0.15
"""Frames of a dissolve are mixtures of its ends up to this share of the ends' difference."""


def _mixture(thumbs: Sequence[RGB], least: float) -> float:
    """How different the ends are, 0 to 1, where the middle is a mixture of them; else 0."""
    first, last = thumbs[0].astype(np.float32) / 255, thumbs[-1].astype(np.float32) / 255
    way = last - first
    distance = float(np.abs(way).mean())
    if distance < least or float(np.corrcoef(first.ravel(), last.ravel())[0, 1]) > _UNLIKE:
        return 0.0
    shares: list[float] = []
    for at in (len(thumbs) // 4, len(thumbs) // 2, 3 * len(thumbs) // 4):
        step = thumbs[at].astype(np.float32) / 255 - first
        share = float((step * way).sum() / (way * way).sum())
        shares.append(share)
        if float(np.abs(step - share * way).mean()) > _MIX_ERROR * distance:
            return 0.0
    return distance if shares[0] < shares[1] < shares[2] and 0.2 < shares[1] < 0.8 else 0.0


def _first(blank: Sequence[bool]) -> int:
    return next((at for at, is_blank in enumerate(blank) if not is_blank), 0)


def _behind_blanks(blank: Sequence[bool]) -> set[int]:
    """First frame after each long run of blank ones."""
    found: set[int] = set()
    run = 0
    for at, is_blank in enumerate(blank):
        if not is_blank and run >= _BLANK_RUN:
            found.add(at)
        run = run + 1 if is_blank else 0
    return found


def shot_numbers(starts: Sequence[int], count: int) -> NDArray[np.int64]:
    """Number of the shot of each of ``count`` frames, from 0."""
    numbers = np.zeros(count, np.int64)
    numbers[list(starts)] = 1
    return numbers.cumsum()
