"""Storyboard: numbered thumbnails with the value that put them in their place.

Belongs here: drawing it. Does not belong here: plain contact sheets (``rendering.py``).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from synth_assets.core.images import contact_sheet, letterbox
from synth_assets.core.ports import RGB

_PAPER, _INK, _DIM = (238, 238, 238), (24, 24, 24), (96, 96, 96)
_BAND_PX = 18
_FONT_PX = 13
_MARGIN_PX = 3


def draw_storyboard(
    thumbs: Sequence[RGB], captions: Sequence[tuple[str, str]], columns: int, cell_hw: tuple[int, int]
) -> RGB:
    """Gives a sheet of thumbnails in order, row by row, each with a line below it.

    Args:
        thumbs: at least one.
        captions: what stands below each, at the left (its number) and at the right (its value).
        columns: thumbnails in a row.
        cell_hw: (height, width) of a thumbnail.
    """
    font = ImageFont.load_default(_FONT_PX)
    cells = [_cell(thumb, caption, cell_hw, font) for thumb, caption in zip(thumbs, captions, strict=True)]
    return contact_sheet(cells, columns, (cell_hw[0] + _BAND_PX, cell_hw[1]))


def _cell(
    thumb: RGB,
    caption: tuple[str, str],
    cell_hw: tuple[int, int],
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
) -> RGB:
    height, width = cell_hw
    cell = np.full((height + _BAND_PX, width, 3), _PAPER, np.uint8)
    cell[:height] = letterbox(thumb, cell_hw, _PAPER)
    image = Image.fromarray(cell)
    draw = ImageDraw.Draw(image)
    base = height + _BAND_PX - _MARGIN_PX
    draw.text((_MARGIN_PX, base), caption[0], fill=_INK, font=font, anchor="ls")
    draw.text((width - _MARGIN_PX, base), caption[1], fill=_DIM, font=font, anchor="rs")
    return np.asarray(image, np.uint8)
