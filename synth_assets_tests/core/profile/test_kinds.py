import numpy as np
import pytest

from synth_assets.core.profile.fits import Fit
from synth_assets.core.profile.kinds import kinds_of
from synth_assets.core.profile.sketch import sketch_values
from synth_assets.core.profile.statistics import distribution_of


def mixed(*parts, gain=30.0, count=200):
    """A distribution whose fit is the mixture of (weight, mean, std), better than a normal one by the gain."""
    parameters = {
        f"{name}_{number}": value
        for number, part in enumerate(parts, start=1)
        for name, value in zip(("weight", "mean", "std"), part, strict=True)
    }
    aic = {"normal": 100.0, "gamma": 120.0, f"gaussian_mixture_{len(parts)}": 100.0 - gain}
    values = np.resize([part[1] for part in parts], count).tolist()
    item = distribution_of("contrast", sketch_values("contrast", values))
    return item.model_copy(update={"fit": Fit(family="gaussian_mixture", parameters=parameters, aic=aic)})


def test_separate_humps_are_kinds():
    assert kinds_of(mixed((0.4, 0.2, 0.03), (0.6, 0.7, 0.05)), 0.1) == [(0.4, 0.2, 0.03), (0.6, 0.7, 0.05)]


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (mixed((0.4, 0.2, 0.03), (0.6, 0.7, 0.05), gain=8.0), "little better than one bell"),
        (mixed((0.4, 0.2, 0.03), (0.6, 0.7, 0.05), gain=14.0, count=12), "too few values for so many parameters"),
        (mixed((0.5, 0.4, 0.1), (0.5, 0.55, 0.1)), "they overlap"),
        (mixed((0.5, 0.40, 0.01), (0.5, 0.45, 0.01)), "the gap is below the smallest that counts"),
        (mixed((0.1, 0.2, 0.03), (0.9, 0.7, 0.05)), "one is a few odd pictures"),
    ],
)
def test_what_is_not_two_kinds(item, reason):
    assert kinds_of(item, 0.1) == [], reason


def test_overlapping_neighbours_are_one_kind():
    first, second = kinds_of(mixed((0.3, 0.2, 0.03), (0.3, 0.24, 0.03), (0.4, 0.7, 0.05)), 0.1)
    assert first == pytest.approx((0.6, 0.22, np.hypot(0.03, 0.02)))
    assert second == (0.4, 0.7, 0.05)


def test_values_of_one_bell_are_no_kinds():
    values = np.random.default_rng(1).normal(0.5, 0.1, 300)
    assert kinds_of(distribution_of("contrast", sketch_values("contrast", values.tolist())), 0.0) == []
    assert kinds_of(distribution_of("contrast", sketch_values("contrast", [0.2, 0.7])), 0.1) == []
