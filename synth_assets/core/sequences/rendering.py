"""Rendering: pictures in order as an animated GIF and a contact sheet, and how all outputs are drawn.

Belongs here: pictures in, bytes out. Does not belong here: which pictures, in which order
(``plans.py``, ``ordering.py``).
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
from PIL import Image
from pydantic import Field, PositiveFloat, PositiveInt

from synth_assets.core.config import Params
from synth_assets.core.images import contact_sheet, encode_png, letterbox, resize
from synth_assets.core.ports import RGB
from synth_assets.core.sequences.ordering import evenly

_BAR_COLOUR = (0, 0, 0)
_PALETTE_THUMB_PX = 32
_SIZE_PROBES = 12
_MEGABYTE = 1_000_000


class RenderingParams(Params):
    """How sequences are drawn.

    Attributes:
        side_px: side of the square frame; even, as H.264 wants it.
        colours: size of the palette that all frames of a GIF share.
        dither: spread the error of the palette; smoother skies, half as many frames a megabyte.
        max_gif_mb: size of a GIF at most; where all frames would make it larger, it gets fewer,
            evenly thinned out.
        sheet_pictures: pictures on a contact sheet, and single thumbnails, at most.
        sheet_columns: pictures in a row of it and of the storyboard.
        cell_hw: (height, width) of a picture on them.
    """

    side_px: int = Field(default=720, ge=16, multiple_of=2)
    colours: int = Field(default=256, ge=4, le=256)
    dither: bool = True
    max_gif_mb: PositiveFloat = 12.0
    sheet_pictures: PositiveInt = 48
    sheet_columns: PositiveInt = 8
    cell_hw: tuple[int, int] = (120, 160)


Read = Callable[[int], RGB]
"""Gives the picture at a place of the order, (H, W, 3)."""


def render_gif(
    count: int, read: Read, thumbs: Sequence[RGB], frame_ms: int, params: RenderingParams
) -> tuple[bytes, list[int]]:
    """Gives an endlessly looping GIF of letterboxed frames, and the places that it shows.

    Frames that look the same after the palette are joined by Pillow into one of double time. The
    same pictures give the same bytes.

    Args:
        count: pictures in the order, at least 1.
        read: gives one of them.
        thumbs: small versions of some or all; the palette is made from them.
        frame_ms: time of a frame.
        params: size, palette, size of the file.
    """
    palette = shared_palette(thumbs, params.colours)

    @cache
    def frame(place: int) -> Image.Image:
        return _framed(read(place), palette, params)

    limit = params.max_gif_mb * _MEGABYTE
    mean_bytes = np.mean([len(_encode([frame(place)], frame_ms)) for place in evenly(count, _SIZE_PROBES)])
    wanted = max(1, min(count, int(limit / mean_bytes)))
    while True:
        places = evenly(count, wanted)
        gif = _encode([frame(place) for place in places], frame_ms)
        if len(gif) <= limit or len(places) == 1:
            return gif, places
        wanted = max(1, min(len(places) - 1, int(len(places) * limit / len(gif))))


def render_sheet(thumbs: Sequence[RGB], params: RenderingParams) -> bytes:
    """Gives a PNG of small pictures in order, row by row."""
    return encode_png(contact_sheet(thumbs, columns=params.sheet_columns, cell_hw=params.cell_hw))


def shared_palette(thumbs: Sequence[RGB], colours: int) -> Image.Image:
    """Gives an indexed picture whose palette fits all thumbs; its last colour is the black of the bars.

    Of Pillow's ways, largest coverage refined by k-means kept photos closest: mean CIELAB error
    3.2, 99th percentile of the worst one 15, against 4.1 and 32 by median cut and 3.5 and 23 by
    octree (45 photos, no dithering).
    """
    tiles = [letterbox(thumb, (_PALETTE_THUMB_PX, _PALETTE_THUMB_PX)) for thumb in thumbs]
    found = Image.fromarray(np.vstack(tiles)).quantize(colours - 1, method=Image.Quantize.MAXCOVERAGE, kmeans=1)
    values = found.getpalette() or []
    palette = Image.new("P", (1, 1))
    palette.putpalette([*values[: 3 * (colours - 1)], *_BAR_COLOUR])
    return palette


def _framed(picture: RGB, palette: Image.Image, params: RenderingParams) -> Image.Image:
    """Indexes the picture alone, then lays it between the bars: dithering must not spill onto them."""
    height, width = picture.shape[:2]
    scale = params.side_px / max(height, width)
    inner = resize(picture, (max(1, round(height * scale)), max(1, round(width * scale))))
    dither = Image.Dither.FLOYDSTEINBERG if params.dither else Image.Dither.NONE
    indexed = Image.fromarray(inner).quantize(palette=palette, dither=dither)
    bar = len(palette.getpalette() or _BAR_COLOUR) // 3 - 1
    frame = Image.new("P", (params.side_px, params.side_px), bar)
    frame.putpalette(palette.getpalette() or [])
    frame.paste(indexed, ((params.side_px - indexed.width) // 2, (params.side_px - indexed.height) // 2))
    return frame


def _encode(frames: Sequence[Image.Image], frame_ms: int) -> bytes:
    buffer = io.BytesIO()
    first, *others = frames
    # Pillow's optimisation would drop palette entries frame by frame: slower, and no smaller.
    first.save(buffer, "GIF", save_all=True, append_images=others, duration=frame_ms, loop=0, optimize=False)
    return buffer.getvalue()
