import numpy as np
import pytest

from synth_assets.core.profile.statistics import (
    aspect_name,
    circular_moments,
    distribution_of,
    dominant_colours,
    most_common,
    pooled_std,
)


def test_distribution_of_known_values():
    item = distribution_of([1.0, 2.0, 3.0, 4.0, 5.0])
    assert (item.count, item.mean, item.min, item.max) == (5, 3.0, 1.0, 5.0)
    assert item.std == pytest.approx(2**0.5)
    assert item.quantiles["p50"] == 3.0
    assert sum(item.histogram_counts) == 5
    assert len(item.histogram_edges) == len(item.histogram_counts) + 1


def test_one_value_and_equal_values_have_a_distribution():
    assert distribution_of([0.4]).std == 0
    assert sum(distribution_of([2.0, 2.0]).histogram_counts) == 2
    with pytest.raises(ValueError, match="no values"):
        distribution_of([])


def test_circular_moments_wrap():
    mean, std = circular_moments(np.array([350.0, 10.0]))
    assert min(mean, 360 - mean) == pytest.approx(0, abs=1e-6)
    assert std == pytest.approx(10.0256, abs=1e-3)


def test_pooled_std_equals_the_std_of_all_pixels():
    rng = np.random.default_rng(0)
    pictures = [rng.normal(mean, 2, 500) for mean in (1, 4, 9)]
    pooled = pooled_std([p.mean() for p in pictures], [p.std() for p in pictures])
    assert pooled == pytest.approx(np.concatenate(pictures).std())


def test_dominant_colours_weigh_and_merge_near_ones():
    red, red_too, blue = (200.0, 0.0, 0.0), (202.0, 0.0, 0.0), (0.0, 0.0, 200.0)
    found = dominant_colours([[(red, 0.5), (blue, 0.5)], [(red_too, 1.0)]], count=2)
    assert [weight for _, weight in found] == pytest.approx([0.75, 0.25])
    assert found[0][0] == pytest.approx((200 + 2 * 2 / 3, 0, 0))
    assert found == dominant_colours([[(red, 0.5), (blue, 0.5)], [(red_too, 1.0)]], count=2)


def test_fewer_colours_than_asked_for():
    assert dominant_colours([[((10.0, 20.0, 30.0), 1.0)]]) == [((10.0, 20.0, 30.0), 1.0)]


@pytest.mark.parametrize(
    ("size", "name"),
    [((1920, 1080), "16:9"), ((1080, 1920), "9:16"), ((448, 336), "4:3"), ((500, 500), "1:1"), ((1600, 1067), "3:2")],
)
def test_named_ratios(size, name):
    assert aspect_name(*size) == name


def test_other_ratios_are_numbers():
    assert aspect_name(1850, 1000) == "1.85:1"
    assert aspect_name(1000, 1850) == "1:1.85"


def test_most_common():
    assert most_common(["4:3", "3:2", "4:3"]) == ("4:3", pytest.approx(2 / 3))
    assert most_common(["b", "a"])[0] == "a"
