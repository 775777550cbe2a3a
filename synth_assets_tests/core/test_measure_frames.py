import numpy as np
import pytest

from synth_assets.core.images import decode_image
from synth_assets.core.measure import FRAME_METRICS, Look, frame_metrics
from synth_assets.core.measure_frames import cut_share
from synth_assets_tests.core.drawings import blurred, flat_drawing
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


def test_quality_of_a_crisp_drawing_is_the_documented_formula_with_the_corrected_sharpness():
    look = Look(flat_drawing(1))
    metrics = frame_metrics(look)
    lift = 0.5 * (metrics["sharpness_corrected"] - metrics["sharpness"])
    assert lift > 0.3
    assert metrics["quality_corrected"] == pytest.approx(metrics["quality"] + lift)
    assert frame_metrics(Look(blurred(look.image, 2)))["quality_corrected"] < metrics["quality_corrected"] - 0.3


def depth_map(size_hw=(80, 120)):
    """Ground that comes nearer toward the lower border, and a figure in the middle."""
    depth = np.tile(np.linspace(0, 0.5, size_hw[0], dtype=np.float32)[:, None], (1, size_hw[1]))
    depth[20:70, 45:75] = 0.6
    return depth


def test_ground_and_a_figure_in_the_middle_cut_nothing():
    assert cut_share(depth_map()) == 0.0
    assert cut_share(np.zeros((7, 9), np.float32)) == 0.0


@pytest.mark.parametrize("turns", range(4))
def test_a_near_thing_that_reaches_in_cuts_the_length_of_border_it_covers(turns):
    depth = np.rot90(depth_map(), turns).copy()
    depth[:, :10] = 1.0
    height, width = depth.shape
    # The left border, and what the thing's other sides show: it is 10 px wide at the top and at the bottom, where it
    # reaches from side to side and so never ends on the way in.
    assert cut_share(depth) == pytest.approx(height / (2 * (height + width)))


def test_what_reaches_further_than_a_quarter_is_the_subject():
    depth = depth_map()
    depth[:, :40] = 1.0
    assert cut_share(depth) == 0.0


def test_depth_adds_to_occlusion_and_nothing_else():
    look = Look(noise((80, 120), top=60))
    without = frame_metrics(look)
    depth = depth_map()
    assert frame_metrics(look, depth) == without
    depth[:, :10] = 1.0
    with_depth = frame_metrics(look, depth)
    before, share = without["occlusion_corrected"], 80 / 400
    assert with_depth["occlusion_corrected"] == pytest.approx(before + (1 - before) * share)
    assert with_depth["occlusion"] == without["occlusion"]
    assert with_depth["complexity_corrected"] == without["complexity_corrected"]
