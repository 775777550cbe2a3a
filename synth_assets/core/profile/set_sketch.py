"""The sketch of a set of pictures: one sketch a metric, and the sums of what is counted.

Belongs here: pictures in, sketch out, and merging; nothing in it grows with the number of pictures
but the list of poor ones, which is cut. Does not belong here: reading pictures (``profiling.py``),
the sketch of one metric (``sketch.py``) and the profile that is read off it (``building.py``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from synth_assets.core.colour import to_lab
from synth_assets.core.config import Params
from synth_assets.core.measure import PHOTO_METRICS, Colour
from synth_assets.core.profile.calendar import Calendar, calendar_of, merge_calendars
from synth_assets.core.profile.content import FOREGROUND_COLUMN
from synth_assets.core.profile.sketch import MetricSketch, add_weighted, merge_metrics, sketch_values
from synth_assets.core.profile.statistics import aspect_name

OPTIONAL_METRICS = (
    *("focal_length_mm", "focal_length_35mm", "aperture_f", "exposure_s", "iso"),
    FOREGROUND_COLUMN,
)
"""Metrics that only some pictures have: EXIF camera parameters, and depth where a model is configured."""

_CELL_LAB = (5.0, 8.0, 8.0)
"""Size of a colour cell in L, a, b: finer than what is called one colour, coarse enough to stay few."""
_LISTED_FAULTS = 200

K = TypeVar("K", int, str)


@dataclass(frozen=True)
class Measured:
    """One picture's measurements.

    Attributes:
        name: for warnings.
        metrics: PHOTO_METRICS, and OPTIONAL_METRICS where the picture has them.
        histograms: (3, bins) shares by value of R, G, B.
        colours: palette with shares.
        licence: of the picture.
        fault: what is wrong with it, in words; "" for nothing.
        labels: what it shows.
        taken: local time; None for unknown.
    """

    name: str
    metrics: Mapping[str, float]
    histograms: NDArray[np.float64]
    colours: Sequence[tuple[Colour, float]]
    licence: str = ""
    fault: str = ""
    labels: Sequence[str] = field(default_factory=tuple[str, ...])
    taken: datetime | None = None


class ColourCell(Params):
    """Weight of a cell of CIELAB, and the mean colour (RGB, 0..255) in it."""

    weight: float
    rgb: tuple[float, float, float]


class SetSketch(Params):
    """What is kept of a set of pictures.

    Attributes:
        images: pictures.
        weight: sum of their weights.
        metrics: sketch of each metric.
        histograms: (3, bins) weighted sums of the channel histograms.
        cells: colour cells by code.
        aspects: name of an aspect ratio → weight.
        labels: label → weight of the pictures that show it.
        labelled: weight of the pictures that were labelled.
        licences: licence → weight; pictures without one are left out.
        calendar: by hour and by month.
        faults: poor pictures, "name: what is wrong", the first of them.
        faulty: number of poor pictures.
    """

    images: int = Field(ge=1)
    weight: float = Field(gt=0)
    metrics: dict[str, MetricSketch]
    histograms: tuple[tuple[float, ...], ...]
    cells: dict[int, ColourCell]
    aspects: dict[str, float]
    labels: dict[str, float] = Field(default_factory=dict)
    labelled: float = 0.0
    licences: dict[str, float] = Field(default_factory=dict)
    calendar: Calendar
    faults: tuple[str, ...] = ()
    faulty: int = 0


def sketch_pictures(pictures: Sequence[Measured], weights: Sequence[float] | None = None) -> SetSketch:
    """Makes the sketch of measured pictures.

    Args:
        pictures: at least one.
        weights: one a picture, positive; None for 1 each.

    Raises:
        ValueError: no pictures.
    """
    if not pictures:
        raise ValueError("no pictures to profile")
    share = [1.0] * len(pictures) if weights is None else [float(weight) for weight in weights]
    names = [*PHOTO_METRICS, *OPTIONAL_METRICS]
    columns = {
        name: [
            (picture.metrics[name], weight)
            for picture, weight in zip(pictures, share, strict=True)
            if name in picture.metrics
        ]
        for name in names
    }
    pairs = list(zip(pictures, share, strict=True))
    dated = [(picture.taken, picture.metrics, weight) for picture, weight in pairs if picture.taken]
    histograms = np.average([picture.histograms for picture in pictures], axis=0, weights=share) * sum(share)
    faults = [f"{picture.name}: {picture.fault}" for picture in pictures if picture.fault]
    return SetSketch(
        images=len(pictures),
        weight=sum(share),
        metrics={
            name: sketch_values(name, [value for value, _ in column], [weight for _, weight in column])
            for name, column in columns.items()
            if column
        },
        histograms=tuple(tuple(row) for row in histograms.tolist()),
        cells=_cells(
            [(colour, part * weight) for picture, weight in pairs for colour, part in picture.colours],
        ),
        aspects=_summed(
            (aspect_name(picture.metrics["width_px"], picture.metrics["height_px"]), weight)
            for picture, weight in pairs
        ),
        labels=_summed((label, weight) for picture, weight in pairs for label in picture.labels),
        labelled=sum(weight for picture, weight in pairs if picture.labels),
        licences=_summed((picture.licence, weight) for picture, weight in pairs if picture.licence),
        calendar=calendar_of(dated),
        faults=tuple(faults[:_LISTED_FAULTS]),
        faulty=len(faults),
    )


def _cells(colours: Sequence[tuple[Colour, float]]) -> dict[int, ColourCell]:
    rgb = np.array([colour for colour, _ in colours], dtype=np.float64).reshape(-1, 3)
    weights = np.array([weight for _, weight in colours], dtype=np.float64)
    lab = to_lab(np.rint(rgb).astype(np.uint8)[None])[0]
    places = np.floor(lab / np.array(_CELL_LAB)).astype(np.int64) + 128
    codes, index = np.unique((places[:, 0] << 16) + (places[:, 1] << 8) + places[:, 2], return_inverse=True)
    totals = np.bincount(index, weights=weights)
    means = np.stack([np.bincount(index, weights=weights * rgb[:, channel]) for channel in range(3)], axis=1)
    return {
        int(code): ColourCell(weight=float(total), rgb=_triple(mean / total))
        for code, total, mean in zip(codes, totals, means, strict=True)
    }


def _triple(values: NDArray[np.float64]) -> tuple[float, float, float]:
    return float(values[0]), float(values[1]), float(values[2])


def _summed(entries: Iterable[tuple[str, float]]) -> dict[str, float]:
    total: dict[str, float] = {}
    for name, weight in entries:
        total[name] = total.get(name, 0.0) + weight
    return dict(sorted(total.items()))


def merge_sets(sketches: Sequence[SetSketch], factors: Sequence[float] | None = None) -> SetSketch:
    """Gives the sketch of the pooled pictures, those of sketch i weighing ``factors[i]`` times as much.

    Raises:
        ValueError: no sketches.
    """
    if not sketches:
        raise ValueError("no profiles to merge")
    scale = [1.0] * len(sketches) if factors is None else list(factors)
    pairs = list(zip(sketches, scale, strict=True))
    names = sorted({name for sketch in sketches for name in sketch.metrics})
    metrics: dict[str, MetricSketch] = {}
    for name in names:
        having = [(sketch.metrics[name], factor) for sketch, factor in pairs if name in sketch.metrics]
        metrics[name] = merge_metrics([sketch for sketch, _ in having], [factor for _, factor in having])
    histograms = sum(factor * np.array(sketch.histograms) for sketch, factor in pairs)
    faults = [fault for sketch in sketches for fault in sketch.faults]
    return SetSketch(
        images=sum(sketch.images for sketch in sketches),
        weight=sum(factor * sketch.weight for sketch, factor in pairs),
        metrics=metrics,
        histograms=tuple(tuple(row) for row in np.asarray(histograms).tolist()),
        cells=_merged_cells(pairs),
        aspects=_summed((name, factor * value) for sketch, factor in pairs for name, value in sketch.aspects.items()),
        labels=_summed((name, factor * value) for sketch, factor in pairs for name, value in sketch.labels.items()),
        labelled=sum(factor * sketch.labelled for sketch, factor in pairs),
        licences=_summed((name, factor * value) for sketch, factor in pairs for name, value in sketch.licences.items()),
        calendar=merge_calendars([sketch.calendar for sketch in sketches], scale),
        faults=tuple(faults[:_LISTED_FAULTS]),
        faulty=sum(sketch.faulty for sketch in sketches),
    )


def _merged_cells(pairs: Sequence[tuple[SetSketch, float]]) -> dict[int, ColourCell]:
    weights = add_weighted(
        [{code: cell.weight for code, cell in sketch.cells.items()} for sketch, _ in pairs],
        [factor for _, factor in pairs],
    )
    sums: dict[int, NDArray[np.float64]] = {}
    for sketch, factor in pairs:
        for code, cell in sketch.cells.items():
            sums[code] = sums.get(code, np.zeros(3)) + factor * cell.weight * np.array(cell.rgb)
    return {code: ColourCell(weight=weight, rgb=_triple(sums[code] / weight)) for code, weight in weights.items()}
