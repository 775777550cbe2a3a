"""Sheets: small, spread over the rows, with boxes and captions."""

import numpy as np
import pytest
from upath import UPath

from synth_assets.core.images import decode_image, encode_png
from synth_assets.core.records import ImageRecord, ImageSet, ObjectRecord
from synth_assets.core.sheets import draw_boxes, evenly, jpeg_within, label_colour, sheet_of


@pytest.fixture
def images(tmp_path) -> ImageSet:
    rows = []
    for i in range(30):
        image = np.random.default_rng(i).integers(0, 256, (90, 120, 3)).astype(np.uint8)
        (tmp_path / f"{i}.png").write_bytes(encode_png(image))
        objects = (ObjectRecord("dog", (10, 20, 60, 80), 1),) if i % 2 else ()
        status = "rejected" if i == 29 else "ok"
        rows.append(
            ImageRecord(str(i), path=f"{i}.png", objects=objects, captions={"short": "words " * 30}, status=status)
        )
    rows.append(ImageRecord("none", reason="a row without a picture"))
    return ImageSet(UPath(tmp_path), tuple(rows))


@pytest.mark.parametrize("captions", [False, True])
def test_a_sheet_of_noise_keeps_within_its_bytes(images: ImageSet, captions: bool) -> None:
    data = sheet_of(images, captions=captions)
    assert data is not None
    assert len(data) <= 100_000
    assert decode_image(data, "sheet").shape[1] > 300
    small = sheet_of(images, max_bytes=20_000, captions=captions)
    assert small is not None
    assert len(small) <= 20_000


def test_rejected_rows_have_their_own_sheet_and_no_rows_give_none(images: ImageSet) -> None:
    assert sheet_of(images, status="rejected") is not None
    assert sheet_of(ImageSet(images.root, images.records[-1:])) is None


def test_evenly_keeps_first_and_last(images: ImageSet) -> None:
    assert [row.id for row in evenly(images.records[:29], 5)] == ["0", "7", "14", "21", "28"]
    assert len(evenly(images.records, 100)) == 31


def test_boxes_are_drawn_at_the_scaled_place() -> None:
    image = np.zeros((60, 80, 3), np.uint8)
    drawn = draw_boxes(image, [ObjectRecord("x", (40, 60, 140, 110), 1)], (0.5, 0.5))
    assert drawn[40, 20].tolist() == list(label_colour("x"))
    assert drawn[54, 69].tolist() == list(label_colour("x"))
    assert drawn[40, 40].tolist() == [0, 0, 0]
    assert drawn[55:].sum() == drawn[:, 70:].sum() == image.sum() == 0


def test_too_few_bytes_are_refused() -> None:
    with pytest.raises(ValueError, match="no JPEG of 10 bytes"):
        jpeg_within(np.zeros((64, 64, 3), np.uint8), 10)
