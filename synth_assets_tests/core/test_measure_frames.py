import numpy as np
import pytest

from synth_assets.core.images import decode_image
from synth_assets.core.measure import FRAME_METRICS, Look, frame_metrics
from synth_assets_tests.core.plain_frame_metrics import plain_frame_metrics


def noise(size_hw, seed=0, top=256):
    return np.random.default_rng(seed).integers(0, top, (*size_hw, 3), dtype=np.uint8)


@pytest.mark.parametrize("size_hw", [(64, 64), (65, 97), (96, 33), (33, 130), (100, 160)])
@pytest.mark.parametrize("top", [40, 256])
def test_equals_the_plain_formulas(size_hw, top):
    image = noise(size_hw, top=top)
    measured = frame_metrics(Look(image))
    for name, value in plain_frame_metrics(image).items():
        assert measured[name] == pytest.approx(value, abs=1e-6), name


def test_equals_the_plain_formulas_on_photos(sample):
    for path in ["evening/sunset_03.jpg", "night/night_05.jpg", "midday/sky_01.jpg"]:
        image = decode_image((sample / "reference" / path).read_bytes(), path)
        measured = frame_metrics(Look(image))
        for name, value in plain_frame_metrics(image).items():
            assert measured[name] == pytest.approx(value, abs=1e-6), name


def test_values_of_a_flat_gray_frame():
    metrics = frame_metrics(Look(np.full((64, 64, 3), 128, np.uint8)))
    assert metrics["complexity"] == pytest.approx(0.3 / (0.1 * 64 * 64))  # one colour, no edge
    assert metrics["lighting"] == pytest.approx(1.0)
    assert metrics["occlusion"] == 0.0
    assert metrics["quality"] == pytest.approx(0.3 + 0.2 * 64 * 64 / 512**2)
    assert (metrics["sharpness"], metrics["contrast"]) == (0.0, 0.0)
    assert metrics["brightness"] == pytest.approx(128 / 255)


def test_every_metric_has_a_corrected_one_within_0_and_1():
    metrics = frame_metrics(Look(noise((70, 90))))
    assert set(metrics) == {*FRAME_METRICS, *(f"{name}_corrected" for name in FRAME_METRICS)}
    assert all(0 <= value <= 1 for value in metrics.values())


def test_documented_lighting_does_not_see_the_last_patch_of_each_direction():
    image = np.full((64, 64, 3), 128, np.uint8)
    image[40:60, 40:60] = 160  # in the last patch only
    metrics = frame_metrics(Look(image))
    assert metrics["lighting"] == pytest.approx(1.0)
    patch = image[32:, 32:, 0]
    assert metrics["lighting_corrected"] == pytest.approx(1 - 0.3 * patch.std() / 4 / 128)


def test_documented_occlusion_is_pinned_by_few_edges_and_the_corrected_is_not():
    image = np.full((200, 200, 3), 128, np.uint8)
    image[:, 8:12] = 200  # one stripe along the left border
    metrics = frame_metrics(Look(image))
    assert metrics["occlusion"] == 1.0
    assert 0 < metrics["occlusion_corrected"] < 0.15


@pytest.mark.parametrize("size_hw", [(1, 1), (5, 40), (20, 20), (32, 32)])
def test_small_frames_have_values(size_hw):
    assert all(np.isfinite(value) for value in frame_metrics(Look(noise(size_hw))).values())
