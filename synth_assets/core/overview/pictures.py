"""Pictures of the overview page: small enough, and inside the page.

Belongs here: shrinking pictures to a number of bytes and writing them as data URIs. Does not
belong here: what they show (``core/sheets.py``, the stages' plots).
"""

from __future__ import annotations

from synth_assets.core.images import decode_image, encode_png, fit_within, image_size
from synth_assets.core.pages import PictureKind, picture_uri
from synth_assets.core.sheets import jpeg_within

PAGE_BYTES = 4_000_000
"""All pictures of a page together; base64 makes a third more of it."""
MOST_BYTES = 60_000
_LEAST_BYTES = 8_000
_LARGEST_HW = (1100, 1100)
_MAGIC: dict[bytes, PictureKind] = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg"}


def budget_of(pictures: int, others: int = 0) -> int:
    """Bytes that each of so many pictures may have beside ``others`` bytes of pictures whose size is fixed."""
    return max(_LEAST_BYTES, min(MOST_BYTES, (PAGE_BYTES - others) // max(1, pictures)))


def data_uri(data: bytes, name: str, max_bytes: int) -> str:
    """Gives a picture as a data URI: unchanged if it is small, else shrunk, else as JPEG.

    Args:
        data: PNG, JPEG or GIF; of an animation the first frame is taken.
        name: for the error message.
        max_bytes: of the picture before base64.

    Raises:
        BadImageError: not a picture.
    """
    kind: PictureKind | None = next((kind for magic, kind in _MAGIC.items() if data.startswith(magic)), None)
    if kind and len(data) <= max_bytes and max(image_size(data, name)) <= 2 * max(_LARGEST_HW):
        return picture_uri(data, kind)
    image = fit_within(decode_image(data, name), _LARGEST_HW)
    if kind == "image/png":
        # Line drawings are smaller and cleaner as PNG; photos are not and go on as JPEG.
        drawing = encode_png(image, compression=6)
        if len(drawing) <= max_bytes:
            return picture_uri(drawing, "image/png")
    return picture_uri(jpeg_within(image, max_bytes), "image/jpeg")
