"""Plots of captions: the elbow curve with the silhouette beside it, and the map of clusters.

Belongs here: drawing what was computed, and the colours of groups. Does not belong here: computing
(``topics.py``), the interactive map (``map_page.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from synth_assets.core.captions.projection import fanned_out
from synth_assets.core.charts import empty_figure, figure_png, open_frame, whole_numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DPI = 110
_COLOURS = 20
_LEGEND_ENTRIES = 30
_MANY_POINTS = 3_000


def elbow_plot(inertias: Sequence[float], silhouettes: Sequence[float], chosen: int) -> bytes:
    """Gives a PNG of the inertia and the mean silhouette for every k, with the chosen k marked.

    Args:
        inertias: for k = 1, 2, …
        silhouettes: for k = 2, 3, …
        chosen: the k that was taken.
    """
    figure = empty_figure(11, 4)
    elbow, silhouette = figure.subplots(1, 2)
    ks = np.arange(1, len(inertias) + 1)
    elbow.plot(ks, inertias, marker="o", markersize=4, color="tab:blue")
    elbow.plot([ks[0], ks[-1]], [inertias[0], inertias[-1]], linestyle=":", color="0.6", label="chord")
    elbow.set(title="Elbow of KMeans", ylabel="inertia")
    silhouette.plot(ks[1:], silhouettes, marker="o", markersize=4, color="tab:green")
    silhouette.set(title="Silhouette: how well the clusters lie apart", ylabel="mean silhouette")
    for axes in (elbow, silhouette):
        _finish_curve(axes, ks, chosen)
    return figure_png(figure, _DPI)


def _finish_curve(axes: Axes, ks: NDArray[np.int64], chosen: int) -> None:
    axes.axvline(chosen, color="tab:red", linewidth=1, label=f"chosen: k = {chosen}")
    axes.set(xlabel="k", xlim=(0.5, max(int(ks[-1]), chosen) + 0.5))
    whole_numbers(axes)
    open_frame(axes)
    axes.legend(frameon=False)


def map_plot(points: NDArray[np.float64], groups: Sequence[str], title: str) -> bytes:
    """Gives a PNG of the map coloured by group, with a legend and each group's count.

    Args:
        points: (N, 2) places; those that share one are fanned out.
        groups: N names; they get their colours in sorted order.
        title: above the map.
    """
    figure = empty_figure(10, 6)
    axes = figure.add_subplot()
    _scatter(axes, fanned_out(points), groups)
    axes.set(title=title, xticks=[], yticks=[])
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False, fontsize=8, markerscale=1.5)
    return figure_png(figure, _DPI)


def _scatter(axes: Axes, points: NDArray[np.float64], groups: Sequence[str]) -> None:
    member = np.array(groups)
    size = 14.0 if len(points) <= _MANY_POINTS else 3.0
    for index, name in enumerate(sorted(set(groups))):
        here = member == name
        label = f"{name} ({int(here.sum()):,})" if index < _LEGEND_ENTRIES else None
        colour, marker = group_colour(index), _MARKERS[group_symbol(index)]
        axes.scatter(points[here, 0], points[here, 1], s=size, alpha=0.8, color=[colour], marker=marker, label=label)


Symbol = Literal["circle", "square", "diamond", "triangle-up", "triangle-down"]
_MARKERS: dict[Symbol, str] = {"circle": "o", "square": "s", "diamond": "D", "triangle-up": "^", "triangle-down": "v"}


def group_colour(index: int) -> str:
    """The colour of the group of this rank, as #rrggbb."""
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    # Even colours of tab20 are the strong ones: they come first.
    return to_hex(colormaps["tab20"]((index * 2) % _COLOURS + (index * 2 // _COLOURS) % 2))


def group_symbol(index: int) -> Symbol:
    """The symbol of the group of this rank: colours repeat after twenty groups, with another symbol."""
    return list(_MARKERS)[(index // _COLOURS) % len(_MARKERS)]
