"""Plots of the decisions: strategies against their targets, metrics against their thresholds.

Belongs here: drawing. Does not belong here: any number that is drawn.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from synth_assets.core.curation.thresholds import Thresholds
from synth_assets.core.records import Scalar

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DPI = 90
_KINDS = ("original", "corrected", "final", "target")


def strategy_bars(table: Sequence[Mapping[str, Any]]) -> bytes:
    """A PNG of frames per strategy: by both rules, final, and wished.

    Args:
        table: one row a strategy, with ``strategy`` and a number for each kind.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 3.2), layout="constrained")
    axes = figure.subplots()
    places = np.arange(len(table))
    width = 0.8 / len(_KINDS)
    for at, kind in enumerate(_KINDS):
        bars = axes.bar(places + (at - (len(_KINDS) - 1) / 2) * width, [row[kind] for row in table], width, label=kind)
        axes.bar_label(bars, fontsize=7)
    axes.set_xticks(places, [str(row["strategy"]) for row in table])
    axes.set_ylabel("frames")
    axes.legend(fontsize=8)
    return _png(figure)


def metric_histograms(rows: Sequence[Mapping[str, Scalar]], thresholds: Thresholds) -> bytes:
    """A PNG of the corrected metrics' histograms, each with the threshold that cuts it."""
    from matplotlib.figure import Figure

    limits = {
        "complexity": thresholds.simple_background,
        "lighting": thresholds.good_lighting,
        "occlusion": thresholds.low_occlusion,
        "quality": thresholds.poor_quality,
        "sharpness": thresholds.low_sharpness,
    }
    figure = Figure(figsize=(11, 2.4), layout="constrained")
    for axes, (name, limit) in zip(figure.subplots(1, len(limits)), limits.items(), strict=True):
        values = [float(row[f"{name}_corrected"] or 0.0) for row in rows]
        axes.hist(values, bins=20, range=(0, 1), color="#4c78a8")
        axes.axvline(limit, color="#e45756", linewidth=1.5)
        axes.set_title(f"{name} (threshold {limit:g})", fontsize=9)
    return _png(figure)


def _png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    # No software tag: the bytes must not change with the version of the plotting library's name.
    figure.savefig(buffer, format="png", dpi=_DPI, metadata={"Software": None})
    return buffer.getvalue()
