"""Flattening: plain files keep their bytes, cutouts lie on grey, turned pictures stand upright."""

import io

import numpy as np
import pytest
from PIL import Image

from synth_assets.core.images import decode_image, encode_jpeg, encode_png
from synth_assets.core.training.flattening import ending_of, over_grey, pixels_of, training_picture

RGBA = np.array([[[255, 0, 0, 255], [0, 255, 0, 0]], [[0, 0, 255, 128], [9, 9, 9, 255]]], np.uint8)


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def test_plain_png_and_jpeg_keep_their_bytes() -> None:
    rgb = np.full((4, 6, 3), 90, np.uint8)
    for data, path in ((encode_png(rgb), "a.png"), (encode_jpeg(rgb), "a.JPG")):
        picture = training_picture(data, path)
        assert picture.data == data
        assert picture.alpha is None


def test_a_cutout_lies_on_mid_grey_and_keeps_its_alpha() -> None:
    picture = training_picture(encode_png(RGBA), "cut.png")
    expected = [[[255, 0, 0], [128, 128, 128]], [[64, 64, 192], [9, 9, 9]]]
    with Image.open(io.BytesIO(picture.data)) as image:
        assert image.mode == "RGB"
    assert decode_image(picture.data, "x").tolist() == expected
    assert picture.alpha is not None
    assert picture.alpha.tolist() == [[255, 0], [128, 255]]
    assert pixels_of(encode_png(RGBA), "cut.png").tolist() == expected
    assert over_grey(RGBA).tolist() == expected


def test_an_opaque_rgba_png_becomes_rgb() -> None:
    opaque = RGBA.copy()
    opaque[..., 3] = 255
    picture = training_picture(encode_png(opaque), "a.png")
    assert decode_image(picture.data, "x").tolist() == opaque[..., :3].tolist()


def test_a_turned_jpeg_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = saved(Image.new("RGB", (8, 4), (200, 30, 30)), "JPEG", exif=exif)
    picture = training_picture(data, "turned.jpeg")
    with Image.open(io.BytesIO(picture.data)) as image:
        assert (image.format, image.size, image.getexif().get(0x0112)) == ("JPEG", (4, 8), None)


@pytest.mark.parametrize(("mode", "kind"), [("P", "PNG"), ("I;16", "PNG"), ("RGB", "WEBP"), ("RGB", "BMP")])
def test_unusual_files_become_rgb_png(mode: str, kind: str) -> None:
    picture = training_picture(saved(Image.new(mode, (5, 3)), kind), f"a.{kind.lower()}")
    with Image.open(io.BytesIO(picture.data)) as image:
        assert (image.format, image.mode, image.size) == ("PNG", "RGB", (5, 3))


def test_ending() -> None:
    assert [ending_of(name) for name in ("a/b.JPEG", "a.jpg", "a.webp", "a.png")] == [".jpg", ".jpg", ".png", ".png"]
