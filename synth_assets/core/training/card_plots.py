"""Plots and pictures of the data card.

Belongs here: drawing balance and captions, and sheets of sample pictures. Does not belong here:
counting (``card_tables.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from synth_assets.core.charts import empty_figure, figure_png, open_frame, whole_numbers
from synth_assets.core.records import ImageRecord, ImageSet
from synth_assets.core.sheets import evenly, sheet_of
from synth_assets.core.training.card_tables import Row, by_class, by_source, captions_of, scores_of
from synth_assets.core.training.splits import SPLITS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SPLIT_COLOURS = {"train": "#3b6ea5", "val": "#e0a030", "test": "#7a9e5a"}
_PLOT_DPI = 110
_MAX_BARS = 40
_HEADROOM = 1.06
_BINS = 24
_MOST_CLASSES = 24
_SAMPLES = 4
_SHEET_BYTES = 40_000


def balance_plot(records: Sequence[ImageRecord]) -> bytes:
    """Draws objects a class and images a source as bars stacked by split, as PNG.

    Args:
        records: rows with status ok.
    """
    classes, sources = by_class(records)[:_MAX_BARS], by_source(records)[:_MAX_BARS]
    height = 1.4 + 0.26 * max(len(classes), len(sources), 3)
    figure = empty_figure(11, height)
    left, right = figure.subplots(1, 2)
    _bars(left, [str(row["class"]) for row in classes], classes, "objects a class")
    names = [" / ".join(str(row[name]) for name in ("asset", "partition") if row[name]) for row in sources]
    _bars(right, names, sources, "images a source")
    figure.legend(*right.get_legend_handles_labels(), frameon=False, fontsize=8, ncols=3, loc="outside upper right")
    return figure_png(figure, _PLOT_DPI)


def caption_plot(records: Sequence[ImageRecord]) -> bytes | None:
    """Draws how long the captions are and, where they were scored, how well they fit, as PNG; None without captions.

    Args:
        records: rows with status ok.
    """
    texts, scores = captions_of(records), scores_of(records)
    if not texts:
        return None
    figure = empty_figure(11, 2.6)
    axes = figure.subplots(1, 2, squeeze=False)[0]
    words = [len(text.split()) for text in texts]
    axes[0].hist(words, bins=range(max(words) + 2), align="left", color=_SPLIT_COLOURS["train"])
    axes[0].set_title("words a caption", fontsize=10, loc="left")
    if scores:
        axes[1].hist(scores, bins=_BINS, color=_SPLIT_COLOURS["train"])
        axes[1].set_title("caption score (higher fits better)", fontsize=10, loc="left")
    else:
        axes[1].set_axis_off()
    open_frame(*axes)
    return figure_png(figure, _PLOT_DPI)


def _bars(axes: Axes, names: Sequence[str], rows: Sequence[Row], title: str) -> None:
    start = [0.0] * len(rows)
    for split in SPLITS:
        widths = [float(row[split]) for row in rows]
        axes.barh(range(len(rows)), widths, left=start, color=_SPLIT_COLOURS[split], label=split)
        start = [a + b for a, b in zip(start, widths, strict=True)]
    axes.set_yticks(range(len(rows)), names, fontsize=8)
    axes.invert_yaxis()
    axes.set_xlim(0, _HEADROOM * max([1.0, *start]))
    whole_numbers(axes, 6)
    open_frame(axes)
    axes.set_title(title, fontsize=10, loc="left")


def class_samples(images: ImageSet) -> dict[str, bytes]:
    """Gives class → JPEG of up to four pictures with their boxes, for the 24 most frequent classes.

    Args:
        images: the training set's rows.
    """
    sheets: dict[str, bytes] = {}
    for row in by_class(images.ok)[:_MOST_CLASSES]:
        label = str(row["class"])
        own = [record for record in images.ok if any(item.label == label for item in record.objects)]
        sheet = sheet_of(ImageSet(images.root, tuple(evenly(own, _SAMPLES))), _SAMPLES, max_bytes=_SHEET_BYTES)
        if sheet:
            sheets[label] = sheet
    return sheets
