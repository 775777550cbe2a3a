"""Plots of the analysis: each metric that decides, over the films' time, with its threshold.

Belongs here: drawing. Does not belong here: any number that is drawn, and plots of the decisions (``plots.py``).
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synth_assets.core.charts import figure_png
from synth_assets.core.curation.thresholds import STRATEGIES, Thresholds
from synth_assets.core.records import Scalar

FOUND, NOT_FOUND = "character found", "character not found"
_COLOURS: dict[str, str] = {
    **dict(zip(STRATEGIES, ("#0072B2", "#E69F00", "#009E73", "#CC79A7"), strict=True)),
    FOUND: "#0072B2",
    NOT_FOUND: "#BDBDBD",
}
"""Of Okabe and Ito's palette, which colour-blind people tell apart."""
FURTHER_COLOURS = ("#D55E00", "#56B4E9", "#7F3C8D", "#8A6D3B")
_LIMIT, _INK, _FAINT = "#C0392B", "#333333", "#E6E6E6"
_HISTOGRAMS: dict[str, dict[str, Any]] = {
    "documented": {"color": _INK, "linewidth": 0.8},
    "corrected": {"color": "#9DB4CE", "fill": True, "zorder": 0},
}
_SIZE_IN, _DPI = (13.0, 9.5), 80
_BINS = 25
_UNTIMED_STEP_S = 1.0
"""Stills have no time: they lie so far apart, in their order."""

Row = Mapping[str, Scalar]


def metric_plots(rows: Sequence[Row], thresholds: Thresholds) -> bytes:
    """A PNG of the five metrics that decide: documented and corrected over time, and how their values are distributed.

    One line of plots a metric, one point a frame, coloured by its ``strategy`` where the row has one and else by
    ``target_found``. Films follow one another; a thin line stands at each cut between shots, a strong one between
    films. Thresholds are drawn in and named. The same rows give the same bytes.

    Args:
        rows: columns (``extra``) of ``frame_analysis`` or ``strategy_decisions``; rows without metrics, as failed
            frames have none, are left out.
        thresholds: limits of the rules.
    """
    from matplotlib.figure import Figure

    limits = {
        "complexity": (thresholds.simple_background, "simple below"),
        "lighting": (thresholds.good_lighting, "good above"),
        "occlusion": (thresholds.low_occlusion, "little below"),
        "quality": (thresholds.poor_quality, "poor below"),
        "sharpness": (thresholds.low_sharpness, "low below"),
    }
    measured = [row for row in rows if row.get("complexity") is not None]
    places, films, cuts = _timeline(measured)
    groups = np.array([_group(row) for row in measured], dtype=object)
    figure = Figure(figsize=_SIZE_IN)
    grid: Any = figure.subplots(len(limits), 3, width_ratios=(5, 5, 1.6))
    figure.subplots_adjust(left=0.05, right=0.985, top=0.9, bottom=0.05, wspace=0.03, hspace=0.16)
    drawn: dict[str, Any] = {}
    for (documented, corrected, side), (name, (limit, meaning)) in zip(grid, limits.items(), strict=True):
        columns = [_values(measured, column) for column in (name, f"{name}_corrected")]
        for axes, values in zip((documented, corrected), columns, strict=True):
            for lines, colour in ((cuts, _FAINT), ([at for _, at in films[1:]], _INK)):
                axes.vlines(lines, 0, 1, colour, linewidth=0.8, zorder=0, transform=axes.get_xaxis_transform())
            for group in _in_order(set(groups)):
                chosen = groups == group
                (drawn[group],) = axes.plot(places[chosen], values[chosen], "o", color=_colour(group), markersize=3)
        for values, look in zip(columns, _HISTOGRAMS.values(), strict=True):
            side.stairs(*np.histogram(values, _BINS, (0, 1)), orientation="horizontal", **look)
        side.set_title(f"threshold {limit:g}: {meaning}", color=_LIMIT, fontsize=8, pad=3)
        for axes in (documented, corrected, side):
            axes.axhline(limit, color=_LIMIT, linewidth=1.2)
        documented.set_ylabel(name, fontsize=11)
    _label(grid, films)
    if drawn:
        names = _in_order(set(drawn))
        counts = [f"{name} ({int(np.sum(groups == name))})" for name in names]
        figure.legend([drawn[name] for name in names], counts, loc="upper center", ncols=len(names), markerscale=2)
    return figure_png(figure, _DPI)


def _label(grid: Any, films: Sequence[tuple[str, float]]) -> None:
    # Ticks are most of the time that drawing takes: only where they are read.
    for line in grid:
        for axes in line:
            axes.set_ylim(-0.04, 1.04)
            axes.set_yticks((0, 0.25, 0.5, 0.75, 1) if axes in grid[:, 0] else ())
            axes.tick_params(labelsize=8)
    for axes in grid[:-1].flat:
        axes.set_xticks(())
    for axes, title in zip(grid[0], ("documented", "corrected"), strict=False):
        axes.set_title(title, fontsize=11, pad=18)
        for film, at in films:
            axes.annotate(film, (at, 1), (3, 3), xycoords=("data", "axes fraction"), textcoords="offset points", size=8)
    grid[0, 2].legend(_HISTOGRAMS, fontsize=7, loc="upper right")
    grid[-1, 2].set_xlabel("frames", fontsize=8)
    for axes in grid[-1, :2]:
        axes.set_xlabel("seconds of film, one film after the other", fontsize=8)


def _timeline(rows: Sequence[Row]) -> tuple[NDArray[np.float64], list[tuple[str, float]], list[float]]:
    """Where each row lies, where each film begins, and where cuts within films are; in seconds."""
    places = np.zeros(len(rows))
    films: list[tuple[str, float]] = []
    cuts: list[float] = []
    begin = 0.0
    for film in dict.fromkeys(str(row.get("video") or "") for row in rows):
        mine = [at for at, row in enumerate(rows) if str(row.get("video") or "") == film]
        times = [rows[at].get("time_s") for at in mine]
        known = [float(time) if time is not None else n * _UNTIMED_STEP_S for n, time in enumerate(times)]
        films.append((film or "stills", begin))
        places[mine] = begin + np.array(known) - min(known)
        by_time = sorted(mine, key=lambda at: places[at])
        for before, after in itertools.pairwise(by_time):
            if rows[before].get("shot") != rows[after].get("shot"):
                cuts.append(float(places[before] + places[after]) / 2)
        begin = float(places[mine].max()) + _UNTIMED_STEP_S
    return places, films, cuts


def _values(rows: Sequence[Row], column: str) -> NDArray[np.float64]:
    return np.array([float(row.get(column) or 0.0) for row in rows])


def _group(row: Row) -> str:
    return str(row.get("strategy") or (FOUND if row.get("target_found") else NOT_FOUND))


def _in_order(groups: set[str]) -> list[str]:
    """The strategies as documented, further ones by name, frames without the character last (drawn on top)."""
    known = [*STRATEGIES, FOUND]
    further = sorted(groups - {*known, NOT_FOUND})
    return [name for name in (*known, *further, NOT_FOUND) if name in groups]


def _colour(group: str) -> str:
    return _COLOURS.get(group) or FURTHER_COLOURS[sum(map(ord, group)) % len(FURTHER_COLOURS)]
