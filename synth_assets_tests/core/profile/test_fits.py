"""Fits find the family that values were drawn from, from the sketch alone."""

import numpy as np
import pytest

from synth_assets.core.profile.fits import fit_of
from synth_assets.core.profile.sketch import merge_metrics, sketch_values


def draws(family: str) -> np.ndarray:
    rng = np.random.default_rng(3)
    return {
        "normal": rng.normal(0.5, 0.08, 400),
        "lognormal": rng.lognormal(-2.0, 0.6, 400),
        "gamma": rng.gamma(1.2, 0.12, 400),
        "gaussian_mixture": np.concatenate([rng.normal(0.2, 0.03, 200), rng.normal(0.8, 0.05, 200)]),
    }[family]


@pytest.mark.parametrize("family", ["normal", "lognormal", "gamma", "gaussian_mixture"])
def test_the_family_is_found(family):
    fit = fit_of("contrast", sketch_values("contrast", np.clip(draws(family), 1e-6, 1).tolist()))
    assert fit is not None
    assert fit.family == family
    assert min(fit.aic.values()) == fit.aic.get(family, fit.aic.get("gaussian_mixture_2"))


def test_parameters_are_those_that_were_drawn_from():
    normal = fit_of("contrast", sketch_values("contrast", draws("normal").tolist()))
    assert normal.parameters == pytest.approx({"mean": 0.5, "std": 0.08}, abs=0.01)
    log = fit_of("contrast", sketch_values("contrast", draws("lognormal").tolist()))
    assert log.parameters == pytest.approx({"mu": -2.0, "sigma": 0.6}, abs=0.05)
    gamma = fit_of("contrast", sketch_values("contrast", draws("gamma").tolist()))
    assert gamma.parameters == pytest.approx({"shape": 1.2, "scale": 0.12}, abs=0.2)
    two = fit_of("contrast", sketch_values("contrast", draws("gaussian_mixture").tolist())).parameters
    assert (two["mean_1"], two["mean_2"]) == (pytest.approx(0.2, abs=0.02), pytest.approx(0.8, abs=0.02))
    assert (two["weight_1"], two["std_2"]) == (pytest.approx(0.5, abs=0.02), pytest.approx(0.05, abs=0.01))


def test_a_merged_sketch_has_the_fit_of_the_pooled_values():
    values = draws("gamma").tolist()
    parts = [sketch_values("contrast", values[:150]), sketch_values("contrast", values[150:])]
    merged, pooled = (
        fit_of("contrast", merge_metrics(parts, [1, 1])),
        fit_of("contrast", sketch_values("contrast", values)),
    )
    assert merged.family == pooled.family
    assert merged.parameters == pytest.approx(pooled.parameters)


def test_no_fit_for_few_or_equal_values_or_angles():
    assert fit_of("contrast", sketch_values("contrast", [0.1] * 9)) is None
    assert fit_of("contrast", sketch_values("contrast", [0.1] * 50)) is None
    assert fit_of("hue", sketch_values("hue", [float(value) for value in range(50)])) is None


def test_values_of_both_signs_are_normal_or_a_mixture():
    rng = np.random.default_rng(0)
    fit = fit_of("warmth", sketch_values("warmth", rng.normal(0, 20, 200).tolist()))
    assert {"lognormal", "gamma"} & set(fit.aic) == set()
    assert fit.family == "normal"
