"""Images: bytes to RGB arrays and back, resizing, contact sheets.

Belongs here: decoding with every oddity of real files (EXIF orientation, CMYK, 16 bit, alpha,
palettes, truncated or oversized files), encoding, resizing, and placing pictures on a sheet. BGR
exists only inside this module. Does not belong here: measuring (``measure.py``), masks
(``masks.py``), what EXIF tags mean (``exif.py``), and reading from disk or a URL.
"""

from __future__ import annotations

import io
import math
import struct
import threading
import warnings
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO, Literal

import cv2
import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from synth_assets.core.ports import RGB, RGBA

MAX_PIXELS = 100_000_000
"""Larger pictures are refused: a file that claims more is a mistake or a decompression bomb."""


_FILTERS = threading.Lock()
_EXIF_FOLDER, _ORIENTATION = 0x8769, 0x0112
_SIDEWAYS = frozenset({5, 6, 7, 8})
_PNG_DEPTH_BYTE = 24

_DAMAGE = (
    *(OSError, EOFError, SyntaxError, ValueError, RuntimeError, ArithmeticError, LookupError, TypeError),
    *(struct.error, Image.DecompressionBombError),
)
"""What Pillow's readers of the many formats raise on damaged files."""


class BadImageError(ValueError):
    """A file that cannot be taken in as a picture; the message names it and says why."""


def decode_image(data: bytes, name: str) -> RGB:
    """Decodes a picture to (H, W, 3) uint8 RGB, upright.

    EXIF orientation is applied, CMYK and palettes converted, 16-bit and float values scaled to 8
    bits, alpha laid over white; of animations the first frame is taken. The array can be written to.

    Args:
        data: the file's bytes.
        name: for the error message.

    Raises:
        BadImageError: not a picture, truncated, or above MAX_PIXELS.
    """
    with _open(data, name) as image:
        return _to_rgb(_transposed(image, name))


def decode_rgba(data: bytes, name: str) -> RGBA:
    """Decodes a picture to (H, W, 4) uint8 RGBA, upright; opaque where the file has no alpha.

    Raises:
        BadImageError: as ``decode_image``.
    """
    with _open(data, name) as image:
        upright = _transposed(image, name)
        if _has_alpha(upright) and not upright.mode.startswith(("I", "F")):
            return np.array(upright.convert("RGBA"), dtype=np.uint8)
        rgb = _to_rgb(upright)
    return np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)])


def _to_rgb(upright: Image.Image) -> RGB:
    if upright.mode.startswith(("I", "F")):
        return np.repeat(_scaled_to_8bit(np.asarray(upright), upright.mode)[..., None], 3, axis=2)
    if _has_alpha(upright):
        rgba = upright.convert("RGBA")
        white = Image.new("RGBA", rgba.size, (255, 255, 255, 255))
        upright = Image.alpha_composite(white, rgba)
    return np.array(upright.convert("RGB"), dtype=np.uint8)


def _open(data: bytes | BinaryIO, name: str) -> Image.Image:
    if not data:
        raise BadImageError(f"{name}: the file is empty")
    try:
        with _tolerant():
            image = Image.open(io.BytesIO(data) if isinstance(data, bytes) else data)
    except UnidentifiedImageError:
        # Its own text holds a memory address, which would make the reason differ between runs.
        raise BadImageError(f"{name}: not a readable picture (unknown or damaged format)") from None
    except _DAMAGE as error:
        raise BadImageError(f"{name}: not a readable picture ({error})") from error
    if image.width * image.height > MAX_PIXELS:
        raise BadImageError(
            f"{name}: {image.width}x{image.height} pixels is more than {MAX_PIXELS:,}; scale it down first"
        )
    return image


@contextmanager
def _tolerant() -> Generator[None]:
    """Silences Pillow's warnings about sizes and damaged EXIF, in one thread at a time.

    Warning filters are global: without the lock, one thread restores them under another.
    """
    with _FILTERS, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        yield


def _transposed(image: Image.Image, name: str) -> Image.Image:
    try:
        image.load()
        with _tolerant():
            upright = ImageOps.exif_transpose(image)
    except _DAMAGE as error:
        raise BadImageError(f"{name}: the picture is damaged ({error})") from error
    if upright.width < 1 or upright.height < 1:
        raise BadImageError(f"{name}: the picture has no pixels ({upright.width}x{upright.height})")
    return upright


def _has_alpha(image: Image.Image) -> bool:
    return image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info


def _scaled_to_8bit(values: np.ndarray, mode: str) -> np.ndarray:
    """Full scale is told by the mode for 16 bits; 32-bit and float files do not say theirs."""
    finite = np.nan_to_num(values.astype(np.float64), posinf=0.0, neginf=0.0)
    peak = finite.max(initial=0.0)
    top = 65535.0 if mode.startswith("I;16") or peak > 255 else 255.0
    if mode == "F" and peak <= 1:
        top = 1.0
    return np.clip(np.rint(finite * (255.0 / top)), 0, 255).astype(np.uint8)


def encode_png(image: np.ndarray, compression: int = 3) -> bytes:
    """Encodes (H, W), (H, W, 3) RGB or (H, W, 4) RGBA uint8 losslessly.

    Raises:
        ValueError: wrong dtype or shape.
    """
    return _encode(".png", image, [cv2.IMWRITE_PNG_COMPRESSION, compression])


def encode_jpeg(image: RGB, quality: int = 95) -> bytes:
    """Encodes (H, W, 3) RGB uint8 as JPEG without chroma subsampling at quality 90 and above.

    Raises:
        ValueError: wrong dtype or shape.
    """
    flags = [cv2.IMWRITE_JPEG_QUALITY, quality]
    if quality >= 90:
        flags += [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    return _encode(".jpg", image, flags)


def _encode(ending: str, image: np.ndarray, flags: list[int]) -> bytes:
    if image.dtype != np.uint8 or not (image.ndim == 2 or (image.ndim == 3 and image.shape[2] in (3, 4))):
        raise ValueError(f"expected uint8 (H, W), (H, W, 3) or (H, W, 4), got {image.dtype} {image.shape}")
    if image.ndim == 3:
        code = cv2.COLOR_RGB2BGR if image.shape[2] == 3 else cv2.COLOR_RGBA2BGRA
        image = cv2.cvtColor(image, code)
    ok, data = cv2.imencode(ending, image, flags)
    if not ok:
        raise ValueError(f"OpenCV could not encode an image of shape {image.shape} as {ending}")
    return data.tobytes()


def resize(image: np.ndarray, size_hw: tuple[int, int]) -> np.ndarray:
    """Resizes to (height, width): area averaging when shrinking, cubic when enlarging."""
    height, width = size_hw
    if image.shape[:2] == (height, width):
        return image
    shrinking = height * width < image.shape[0] * image.shape[1]
    interpolation = cv2.INTER_AREA if shrinking else cv2.INTER_CUBIC
    return cv2.resize(image, (width, height), interpolation=interpolation)


def fit_within(image: np.ndarray, max_hw: tuple[int, int]) -> np.ndarray:
    """Scales down, never up, so that the picture fits in (height, width); keeps its proportions."""
    scale = min(max_hw[0] / image.shape[0], max_hw[1] / image.shape[1], 1.0)
    size_hw = (max(1, round(image.shape[0] * scale)), max(1, round(image.shape[1] * scale)))
    return resize(image, size_hw)


def letterbox(image: RGB, size_hw: tuple[int, int], colour: tuple[int, int, int] = (0, 0, 0)) -> RGB:
    """Fits the picture into (height, width) without stretching, centred on ``colour``."""
    scale = min(size_hw[0] / image.shape[0], size_hw[1] / image.shape[1])
    inner_hw = (max(1, round(image.shape[0] * scale)), max(1, round(image.shape[1] * scale)))
    inner = resize(image, inner_hw)
    top, left = (size_hw[0] - inner_hw[0]) // 2, (size_hw[1] - inner_hw[1]) // 2
    bottom, right = size_hw[0] - inner_hw[0] - top, size_hw[1] - inner_hw[1] - left
    boxed = cv2.copyMakeBorder(inner, top, bottom, left, right, cv2.BORDER_CONSTANT, value=colour)
    return np.asarray(boxed, np.uint8)


def over_checker(image: RGBA, square_px: int = 12) -> RGB:
    """Lays an RGBA picture over a grey checkerboard, so that its alpha can be seen."""
    ys, xs = np.indices(image.shape[:2])
    board = np.where(((ys // square_px) + (xs // square_px)) % 2 == 0, 205, 165).astype(np.float32)
    alpha = image[..., 3:].astype(np.float32) / 255.0
    return np.rint(image[..., :3] * alpha + board[..., None] * (1 - alpha)).astype(np.uint8)


def contact_sheet(
    images: Sequence[RGB], columns: int = 6, cell_hw: tuple[int, int] = (120, 160), gap_px: int = 4
) -> RGB:
    """Lays pictures out in rows on light grey, each letterboxed into its cell.

    Args:
        images: (H, W, 3) pictures of any sizes; an empty list gives one empty cell.
        columns: pictures a row.
        cell_hw: (height, width) of a cell in pixels.
        gap_px: space around cells.
    """
    background = (238, 238, 238)
    columns = max(1, min(columns, len(images) or 1))
    rows = max(1, math.ceil(len(images) / columns))
    step_y, step_x = cell_hw[0] + gap_px, cell_hw[1] + gap_px
    sheet = np.empty((rows * step_y + gap_px, columns * step_x + gap_px, 3), np.uint8)
    sheet[:] = background
    for index, image in enumerate(images):
        y, x = gap_px + (index // columns) * step_y, gap_px + (index % columns) * step_x
        sheet[y : y + cell_hw[0], x : x + cell_hw[1]] = letterbox(image, cell_hw, background)
    return sheet


def image_size(data: bytes, name: str) -> tuple[int, int]:
    """Reads (height, width) of the stored pixels without decoding them.

    Raises:
        BadImageError: not a picture.
    """
    with _open(data, name) as image:
        return image.height, image.width


def stored_form(data: bytes | BinaryIO, name: str) -> tuple[tuple[int, int], str]:
    """Reads the upright (height, width) and Pillow's mode, e.g. "RGB", without decoding.

    Raises:
        BadImageError: not a picture, or damaged EXIF.
    """
    with _open(data, name) as image:
        try:
            with _tolerant():
                # Not image.getexif(): PNG's own decodes the whole picture for a tag behind it.
                sideways = Image.Image.getexif(image).get(_ORIENTATION, 1) in _SIDEWAYS
        except _DAMAGE as error:
            raise BadImageError(f"{name}: the picture is damaged ({error})") from error
        size_hw = (image.width, image.height) if sideways else (image.height, image.width)
        return size_hw, image.mode


ImageFormat = Literal["png", "jpg"]


def plain_format(data: bytes, name: str) -> ImageFormat | None:
    """Says whether the bytes are an upright, single, opaque, 8-bit RGB PNG or JPEG, and which.

    Such a file can be kept as it is; None means that it has to be decoded and stored anew.

    Raises:
        BadImageError: not a picture, or a damaged one.
    """
    with _open(data, name) as image:
        try:
            with _tolerant():
                if getattr(image, "n_frames", 1) > 1 or image.getexif().get(_ORIENTATION, 1) != 1:
                    return None
        except _DAMAGE as error:
            raise BadImageError(f"{name}: the picture is damaged ({error})") from error
        if image.mode != "RGB" or "transparency" in image.info:
            return None
        if image.format == "JPEG":
            return "jpg"
        return "png" if image.format == "PNG" and data[_PNG_DEPTH_BYTE] == 8 else None


def exif_tags(data: bytes | BinaryIO) -> dict[int, Any]:
    """Reads the EXIF folder of a photo, tag → value as Pillow gives it; empty where there is none.

    A damaged file gives what can be read; whether it is a picture is judged elsewhere. Of an open file
    only the header is read, as far as the format allows.
    """
    try:
        with _open(data, "photo") as image, _tolerant():
            return dict(image.getexif().get_ifd(_EXIF_FOLDER))
    except _DAMAGE:
        return {}
