"""What all charts share: the empty figure, an open frame around axes, and the figure as PNG.

Belongs here: what no chart draws differently. matplotlib is imported on first use, because it takes
half a second and loading the graph needs none of it. Does not belong here: any chart (``plots.py`` and
its kind, beside what they draw), and sheets of pictures (``sheets.py``).
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def empty_figure(width_in: float, height_in: float, makes_room: bool = True) -> Figure:
    """Gives a white figure of this size in inches.

    Args:
        width_in: inches.
        height_in: inches.
        makes_room: for what is written around its axes, which costs as much as drawing them; False where the axes'
            places are given.
    """
    from matplotlib.figure import Figure

    return Figure(figsize=(width_in, height_in), layout="constrained" if makes_room else None, facecolor="white")


def open_frame(*every: Axes) -> None:
    """Leaves of the axes' frames only the left and the lower side."""
    for axes in every:
        axes.spines[["top", "right"]].set_visible(False)


def whole_numbers(axes: Axes, most: int | Literal["auto"] = "auto") -> None:
    """Puts the ticks of the x axis on whole numbers.

    Args:
        axes: of counts.
        most: so many intervals between ticks at the most.
    """
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=most))


def figure_png(figure: Figure, dpi: int) -> bytes:
    """Gives the figure as PNG, the same bytes for the same figure.

    Args:
        figure: drawn.
        dpi: pixels an inch.
    """
    buffer = io.BytesIO()
    # No software tag: the bytes must not change with the version of the plotting library's name.
    figure.savefig(buffer, format="png", dpi=dpi, metadata={"Software": None})
    return buffer.getvalue()
