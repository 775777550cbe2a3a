"""EXIF of whole, odd and damaged files: when, and how the camera was set."""

import io
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from synth_assets.core.exif import exif_datetime, exif_facts
from synth_assets.core.images import decode_image

ODD = Path(__file__).parents[2] / "data" / "sample" / "odd"
SET = {0x920A: 50.0, 0xA405: 75, 0x829D: 2.8, 0x829A: 1 / 250, 0x8827: 400}
READ = {"focal_length_mm": 50.0, "focal_length_35mm": 75.0, "aperture_f": 2.8, "exposure_s": 0.004, "iso": 400.0}


def photo(tags: dict[int, Any], kind: str = "JPEG") -> bytes:
    exif = Image.Exif()
    exif.get_ifd(0x8769).update(tags)
    buffer = io.BytesIO()
    Image.new("RGB", (4, 4)).save(buffer, kind, exif=exif.tobytes())
    return buffer.getvalue()


def camera(data: bytes) -> dict[str, Any]:
    return {name: value for name, value in exif_facts(data).items() if name != "taken_at"}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_time_and_camera_of_every_format(kind: str) -> None:
    data = photo({**SET, 0x9003: "2026:11:21 12:05:00"}, kind)
    assert exif_datetime(data) == datetime(2026, 11, 21, 12, 5)
    assert camera(data) == pytest.approx(READ)
    assert exif_facts(data) == {"taken_at": "2026-11-21T12:05:00", **camera(data)}
    assert list(camera(data)) == list(READ)


def test_apex_values_stand_in_for_absent_and_zero_ones() -> None:
    apex = {0x9202: 3.0, 0x9201: 8.0}
    wanted = pytest.approx({"aperture_f": 2.828427, "exposure_s": 1 / 256}, rel=1e-6)
    assert camera(photo(apex)) == wanted
    assert camera(photo({**apex, 0x829D: 0.0, 0x829A: 0.0})) == wanted
    long = camera(photo({0x9201: IFDRational(-2, 1)}))
    assert long == {"exposure_s": 4.0}
    assert camera(photo({0x9202: 0.0, 0x9201: 0.0})) == {}


def test_sensitivity_beyond_16_bits_stands_elsewhere() -> None:
    assert camera(photo({0x8827: 65535, 0x8832: 102400})) == {"iso": 102400.0}
    assert camera(photo({0x8827: 65535})) == {"iso": 65535.0}
    assert camera(photo({0x8827: (200, 0)})) == {"iso": 200.0}


@pytest.mark.parametrize("tag", SET)
@pytest.mark.parametrize("value", [IFDRational(0, 0), IFDRational(7, 0), IFDRational(0, 1), IFDRational(-3, 1)])
def test_values_that_cannot_be_are_absent(tag: int, value: IFDRational) -> None:
    whole = tag in (0xA405, 0x8827)  # numbers without sign or denominator
    names = dict(zip(SET, READ, strict=True))
    assert camera(photo({**SET, tag: 0 if whole else value})).keys() == READ.keys() - {names[tag]}


def test_garbage_is_absent() -> None:
    far = IFDRational(4_000_000_000, 1)
    for tag in (0x920A, 0x829D, 0x829A, 0x9202, 0x9201):
        assert camera(photo({tag: far})) == {}
    assert camera(photo({0x920A: "fifty", 0x9003: "0000:00:00 00:00:00"})) == {}
    assert exif_facts(photo({0x9003: "yesterday"})) == {}


@pytest.mark.parametrize("name", ["hopper_bad_exif.jpg", "exif-dpi-zerodivision.jpg", "hopper_gray.jpg", "broken.png"])
def test_files_that_tell_nothing(name: str) -> None:
    assert exif_facts((ODD / name).read_bytes()) == {}
    assert exif_facts(b"nonsense") == {}


def test_real_photos(sample: Path) -> None:
    flower = exif_facts((ODD / "flower.webp").read_bytes())
    assert flower == {
        "taken_at": "2003-12-14T12:01:44",
        "focal_length_mm": 21.3125,
        "aperture_f": 4.9,
        "exposure_s": 0.002,
    }
    png = camera((sample / "reference" / "midday" / "cvo9xd_keong_macan_srgb8.png").read_bytes())
    assert png == {
        "focal_length_mm": 11.0,
        "focal_length_35mm": 16.0,
        "aperture_f": 5.0,
        "exposure_s": 0.002,
        "iso": 200.0,
    }
    assert exif_facts((ODD / "exif_gps.jpg").read_bytes()) == {"taken_at": "2099-09-29T10:10:10"}


WHOLE = photo({**SET, 0x9003: "2026:11:21 12:05:00"})


@settings(max_examples=200, deadline=None)
@given(
    changes=st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), min_size=1, max_size=6),
    keep=st.floats(0.01, 1),
)
def test_damage_never_raises_and_gives_only_what_can_be(changes: list[tuple[float, int]], keep: float) -> None:
    exif_end = WHOLE.index(b"\xff\xdb")  # the pixels that follow say nothing
    data = bytearray(WHOLE)
    for place, value in changes:
        data[int(place * exif_end)] = value
    data = bytes(data[: max(1, int(keep * len(data)))])
    found = camera(data)
    assert found.keys() <= READ.keys()
    assert all(np.isfinite(value) and value > 0 for value in found.values())
    exif_datetime(data)


def test_the_photo_of_the_damage_test_is_whole() -> None:
    assert decode_image(WHOLE, "whole").shape == (4, 4, 3)
