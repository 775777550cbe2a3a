"""Plots of captions: the elbow curve and the map of clusters.

Belongs here: drawing what was computed. Does not belong here: computing (``topics.py``).
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_DPI = 110
_COLOURS = 20
_LEGEND_ENTRIES = 30


def elbow_plot(inertias: Sequence[float], chosen: int) -> bytes:
    """Gives a PNG of the inertia for every k, with the chosen k marked.

    Args:
        inertias: for k = 1, 2, …
        chosen: the k that was taken.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.add_subplot()
    ks = np.arange(1, len(inertias) + 1)
    axes.plot(ks, inertias, marker="o", markersize=4, color="tab:blue")
    axes.plot([ks[0], ks[-1]], [inertias[0], inertias[-1]], linestyle=":", color="0.6", label="chord")
    axes.axvline(chosen, color="tab:red", linewidth=1, label=f"chosen: k = {chosen}")
    axes.set(xlabel="k", ylabel="inertia", title="Elbow of KMeans")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(frameon=False)
    return _png(figure)


def map_plot(points: NDArray[np.float64], groups: Sequence[str], title: str) -> bytes:
    """Gives a PNG of the t-SNE map coloured by group, with a legend and each group's count.

    Args:
        points: (N, 2) places.
        groups: N names; they get their colours in sorted order.
        title: above the map.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 6), layout="constrained")
    axes = figure.add_subplot()
    _scatter(axes, points, groups)
    axes.set(title=title, xticks=[], yticks=[])
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False, fontsize=8)
    return _png(figure)


def _scatter(axes: Axes, points: NDArray[np.float64], groups: Sequence[str]) -> None:
    from matplotlib import colormaps

    palette = colormaps["tab20"]
    markers = "osD^v"
    member = np.array(groups)
    for index, name in enumerate(sorted(set(groups))):
        here = member == name
        label = f"{name} ({int(here.sum())})" if index < _LEGEND_ENTRIES else None
        # Even colours of tab20 are the strong ones: they come first.
        colour = palette((index * 2) % _COLOURS + (index * 2 // _COLOURS) % 2)
        marker = markers[(index // _COLOURS) % len(markers)]
        axes.scatter(points[here, 0], points[here, 1], s=14, alpha=0.8, color=[colour], marker=marker, label=label)


def _png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=_DPI)
    return buffer.getvalue()
