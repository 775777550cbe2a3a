import numpy as np
import pytest

from synth_assets.core.colour import to_lab
from synth_assets.core.profile.tone import ToneTarget, correct_tone, tone_of


def ramp(low, high, size_hw=(40, 60)):
    row = np.linspace(low, high, size_hw[1])
    return np.repeat(np.repeat(row[None, :, None], size_hw[0], axis=0), 3, axis=2).astype(np.uint8)


def photo(seed=0):
    rng = np.random.default_rng(seed)
    return np.clip(rng.normal((140, 120, 100), 40, (40, 60, 3)), 0, 255).astype(np.uint8)


def test_tone_of_gray():
    tone = tone_of(to_lab(np.full((8, 8, 3), 119, np.uint8)))
    assert tone.mean_lab == pytest.approx((50, 0, 0), abs=0.2)
    assert tone.std_lab == pytest.approx((0, 0, 0), abs=1e-3)
    assert tone.count == 1


def test_json_round_trip():
    tone = tone_of(to_lab(photo()))
    assert ToneTarget.model_validate_json(tone.model_dump_json()) == tone


def test_strength_0_changes_no_byte_and_outside_is_refused():
    image = photo()
    target = ToneTarget(mean_lab=(30, 10, -10), std_lab=(10, 5, 5))
    np.testing.assert_array_equal(correct_tone(image, target, 0), image)
    with pytest.raises(ValueError, match=r"1\.5"):
        correct_tone(image, target, 1.5)


def test_own_tone_as_target_changes_almost_nothing():
    image = photo()
    moved = correct_tone(image, tone_of(to_lab(image)), 1.0)
    assert np.abs(moved.astype(int) - image).max() <= 3


def test_statistics_move_part_way():
    image = photo()
    own = tone_of(to_lab(image))
    target = ToneTarget(
        mean_lab=(own.mean_lab[0] - 8, own.mean_lab[1] - 6, own.mean_lab[2] + 6),
        std_lab=(own.std_lab[0] * 0.8, own.std_lab[1], own.std_lab[2]),
    )
    moved = tone_of(to_lab(correct_tone(image, target, 0.5)))
    assert moved.mean_lab[0] - own.mean_lab[0] == pytest.approx(-4, abs=0.8)
    assert moved.mean_lab[1] - own.mean_lab[1] == pytest.approx(-3, abs=0.8)
    assert moved.mean_lab[2] - own.mean_lab[2] == pytest.approx(3, abs=0.8)
    assert moved.std_lab[0] / own.std_lab[0] == pytest.approx(0.8**0.5, abs=0.06)


@pytest.mark.parametrize("target_mean", [5, 50, 95])
@pytest.mark.parametrize("target_std", [1, 60])
def test_lightness_keeps_its_order_and_black_and_white_stay(target_mean, target_std):
    image = ramp(0, 255)
    target = ToneTarget(mean_lab=(target_mean, 0, 0), std_lab=(target_std, 0, 0))
    row = correct_tone(image, target, 1.0)[0, :, 0].astype(int)
    assert (np.diff(row) >= 0).all()
    assert (row[0], row[-1]) == (0, 255)
    assert len(np.unique(row)) > 50  # no plateau


def test_a_night_is_not_lifted_into_haze():
    night = ramp(0, 40)
    moved = correct_tone(night, ToneTarget(mean_lab=(75, 0, 0), std_lab=(30, 0, 0)), 1.0)
    assert to_lab(moved)[..., 0].mean() < 2 * to_lab(night)[..., 0].mean()
    assert moved[0, 0].tolist() == [0, 0, 0]


def test_a_flat_cloud_keeps_its_calm():
    cloud = ramp(200, 208)
    moved = correct_tone(cloud, ToneTarget(mean_lab=(80, 0, 0), std_lab=(40, 0, 0)), 1.0)
    assert moved.std() < 2 * cloud.std()


@pytest.mark.parametrize("colour", [0, 255])
def test_pure_black_and_white_pictures_survive(colour):
    image = np.full((8, 8, 3), colour, np.uint8)
    moved = correct_tone(image, ToneTarget(mean_lab=(50, 20, 20), std_lab=(20, 9, 9)), 1.0)
    np.testing.assert_array_equal(moved, image)
