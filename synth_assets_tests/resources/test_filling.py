"""Learned fillers: the crop, the rim, and LaMa's inputs, with a net that fills with a mean."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resources.models.filling import crop_box, fill_holes, joined, load_lama
from synth_assets.core.masks import box_mask
from synth_assets.core.ports import RGB, BackgroundFiller, Mask
from synth_assets_tests.resources.tiny_onnx import entry, registry, write_enlarger, write_mean_filler


def _filler(path: Path, **more: int) -> BackgroundFiller:
    return registry("background_fill", entry(path, "", **more), path.parent).background_fill()


@pytest.fixture(autouse=True)
def _on_the_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNTH_DEVICE", "cpu")


@given(st.integers(1, 100), st.integers(1, 100), st.data(), st.integers(1, 120))
def test_a_crop_holds_its_hole_and_is_a_square_where_it_can_be(
    height: int, width: int, data: st.DataObject, side: int
) -> None:
    x0, y0 = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    hole = (x0, y0, data.draw(st.integers(x0 + 1, width)), data.draw(st.integers(y0 + 1, height)))
    left, top, right, bottom = crop_box(hole, (height, width), side)
    assert 0 <= left <= hole[0] < hole[2] <= right <= width
    assert 0 <= top <= hole[1] < hole[3] <= bottom <= height
    longest = max(side, 2 * max(hole[2] - hole[0], hole[3] - hole[1]))
    assert (bottom - top, right - left) == (min(longest, height), min(longest, width))


def _flat(value: int):
    def paint(crops: Sequence[RGB], holes: Sequence[Mask]) -> list[RGB]:
        assert all(hole.any() for hole in holes)
        return [np.full_like(crop, value) for crop in crops]

    return paint


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 99))
def test_every_hole_is_filled_and_nothing_else_changes(seed: int) -> None:
    rng = np.random.default_rng(seed)
    image = rng.integers(100, 110, (60, 80, 3), np.uint8)
    mask = np.zeros((60, 80), np.bool_)
    for _ in range(rng.integers(1, 6)):
        y, x, h, w = rng.integers(0, 60), rng.integers(0, 80), *rng.integers(1, 25, 2)
        mask[y : y + h, x : x + w] = True
    before = image.copy()
    (filled,) = fill_holes([image], [mask], 16, _flat(255))
    assert np.array_equal(filled[~mask], image[~mask])
    assert (filled[mask] > 110).all()
    assert np.array_equal(image, before)


def test_a_filling_starts_in_the_tone_of_what_is_around() -> None:
    """Around 100, painted 200: the rim rises, the inside is the painting's."""
    region = box_mask((10, 10, 30, 30), (40, 40))
    line = joined(np.full((40, 40, 3), 100, np.uint8), region, np.full((40, 40, 3), 200, np.uint8))[20, :, 0]
    assert (line[:10] == 100).all()
    assert (line[13:27] == 200).all()
    assert 100 < line[10] < 160
    assert (np.diff(line[8:20].astype(int)) >= 0).all()


@pytest.mark.parametrize("size", [("h", "w"), (32, 32)])
@pytest.mark.parametrize("top", [1.0, 255.0])
def test_lama_is_told_picture_and_mask_and_its_white_is_known(
    size: tuple[int | str, int | str], top: float, tmp_path: Path
) -> None:
    engine = _filler(write_mean_filler(tmp_path / "net.onnx", size, top))
    image = np.full((24, 30, 3), (200, 100, 50), np.uint8)
    hole = box_mask((8, 6, 20, 18), (24, 30))
    image[hole] = 0
    (filled,) = engine.fill([image], [hole])
    assert np.array_equal(filled, np.full((24, 30, 3), (200, 100, 50), np.uint8))


def test_what_the_hole_holds_is_never_seen(tmp_path: Path) -> None:
    engine = _filler(write_mean_filler(tmp_path / "net.onnx", (32, 32)))
    image = np.random.default_rng(0).integers(0, 256, (50, 70, 3), np.uint8)
    hole = box_mask((40, 0, 70, 30), (50, 70)) | box_mask((0, 40, 6, 50), (50, 70))  # at two corners
    other = image.copy()
    other[hole] = 255 - other[hole]
    first, second = engine.fill([image, other], [hole, hole])
    assert np.array_equal(first, second)
    assert np.array_equal(first[~hole], image[~hole])


def test_a_hole_larger_than_the_net_is_filled_whole(tmp_path: Path) -> None:
    engine = _filler(write_mean_filler(tmp_path / "net.onnx", (32, 32)))
    image = np.full((120, 160, 3), 90, np.uint8)
    hole = box_mask((20, 10, 150, 110), (120, 160))
    image[hole] = 255
    (filled,) = engine.fill([image], [hole])
    assert np.abs(filled.astype(int) - 90).max() <= 1


def test_a_net_of_any_size_works_at_the_entrys_resolution(tmp_path: Path) -> None:
    """At 64 pixels, the context of a hole of 10 reaches 27 pixels to each side: the far white is not in the mean."""
    path = write_mean_filler(tmp_path / "net.onnx")
    image = np.full((64, 300, 3), 60, np.uint8)
    image[:, 100:] = 255
    hole = box_mask((25, 27, 35, 37), (64, 300))
    near = _filler(path, resolution_px=64).fill([image], [hole])[0]
    far = _filler(path, resolution_px=320).fill([image], [hole])[0]
    assert (near[hole] == 60).all()
    assert far[32, 30, 0] > 150


def test_empty_masks_give_copies_and_wrong_ones_are_refused(tmp_path: Path) -> None:
    engine = _filler(write_mean_filler(tmp_path / "net.onnx"))
    image = np.full((20, 20, 3), 7, np.uint8)
    (same,) = engine.fill([image], [np.zeros((20, 20), np.bool_)])
    assert np.array_equal(same, image)
    assert same is not image
    with pytest.raises(ValueError, match="covers the whole picture"):
        engine.fill([image], [np.ones((20, 20), np.bool_)])
    with pytest.raises(ValueError, match=r"mask is \(9, 9\), picture is \(20, 20\)"):
        engine.fill([image], [np.ones((9, 9), np.bool_)])


def test_a_net_without_a_mask_is_refused(tmp_path: Path) -> None:
    path = write_enlarger(tmp_path / "net.onnx")
    with pytest.raises(ValueError, match=r"expected inputs .* found image \(1, 3, any, any\)"):
        load_lama(entry(path, "lama-onnx"), path, "cpu")
