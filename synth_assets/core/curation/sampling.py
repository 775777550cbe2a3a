"""Sampling: which frames of one film are kept, dropped and added, planned from one look at it.

Belongs here: the plan. A plan holds no picture, so a film of any length can be planned. Does not
belong here: what a cut or a blank frame is (``shots.py``, ``blanks.py``), which neighbours a kept
frame gets (``expansion.py``) and rows with their pictures (``frames.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from synth_assets.core.config import Params
from synth_assets.core.curation.blanks import (
    CARD,
    FADE,
    BlankParams,
    blank_reason,
    fade_flags,
    is_card,
    is_even,
)
from synth_assets.core.curation.expansion import neighbours_of
from synth_assets.core.curation.films import Moment, VideoError, VideoSource
from synth_assets.core.curation.shots import ShotFinder, ShotParams, shot_numbers
from synth_assets.core.curation.traits import difference_hash, frame_traits

DUPLICATE, OVER_LIMIT = "near-duplicate", "over the limit"
_CLOCK_TOLERANCE = 1e-4


class FrameParams(Params):
    """How frames are sampled, which of them are dropped, and whether their neighbours are added."""

    fps: float = Field(default=2.0, gt=0, le=60, description="Frames looked at a second of film.")
    duplicate_bits: int = Field(default=4, ge=-1, le=64, description="dHash bits of 64 that still mean the same frame.")
    limit: int | None = Field(default=None, ge=1, description="At most so many curated frames a character (test mode).")
    expand: bool = Field(default=False, description="Add the frames of the film around each curated one.")
    window: int = Field(default=3, ge=1, le=120, description="Frames before and behind a curated one that are added.")
    shots: ShotParams = ShotParams()
    blanks: BlankParams = BlankParams()


@dataclass(frozen=True)
class PlannedFrame:
    """What becomes of a frame of a film.

    Attributes:
        moment: the frame.
        shot: number of its shot, from 0.
        reason: why it is dropped; "" where it is kept.
        context_of: number of the curated frame that it is a neighbour of; None for sampled frames.
    """

    moment: Moment
    shot: int
    reason: str = ""
    context_of: int | None = None


@dataclass(frozen=True)
class FilmPlan:
    """What becomes of a film.

    Attributes:
        frames: sampled frames and added neighbours, in the film's order.
        damage: what is wrong with the rest of the film; "" for a sound one.
    """

    frames: Sequence[PlannedFrame]
    damage: str = ""


@dataclass(frozen=True)
class _Sampled:
    frame: int
    bits: NDArray[np.bool_]
    reason: str


def plan_film(video: VideoSource, params: FrameParams, quota: int | None = None) -> FilmPlan:
    """Looks through a film once and says what becomes of its frames, holding 600 bytes of each.

    A film that is damaged behind its first frame is planned up to the damage.

    Args:
        video: the film.
        params: sampling, dropping, adding.
        quota: at most so many curated frames, spread evenly over the film; None for all.

    Raises:
        VideoError: not a single frame can be read.
    """
    shots = ShotFinder(params.shots)
    times: list[float] = []
    spreads: list[float] = []
    even: list[bool] = []
    empty: list[bool] = []
    sampled: list[_Sampled] = []
    due_s, damage = 0.0, ""
    try:
        for sample in video.scan():
            traits = frame_traits(sample.image)
            reason = blank_reason(traits, params.blanks)
            if sample.time_s * params.fps >= due_s * params.fps - _CLOCK_TOLERANCE:
                # From the clock, not from this frame: a late frame must not shift the rest.
                due_s = (int(sample.time_s * params.fps + _CLOCK_TOLERANCE) + 1) / params.fps
                is_text = params.blanks.cards and is_card(sample.image)
                sampled.append(_Sampled(len(times), difference_hash(sample.image), CARD if is_text else reason))
            shots.add(traits)
            times.append(sample.time_s)
            spreads.append(traits.spread)
            even.append(is_even(traits, params.blanks))
            empty.append(bool(reason))
    except VideoError as error:
        if not times:
            raise
        damage = str(error)
    numbers = shot_numbers(shots.starts(even), len(times))
    fades = fade_flags(spreads, even)
    planned = [
        PlannedFrame(Moment(item.frame, times[item.frame]), int(numbers[item.frame]), reason)
        for item, reason in zip(sampled, _reasons(sampled, numbers, fades, params), strict=True)
    ]
    planned = within_quota(planned, quota)
    if params.expand:
        curated = [item.moment.index for item in planned if not item.reason]
        usable = [not (blank or fade) for blank, fade in zip(empty, fades, strict=True)]
        for item in sampled:
            usable[item.frame] = False  # what was dropped stays dropped
        added = neighbours_of(curated, numbers.tolist(), usable, params.window)
        planned += [
            PlannedFrame(Moment(frame, times[frame]), int(numbers[frame]), context_of=of) for frame, of in added.items()
        ]
    return FilmPlan(sorted(planned, key=lambda item: item.moment.index), damage)


def _reasons(
    sampled: Sequence[_Sampled], numbers: NDArray[np.int64], fades: Sequence[bool], params: FrameParams
) -> list[str]:
    """Why each sampled frame is dropped, "" where it is kept; duplicates are looked for within a shot."""
    reasons: list[str] = []
    shot, kept_bits = -1, list[NDArray[np.bool_]]()
    for item in sampled:
        if numbers[item.frame] != shot:
            shot, kept_bits = int(numbers[item.frame]), []
        reason = item.reason or (FADE if fades[item.frame] else "")
        if not reason and any(int((item.bits != bits).sum()) <= params.duplicate_bits for bits in kept_bits):
            reason = DUPLICATE
        if not reason:
            kept_bits.append(item.bits)
        reasons.append(reason)
    return reasons


def within_quota(planned: Sequence[PlannedFrame], quota: int | None) -> list[PlannedFrame]:
    """Drops kept frames beyond the quota; those that stay are spread evenly over the kept ones."""
    kept = [at for at, item in enumerate(planned) if not item.reason]
    over = set(kept) - {kept[place] for place in even_places(len(kept), quota)}
    return [replace(item, reason=OVER_LIMIT) if at in over else item for at, item in enumerate(planned)]


def even_places(count: int, quota: int | None) -> list[int]:
    """At most ``quota`` places of 0 … count - 1, spread evenly; all of them for None."""
    if quota is None or quota >= count:
        return list(range(count))
    return [int((place + 0.5) * count / quota) for place in range(quota)]


def share_out(limit: int | None, counts: Sequence[int | None]) -> list[int | None]:
    """Shares a limit evenly out over sources; what one cannot use goes to the others.

    Args:
        limit: None gives every source None.
        counts: what each source has; None where that is not known.
    """
    if limit is None:
        return [None] * len(counts)
    shares = [0] * len(counts)
    for _ in range(limit):
        open_ones = [at for at, count in enumerate(counts) if count is None or shares[at] < count]
        if open_ones:
            shares[min(open_ones, key=lambda at: shares[at])] += 1
    return list(shares)
