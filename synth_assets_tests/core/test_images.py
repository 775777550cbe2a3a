"""Decoding of ordinary, odd and hostile files; encoding, resizing and sheets."""

import io
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from synth_assets.core.images import (
    BadImageError,
    contact_sheet,
    decode_image,
    decode_rgba,
    encode_jpeg,
    encode_png,
    exif_tags,
    fit_within,
    image_size,
    letterbox,
    over_checker,
    plain_format,
    resize,
)

ODD = Path(__file__).parents[2] / "data" / "sample" / "odd"
REFUSED = {
    "broken.png": "not a readable picture",
    "decompression_bomb.gif": "not a readable picture",
    "truncated_image.png": "damaged",
    "truncated_jpeg.jpg": "damaged",
}
DECODED = {
    "16bit.cropped.tif": (64, 64),
    "dispose_bgnd.gif": (100, 100),
    "exif-dpi-zerodivision.jpg": (200, 200),
    "exif_gps.jpg": (8, 8),
    "flower.webp": (360, 480),
    "g4_orientation_6.tif": (88, 590),
    "hopper_bad_exif.jpg": (500, 500),
    "hopper_gray.jpg": (128, 128),
    "icc_profile_big.jpg": (250, 425),
    "no-dpi-in-exif.jpg": (200, 200),
    "photoshop-200dpi-broken.jpg": (200, 200),
    "pil_sample_cmyk.jpg": (100, 100),
    "sugarshack.mpo": (480, 640),
    "transparent.webp": (150, 200),
    **{f"hopper_orientation_{n}.jpg": (128, 128) for n in range(2, 9)},
}


def odd(name: str) -> bytes:
    return (ODD / name).read_bytes()


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def test_every_odd_file_is_known_here() -> None:
    assert {path.name for path in ODD.iterdir()} == REFUSED.keys() | DECODED.keys()


@pytest.mark.parametrize("name", sorted(DECODED))
def test_odd_files_are_taken_in(name: str) -> None:
    image = decode_image(odd(name), name)
    assert image.shape == (*DECODED[name], 3)
    assert image.dtype == np.uint8
    assert image.flags.writeable
    assert decode_rgba(odd(name), name).shape == (*DECODED[name], 4)


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_damaged_files_are_refused_by_name_and_always_in_the_same_words(name: str) -> None:
    with pytest.raises(BadImageError, match=f"{name}: .*{REFUSED[name]}") as first:
        decode_image(odd(name), name)
    with pytest.raises(BadImageError) as second:
        decode_rgba(odd(name), name)
    assert str(first.value) == str(second.value)


@pytest.mark.parametrize("orientation", range(3, 9))
def test_exif_orientations_show_the_same_upright_picture(orientation: int) -> None:
    first = decode_image(odd("hopper_orientation_2.jpg"), "2").astype(float)
    other = decode_image(odd(f"hopper_orientation_{orientation}.jpg"), "n").astype(float)
    assert np.abs(first - other).mean() < 5  # each was compressed after being turned
    assert np.abs(first - other[:, ::-1]).mean() > 30
    assert np.abs(first - other[::-1]).mean() > 30


def test_cmyk_is_converted_with_its_inverted_ink() -> None:
    image = decode_image(odd("pil_sample_cmyk.jpg"), "cmyk")
    assert image[0, 0, 0] > 200
    assert image[0, 0, 1:].max() < 60
    assert image[-1, -1].max() < 40


def test_16_bits_are_scaled_to_8_even_where_dark() -> None:
    raw = np.asarray(Image.open(ODD / "16bit.cropped.tif"), np.float64)
    image = decode_image(odd("16bit.cropped.tif"), "16")
    assert np.array_equal(image[..., 0], np.rint(raw / 257).astype(np.uint8))
    values = np.array([[0, 255, 128 * 257], [257, 65535, 128]], np.uint16)
    assert decode_image(encoded(Image.fromarray(values)), "g")[..., 1].tolist() == [[0, 1, 128], [1, 255, 0]]
    dark = decode_image(encoded(Image.fromarray(np.array([[0, 255]], np.uint16))), "dark")
    assert dark[..., 2].tolist() == [[0, 1]]


def test_float_pictures_are_scaled_by_their_range() -> None:
    unit = np.array([[0.0, 0.5, 1.0, np.nan]], np.float32)
    assert decode_image(encoded(Image.fromarray(unit), "TIFF"), "f")[..., 0].tolist() == [[0, 128, 255, 0]]
    bytes_like = np.array([[0.0, 128.0, 255.0, -5.0]], np.float32)
    assert decode_image(encoded(Image.fromarray(bytes_like), "TIFF"), "f")[..., 0].tolist() == [[0, 128, 255, 0]]


def test_alpha_is_laid_over_white_or_kept() -> None:
    pixels = np.array([[[255, 0, 0, 255], [255, 0, 0, 0], [0, 0, 0, 128]]], np.uint8)
    data = encode_png(pixels)
    assert decode_image(data, "a").tolist() == [[[255, 0, 0], [255, 255, 255], [127, 127, 127]]]
    assert np.array_equal(decode_rgba(data, "a"), pixels)
    assert decode_image(odd("transparent.webp"), "t")[0, 0].tolist() == [255, 255, 255]
    grey = encoded(Image.fromarray(np.array([[0, 65535]], np.uint16)), transparency=0)
    assert decode_image(grey, "16-bit grey with a transparent value").shape == (1, 2, 3)
    palette = Image.new("P", (2, 1))
    palette.putpalette([10, 20, 30, 200, 100, 50])
    palette.putpixel((1, 0), 1)
    assert decode_image(encoded(palette), "p").tolist() == [[[10, 20, 30], [200, 100, 50]]]


def test_an_empty_file_and_a_text_are_refused() -> None:
    with pytest.raises(BadImageError, match=r"x\.jpg: the file is empty"):
        decode_image(b"", "x.jpg")
    with pytest.raises(BadImageError, match=r"x\.jpg: not a readable picture"):
        decode_image(b"hello", "x.jpg")


def test_a_picture_above_the_limit_is_refused_before_decoding() -> None:
    header = bytearray(encode_png(np.zeros((8, 8, 3), np.uint8)))
    wide = Image.new("1", (20_000, 5_001))
    with pytest.raises(BadImageError, match="20000x5001 pixels is more than 100,000,000"):
        decode_image(encoded(wide), "wide.png")
    assert image_size(bytes(header), "x") == (8, 8)


@settings(max_examples=150, deadline=None)
@given(
    name=st.sampled_from(["hopper_orientation_6.jpg", "pil_sample_cmyk.jpg", "16bit.cropped.tif", "dispose_bgnd.gif"]),
    changes=st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), min_size=1, max_size=6),
    keep=st.floats(0.01, 1),
)
def test_damage_gives_a_picture_or_a_refusal(name: str, changes: list[tuple[float, int]], keep: float) -> None:
    data = bytearray(odd(name))
    for place, value in changes:
        data[int(place * len(data))] = value
    data = data[: max(1, int(keep * len(data)))]
    exif_tags(bytes(data))
    for read in (decode_image, decode_rgba, plain_format):
        with suppress(BadImageError):
            read(bytes(data), name)


def test_png_is_lossless_and_jpeg_close() -> None:
    rng = np.random.default_rng(0)
    for shape in [(5, 7), (5, 7, 3), (5, 7, 4)]:
        image = rng.integers(0, 256, shape, dtype=np.uint8)
        back = np.asarray(Image.open(io.BytesIO(encode_png(image))))
        assert np.array_equal(back, image)
    colour = np.full((16, 16, 3), (200, 30, 60), np.uint8)
    assert np.abs(decode_image(encode_jpeg(colour), "j").astype(int) - colour).max() <= 2


@pytest.mark.parametrize(
    "image", [np.zeros((4, 4, 3), np.float32), np.zeros((4, 4, 2), np.uint8), np.zeros(4, np.uint8)]
)
def test_only_uint8_pictures_are_encoded(image: np.ndarray) -> None:
    with pytest.raises(ValueError, match="expected uint8"):
        encode_png(image)


def test_resizing_averages_down_and_keeps_what_fits() -> None:
    board = np.array([[0, 100], [100, 200]], np.uint8)
    assert resize(board, (1, 1)).tolist() == [[100]]
    assert resize(board, (2, 2)) is board
    wide = np.zeros((50, 100, 3), np.uint8)
    assert fit_within(wide, (20, 20)).shape == (10, 20, 3)
    assert fit_within(wide, (500, 500)).shape == (50, 100, 3)


def test_letterbox_centres_without_stretching() -> None:
    boxed = letterbox(np.full((10, 20, 3), 255, np.uint8), (40, 40))
    assert boxed.shape == (40, 40, 3)
    assert boxed[10:30].min() == 255
    assert boxed[:10].max() == boxed[30:].max() == 0


@given(count=st.integers(0, 9), columns=st.integers(1, 4))
@settings(max_examples=20, deadline=None)
def test_contact_sheet_has_room_for_all(count: int, columns: int) -> None:
    sheet = contact_sheet([np.zeros((10, 10, 3), np.uint8)] * count, columns, (20, 20), 2)
    used = min(columns, max(1, count))
    rows = max(1, -(-count // used))
    assert sheet.shape == (rows * 22 + 2, used * 22 + 2, 3)
    assert int((sheet.max(axis=2) == 0).sum()) == count * 400


def test_checker_shows_through_where_transparent() -> None:
    image = np.zeros((4, 4, 4), np.uint8)
    image[:2, :, 3] = 255
    shown = over_checker(image, square_px=2)
    assert shown[:2].max() == 0
    assert shown[2:, 0].tolist() == [[165] * 3] * 2
    assert shown[2:, 2].tolist() == [[205] * 3] * 2


def test_plain_files_are_those_that_need_no_change() -> None:
    rgb = Image.new("RGB", (4, 3), (1, 2, 3))
    assert plain_format(encoded(rgb), "x") == "png"
    assert plain_format(encoded(rgb, "JPEG"), "x") == "jpg"
    turned = Image.Exif()
    turned[0x0112] = 6
    for other in (
        encoded(rgb, "JPEG", exif=turned),
        encoded(rgb, "BMP"),
        encoded(rgb.convert("L")),
        encoded(rgb.convert("RGBA")),
        odd("pil_sample_cmyk.jpg"),
        odd("sugarshack.mpo"),
        odd("16bit.cropped.tif"),
    ):
        assert plain_format(other, "x") is None
    with pytest.raises(BadImageError, match="x: not a readable"):
        plain_format(odd("broken.png"), "x")
