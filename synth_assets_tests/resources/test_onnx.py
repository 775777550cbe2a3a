"""ONNX nets: number types, lack of memory, and which file of a folder is meant."""

import warnings
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper

from resources.models.entries import ModelEntry
from resources.models.files import ModelFileError
from resources.models.onnx import OnnxNet, onnx_file
from resources.models.onnx_pictures import as_batch, as_picture, padded
from synth_assets.core.ports import DeviceMemoryError
from synth_assets_tests.resources.tiny_onnx import ANY, write_enlarger, write_face_net, write_net


def test_values_get_the_types_and_order_that_the_file_declares(tmp_path: Path) -> None:
    net = OnnxNet(write_face_net(tmp_path / "net.onnx", side=8))
    assert [(one.name, one.shape, one.dtype) for one in net.inputs] == [
        ("x", (1, 3, 8, 8), np.float32),
        ("w", (1,), np.float64),
    ]
    (made,) = net.run(np.zeros((1, 3, 8, 8)), np.array([0.25], np.float32))
    assert made.dtype == np.float32
    assert (made == 0.25).all()


def test_half_precision_comes_back_single(tmp_path: Path) -> None:
    node = helper.make_node("Identity", ["x"], ["y"])
    half: dict[str, int] = {"x": TensorProto.FLOAT16, "y": TensorProto.FLOAT16}
    net = OnnxNet(write_net(tmp_path / "half.onnx", [node], {"x": ANY}, {"y": ANY}, types=half))
    (made,) = net.run(np.full((1, 3, 2, 2), 0.1, np.float32))
    assert made.dtype == np.float32
    assert made.max() == np.float32(np.float16(0.1))


def test_what_does_not_fit_is_said_as_lack_of_memory(tmp_path: Path) -> None:
    node = helper.make_node("Expand", ["x", "n"], ["y"])
    path = write_net(tmp_path / "huge.onnx", [node], {"x": ["a"]}, {"y": ["b"]}, {"n": np.array([2**44])})
    with pytest.raises(DeviceMemoryError, match=r"\(1,\) does not fit"):
        OnnxNet(path).run(np.ones(1))


def test_a_gpu_that_onnxruntime_cannot_use_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        net = OnnxNet(write_face_net(tmp_path / "net.onnx", side=8, fidelity=False), "cuda")
    assert "install onnxruntime-gpu" in caplog.text
    assert net.run(np.zeros((1, 3, 8, 8)))[0].max() == 0.5


def test_a_file_of_a_folder_is_named_or_alone(tmp_path: Path) -> None:
    write_enlarger(tmp_path / "deep" / "a.onnx")
    alone = ModelEntry(ref="file:x", licence="MIT")
    assert onnx_file(alone, tmp_path) == tmp_path / "deep" / "a.onnx"
    write_enlarger(tmp_path / "b.onnx")
    assert onnx_file(alone.model_copy(update={"file": "b.onnx"}), tmp_path) == tmp_path / "b.onnx"
    with pytest.raises(ModelFileError, match=r"name one ONNX file as 'file' \(asked: ''; there: b.onnx, deep/a.onnx"):
        onnx_file(alone, tmp_path)
    with pytest.raises(ModelFileError, match=r"asked: 'c.onnx'"):
        onnx_file(alone.model_copy(update={"file": "c.onnx"}), tmp_path)


@pytest.mark.parametrize("file", ["/a.onnx", "../a.onnx", "a.pth"])
def test_only_onnx_files_inside_the_folder_are_taken(file: str) -> None:
    with pytest.raises(ValueError, match="not the path of an ONNX file"):
        ModelEntry(ref="hf:a/b", licence="MIT", file=file)


def test_files_settings_and_words_are_part_of_the_name() -> None:
    plain = ModelEntry(ref="hf:a/b", licence="MIT")
    others = [{"file": "x.onnx"}, {"file": "y.onnx"}, {"tile_px": 128}, {"fidelity": 0.2}, {"prompt": "grass"}]
    names = {ModelEntry.model_validate({**plain.model_dump(), **other}).name for other in others}
    assert len(names | {plain.name}) == 6
    assert ModelEntry(ref="hf:a/b", licence="MIT", fidelity=0.7).name == plain.name


def test_pictures_go_in_and_out_unchanged() -> None:
    image = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3) * 15
    batch = as_batch(image)
    assert batch.shape == (1, 3, 2, 3)
    assert batch[0, 2, 1, 0] == np.float32(image[1, 0, 2]) / 255
    assert np.array_equal(as_picture(batch), image)
    assert np.array_equal(as_picture(batch * 255, top=255.0), image)
    assert as_picture(np.array([-1.0, 0.5, 2.0], np.float32).reshape(1, 3, 1, 1)).ravel().tolist() == [0, 128, 255]


def test_padding_mirrors() -> None:
    assert padded(np.array([[1, 2, 3]], np.uint8), 1, (3, 6))[1].tolist() == [2, 1, 2, 3, 2, 1]
    assert padded(np.array([[True, False]]), 0, (1, 5)).tolist() == [[True, False, True, False, True]]
