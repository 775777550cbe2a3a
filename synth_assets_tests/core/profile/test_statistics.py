import numpy as np
import pytest

from synth_assets.core.profile.sketch import sketch_values
from synth_assets.core.profile.statistics import (
    aspect_name,
    distribution_of,
    dominant_colours,
    heaviest,
    pooled_std,
    rms,
    variability_of,
)


def described(values, metric="contrast", weights=None):
    return distribution_of(metric, sketch_values(metric, values, weights))


def test_distribution_of_known_values():
    item = described([0.1, 0.2, 0.3, 0.4, 0.5])
    assert (item.count, item.mean, item.min, item.max) == (5, pytest.approx(0.3), 0.1, 0.5)
    assert item.std == pytest.approx(0.02**0.5)
    assert item.quantiles["p50"] == pytest.approx(0.3, abs=1 / 256)
    assert sum(item.histogram_counts) == 5
    assert len(item.histogram_edges) == len(item.histogram_counts) + 1
    assert item.histogram_edges[0] <= 0.1 < 0.5 <= item.histogram_edges[-1]
    assert item.variability == "medium"


def test_weights_count_as_copies():
    weighted, copied = described([0.2, 0.6], weights=[3.0, 1.0]), described([0.2, 0.2, 0.2, 0.6])
    assert weighted.mean == pytest.approx(copied.mean)
    assert weighted.std == pytest.approx(copied.std)
    assert weighted.histogram_counts == copied.histogram_counts
    assert (weighted.count, copied.count) == (2, 4)


def test_one_value_and_equal_values_have_a_distribution():
    assert described([0.4]).std == 0
    equal = described([0.5, 0.5])
    assert sum(equal.histogram_counts) == 2
    assert set(equal.quantiles.values()) == {0.5}
    with pytest.raises(ValueError, match="contrast: expected finite values"):
        described([])
    with pytest.raises(ValueError, match="contrast: expected finite values"):
        described([0.1, float("nan")])


def test_values_beyond_the_grid_count_in_its_last_bin():
    item = described([100.0, 20000.0], "width_px")
    assert (item.min, item.max, item.mean) == (100.0, 20000.0, 10050.0)
    assert sum(item.histogram_counts) == 2


def test_angles_wrap():
    item = described([350.0, 10.0], "hue")
    assert min(item.mean, 360 - item.mean) == pytest.approx(0, abs=1e-6)
    assert item.std == pytest.approx(10.0256, abs=1e-3)
    assert item.variability == "low"


@pytest.mark.parametrize(
    ("metric", "mean", "std", "expected"),
    [
        ("contrast", 0.5, 0.04, "low"),
        ("contrast", 0.5, 0.05, "medium"),
        ("contrast", 0.5, 0.25, "high"),
        ("warmth", -10.0, 1.5, "medium"),
        ("warmth", 0.0, 3.0, "high"),
        ("warmth", 0.0, 0.0, "low"),
        ("hue", 2.0, 17.0, "low"),
        ("hue", 200.0, 100.0, "high"),
    ],
)
def test_variability(metric, mean, std, expected):
    assert variability_of(metric, mean, std) == expected


def test_pooled_std_equals_the_std_of_all_pixels():
    rng = np.random.default_rng(0)
    pictures = [rng.normal(mean, 0.02, 500) for mean in (0.1, 0.4, 0.9)]
    means = sketch_values("red_mean", [picture.mean() for picture in pictures])
    stds = sketch_values("red_std", [picture.std() for picture in pictures])
    assert pooled_std(means, stds) == pytest.approx(np.concatenate(pictures).std())
    assert rms(stds) == pytest.approx(np.sqrt(np.mean([picture.var() for picture in pictures])))


def test_dominant_colours_weigh_and_merge_near_ones():
    red, red_too, blue = (200.0, 0.0, 0.0), (202.0, 0.0, 0.0), (0.0, 0.0, 200.0)
    entries = [(red, 0.5), (blue, 0.5), (red_too, 1.0)]
    found = dominant_colours(entries, count=2)
    assert [weight for _, weight in found] == pytest.approx([0.75, 0.25])
    assert found[0][0] == pytest.approx((200 + 2 * 2 / 3, 0, 0))
    assert found == dominant_colours(entries, count=2)


def test_fewer_colours_than_asked_for():
    assert dominant_colours([((10.0, 20.0, 30.0), 1.0)]) == [((10.0, 20.0, 30.0), 1.0)]
    with pytest.raises(ValueError, match="no colours"):
        dominant_colours([])


@pytest.mark.parametrize(
    ("size", "name"),
    [((1920, 1080), "16:9"), ((1080, 1920), "9:16"), ((448, 336), "4:3"), ((500, 500), "1:1"), ((1600, 1067), "3:2")],
)
def test_named_ratios(size, name):
    assert aspect_name(*size) == name


def test_other_ratios_are_numbers():
    assert aspect_name(1850, 1000) == "1.85:1"
    assert aspect_name(1000, 1850) == "1:1.85"


def test_heaviest():
    assert heaviest({"3:2": 1.0, "4:3": 2.0}) == ("4:3", pytest.approx(2 / 3))
    assert heaviest({"b": 1.0, "a": 1.0})[0] == "a"
    with pytest.raises(ValueError, match="no names"):
        heaviest({})
