"""Thumbnails: very small pictures inside a page.

Belongs here: shrinking a row's picture to a data URI. Does not belong here: which rows are shown, and pages.
"""

from __future__ import annotations

from collections.abc import Sequence

from synth_assets.core.images import decode_image, encode_jpeg, fit_within
from synth_assets.core.items import bounded_map
from synth_assets.core.pages import picture_uri
from synth_assets.core.records import ImageRecord, ImageSet

THUMBNAIL_PX = 64
"""Longest side; such a picture takes one to two kilobytes."""
_QUALITY = 72
_READERS = 2


def thumbnails(images: ImageSet, rows: Sequence[ImageRecord]) -> list[str]:
    """Gives each row's picture as a small JPEG data URI; "" where it has none, or it is gone by now."""

    def shrink(row: ImageRecord) -> str:
        if not row.path or not (images.root / row.path).exists():
            return ""
        data = images.read_bytes(row.path)
        small = fit_within(decode_image(data, row.path), (THUMBNAIL_PX, THUMBNAIL_PX))
        return picture_uri(encode_jpeg(small, _QUALITY), "image/jpeg")

    return list(bounded_map(shrink, rows, _READERS))
