"""Frames that teach nothing: black, flat, fading, or a card with text.

Belongs here: recognising them. Does not belong here: near-duplicates and what happens to a dropped
frame (``sampling.py``).
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from synth_assets.core.config import Params
from synth_assets.core.curation.films import SCAN_HW
from synth_assets.core.curation.traits import FrameTraits
from synth_assets.core.images import resize
from synth_assets.core.ports import RGB

BLACK, FLAT, FADE, CARD = "black frame", "flat frame", "fade", "title card"

_FADED = 0.85
"""A frame fades where its gray range is below this share of the picture's that it fades from or to."""
_FADE_FIRST = 0.5
"""A fade comes next to the blank with less than this share of it; a cut to black comes with all."""
_DITHER = 0.01
"""The gray range may fall back by so much within a fade."""


class BlankParams(Params):
    """What counts as showing next to nothing; all are gray levels in [0, 1]."""

    black_level: float = Field(default=0.12, ge=0, le=1, description="Below this brightest gray, a frame is black.")
    flat_spread: float = Field(default=0.12, ge=0, le=1, description="Below this gray range, a frame is flat.")
    even_spread: float = Field(default=0.03, ge=0, le=1, description="Below this gray range, a fade has ended.")
    cards: bool = Field(default=True, description="Drop title and credit cards.")


def blank_reason(traits: FrameTraits, params: BlankParams) -> str:
    """BLACK or FLAT where the frame shows next to nothing, else ""."""
    if traits.top < params.black_level:
        return BLACK
    return FLAT if traits.spread < params.flat_spread else ""


def is_even(traits: FrameTraits, params: BlankParams) -> bool:
    """True for frames of one colour, from which films fade in and to which they fade out; a plain sky is none."""
    return traits.top < params.black_level or traits.spread < params.even_spread


def fade_flags(spreads: Sequence[float], even: Sequence[bool]) -> list[bool]:
    """True for frames on the way to or from a frame of one colour.

    Args:
        spreads: gray range of every frame of the film, in [0, 1].
        even: of every frame, whether it is of one colour.
    """
    flags = [False] * len(spreads)
    borders = [at for at in range(1, len(even)) if even[at] != even[at - 1]]
    for border in borders:
        step, frame = (1, border) if even[border - 1] else (-1, border - 1)
        way: list[int] = []
        while 0 <= frame < len(spreads) and not even[frame]:
            if way and spreads[frame] < spreads[way[-1]] - _DITHER:
                break
            way.append(frame)
            frame += step
        full = max(spreads[frame] for frame in way)
        if spreads[way[0]] < _FADE_FIRST * full:
            for frame in way:
                flags[frame] = flags[frame] or spreads[frame] < _FADED * full
    return flags


_GROUND_RANGE = 20
"""Levels by which the ground of a card may differ from its usual colour."""
_INK_RANGE = 56
"""Levels by which its letters differ from it at least."""
_GROUND_STEP = 4
_GROUND_SHARE = 0.7
_INK_SHARES = (0.002, 0.25)
_STROKE_PX = 11
"""Strokes of letters are thinner, at 320 x 180."""
_THICK_SHARE = 0.05
_LEAST_LETTERS = 4
_LARGEST_SHARE = 0.6
"""Of the ink that the largest letter, or what runs together to one, may hold."""
_WORD_GAP_PX = 15
_LEAST_INK_IN_LINES = 0.7


def is_card(image: RGB) -> bool:
    """True for text on a nearly plain ground: a title, a credit, an intertitle.

    The ground fills most of the frame; what stands out from it is in thin strokes, in many pieces,
    and the pieces form lines that are wider than high.

    Args:
        image: (H, W, 3) uint8 RGB; looked at in 320 x 180 pixels.
    """
    small = resize(image, SCAN_HW).astype(np.int16)
    ground = np.median(small[::_GROUND_STEP, ::_GROUND_STEP], axis=(0, 1))
    off = np.abs(small - ground).max(axis=2)
    ink = off >= _INK_RANGE
    low, high = _INK_SHARES
    if float((off <= _GROUND_RANGE).mean()) < _GROUND_SHARE or not low <= float(ink.mean()) <= high:
        return False
    thick = cv2.erode(ink.astype(np.uint8), np.ones((_STROKE_PX, _STROKE_PX), np.uint8))
    letters = _areas(ink, ink)
    return (
        float(thick.sum()) <= _THICK_SHARE * float(ink.sum())
        and len(letters) >= _LEAST_LETTERS
        and float(letters[:, 0].max()) <= _LARGEST_SHARE * float(ink.sum())
        and _share_in_lines(ink) >= _LEAST_INK_IN_LINES
    )


def _areas(pieces: NDArray[np.bool_], ink: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Ink, width and height in pixels of each connected piece, (N, 3)."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(pieces.astype(np.uint8), connectivity=8)
    amounts = np.bincount(labels[ink], minlength=count)[1:]
    sizes = stats[1:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]]
    return np.column_stack([amounts, sizes]).astype(np.float64)


def _share_in_lines(ink: NDArray[np.bool_]) -> float:
    joined = cv2.morphologyEx(ink.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((1, _WORD_GAP_PX), np.uint8))
    amounts, widths, heights = _areas(joined.astype(np.bool_), ink).T
    return float(amounts[widths >= 2 * heights].sum() / amounts.sum())
