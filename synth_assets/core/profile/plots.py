"""Plots of profiles: channels, dominant colours, how the metrics are distributed, and how they move.

Belongs here: drawing Profiles. Does not belong here: any number that is not in them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synth_assets.core.charts import empty_figure, figure_png, open_frame
from synth_assets.core.profile.fits import Fit
from synth_assets.core.profile.profile import Profile

_METRICS = {
    "brightness_mean": "brightness",
    "contrast": "contrast",
    "saturation": "saturation",
    "warmth": "warmth",
    "complexity": "complexity",
    "entropy": "entropy (bits)",
    "symmetry": "symmetry",
    "thirds": "rule of thirds",
}
_CHANNELS = {"red": "#C0392B", "green": "#27813E", "blue": "#2463B0"}
_GRID: dict[str, Any] = {
    **{"height_ratios": (1.25, 1, 1), "wspace": 0.2, "hspace": 0.5},
    **{"left": 0.055, "right": 0.985, "top": 0.9, "bottom": 0.07},
}
_INK, _BAR = "#333333", "#7A8CA3"
_DPI = 90
_TREND = ("brightness", "contrast", "saturation", "warmth")
_CURVE = "#B4531F"
_CURVE_POINTS = 400
_LEAST_NAMED = 0.08
"""Share of a colour from which its code fits under its bar."""
_TALLEST_CURVE = 1.6
"""A narrow component of a mixture may be drawn so many times as high as the tallest bar, then it is cut."""


def profile_plot(profile: Profile) -> bytes:
    """Draws a profile on one page, as a PNG that is the same for the same profile."""
    figure = empty_figure(11, 7.4, makes_room=False)
    grid: Any = figure.add_gridspec(3, 4, **_GRID)
    _draw_channels(figure.add_subplot(grid[0, :2]), profile)
    _draw_colours(figure.add_subplot(grid[0, 2:]), profile)
    for index, (metric, label) in enumerate(_METRICS.items()):
        _draw_metric(figure.add_subplot(grid[1 + index // 4, index % 4]), profile, metric, label)
    figure.suptitle(_title(profile), color=_INK, fontsize=13)
    return figure_png(figure, _DPI)


def analysis_plots(profile: Profile, history: Sequence[Profile] = ()) -> dict[str, bytes]:
    """Draws what an analysis shows, as PNGs by name that are the same for the same profiles.

    "channels": means of red, green and blue with their standard deviation; "dominant_colors": swatches
    with code and weight; "histograms": channel histograms, and the metrics' with the fitted density;
    "trend": brightness, contrast, saturation and warmth over the time of the last update, where there
    are at least two.

    Args:
        profile: the latest.
        history: earlier ones in any order; of the same time one counts.
    """
    plots = {
        "channels": _channel_bars(profile),
        "dominant_colors": _swatches(profile),
        "histograms": _histograms(profile),
    }
    by_time = {item.metadata.updated: item for item in (*history, profile)}
    if len(by_time) > 1:
        plots["trend"] = _trend([by_time[time] for time in sorted(by_time)])
    return plots


def _channel_bars(profile: Profile) -> bytes:
    numbers = profile.statistics.color_distribution
    figure = empty_figure(6, 4)
    axes = figure.add_subplot()
    means = [getattr(numbers, f"{channel}_mean") for channel in _CHANNELS]
    stds = [getattr(numbers, f"{channel}_std") for channel in _CHANNELS]
    names = [
        f"{channel.title()}\n{mean:.2f} ± {std:.2f}" for channel, mean, std in zip(_CHANNELS, means, stds, strict=True)
    ]
    axes.bar(names, means, yerr=stds, color=list(_CHANNELS.values()), width=0.6, ecolor=_INK, capsize=6)
    axes.set(ylim=(0, 1))
    axes.set_ylabel("mean value (line: standard deviation)", fontsize=9)
    axes.set_title(f"{_title(profile)}, channels", fontsize=11, color=_INK)
    _tidy(axes)
    return figure_png(figure, _DPI)


def _swatches(profile: Profile) -> bytes:
    numbers = profile.statistics
    figure = empty_figure(9, 2.2)
    axes = figure.add_subplot()
    left, width = 0.0, 1 / len(numbers.dominant_colors)
    weights = numbers.dominant_color_weights
    for place, (code, weight) in enumerate(zip(numbers.dominant_colors, weights, strict=True)):
        axes.barh(0.5, width, left=place * width, height=1, color=code)
        axes.text((place + 0.5) * width, -0.06, f"{code}\n{weight:.0%}", ha="center", va="top", fontsize=9, color=_INK)
        axes.barh(1.3, weight, left=left, height=0.4, color=code)
        left += weight
    axes.set(xlim=(0, 1), ylim=(-0.5, 1.55))
    axes.set_axis_off()
    axes.set_title(f"{_title(profile)}, dominant colors (top: by weight)", fontsize=11, color=_INK)
    return figure_png(figure, _DPI)


def _histograms(profile: Profile) -> bytes:
    figure = empty_figure(11, 7.4, makes_room=False)
    grid: Any = figure.add_gridspec(3, 4, **_GRID)
    _draw_channels(figure.add_subplot(grid[0, :]), profile)
    for index, (metric, label) in enumerate(_METRICS.items()):
        axes = figure.add_subplot(grid[1 + index // 4, index % 4])
        _draw_metric(axes, profile, metric, label)
        fit = profile.distributions[metric].fit
        if fit:
            _draw_fit(axes, profile, metric, fit)
    figure.suptitle(_title(profile), color=_INK, fontsize=13)
    return figure_png(figure, _DPI)


def _draw_fit(axes: Any, profile: Profile, metric: str, fit: Fit) -> None:
    item = profile.distributions[metric]
    edges, counts = np.array(item.histogram_edges), np.array(item.histogram_counts)
    values = np.linspace(edges[0], edges[-1], _CURVE_POINTS)
    axes.plot(values, fitted_density(fit, values) * counts.sum() * (edges[1] - edges[0]), color=_CURVE, linewidth=1.4)
    axes.set_ylim(0, min(axes.get_ylim()[1], _TALLEST_CURVE * counts.max()))
    axes.set_xlabel(f"fit: {fit.family.replace('_', ' ')}", fontsize=8, color=_CURVE)


def fitted_density(fit: Fit, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probability density of a fit at some values of its metric."""
    from scipy import stats  # slow to import, and loading the graph needs none of it

    numbers = fit.parameters
    if fit.family == "normal":
        return stats.norm.pdf(values, numbers["mean"], numbers["std"])
    if fit.family == "lognormal":
        return stats.lognorm.pdf(values, numbers["sigma"], scale=np.exp(numbers["mu"]))
    if fit.family == "gamma":
        return stats.gamma.pdf(values, numbers["shape"], scale=numbers["scale"])
    parts = [
        numbers[f"weight_{part}"] * stats.norm.pdf(values, numbers[f"mean_{part}"], numbers[f"std_{part}"])
        for part in range(1, len(numbers) // 3 + 1)
    ]
    return np.sum(parts, axis=0)


def _trend(profiles: Sequence[Profile]) -> bytes:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    times: list[Any] = [profile.metadata.updated for profile in profiles]
    figure = empty_figure(11, 6)
    grid: Any = figure.add_gridspec(2, 2)
    for index, name in enumerate(_TREND):
        axes = figure.add_subplot(grid[index // 2, index % 2])
        spreads = [getattr(profile.statistics, name) for profile in profiles]
        means, stds = np.array([item.mean for item in spreads]), np.array([item.std for item in spreads])
        axes.fill_between(times, means - stds, means + stds, color=_BAR, alpha=0.25, linewidth=0)
        axes.plot(times, means, color=_INK, marker="o", markersize=4, linewidth=1.4)
        locator = AutoDateLocator(minticks=2, maxticks=6)
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
        axes.set_title(name, fontsize=10, color=_INK)
        _tidy(axes)
    figure.suptitle(f"{profiles[-1].name}: mean and standard deviation by update (UTC)", color=_INK, fontsize=13)
    return figure_png(figure, _DPI)


def _title(profile: Profile) -> str:
    return f"{profile.name}: {profile.sample_count} picture{'s' if profile.sample_count > 1 else ''}"


def _draw_channels(axes: Any, profile: Profile) -> None:
    colours = profile.statistics.color_distribution
    for channel, colour in _CHANNELS.items():
        shares = np.array(getattr(colours.histograms, channel))
        places = (np.arange(len(shares)) + 0.5) / len(shares)
        axes.plot(places, 100 * shares, color=colour, linewidth=1.6, label=channel)
        axes.fill_between(places, 100 * shares, color=colour, alpha=0.10)
        axes.axvline(getattr(colours, f"{channel}_mean"), color=colour, linewidth=1, linestyle=":")
    axes.set(xlim=(0, 1), ylim=(0, None))
    axes.set_xlabel("value (dotted: mean)", fontsize=9)
    axes.set_ylabel("% of pixels", fontsize=9)
    axes.set_title("Channels", fontsize=10)
    axes.legend(frameon=False, fontsize=8)
    _tidy(axes)


def _draw_colours(axes: Any, profile: Profile) -> None:
    left = 0.0
    weights = profile.statistics.dominant_color_weights
    for code, weight in zip(profile.statistics.dominant_colors, weights, strict=True):
        axes.barh(0, weight, left=left, height=1, color=code)
        if weight > _LEAST_NAMED:
            axes.text(left + weight / 2, -0.62, f"{code}\n{weight:.0%}", ha="center", va="top", fontsize=8, color=_INK)
        left += weight
    axes.set(xlim=(0, 1), ylim=(-1.1, 0.6))
    axes.set_axis_off()
    axes.set_title("Dominant colours", fontsize=10)


def _draw_metric(axes: Any, profile: Profile, metric: str, label: str) -> None:
    item = profile.distributions[metric]
    edges = np.array(item.histogram_edges)
    axes.bar(edges[:-1], item.histogram_counts, width=np.diff(edges), align="edge", color=_BAR, edgecolor="white")
    axes.axvline(item.mean, color=_INK, linewidth=1.2)
    axes.set_title(f"{label}: {item.mean:.2f} ± {item.std:.2f}", fontsize=9)
    axes.yaxis.get_major_locator().set_params(integer=True)
    _tidy(axes)


def _tidy(axes: Any) -> None:
    open_frame(axes)
    axes.tick_params(labelsize=8, colors=_INK)
