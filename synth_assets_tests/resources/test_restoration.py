"""Upscalers and denoisers in onnxruntime, loaded through the registry."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from onnx import helper

from resources.models.restoration import load_denoiser, load_upscaler
from synth_assets.core.ports import Restorer, Upscaler
from synth_assets_tests.resources.tiny_onnx import (
    ANY,
    entry,
    registry,
    write_enlarger,
    write_mean_filler,
    write_net,
    write_sawtooth,
)


def _picture(size_hw: tuple[int, int]) -> np.ndarray:
    return np.random.default_rng(3).integers(0, 256, (*size_hw, 3), np.uint8)


def _upscaler(path: Path, folder: Path, **settings: int) -> Upscaler:
    return registry("upscale", entry(path, "", **settings), folder).upscale()


def _denoiser(path: Path, folder: Path, **settings: int) -> Restorer:
    return registry("denoise", entry(path, "", **settings), folder).denoise()


@pytest.fixture(autouse=True)
def _on_the_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNTH_DEVICE", "cpu")


@pytest.mark.parametrize("factor", [2, 3, 4])
def test_the_factor_is_the_nets(factor: int, tmp_path: Path) -> None:
    engine = _upscaler(write_enlarger(tmp_path / "net.onnx", factor), tmp_path)
    assert engine.factor == factor
    image = _picture((20, 33))
    (made,) = engine.upscale([image])
    assert np.array_equal(made, image.repeat(factor, axis=0).repeat(factor, axis=1))


def test_small_tiles_give_what_a_large_one_gives(tmp_path: Path) -> None:
    path = write_enlarger(tmp_path / "net.onnx", 2, reach=4)
    image = _picture((90, 210))
    small, large = (_upscaler(path, tmp_path, tile_px=side).upscale([image])[0] for side in (64, 512))
    assert np.abs(small.astype(int) - large).max() <= 1  # sums of other orders round differently
    mean = cv2.blur(np.pad(image, ((4, 4), (4, 4), (0, 0)), mode="reflect"), (9, 9))[4:-4, 4:-4]
    assert np.abs(small.astype(int) - mean.repeat(2, axis=0).repeat(2, axis=1)).max() <= 1


def test_a_net_of_a_fixed_size_runs_in_tiles_that_leave_no_seam(tmp_path: Path) -> None:
    engine = _denoiser(write_sawtooth(tmp_path / "net.onnx", 32), tmp_path)
    (made,) = engine.restore([np.full((70, 90, 3), 100, np.uint8)])
    steps = [int(np.abs(np.diff(made.astype(int), axis=axis)).max()) for axis in (0, 1)]
    assert max(steps) <= 6  # where two tiles meet unblended, 25
    assert np.ptp(made) > 40  # the teeth are there


def test_a_denoiser_that_speaks_of_255_is_understood(tmp_path: Path) -> None:
    nodes = [helper.make_node("Mul", ["x", "top"], ["y"])]
    path = write_net(tmp_path / "net.onnx", nodes, {"x": ANY}, {"y": ANY}, {"top": np.asarray(255, np.float32)})
    image = _picture((40, 30))
    assert np.array_equal(_denoiser(path, tmp_path).restore([image])[0], image)


def test_nets_of_the_other_role_are_refused(tmp_path: Path) -> None:
    larger = write_enlarger(tmp_path / "a.onnx", 2)
    same = write_enlarger(tmp_path / "b.onnx", 1)
    with pytest.raises(ValueError, match=r"enlarges 2 times; for that there is role upscale"):
        load_denoiser(entry(larger, "denoise-onnx"), larger, "cpu")
    with pytest.raises(ValueError, match=r"keeps a picture's size; for that there is role denoise"):
        load_upscaler(entry(same, "esrgan-onnx"), same, "cpu")


def test_nets_that_take_no_picture_or_give_none_are_refused(tmp_path: Path) -> None:
    two = write_mean_filler(tmp_path / "two.onnx")
    with pytest.raises(ValueError, match=r"found image \(any, 3, any, any\), mask \(any, 1, any, any\)"):
        load_denoiser(entry(two, "denoise-onnx"), two, "cpu")
    node = helper.make_node("ReduceMean", ["x"], ["y"], axes=[3], keepdims=1)
    flat = write_net(tmp_path / "flat.onnx", [node], {"x": ANY}, {"y": [1, 3, "h", 1]})
    with pytest.raises(ValueError, match=r"of a picture \(1, 3, 64, 64\) the net makes \(1, 3, 64, 1\)"):
        load_denoiser(entry(flat, "denoise-onnx"), flat, "cpu")
