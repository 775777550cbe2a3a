"""Plots of a set of pictures: the balance of its classes, and its sizes.

Belongs here: drawing what was counted. Does not belong here: counting (``facts.py``).
"""

from __future__ import annotations

from synth_assets.core.charts import empty_figure, figure_png, open_frame, whole_numbers
from synth_assets.core.exploration.facts import Exploration

_DPI = 110
_MOST_BARS = 40
_BINS = 30
_COLOUR, _SECOND = "#3b6ea5", "#e0a030"
_SIDE_BY_SIDE = {"left": 0.065, "right": 0.985, "top": 0.92, "bottom": 0.13, "wspace": 0.18}
_LEAST_DOT, _DOT_PER_SHARE = 12.0, 400.0


def balance_plot(found: Exploration) -> bytes:
    """Draws pictures a class as PNG: a bar each, or with more than 40 classes a histogram of their sizes."""
    counts = list(found.classes.values())
    bars = len(counts) <= _MOST_BARS
    figure = empty_figure(8, 1.3 + 0.24 * max(len(counts), 4) if bars else 4.5)
    axes = figure.add_subplot()
    open_frame(axes)
    if bars:
        axes.barh(range(len(counts)), counts, color=_COLOUR)
        axes.set_yticks(range(len(counts)), list(found.classes), fontsize=9)
        axes.invert_yaxis()
        axes.set(xlabel="pictures", title=f"Pictures a class ({found.class_is})")
    else:
        axes.hist(counts, bins=_BINS, color=_COLOUR)
        axes.set(xlabel="pictures in a class", ylabel="classes", title=f"Balance of {len(counts):,} classes")
    whole_numbers(axes, 8)
    return figure_png(figure, _DPI)


def sizes_plot(found: Exploration) -> bytes:
    """Draws as PNG which sizes there are, a dot each with its area by count, and how many pictures of each length."""
    figure = empty_figure(10, 4.2, makes_room=False)
    left, right = figure.subplots(1, 2, gridspec_kw=_SIDE_BY_SIDE)
    if found.sizes:
        widths, heights = zip(*found.sizes, strict=True)
        areas = [_LEAST_DOT + _DOT_PER_SHARE * count / found.pictures for count in found.sizes.values()]
        side = 1.06 * max(*widths, *heights)
        left.scatter(widths, heights, s=areas, alpha=0.6, color=_COLOUR, linewidths=0)
        left.plot([0, side], [0, side], linestyle=":", color="0.6", linewidth=1)
        left.set(xlim=(0, side), ylim=(0, side))
        right.hist(
            [widths, heights],
            bins=_BINS,
            weights=[list(found.sizes.values())] * 2,
            color=[_COLOUR, _SECOND],
            label=["width", "height"],
        )
        right.legend(frameon=False)
    left.set(xlabel="width, px", ylabel="height, px", title="Sizes (dotted: square)")
    right.set(xlabel="px", ylabel="pictures", title="Widths and heights")
    open_frame(left, right)
    return figure_png(figure, _DPI)
