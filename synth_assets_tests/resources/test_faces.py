"""CenterFace: its maps read by hand, pictures of any size, and the real net on a photo of a person."""

from pathlib import Path

import matplotlib
import numpy as np
import pytest

from resources.models.entries import load_models_config
from resources.models.faces import FaceMaps, FaceParams, load_centerface, read_faces
from resources.models.fetch import fetch, status
from resources.models.registry import default_registry
from synth_assets.core.images import decode_image, resize
from synth_assets_tests.resources.tiny_onnx import entry, write_face_finder

PARAMS = FaceParams(min_side_px=4)


def _maps(*faces: tuple[int, int, float, float, float]) -> FaceMaps:
    """Maps of 16 x 20 cells with faces of (row, column, score, height in pixels, width in pixels)."""
    heat = np.zeros((16, 20), np.float32)
    scale, offset, points = (np.zeros((count, 16, 20), np.float32) for count in (2, 2, 10))
    for row, column, score, height, width in faces:
        heat[row, column] = score
        scale[:, row, column] = np.log([height / 4, width / 4])
        offset[:, row, column] = 0.25, -0.25
        points[:, row, column] = np.linspace(0.05, 0.95, 10)
    return FaceMaps(heat, scale, offset, points)


def test_a_face_is_where_its_maps_say() -> None:
    (face,) = read_faces(_maps((8, 10, 0.9, 24, 16)), (64, 80), PARAMS)
    # centre: y (8 + 0.25 + 0.5) * 4 = 35, x (10 - 0.25 + 0.5) * 4 = 41
    np.testing.assert_allclose(face.box, (33, 23, 49, 47), rtol=1e-5)
    assert face.score == pytest.approx(0.9)
    np.testing.assert_allclose(face.points[0], (33 + 16 * 0.15, 23 + 24 * 0.05), rtol=1e-5)
    np.testing.assert_allclose(face.points[4], (33 + 16 * 0.95, 23 + 24 * 0.85), rtol=1e-5)


def test_weak_small_and_covered_faces_are_left_out_and_the_surest_is_first() -> None:
    maps = _maps(
        (4, 4, 0.7, 20, 20), (4, 5, 0.8, 20, 20), (12, 15, 0.95, 20, 20), (12, 4, 0.4, 20, 20), (3, 16, 1, 8, 8)
    )
    found = read_faces(maps, (64, 80), FaceParams(min_side_px=12))
    assert [round(face.score, 2) for face in found] == [0.95, 0.8]
    assert read_faces(_maps(), (64, 80), PARAMS) == []
    assert len(read_faces(maps, (64, 80), FaceParams(min_side_px=4, max_iou=0.9, min_score=0.3))) == 5


def test_boxes_end_at_the_picture() -> None:
    (face,) = read_faces(_maps((0, 0, 0.9, 24, 24)), (64, 80), PARAMS)
    assert face.box[:2] == (0, 0)
    (face,) = read_faces(_maps((15, 19, 0.9, 24, 24)), (64, 80), PARAMS)
    assert face.box[2:] == (80, 64)


@pytest.mark.parametrize("size_hw", [(50, 70), (64, 96)])
def test_a_net_exported_for_32_pixels_runs_on_any_size(size_hw: tuple[int, int], tmp_path: Path) -> None:
    path = write_face_finder(tmp_path / "finder.onnx", 24)
    detector = load_centerface(entry(path, "centerface-onnx"), path, "cpu")
    image = np.zeros((*size_hw, 3), np.uint8)
    image[20:24, 40:44, 0] = 255
    first, none = detector.find([image, image * 0])
    (face,) = first
    np.testing.assert_allclose(face.box, (30, 10, 54, 34), rtol=1e-5)
    assert none == []
    assert [len(boxes) for boxes in detector.faces([image, image * 0])] == [1, 0]
    np.testing.assert_allclose(detector.faces([image])[0], [(30, 10, 54, 34)], atol=1)


def test_a_large_picture_is_searched_small_and_told_in_its_own_pixels(tmp_path: Path) -> None:
    path = write_face_finder(tmp_path / "finder.onnx", 24)
    detector = load_centerface(entry(path, "centerface-onnx"), path, "cpu")
    image = np.zeros((960, 2560, 3), np.uint8)
    image[40:48, 80:88, 0] = 255
    (face,) = detector.find([image])[0]
    np.testing.assert_allclose(face.box, (60, 20, 108, 68), rtol=1e-5)


def test_the_real_net_finds_a_person_and_no_landscape(sample: Path) -> None:
    registry = default_registry()
    centerface = load_models_config(registry.places.root / "configs" / "models.yaml").shared["centerface"]
    if (state := status(centerface, registry.places)) != "ok":
        pytest.skip(f"{centerface.ref} is {state}; `synth models fetch --set gpu-24gb` brings it")
    detector = load_centerface(centerface, fetch(centerface, registry.places).path, "cpu")
    photo = Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg"
    person = resize(decode_image(photo.read_bytes(), photo.name), (300, 256))
    place = sorted((sample / "reference" / "morning").glob("*.jpg"))[0]
    first, none = detector.find([person, resize(decode_image(place.read_bytes(), place.name), (240, 320))])
    (face,) = first
    eyes, mouth = face.points[:2].mean(axis=0), face.points[3:].mean(axis=0)
    np.testing.assert_allclose(face.box, (88, 62, 178, 167), atol=10)  # read off the photo
    np.testing.assert_allclose(eyes, (131, 98), atol=6)
    np.testing.assert_allclose(mouth, (135, 138), atol=6)
    assert none == []
