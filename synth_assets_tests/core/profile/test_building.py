import json

import numpy as np
import pytest

from synth_assets.core.profile.building import build_profile, measure_picture, measured_from_row
from synth_assets.core.profile.distance import DISTANCE_METRICS, distance_to_profile
from synth_assets.core.profile.plots import profile_plot
from synth_assets.core.profile.profile import load_profile
from synth_assets.core.profile.tone import correct_tone, tone_of


def photo(seed, shift=0):
    rng = np.random.default_rng(seed)
    ramp = np.linspace(40, 200, 48)[None, :, None] + shift
    return np.clip(ramp + rng.normal((15, 0, -15), 12, (36, 48, 3)), 0, 255).astype(np.uint8)


def measured(images):
    return [measured_from_row(f"{index}.jpg", measure_picture(image), "CC0-1.0") for index, image in enumerate(images)]


IMAGES = [photo(seed, 6 * seed) for seed in range(5)]


@pytest.fixture(scope="module")
def profile():
    return build_profile("evening", measured(IMAGES))


def test_rows_are_flat_and_survive_the_table():
    row = measure_picture(IMAGES[0])
    assert all(isinstance(value, str | float | int) for value in row.values())
    item = measured_from_row("0.jpg", row)
    np.testing.assert_allclose(item.histograms.sum(axis=1), 1, atol=1e-4)
    assert 0.3 < sum(share for _, share in item.colours) <= 1.0001


def test_numbers_of_the_set(profile):
    colours = profile.statistics.color_distribution
    means = [image[..., 0].mean() / 255 for image in IMAGES]
    assert colours.red_mean == pytest.approx(np.mean(means))
    assert colours.red_std == pytest.approx(np.stack(IMAGES)[..., 0].std() / 255)
    assert profile.sample_count == 5
    assert profile.statistics.resolution.aspect_ratio == "4:3"
    assert sum(profile.statistics.dominant_color_weights) == pytest.approx(1)
    assert profile.metadata.licences == ("CC0-1.0",)
    assert profile.warnings[0].startswith("only 5 pictures")


def test_tone_is_that_of_the_pictures(profile):
    expected = tone_of(IMAGES)
    np.testing.assert_allclose(profile.tone.mean_lab, expected.mean_lab, rtol=1e-6)
    np.testing.assert_allclose(profile.tone.std_lab, expected.std_lab, rtol=1e-6)


def test_json_has_the_places_that_the_plotting_example_reads(profile):
    values = json.loads(profile.model_dump_json())
    colours = values["statistics"]["color_distribution"]
    assert all(0 <= colours[f"{channel}_mean"] <= 1 for channel in ("red", "green", "blue"))
    assert all(len(code) == 7 and code[0] == "#" for code in values["statistics"]["dominant_colors"])
    assert {"metadata", "distributions"} <= set(values)
    assert values["conditioning_profile"]["generation_hints"]["prompt_words"]
    diffusion = values["generation_guidance"]["diffusion"]
    assert (diffusion["num_inference_steps"], diffusion["guidance_scale"], diffusion["strength"]) == (50, 7.5, 0.8)


def test_load_reads_back_and_refuses_others(profile):
    assert load_profile(profile.model_dump_json().encode(), "evening") == profile
    with pytest.raises(ValueError, match=r"x\.json: not a profile of version 1\.0: metadata"):
        load_profile(b"{}", "x.json")
    with pytest.raises(ValueError, match=r"x\.json"):
        load_profile(b"not json", "x.json")


def test_no_pictures_are_refused():
    with pytest.raises(ValueError, match="'night': no usable reference picture"):
        build_profile("night", [])


def test_the_plot_is_a_png_and_the_same_each_time(profile):
    first = profile_plot(profile)
    assert first.startswith(b"\x89PNG")
    assert first == profile_plot(profile)


def test_distance_is_0_for_the_references_and_shrinks_with_tone_correction(profile):
    own = [item.metrics for item in measured(IMAGES)]
    assert distance_to_profile(profile, own)["total"] == pytest.approx(0, abs=1e-9)
    other = [photo(seed, -60) for seed in range(9, 12)]
    far = distance_to_profile(profile, [item.metrics for item in measured(other)])
    corrected = [correct_tone(image, profile.tone, 0.8) for image in other]
    near = distance_to_profile(profile, [item.metrics for item in measured(corrected)])
    assert set(far) == {"total", *DISTANCE_METRICS}
    assert near["total"] < far["total"]
    with pytest.raises(ValueError, match="no pictures"):
        distance_to_profile(profile, [])
