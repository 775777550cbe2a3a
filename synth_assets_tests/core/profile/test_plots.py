from datetime import timedelta

import numpy as np
import pytest

from synth_assets.core.images import decode_image
from synth_assets.core.profile.plots import analysis_plots, fitted_density
from synth_assets.core.profile.sketch import sketch_values
from synth_assets.core.profile.statistics import distribution_of
from synth_assets_tests.core.profile.made_up import made_up

LIGHT = [*np.linspace(0.17, 0.23, 18), *np.linspace(0.67, 0.73, 12)]
PROFILE = made_up(
    30, brightness_mean=LIGHT, contrast=np.linspace(0.3, 0.5, 30).tolist(), warmth=np.linspace(-9, 30, 30).tolist()
)


def at(profile, hours):
    updated = PROFILE.metadata.updated + timedelta(hours=hours)
    return profile.model_copy(update={"metadata": profile.metadata.model_copy(update={"updated": updated})})


def coloured(png, code):
    """(H, W) bool, where a plot has a colour."""
    return (decode_image(png, "plot") == np.frombuffer(bytes.fromhex(code[1:]), np.uint8)).all(axis=2)


@pytest.fixture(scope="module")
def plots():
    return analysis_plots(PROFILE, [at(made_up(), -5), at(made_up(saturation=0.4), -9)])


def test_the_plots_are_pngs_and_the_same_each_time(plots):
    assert list(plots) == ["channels", "dominant_colors", "histograms", "trend"]
    assert all(png.startswith(b"\x89PNG") for png in plots.values())
    assert plots == analysis_plots(PROFILE, [at(made_up(saturation=0.4), -9), at(made_up(), -5), PROFILE])


def test_a_trend_takes_two_times():
    assert "trend" not in analysis_plots(PROFILE, [at(made_up(), 0)])


def test_bars_are_as_high_as_the_means_even_of_one_flat_picture():
    black = (((6.0, 6.0, 6.0), 1.0),)
    plots = analysis_plots(made_up(1, colours=black, red_mean=0.2, green_mean=0.4, blue_mean=0.8, red_std=0.1))
    assert set(plots) == {"channels", "dominant_colors", "histograms"}
    heights = [coloured(plots["channels"], code).sum(axis=0).max() for code in ("#C0392B", "#27813E", "#2463B0")]
    assert heights[1] / heights[0] == pytest.approx(2, rel=0.05)
    assert heights[2] / heights[0] == pytest.approx(4, rel=0.05)


def test_swatches_show_the_colours_by_weight(plots):
    areas = [coloured(plots["dominant_colors"], code) for code in PROFILE.statistics.dominant_colors]
    first_row = np.stack([area[np.flatnonzero(area.any(axis=1))[3]] for area in areas])
    shares = first_row.sum(axis=1) / first_row.sum()
    np.testing.assert_allclose(shares, PROFILE.statistics.dominant_color_weights, atol=0.01)


@pytest.mark.parametrize(
    ("family", "metric", "values"),
    [
        ("gaussian_mixture", "brightness_mean", LIGHT),
        ("normal", "warmth", np.random.default_rng(0).normal(0, 12, 200).tolist()),
        ("lognormal", "complexity", np.random.default_rng(1).lognormal(-1.5, 0.4, 200).tolist()),
        ("gamma", "saturation", np.random.default_rng(2).gamma(1.5, 0.08, 200).tolist()),
    ],
)
def test_the_density_of_a_fit_has_area_1_and_the_mean_of_the_values(family, metric, values):
    fit = distribution_of(metric, sketch_values(metric, values)).fit
    assert fit
    assert fit.family == family
    low, high = min(values) - 4 * np.std(values), max(values) + 4 * np.std(values)
    grid = np.linspace(low if metric in ("warmth", "brightness_mean") else 1e-9, high, 20_001)
    density = fitted_density(fit, grid)
    step = grid[1] - grid[0]
    assert density.sum() * step == pytest.approx(1, abs=2e-3)
    assert (density * grid).sum() * step == pytest.approx(np.mean(values), abs=0.02 * np.std(values))
