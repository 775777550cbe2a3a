"""Plots of the decisions: strategies against their targets, and shot types by strategy.

Belongs here: drawing. Does not belong here: any number that is drawn, and plots of the metrics (``analysis_plots.py``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from synth_assets.core.charts import empty_figure, figure_png

_DPI = 90
_KINDS = ("original", "corrected", "final", "target")


def strategy_bars(table: Sequence[Mapping[str, Any]]) -> bytes:
    """A PNG of frames per strategy: by both rules, final, and wished.

    Args:
        table: one row a strategy, with ``strategy`` and a number for each kind.
    """
    figure = empty_figure(7, 3.2)
    axes = figure.subplots()
    places = np.arange(len(table))
    width = 0.8 / len(_KINDS)
    for at, kind in enumerate(_KINDS):
        bars = axes.bar(places + (at - (len(_KINDS) - 1) / 2) * width, [row[kind] for row in table], width, label=kind)
        axes.bar_label(bars, fontsize=7)
    axes.set_xticks(places, [str(row["strategy"]) for row in table])
    axes.set_ylabel("frames")
    axes.legend(fontsize=8)
    return figure_png(figure, _DPI)


def shot_type_bars(table: Sequence[Mapping[str, Any]], strategies: Sequence[str]) -> bytes:
    """A PNG of how the shot types share each strategy's frames, beside the whole set's.

    Args:
        table: one row a shot type, with ``shot_type`` and a number of frames for each strategy and ``all``.
        strategies: whose bars to draw.
    """
    columns = [*strategies, "all"]
    counts = np.array([[row[name] for name in columns] for row in table], dtype=float).reshape(len(table), len(columns))
    totals = counts.sum(axis=0)
    shares = 100 * counts / np.maximum(totals, 1)
    figure = empty_figure(8.5, 3.2)
    axes = figure.subplots()
    below = np.zeros(len(columns))
    for row, values, frames in zip(table, shares, counts, strict=True):
        bars = axes.bar(columns, values, bottom=below, label=str(row["shot_type"]))
        axes.bar_label(bars, [f"{count:g}" if count else "" for count in frames], label_type="center", fontsize=7)
        below += values
    axes.set_xticks(
        range(len(columns)), [f"{name}\n{total:g}" for name, total in zip(columns, totals, strict=True)], fontsize=8
    )
    axes.set_ylabel("% of the frames")
    if len(table):
        axes.legend(fontsize=8, loc="upper left", bbox_to_anchor=(1, 1))
    return figure_png(figure, _DPI)
