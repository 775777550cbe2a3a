"""Pictures of the review page: a frame, scaled, with the character's outline drawn in.

Belongs here: drawing one JPEG. Does not belong here: remembering it and finding its row (``desk.py``).
"""

from __future__ import annotations

import numpy as np

from synth_assets.core.images import encode_jpeg, fit_within, resize
from synth_assets.core.masks import decode_mask, dilate
from synth_assets.core.ports import RGB, Mask
from synth_assets.core.records import ImageRecord, ImageSet

SIZES_HW = {"thumb": (240, 400), "large": (900, 1600)}
"""(height, width) that a picture fits in, by the size's name."""
_QUALITY = {"thumb": 82, "large": 90}
_CHARACTER, _OTHER, _RIM = (255, 196, 0), (240, 240, 240), (20, 20, 20)
_LINE_SHARE = {"thumb": 0.008, "large": 0.004}
"""Width of an outline as a share of the picture's width."""
_FINER = 2
"""Outlines are drawn so many times larger and scaled down, so that they are smooth."""


def frame_picture(images: ImageSet, record: ImageRecord, size: str, outlined: bool) -> bytes:
    """Gives a row's picture as JPEG.

    Args:
        images: the set, for reading its files.
        record: a row of ``strategy_decisions``; objects labelled with its partition are the character.
        size: a name in SIZES_HW; a picture is never enlarged.
        outlined: draw the outline of every object, the character's last and in its own colour.

    Raises:
        FileNotFoundError: a file of the row is gone.
        BadImageError: a file of the row is no picture.
    """
    height_px, width_px = SIZES_HW[size]
    picture = fit_within(images.read(record), (_FINER * height_px, _FINER * width_px))
    if outlined:
        line_px = max(1, round(_LINE_SHARE[size] * picture.shape[1]))
        for item in sorted(record.objects, key=lambda item: item.label == record.partition):
            if item.mask_path:
                mask = decode_mask(images.read_bytes(item.mask_path), item.mask_path)
                colour = _CHARACTER if item.label == record.partition else _OTHER
                picture = _outlined(picture, mask, line_px, colour)
    return encode_jpeg(fit_within(picture, SIZES_HW[size]), _QUALITY[size])


def _outlined(picture: RGB, mask: Mask, line_px: int, colour: tuple[int, int, int]) -> RGB:
    """A copy with a line around the mask, dark outside so that it shows on any ground."""
    inside = resize(mask.astype(np.uint8) * 255, picture.shape[:2]) >= 128
    line = dilate(inside, line_px)
    drawn = picture.copy()
    drawn[dilate(line, max(1, line_px // 2)) & ~line] = _RIM
    drawn[line & ~inside] = colour
    return drawn
