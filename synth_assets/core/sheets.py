"""Sheets: one small JPEG that shows what a partition holds.

Belongs here: choosing rows, drawing their boxes or captions into cells, and fitting the result
into a number of bytes. Does not belong here: laying out cells (``images.contact_sheet``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Literal

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from synth_assets.core.images import (
    contact_sheet,
    decode_rgba,
    encode_jpeg,
    fit_within,
    letterbox,
    over_checker,
)
from synth_assets.core.ports import RGB
from synth_assets.core.records import ImageRecord, ImageSet, ObjectRecord

MAX_BYTES = 100_000
"""Dagster stores metadata three times over, so a sheet must stay small."""
_CELL_HW = (168, 224)
_COLUMNS = 4
_MANY = 16
_MANY_COLUMNS = 6
_CAPTION_COLUMNS = 3
_CAPTION_FONT_PX = 13
_QUALITIES = (86, 78, 70, 60, 50, 40)
_SHRINK = 0.8
_LEAST_SIDE_PX = 32
_FONT_PX = 11
_TEXT_HW = (52, 224)
_TEXT_LINES = 3
_PAPER = (238, 238, 238)
_INK = (40, 40, 40)
_BRIGHT = 3 * 110
_LABEL_COLOURS = (
    (230, 25, 75),
    (60, 180, 75),
    (255, 225, 25),
    (0, 130, 200),
    (245, 130, 48),
    (240, 50, 230),
    (70, 240, 240),
    (210, 245, 60),
)


def sheet_of(
    images: ImageSet,
    limit: int = 12,
    draw_objects: bool = True,
    captions: bool = False,
    status: Literal["ok", "rejected"] = "ok",
    max_bytes: int = MAX_BYTES,
) -> bytes | None:
    """Gives a contact sheet of rows spread evenly over the set, as JPEG.

    Args:
        images: rows to show; those without a picture are passed over, and those whose picture, another
            partition's, is gone by now.
        limit: at most so many pictures.
        draw_objects: draw boxes and labels of rows that have objects.
        captions: write the short caption (for rejected rows the reason) under each picture.
        status: which rows to show.
        max_bytes: quality, then size, are lowered until the file is no larger.

    Returns:
        The JPEG; None where there is no picture to show.
    """
    wanted = evenly([row for row in images if row.status == status and row.path], limit)
    rows = [row for row in wanted if (images.root / row.path).exists()]
    if not rows:
        return None
    cells = [_cell(images, row, draw_objects) for row in rows]
    if captions:
        texts = [row.captions.get("short", "") or row.reason for row in rows]
        return captioned_sheet(cells, texts, _CAPTION_COLUMNS, max_bytes)
    columns = _COLUMNS if len(cells) <= _MANY else _MANY_COLUMNS
    return jpeg_within(contact_sheet(cells, columns, _CELL_HW), max_bytes)


def captioned_sheet(
    pictures: Sequence[RGB], texts: Sequence[str], columns: int = _COLUMNS, max_bytes: int = MAX_BYTES
) -> bytes:
    """Gives a contact sheet of pictures of any sizes, each with a text of up to three lines under it, as JPEG."""
    cells = [
        np.vstack([letterbox(picture, _CELL_HW, _PAPER), _caption(text)])
        for picture, text in zip(pictures, texts, strict=True)
    ]
    return jpeg_within(contact_sheet(cells, columns, (_CELL_HW[0] + _TEXT_HW[0], _CELL_HW[1])), max_bytes)


def evenly(rows: Sequence[ImageRecord], limit: int) -> list[ImageRecord]:
    """At most ``limit`` rows, first and last included, evenly spread."""
    if len(rows) <= limit:
        return list(rows)
    return [rows[int(index)] for index in np.linspace(0, len(rows) - 1, limit).round()]


def jpeg_within(image: RGB, max_bytes: int) -> bytes:
    """The picture as JPEG of at most ``max_bytes``: quality falls first, then the size.

    Raises:
        ValueError: even a picture of a few pixels does not fit.
    """
    while min(image.shape[:2]) >= _LEAST_SIDE_PX:
        for quality in _QUALITIES:
            data = encode_jpeg(image, quality)
            if len(data) <= max_bytes:
                return data
        image = fit_within(image, (int(image.shape[0] * _SHRINK), int(image.shape[1] * _SHRINK)))
    raise ValueError(f"no JPEG of {max_bytes} bytes can show this picture; allow at least 10000")


def _cell(images: ImageSet, row: ImageRecord, draw_objects: bool) -> RGB:
    rgba = decode_rgba(images.read_bytes(row.path), row.path)
    picture = over_checker(rgba) if (rgba[..., 3] < 255).any() else rgba[..., :3]
    small = fit_within(picture, _CELL_HW)
    scale = (small.shape[1] / picture.shape[1], small.shape[0] / picture.shape[0])
    drawn = draw_boxes(small, row.objects, scale) if draw_objects else small
    return letterbox(drawn, _CELL_HW, _PAPER)


def draw_boxes(image: RGB, objects: Sequence[ObjectRecord], scale_xy: tuple[float, float]) -> RGB:
    """A copy with each object's box and label; labels stay legible because the scale is applied first.

    Args:
        image: (H, W, 3) picture, already scaled.
        objects: boxes in pixels of the unscaled picture.
        scale_xy: from the unscaled to this picture.
    """
    canvas = Image.fromarray(image)
    pen = ImageDraw.Draw(canvas)
    font = ImageFont.load_default(_FONT_PX)
    for item in objects:
        x0, y0, x1, y1 = (round(value * scale_xy[axis % 2]) for axis, value in enumerate(item.xyxy))
        colour = label_colour(item.label)
        pen.rectangle((x0, y0, max(x0, x1 - 1), max(y0, y1 - 1)), outline=colour, width=2)
        width, height = int(pen.textlength(item.label, font)) + 6, _FONT_PX + 4
        left = max(0, min(x0, image.shape[1] - width))
        top = y0 - height if y0 >= height else min(y1, image.shape[0] - height - 1)
        ink = _INK if sum(colour) > _BRIGHT else (255, 255, 255)
        pen.rectangle((left, top, left + width, top + height), fill=colour)
        pen.text((left + 3, top + 1), item.label, fill=ink, font=font)
    return np.asarray(canvas)


def _caption(text: str) -> RGB:
    canvas = Image.new("RGB", (_TEXT_HW[1], _TEXT_HW[0]), _PAPER)
    pen = ImageDraw.Draw(canvas)
    font = ImageFont.load_default(_CAPTION_FONT_PX)
    lines: list[str] = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if pen.textlength(longer, font) <= _TEXT_HW[1] - 4:
            lines[-1] = longer
        else:
            lines.append(word)
    if len(lines) > _TEXT_LINES:
        lines = [*lines[: _TEXT_LINES - 1], f"{lines[_TEXT_LINES - 1]} …"]
    for number, line in enumerate(lines):
        pen.text((2, 2 + number * (_CAPTION_FONT_PX + 3)), line, fill=_INK, font=font)
    return np.asarray(canvas)


def label_colour(label: str) -> tuple[int, int, int]:
    """The colour of a class, the same in every picture."""
    return _LABEL_COLOURS[hashlib.sha256(label.encode()).digest()[0] % len(_LABEL_COLOURS)]
