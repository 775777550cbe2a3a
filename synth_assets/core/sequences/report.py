"""Report: what the sequences of a set show, in numbers, tables and a plot.

Belongs here: facts for people, from features and finished orders. Does not belong here: making
either.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from synth_assets.core.charts import empty_figure, figure_png
from synth_assets.core.items import Extras
from synth_assets.core.measure import TRAITS
from synth_assets.core.sequences.features import Features
from synth_assets.core.sequences.ordering import evenly, summarise

_ROWS_SHOWN = 24
_DPI = 110


def report(features: Features, listings: Mapping[str, Mapping[str, Any]]) -> Extras:
    """Gives the feature summary, the order of each sequence, and a plot of the traits' course.

    Args:
        features: of all pictures.
        listings: plan name → what stands in its ``<plan>.json``.
    """
    summary = [
        {"trait": trait, **summarise([values[trait] for values in features.values.values()]).rounded()}
        for trait in TRAITS
    ]
    sequences = [
        {
            "sequence": name,
            "title": listing["plan"]["title"],
            "trait": listing["metric"],
            "smoothness": "" if listing["smoothness"] is None else listing["smoothness"],
            "left_out": len(listing["left_out"]),
            "ordered": len(listing["order"]),
            "frames": listing["frames"],
            **listing["summary"],
        }
        for name, listing in listings.items()
    ]
    orders = {
        f"order_{name}": [
            {column: listing["order"][place][column] for column in ("place", "value", "image")}
            for place in evenly(len(listing["order"]), _ROWS_SHOWN)
        ]
        for name, listing in listings.items()
    }
    facts = {"pictures": len(features.values), "unreadable": len(features.unreadable)}
    whole = {**facts, "features": summary, "sequences": sequences}
    files = {"summary.json": json.dumps(whole, indent=1).encode()}
    if listings:
        files["plots/course.png"] = course_plot(listings)
    return Extras(files=files, details={**whole, **orders})


def course_plot(listings: Mapping[str, Mapping[str, Any]]) -> bytes:
    """Gives a PNG with each sequence's trait over its order."""
    figure = empty_figure(9, 1.6 * len(listings))
    rows = figure.subplots(len(listings), 1, squeeze=False)[:, 0]
    for axes, (name, listing) in zip(rows, listings.items(), strict=True):
        values = [entry["value"] for entry in listing["order"]]
        axes.plot(range(1, len(values) + 1), values, marker=".", markersize=3, linewidth=1)
        axes.set_title(f"{name}: {listing['metric']}", fontsize=9, loc="left")
        axes.tick_params(labelsize=7)
    return figure_png(figure, _DPI)
