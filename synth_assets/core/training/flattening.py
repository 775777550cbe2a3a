"""Flattening: the picture that a trainer gets from a stored picture.

Belongs here: deciding whether a file can go into the training set as it is, and what it becomes
otherwise. Does not belong here: general decoding (``core/images.py``).

Detector trainers read three channels and drop alpha, which would bring back whatever colour lies
hidden under it; LoRA trainers mostly lay it over black or white. So a cutout is laid over mid-grey
once, here, and its alpha is kept beside it under ``masks/``: every trainer sees the same pixels.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from synth_assets.core.images import decode_image, decode_rgba, encode_jpeg, encode_png
from synth_assets.core.ports import RGB, RGBA

MID_GREY = 128
_JPEG_ENDINGS = (".jpg", ".jpeg")
_EXIF_ORIENTATION = 0x0112
_UPRIGHT = 1


@dataclass(frozen=True)
class TrainingPicture:
    """A picture as a trainer should read it.

    Attributes:
        data: encoded file, three-channel or grey, upright, without alpha.
        alpha: (H, W) uint8 alpha of the stored picture, 255 = opaque; None where it had none.
    """

    data: bytes
    alpha: NDArray[np.uint8] | None = None


def ending_of(path: str) -> str:
    """Ending of a training picture's file: ``.jpg`` for JPEG files, ``.png`` for all others."""
    return ".jpg" if PurePosixPath(path).suffix.lower() in _JPEG_ENDINGS else ".png"


def training_picture(data: bytes, path: str) -> TrainingPicture:
    """Gives a file's bytes unchanged where every trainer reads them alike, else re-encodes them.

    Re-encoded are: pictures with alpha (laid over mid-grey), pictures turned by EXIF, palettes,
    CMYK and 16 bit, and formats other than PNG and JPEG.

    Raises:
        BadImageError: the file is not a readable picture.
    """
    rgba = decode_rgba(data, path) if _has_alpha(data) else None
    if rgba is not None:
        return TrainingPicture(encode_png(over_grey(rgba)), rgba[..., 3])
    if _is_plain(data, ending_of(path)):
        return TrainingPicture(data)
    rgb = decode_image(data, path)
    return TrainingPicture(encode_jpeg(rgb) if ending_of(path) == ".jpg" else encode_png(rgb))


def over_grey(image: RGBA) -> RGB:
    """Lays an RGBA picture over mid-grey; opaque pixels keep their values."""
    alpha = image[..., 3:].astype(np.float32) / 255
    return np.rint(image[..., :3] * alpha + MID_GREY * (1 - alpha)).astype(np.uint8)


def pixels_of(data: bytes, path: str) -> RGB:
    """The (H, W, 3) pixels a trainer will see."""
    return over_grey(decode_rgba(data, path)) if _has_alpha(data) else decode_image(data, path)


def _has_alpha(data: bytes) -> bool:
    if not data.startswith(b"\x89PNG") and not data.startswith(b"RIFF"):
        return False
    with Image.open(io.BytesIO(data)) as image:
        return "A" in image.getbands() or "transparency" in image.info


def _is_plain(data: bytes, ending: str) -> bool:
    with Image.open(io.BytesIO(data)) as image:
        wanted = "JPEG" if ending == ".jpg" else "PNG"
        upright = image.getexif().get(_EXIF_ORIENTATION, _UPRIGHT) == _UPRIGHT
        return image.format == wanted and image.mode in ("RGB", "L") and upright
