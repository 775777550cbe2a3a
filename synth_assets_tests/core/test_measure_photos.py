import numpy as np
import pytest
from PIL import Image, ImageFilter

from synth_assets.core.images import decode_image, fit_within
from synth_assets.core.measure import PHOTO_METRICS, TRAITS, Look, channel_histograms, palette, photo_metrics, traits
from synth_assets_tests.core.plain_photo_metrics import flattened, plain_photo_metrics
from synth_assets_tests.core.plain_traits import plain_traits


def noise(size_hw, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (*size_hw, 3), dtype=np.uint8)


def photo_values(image):
    look = Look(image)
    return photo_metrics(look) | flattened(channel_histograms(look), palette(look))


def relative(value):
    return pytest.approx(value, abs=1e-6, rel=1e-6)


@pytest.mark.parametrize("size_hw", [(3, 3), (40, 61), (120, 33), (60, 300)])
def test_photo_metrics_and_traits_equal_the_plain_formulas(size_hw):
    image = noise(size_hw, seed=7)
    assert photo_values(image) == relative(plain_photo_metrics(image))
    assert traits(Look(image)) == relative(plain_traits(image))


def test_photo_metrics_and_traits_equal_the_plain_formulas_on_photos(sample):
    for path in ["evening/sunset_03.jpg", "midday/sky_01.jpg", "midday/picosdeeuropa_by_Aitzol_Berasategi.jpg"]:
        image = fit_within(decode_image((sample / "reference" / path).read_bytes(), path), (400, 500))
        assert photo_values(image) == relative(plain_photo_metrics(image)), path
        assert traits(Look(image)) == relative(plain_traits(image)), path


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
    assert metrics["entropy"] == metrics["lbp_variance"] == metrics["brightness_std"] == metrics["noise"] == 0
    assert (metrics["symmetry"], metrics["thirds"]) == (1.0, 0.5)
    assert metrics["lab_l_mean"] == pytest.approx(41.8, abs=0.2)


def test_lbp_variance_of_one_bright_point():
    image = np.zeros((5, 5, 3), np.uint8)
    image[2, 2] = 255
    # The centre sees 8 smaller neighbours (code 0), the 8 around it none smaller (all ones: code 8).
    codes = np.array([0] + [8] * 8)
    assert photo_metrics(Look(image))["lbp_variance"] == pytest.approx(codes.var())


def gray_picture(plane):
    return np.repeat(np.asarray(plane, np.uint8)[..., None], 3, axis=2)


def squares(*centres_yx, radius=3):
    plane = np.zeros((90, 90))
    for y, x in centres_yx:
        plane[y - radius : y + radius, x - radius : x + radius] = 255
    return gray_picture(plane)


def symmetry(image):
    return photo_metrics(Look(image))["symmetry"]


def thirds(image):
    return photo_metrics(Look(image))["thirds"]


def test_symmetry_of_mirrored_halves_is_near_1():
    left = noise((32, 16), seed=3)
    assert symmetry(np.hstack([left, left[:, ::-1]])) == pytest.approx(1.0)
    assert symmetry(squares((20, 30), (20, 60))) >= 0.9


def test_symmetry_of_what_is_on_one_side_only_is_near_0():
    assert symmetry(gray_picture(np.tile(np.arange(0, 250, 5), (10, 1)))) == 0.0
    assert symmetry(squares((45, 20), radius=9)) <= 0.1
    assert symmetry(noise((64, 64))) <= 0.1


def test_symmetry_of_a_picture_half_of_which_is_mirrored():
    shared, own = np.zeros((40, 40)), np.zeros((40, 40))
    shared[:, :10] = shared[:, -10:] = 100  # even in the mirror
    own[:, 10:20], own[:, 20:30] = 50, -50  # odd in the mirror
    plane = 100 + shared + own
    even, odd = (shared - shared.mean()) ** 2, own**2
    expected = (even.sum() - odd.sum()) / (even.sum() + odd.sum())
    assert symmetry(gray_picture(plane)) == pytest.approx(expected)


def test_thirds_of_subjects_on_the_crossings_is_near_1():
    assert thirds(squares((30, 30))) >= 0.9
    assert thirds(squares((30, 60), (60, 30))) >= 0.9


def test_thirds_of_a_subject_in_a_corner_is_near_0():
    assert thirds(squares((6, 6))) <= 0.1
    assert thirds(squares((6, 6), (84, 84), (6, 84))) <= 0.1


def test_thirds_of_an_even_texture_is_in_the_middle():
    assert thirds(noise((90, 120))) == pytest.approx(0.5, abs=0.05)


def test_a_horizon_on_a_third_scores_higher_than_one_in_the_middle():
    on_third, in_middle = np.zeros((90, 90)), np.zeros((90, 90))
    on_third[30:], in_middle[45:] = 255, 255
    assert thirds(gray_picture(on_third)) > 0.85
    assert thirds(gray_picture(in_middle)) < 0.4


def test_thirds_do_not_depend_on_contrast():
    image = squares((30, 30), (45, 70))
    assert thirds(image // 5) == pytest.approx(thirds(image))


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


def test_palette_keeps_the_most_frequent_colours():
    image = noise((30, 30))
    colours = palette(Look(image), colours=5)
    assert len(colours) == 5
    shares = [share for _, share in colours]
    assert shares == sorted(shares, reverse=True)
    assert len(palette(Look(image[:2, :2]))) <= 4


def test_channel_histograms():
    image = np.zeros((10, 10, 3), np.uint8)
    image[:3, :, 0] = 255
    found = channel_histograms(Look(image), bins=4)
    np.testing.assert_allclose(found, [[0.7, 0, 0, 0.3], [1, 0, 0, 0], [1, 0, 0, 0]])


@pytest.mark.parametrize("bins", [1, 3, 7, 256])
def test_channel_histograms_with_any_number_of_bins(bins):
    image = noise((16, 16))
    expected, _ = np.histogram(image[..., 1].astype(int) * bins // 256, bins=bins, range=(0, bins))
    np.testing.assert_allclose(channel_histograms(Look(image), bins)[1], expected / 256)
