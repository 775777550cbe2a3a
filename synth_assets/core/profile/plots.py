"""Plot of a profile: channel histograms, dominant colours, how the metrics are distributed.

Belongs here: drawing a Profile. Does not belong here: any number that is not in it.
"""

from __future__ import annotations

import io
from typing import Any

import numpy as np

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
_INK, _BAR = "#333333", "#7A8CA3"
_DPI = 90


def profile_plot(profile: Profile) -> bytes:
    """Draws a profile on one page, as a PNG that is the same for the same profile."""
    from matplotlib.figure import Figure  # slow to import, and loading the graph needs none of it

    figure = Figure(figsize=(11, 7.4), layout="constrained", facecolor="white")
    grid: Any = figure.add_gridspec(3, 4, height_ratios=(1.25, 1, 1))
    _draw_channels(figure.add_subplot(grid[0, :2]), profile)
    _draw_colours(figure.add_subplot(grid[0, 2:]), profile)
    for index, (metric, label) in enumerate(_METRICS.items()):
        _draw_metric(figure.add_subplot(grid[1 + index // 4, index % 4]), profile, metric, label)
    figure.suptitle(f"{profile.name}: {profile.sample_count} pictures", color=_INK, fontsize=13)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=_DPI, metadata={"Software": None})
    return buffer.getvalue()


def _draw_channels(axes: Any, profile: Profile) -> None:
    colours = profile.statistics.color_distribution
    for channel, colour in _CHANNELS.items():
        shares = np.array(getattr(colours.histograms, channel))
        places = (np.arange(len(shares)) + 0.5) / len(shares)
        axes.plot(places, 100 * shares, color=colour, linewidth=1.6, label=channel)
        axes.fill_between(places, 100 * shares, color=colour, alpha=0.10)
        axes.axvline(getattr(colours, f"{channel}_mean"), color=colour, linewidth=1, linestyle=":")
    axes.set(xlim=(0, 1), ylim=(0, None), xlabel="value (dotted: mean)", ylabel="% of pixels")
    axes.set_title("Channels", fontsize=10)
    axes.legend(frameon=False, fontsize=8)
    _tidy(axes)


def _draw_colours(axes: Any, profile: Profile) -> None:
    left = 0.0
    weights = profile.statistics.dominant_color_weights
    for code, weight in zip(profile.statistics.dominant_colors, weights, strict=True):
        axes.barh(0, weight, left=left, height=1, color=code)
        if weight > 0.06:
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
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8, colors=_INK)
