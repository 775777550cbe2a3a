"""Near-duplicates: which pictures of several sources are the same picture twice.

Belongs here: the signature of a picture and the choice of which twin stays. Does not belong here:
similar frames of a film (curation drops those before it expands), and splits.

Scenes on one background and occlusion variants of one frame are similar on purpose. So the test
is strict and in two steps: almost equal gradient signs first, then a look at small grey versions,
where one added object or one blurred edge shows in a few cells even when the mean hardly moves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from synth_assets.core.images import resize
from synth_assets.core.ports import RGB

HASH_SIDE = 16
"""A signature has HASH_SIDE² bits: one per horizontal step of a 16 x 17 grey picture."""
THUMBNAIL_SIDE = 64
"""Side of the grey pictures compared in the second step."""
_HEX_DIGITS = HASH_SIDE * HASH_SIDE // 4
_CACHED_THUMBNAILS = 256

Thumbnail = NDArray[np.float32]
"""(THUMBNAIL_SIDE, THUMBNAIL_SIDE) float32 grey levels in [0, 255]."""


def signature(image: RGB) -> str:
    """Gives the picture's 256-bit difference hash as 64 hex digits.

    Bit (y, x) says whether the grey level falls from cell (y, x) to cell (y, x + 1) of the picture
    averaged to 16 rows of 17 cells.

    Source: N. Krawetz, "Kind of Like That" (dHash), at 16 x 16 instead of 8 x 8.
    """
    cells = resize(_grey(image), (HASH_SIDE, HASH_SIDE + 1)).astype(np.int16)
    return np.packbits(cells[:, 1:] < cells[:, :-1]).tobytes().hex()


def thumbnail(image: RGB) -> Thumbnail:
    """The picture as 64 x 64 grey levels, stretched to the square."""
    return resize(_grey(image), (THUMBNAIL_SIDE, THUMBNAIL_SIDE)).astype(np.float32)


def _grey(image: RGB) -> NDArray[np.uint8]:
    return cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.uint8)


def same_picture(a: Thumbnail, b: Thumbnail, mean_limit: float, peak_limit: float) -> bool:
    """True if no cell differs by more than ``peak_limit`` and the mean not by more than ``mean_limit``."""
    difference = np.abs(a - b)
    return bool(difference.mean() <= mean_limit and difference.max() <= peak_limit)


def near_duplicates(
    signatures: Sequence[str],
    preference: Sequence[int],
    thumbnail_of: Callable[[int], Thumbnail],
    *,
    distance_bits: int,
    mean_limit: float,
    peak_limit: float,
) -> dict[int, int]:
    """Maps each picture that must go to the one that stays in its place.

    Pictures are taken in order of falling preference, then of position; each is compared with
    those kept so far, so a chain of slow change never runs away from the picture that stays.

    Args:
        signatures: ``signature`` of each picture.
        preference: of each picture, higher stays (for instance its number of objects).
        thumbnail_of: ``thumbnail`` of the picture at a position; asked only for candidates.
        distance_bits: at most so many of the 256 bits may differ.
        mean_limit: mean absolute difference of the thumbnails, in grey levels.
        peak_limit: greatest difference of a thumbnail cell, in grey levels.

    Raises:
        ValueError: a signature that is not 64 hex digits.
    """
    words = _words(signatures)
    cached = lru_cache(maxsize=_CACHED_THUMBNAILS)(thumbnail_of)
    kept = np.empty(len(words), np.int64)
    kept_words = np.empty_like(words)
    count = 0
    twins: dict[int, int] = {}
    for index in sorted(range(len(words)), key=lambda i: (-preference[i], i)):
        bits = np.bitwise_count(kept_words[:count] ^ words[index]).sum(axis=1, dtype=np.int64)
        for candidate in kept[:count][bits <= distance_bits].tolist():
            if same_picture(cached(index), cached(candidate), mean_limit, peak_limit):
                twins[index] = candidate
                break
        else:
            kept[count], kept_words[count] = index, words[index]
            count += 1
    return twins


def _words(signatures: Sequence[str]) -> NDArray[np.uint64]:
    for position, text in enumerate(signatures):
        if len(text) != _HEX_DIGITS:
            raise ValueError(f"signature {position} is {text!r}; expected {_HEX_DIGITS} hex digits")
    data = bytes.fromhex("".join(signatures))
    return np.frombuffer(data, dtype=np.uint64).reshape(len(signatures), _HEX_DIGITS * 4 // 64)
