"""The map as a page: one self-contained HTML file with every caption to hover over.

Belongs here: the values that the page's script draws, and putting the file together; the script and the style
are ``map_page.js`` and ``map_page.css``. Does not belong here: computing (``topics.py``) and shrinking pictures
(``thumbnails.py``).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from synth_assets.core.captions.plots import group_colour, group_symbol
from synth_assets.core.pages import html_page

_DIGITS = 3


@dataclass(frozen=True)
class MapPoint:
    """One caption on the map.

    Attributes:
        caption: its text.
        note: a further line, e.g. the picture's path.
        thumbnail: data URI; "" for none.
    """

    caption: str
    note: str
    thumbnail: str = ""


def map_page(
    title: str,
    facts: str,
    places: NDArray[np.float64],
    points: Sequence[MapPoint],
    colourings: Mapping[str, Sequence[str]],
) -> bytes:
    """Gives the page, the same bytes for the same values; it loads nothing from anywhere.

    Hovering over a point shows its picture, caption and groups; a choice above the map switches what the colours
    stand for, and a click on a name of the legend hides its points.

    Args:
        title: heading.
        facts: a line below it.
        places: (N, 2) where the points are drawn.
        points: N captions.
        colourings: name → group of each of the N points; the first is shown at the beginning.
    """
    from plotly.offline import get_plotlyjs

    values = {
        "x": [round(float(x), _DIGITS) for x in places[:, 0]],
        "y": [round(float(y), _DIGITS) for y in places[:, 1]],
        "captions": [point.caption for point in points],
        "notes": [point.note for point in points],
        "thumbnails": [point.thumbnail for point in points],
        "colourings": [_colouring(name, groups) for name, groups in colourings.items()],
    }
    own = files("synth_assets.core.captions")
    script, style = ((own / f"map_page.{ending}").read_text("utf-8") for ending in ("js", "css"))
    # "<" would end the script wherever a caption holds "</script>".
    data = json.dumps(values, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    choices = "".join(f"<button>{escape(name)}</button>" for name in colourings)
    body = (
        f"<header><h1>{escape(title)}</h1>"
        f'<p>{escape(facts)}</p><div id="choices"><span>colours:</span>{choices}</div></header>'
        '<div id="map"></div><div id="card" hidden><img alt=""><div></div></div>'
        f"<script>{get_plotlyjs()}</script><script>const DATA = {data};\n{script}</script>"
    )
    return html_page(title, style, body).encode()


def _colouring(name: str, groups: Sequence[str]) -> dict[str, object]:
    counts = Counter(groups)
    names = sorted(counts)
    index = {group: place for place, group in enumerate(names)}
    return {
        "name": name,
        "of": [index[group] for group in groups],
        "groups": [
            {"name": group, "count": counts[group], "colour": group_colour(place), "symbol": group_symbol(place)}
            for place, group in enumerate(names)
        ],
    }
