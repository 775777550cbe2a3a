import json

import jsonschema
import numpy as np
import pytest

from synth_assets.core.colour import to_lab
from synth_assets.core.profile.building import build_profile, measure_picture, measured_from_row, merge_profiles
from synth_assets.core.profile.distance import DISTANCE_METRICS, distance_to_profile
from synth_assets.core.profile.plots import profile_plot
from synth_assets.core.profile.profile import Spread, load_profile, to_json
from synth_assets.core.profile.schema import profile_schema
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
    """Every picture has the same weight; spreads are pooled as root mean square."""
    tones = [tone_of(to_lab(image)) for image in IMAGES]
    np.testing.assert_allclose(profile.tone.mean_lab, np.mean([tone.mean_lab for tone in tones], axis=0), rtol=1e-6)
    squares = np.square([tone.std_lab for tone in tones])
    np.testing.assert_allclose(profile.tone.std_lab, np.sqrt(squares.mean(axis=0)), rtol=1e-6)


def test_json_has_the_places_that_the_plotting_example_reads(profile):
    values = json.loads(profile.model_dump_json())
    colours = values["statistics"]["color_distribution"]
    assert all(0 <= colours[f"{channel}_mean"] <= 1 for channel in ("red", "green", "blue"))
    assert all(len(code) == 7 and code[0] == "#" for code in values["statistics"]["dominant_colors"])
    assert {"metadata", "distributions"} <= set(values)
    assert values["conditioning_profile"]["generation_hints"]["prompt_words"]
    diffusion = values["generation_guidance"]["diffusion"]
    assert (diffusion["num_inference_steps"], diffusion["guidance_scale"], diffusion["strength"]) == (50, 7.5, 0.8)


def test_merge_equals_the_pooled_pictures():
    pooled = build_profile("all", measured(IMAGES))
    for split in (1, 2, 4):
        parts = [build_profile("a", measured(IMAGES)[:split]), build_profile("b", measured(IMAGES)[split:])]
        assert_same(merge_profiles(parts, name="all"), pooled)
        assert_same(merge_profiles(parts[::-1], name="all"), pooled)


def test_weights_are_shares_of_the_whole():
    pictures = measured(IMAGES)
    parts = [build_profile("a", pictures[:2]), build_profile("b", pictures[2:])]
    merged = merge_profiles(parts, weights=[0.7, 0.3], name="all")
    assert_same(merged, build_profile("all", pictures, weights=[0.7 * 5 / 2] * 2 + [0.3 * 5 / 3] * 3))
    red = [part.statistics.color_distribution.red_mean for part in parts]
    assert merged.statistics.color_distribution.red_mean == pytest.approx(0.7 * red[0] + 0.3 * red[1])
    assert merged.sample_count == 5
    # A merged profile can be merged on, and a weight holds whatever was weighted before.
    again = merge_profiles([merged, parts[0]], weights=[0.5, 0.5])
    assert again.statistics.color_distribution.red_mean == pytest.approx(
        0.5 * merged.statistics.color_distribution.red_mean + 0.5 * red[0]
    )
    assert again.name == "all+a"


def assert_same(one, other):
    def leaves(value, path=""):
        if isinstance(value, dict):
            for key, item in value.items():
                yield from leaves(item, f"{path}.{key}")
        elif isinstance(value, list):
            for index, item in enumerate(value):
                yield from leaves(item, f"{path}.{index}")
        else:
            yield path, value

    left, right = (
        dict(leaves(profile.model_dump(mode="json", exclude={"metadata": {"created", "updated"}})))
        for profile in (one, other)
    )
    assert left.keys() == right.keys()
    for path, value in left.items():
        expected = right[path]
        is_number = isinstance(expected, float)
        assert value == (pytest.approx(expected, rel=1e-6, abs=1e-6) if is_number else expected), path


@pytest.mark.parametrize("weights", [[1.0], [0.5, 0.0], [0.5, -1.0]])
def test_wrong_weights_are_refused(weights):
    parts = [build_profile("a", measured(IMAGES)[:2]), build_profile("b", measured(IMAGES)[2:])]
    with pytest.raises(ValueError, match="expected 2 positive weights"):
        merge_profiles(parts, weights)
    with pytest.raises(ValueError, match="no profiles to merge"):
        merge_profiles([])


def test_what_exif_and_models_said_is_in_the_profile():
    rows = [
        {
            **measure_picture(image),
            "taken_at": f"2026-0{1 + index}-03T{8 + index:02d}:30:00",
            "iso": 100.0 * (1 + index),
            "scene_labels": "lake=0.70" if index else "lake=0.50 city skyline=0.40",
            "foreground_share": 0.25,
        }
        for index, image in enumerate(IMAGES[:2])
    ]
    numbers = build_profile("x", [measured_from_row(str(number), row) for number, row in enumerate(rows)]).statistics
    assert numbers.camera == {"iso": Spread(mean=150.0, std=50.0)}
    assert numbers.content.labels == {"lake": 1.0, "city skyline": 0.5}
    assert numbers.content.foreground_share == Spread(mean=0.25, std=0.0)
    assert [pattern.period for pattern in numbers.patterns] == ["hour 08", "hour 09", "winter"]


def test_the_published_schema_is_that_of_the_code(project_root):
    schema = json.loads((project_root / "docs" / "profile.schema.json").read_text())
    assert schema == profile_schema(), (
        "write it anew: python -m synth_assets.core.profile.schema > docs/profile.schema.json"
    )


def test_a_profile_fits_the_schema_and_a_broken_one_does_not(profile):
    document = json.loads(to_json(profile))
    jsonschema.validate(document, profile_schema())
    del document["statistics"]["dominant_colors"]
    with pytest.raises(jsonschema.ValidationError, match="dominant_colors"):
        jsonschema.validate(document, profile_schema())


def test_load_reads_back_and_refuses_others(profile):
    assert load_profile(to_json(profile), "evening") == profile
    with pytest.raises(ValueError, match=r"x\.json: not a profile of version 2\.0: metadata"):
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
