import numpy as np
import pytest
from PIL import Image, ImageFilter

from synth_assets.core.measure import PHOTO_METRICS, TRAITS, Look, channel_histograms, palette, photo_metrics, traits


def noise(size_hw, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (*size_hw, 3), dtype=np.uint8)


def test_photo_metrics_has_exactly_the_documented_keys():
    metrics = photo_metrics(Look(noise((20, 30))))
    assert set(metrics) == set(PHOTO_METRICS)
    assert (metrics["width_px"], metrics["height_px"]) == (30, 20)


def test_channel_moments_are_shares_of_255():
    image = np.zeros((4, 4, 3), np.uint8)
    image[:2, :, 0] = 255
    metrics = photo_metrics(Look(image))
    assert (metrics["red_mean"], metrics["red_std"]) == pytest.approx((0.5, 0.5))
    assert (metrics["green_mean"], metrics["blue_std"]) == (0.0, 0.0)


def test_entropy_of_four_equal_values_is_two_bits():
    image = np.repeat(np.repeat(np.array([[10], [60], [120], [200]], np.uint8), 8, axis=1)[..., None], 3, axis=2)
    assert photo_metrics(Look(image))["entropy"] == pytest.approx(2.0, abs=1e-9)


def test_a_flat_picture():
    metrics = photo_metrics(Look(np.full((16, 16, 3), 99, np.uint8)))
    assert metrics["entropy"] == metrics["lbp_variance"] == metrics["thirds"] == metrics["noise"] == 0
    assert metrics["symmetry"] == 1.0
    assert metrics["lab_l_mean"] == pytest.approx(41.8, abs=0.2)


def test_lbp_variance_of_one_bright_point():
    image = np.zeros((5, 5, 3), np.uint8)
    image[2, 2] = 255
    # The centre sees 8 smaller neighbours (code 0), the 8 around it none smaller (all ones: code 8).
    codes = np.array([0] + [8] * 8)
    assert photo_metrics(Look(image))["lbp_variance"] == pytest.approx(codes.var())


def test_symmetry_tells_mirrored_halves_from_different_ones():
    left = noise((32, 16), seed=3)
    assert photo_metrics(Look(np.hstack([left, left[:, ::-1]])))["symmetry"] == pytest.approx(1.0)
    assert photo_metrics(Look(noise((32, 32))))["symmetry"] < 0.3
    ramp = np.repeat(np.arange(0, 250, 5, dtype=np.uint8)[None, :, None], 10, axis=0).repeat(3, axis=2)
    assert photo_metrics(Look(ramp))["symmetry"] == 0.0


def test_a_subject_on_a_third_scores_higher_than_one_in_the_corner():
    on_third, in_corner = np.zeros((90, 90, 3), np.uint8), np.zeros((90, 90, 3), np.uint8)
    on_third[27:33, 27:33] = 255
    in_corner[2:8, 2:8] = 255
    assert photo_metrics(Look(on_third))["thirds"] > 0.9
    assert photo_metrics(Look(in_corner))["thirds"] < 0.1


def test_traits_of_a_square_on_black():
    image = np.zeros((40, 80, 3), np.uint8)
    image[10:30, 20:40] = (255, 0, 0)
    found = traits(Look(image))
    assert set(found) == set(TRAITS)
    assert found["aspect_ratio"] == 2.0
    assert found["luminance"] == pytest.approx(76 * 400 / 3200, abs=0.2)
    assert found["colorfulness"] == pytest.approx(255 * np.sqrt(0.125 * 0.875))
    assert found["warmth"] == pytest.approx(255 * 0.125 / 2)
    assert found["hue"] == pytest.approx(0)
    assert found["subject_scale"] == pytest.approx(20 * 20 / 3200)  # the filter answers inside the square


def test_edge_density_is_pillows():
    image = noise((30, 44), seed=5)
    edges = np.asarray(Image.fromarray(image).convert("L").filter(ImageFilter.FIND_EDGES))
    assert traits(Look(image))["edge_density"] == pytest.approx((edges >= 32).mean())


def test_a_light_rim_does_not_fill_the_subject_scale():
    assert traits(Look(np.full((20, 20, 3), 250, np.uint8)))["subject_scale"] == 0.0
    assert traits(Look(np.full((1, 2, 3), 250, np.uint8)))["edge_density"] == 0.0


def test_palette_of_two_colours():
    image = np.full((20, 20, 3), (200, 30, 30), np.uint8)
    image[:5] = (20, 40, 220)
    assert palette(Look(image)) == [((200, 30, 30), 0.75), ((20, 40, 220), 0.25)]


def test_channel_histograms():
    image = np.zeros((10, 10, 3), np.uint8)
    image[:3, :, 0] = 255
    found = channel_histograms(Look(image), bins=4)
    np.testing.assert_allclose(found, [[0.7, 0, 0, 0.3], [1, 0, 0, 0], [1, 0, 0, 0]])
