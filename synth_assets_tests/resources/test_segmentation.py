"""The saliency segmenter on a tiny net, and on the real one."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from resources.models.onnx import OnnxNet
from resources.models.segmentation import SaliencySegmenter, prepare
from synth_assets.core.boxes import iou
from synth_assets.core.images import decode_rgba, over_checker, resize
from synth_assets.core.masks import tight_box
from synth_assets_tests.resources.offline_models import offline_registry
from synth_assets_tests.resources.tiny_models import write_saliency_net


@pytest.fixture
def segmenter(tmp_path: Path) -> SaliencySegmenter:
    write_saliency_net(tmp_path / "s.onnx")
    return SaliencySegmenter("tiny", OnnxNet(tmp_path / "s.onnx"))


def test_prepare_divides_by_the_maximum_and_normalises() -> None:
    image = np.full((50, 80, 3), 100, np.uint8)
    image[..., 1] = 50
    prepared = prepare(image)
    assert prepared.shape == (3, 320, 320)
    assert prepared.dtype == np.float32
    expected = [(1 - 0.485) / 0.229, (0.5 - 0.456) / 0.224, (1 - 0.406) / 0.225]
    np.testing.assert_allclose(prepared[:, 0, 0], expected, rtol=1e-5)


def test_two_red_squares_are_two_instances(segmenter: SaliencySegmenter) -> None:
    image = np.zeros((320, 640, 3), np.uint8)
    image[50:150, 50:250, 0] = 255
    image[150:290, 380:600, 0] = 255
    first, second = segmenter.segment([image])[0]
    assert first.mask.shape == (320, 640)
    assert iou(tight_box(first.mask) or (0, 0, 0, 0), (380, 150, 600, 290)) > 0.97
    assert iou(tight_box(second.mask) or (0, 0, 0, 0), (50, 50, 250, 150)) > 0.97
    assert first.score > 0.9


def test_black_picture_has_no_instance(segmenter: SaliencySegmenter) -> None:
    assert segmenter.segment([np.zeros((100, 100, 3), np.uint8)]) == [[]]
    assert segmenter.segment([]) == []


@pytest.mark.parametrize("name", ["horse", "bus", "parrot", "rose"])
def test_real_net_cuts_an_object_out_of_a_plain_background(sample: Path, name: str) -> None:
    registry = offline_registry("segment")
    cutout = decode_rgba((sample / "cutouts" / f"{name}.webp").read_bytes(), name)
    canvas = np.full((400, 600, 4), (150, 180, 215, 255), np.uint8)
    placed = resize(cutout, (256, 256))
    alpha = placed[..., 3:].astype(np.float32) / 255
    region = canvas[70:326, 170:426, :3]
    canvas[70:326, 170:426, :3] = np.rint(placed[..., :3] * alpha + region * (1 - alpha)).astype(np.uint8)
    image = cv2.GaussianBlur(over_checker(canvas), (3, 3), 0)
    truth = np.zeros((400, 600), np.bool_)
    truth[70:326, 170:426] = placed[..., 3] > 127
    found = registry.segment().segment([image])[0]
    assert found
    union = np.logical_or.reduce([instance.mask for instance in found])
    assert (union & truth).sum() / (union | truth).sum() > 0.8
