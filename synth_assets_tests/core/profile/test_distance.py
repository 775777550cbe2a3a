from dataclasses import replace

import numpy as np
import pytest

from synth_assets.core.images import decode_image
from synth_assets.core.measure import Look, photo_metrics
from synth_assets.core.profile.building import build_profile, measure_picture, measured_from_row
from synth_assets.core.profile.distance import (
    DISTANCE_METRICS,
    DistanceParams,
    allowed_distance,
    distance_to_profile,
)
from synth_assets.core.profile.slots import SLOTS

PICTURE = measured_from_row("a.jpg", measure_picture(np.full((8, 8, 3), 120, np.uint8)))


def profile_of_rows(name, rows):
    """The profile of pictures with these metrics; what is not given is that of a gray picture."""
    return build_profile(name, [replace(PICTURE, metrics={**PICTURE.metrics, **row}) for row in rows])


def test_worked_out_numbers():
    profile = profile_of_rows("evening", [{"brightness_mean": 0.4}, {"brightness_mean": 0.6}])
    found = distance_to_profile(profile, [{**PICTURE.metrics, "brightness_mean": 0.65}])
    assert set(found) == {"total", *DISTANCE_METRICS}
    assert found["brightness_mean"] == pytest.approx(1.5)  # (0.65 - 0.5) / 0.1
    assert found["total"] == pytest.approx(1.5 / 4)  # root of 1.5² / 16 metrics
    assert sum(value > 1e-9 for value in found.values()) == 2


def test_equal_references_are_judged_by_the_smallest_spread():
    profile = profile_of_rows("evening", [{"contrast": 0.3}] * 3)
    found = distance_to_profile(profile, [{**PICTURE.metrics, "contrast": 0.35}])
    assert found["contrast"] == pytest.approx(2.5)


def test_the_references_themselves_are_at_zero_in_any_order(sample_rows):
    rows = [row for _, row in sample_rows["night"]]
    profile = profile_of_rows("night", rows)
    assert distance_to_profile(profile, rows[::-1])["total"] == pytest.approx(0, abs=1e-9)


def test_no_pictures_are_refused():
    with pytest.raises(ValueError, match="no pictures to compare with profile 'night'"):
        distance_to_profile(profile_of_rows("night", [{}]), [])


def test_the_limit_leaves_room_for_chance_and_judges_no_handful():
    params = DistanceParams(max_total=0.5, min_images=8)
    assert allowed_distance(8, 200, params) == pytest.approx(0.5**0.5)  # 0.25 + 2 / 8
    assert allowed_distance(200, 8, params) == allowed_distance(8, 200, params)
    assert allowed_distance(10**9, 10**9, params) == pytest.approx(0.5)
    assert allowed_distance(7, 200, params) is None
    assert allowed_distance(200, 7, params) is None


def test_half_of_a_slot_is_nearest_to_the_other_half(sample_rows):
    profiles = [profile_of_rows(slot, [row for _, row in sample_rows[slot][::2]]) for slot in SLOTS]
    sets = [[row for _, row in sample_rows[slot][1::2]] for slot in SLOTS]
    totals = np.array([[distance_to_profile(profile, rows)["total"] for profile in profiles] for rows in sets])
    own = np.arange(len(SLOTS))
    assert (totals.argmin(axis=1) == own).sum() >= 4
    assert (totals.argmin(axis=0) == own).sum() >= 4


@pytest.fixture(scope="module")
def night(sample, sample_rows):
    photos = [path for path in sorted((sample / "reference" / "night").iterdir()) if path.name.startswith("night_")]
    rows = [row for name, row in sample_rows["night"] if name.startswith("night_")]
    return [decode_image(path.read_bytes(), path.name) for path in photos], profile_of_rows("night", rows)


def grayed(image):
    return np.repeat(image.mean(axis=2, keepdims=True), 3, axis=2)


@pytest.mark.parametrize(
    "damage",
    [
        lambda image: image + 30.0,
        lambda image: image - 30.0,
        grayed,
        lambda image: 128 + (image - 128.0) / 2,
        lambda image: image + np.array([30.0, 0.0, -30.0]),
    ],
    ids=["brightened", "darkened", "grayed", "flattened", "reddened"],
)
def test_a_spoilt_set_does_not_pass(night, damage):
    images, profile = night
    spoilt = [photo_metrics(Look(np.clip(damage(image), 0, 255).astype(np.uint8))) for image in images]
    limit = allowed_distance(len(images), profile.sample_count)
    assert limit is not None
    assert distance_to_profile(profile, spoilt)["total"] > limit
