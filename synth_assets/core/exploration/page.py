"""The page and the files of an exploration.

Belongs here: one self-contained HTML file, and which files go with a partition. Does not belong here: counting
(``facts.py``), drawing (``plots.py``); the page's style is ``page.css``.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from html import escape
from importlib.resources import files

from synth_assets.core.exploration.facts import MODE, Exploration, exploration_details, explore, orientation
from synth_assets.core.exploration.plots import balance_plot, sizes_plot
from synth_assets.core.pages import PictureKind, html_page, picture_uri
from synth_assets.core.records import ImageSet
from synth_assets.core.sheets import sheet_of

PAGE = "exploration.html"
_CSV_COLUMNS = ("path", "class", "width", "height", "orientation", "mode", "licence", "status", "reason")
_MOST_BARS = 60
_PICTURES = 24


def exploration_files(images: ImageSet, title: str, found: Exploration | None = None) -> dict[str, bytes]:
    """Gives the page and its plots, path in the partition's folder → content.

    Args:
        images: the set.
        title: heading of the page.
        found: its facts, where they are known already.
    """
    found = found or explore(images)
    plots = {"plots/class_balance.png": balance_plot(found), "plots/sizes.png": sizes_plot(found)}
    sheet = sheet_of(images, _PICTURES, draw_objects=False)
    return {PAGE: _page(title, found, sheet, plots), **plots}


def exploration_csv(images: ImageSet) -> bytes:
    """Gives one line a picture: path, class, size, orientation, mode, licence, and why it cannot be used."""
    buffer = io.StringIO()
    table = csv.writer(buffer, lineterminator="\n")
    table.writerow(_CSV_COLUMNS)
    for row in images:
        labels = sorted({item.label for item in row.objects})
        classes = ";".join(labels) or row.extra.get("class", "")
        turned = orientation(row.width, row.height) if row.width else ""
        size = [row.width, row.height, turned, row.extra.get(MODE, "")]
        table.writerow([row.path or row.source, classes, *size, row.licence, row.status, row.reason])
    return buffer.getvalue().encode()


def _page(title: str, found: Exploration, sheet: bytes | None, plots: Mapping[str, bytes]) -> bytes:
    style = files("synth_assets.core.exploration").joinpath("page.css").read_text("utf-8")
    facts = "".join(
        f"<tr><th>{escape(str(line['what']))}</th><td>{escape(str(line['value']))}</td></tr>"
        for line in exploration_details(found)["exploration"]
    )
    pictures = _picture(sheet, "image/jpeg", "pictures spread evenly over the set") if sheet else ""
    balance, sizes = plots.values()
    bars = "".join(
        _bars(name, counts, sum(counts.values()) if counts is found.refused else found.pictures)
        for name, counts in (
            (f"Classes ({found.class_is}), share of the pictures", found.classes),
            ("Orientation", found.orientations),
            ("Channels", found.channels),
            ("Formats", found.formats),
            ("Licences", found.licences),
            ("Refused, and why", found.refused),
        )
        if counts
    )
    body = (
        f"<h1>{escape(title)}</h1>"
        f'<div class="top"><table>{facts}</table><figure>{pictures}</figure></div>'
        f"<h2>Balance</h2><figure>{_picture(balance, 'image/png', 'balance of the classes')}</figure>"
        f"<h2>Sizes</h2><figure>{_picture(sizes, 'image/png', 'sizes of the pictures')}</figure>"
        f'<div class="counts">{bars}</div>'
    )
    return html_page(title, style, body).encode()


def _bars(name: str, counts: Mapping[str, int], total: int) -> str:
    most = max(counts.values())
    lines = "".join(
        f'<tr><th>{escape(label)}</th><td class="bar"><i style="width:{100 * count / most:.1f}%"></i></td>'
        f"<td>{count:,}</td><td>{100 * count / total:.1f}%</td></tr>"
        for label, count in list(counts.items())[:_MOST_BARS]
    )
    rest = len(counts) - _MOST_BARS
    more = f"<p>and {rest:,} more</p>" if rest > 0 else ""
    return f"<section><h2>{escape(name)}</h2><table>{lines}</table>{more}</section>"


def _picture(data: bytes, kind: PictureKind, text: str) -> str:
    return f'<img alt="{escape(text)}" src="{picture_uri(data, kind)}">'
