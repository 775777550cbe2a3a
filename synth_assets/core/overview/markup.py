"""Markup: the pieces of HTML that all sections are made of.

Belongs here: escaping, numbers and durations in words, tables, figures, links into the store. Does not belong here:
what a section says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import quote

from synth_assets.core.overview.examples import Example
from synth_assets.core.overview.pictures import data_uri
from synth_assets.core.overview.summaries import PartitionSummary, StageSummary

_MOST_TABLE_ROWS = 40
_WHOLE = 1 << 30
_COLOURS = 6
"""Colours of bars in the style sheet."""


@dataclass(frozen=True)
class View:
    """What every section gets.

    Attributes:
        stages: all stages, in the order of the page.
        base: the store's root as the page links to it, e.g. "store"; "" = no links into the store.
        picture_bytes: that each contact sheet and plot may have.
    """

    stages: Sequence[StageSummary]
    base: str = ""
    picture_bytes: int = _WHOLE

    def stage(self, name: str) -> StageSummary | None:
        """The stage of that name, if it is defined and anything of it is stored."""
        return next((stage for stage in self.stages if stage.asset == name and stage.partitions), None)

    def partitions(self, name: str) -> Sequence[PartitionSummary]:
        """The stored partitions of a stage; empty where there is no such stage."""
        stage = self.stage(name)
        return stage.partitions if stage else ()

    def href(self, path: str) -> str:
        """Where a file of the store is, seen from the page; "" where the page does not link to the store."""
        return f"{self.base}/{quote(path)}" if self.base else ""

    def link(self, path: str, text: str) -> str:
        """A link to a file of the store, or its text alone."""
        href = self.href(path)
        return f'<a href="{escape(href)}">{escape(text)}</a>' if href else escape(text)

    def thumbnail(self, example: Example, caption: str) -> str:
        """A small picture that leads to the file it is of; ``caption`` is HTML."""
        uri, alt = data_uri(example.picture, "example", _WHOLE), example.words or file_name(example.path)
        image = f'<img loading="lazy" alt="{escape(alt)}" src="{uri}">'
        href = self.href(example.path) if example.path else ""
        shown = f'<a href="{escape(href)}" title="{escape(example.path)}">{image}</a>' if href else image
        under = f"<figcaption>{caption}</figcaption>" if caption else ""
        return f'<figure class="thumb">{shown}{under}</figure>'

    def figure(self, picture: bytes, name: str, caption: str) -> str:
        """A sheet or plot, made small enough; ``caption`` is HTML."""
        image = f'<img loading="lazy" alt="{escape(name)}" src="{data_uri(picture, name, self.picture_bytes)}">'
        return f"<figure><figcaption>{caption}</figcaption>{image}</figure>"

    def plots(self, partition: PartitionSummary) -> str:
        """All plots of a partition, side by side."""
        shown = [self.figure(plot, words(name), escape(words(name))) for name, plot in partition.plots.items()]
        single = " single" if len(shown) == 1 else ""
        return f'<div class="plots{single}">{"".join(shown)}</div>' if shown else ""


def section(name: str, title: str, body: str) -> str:
    """A part of the page with a heading that the navigation leads to."""
    heading = f'<h2 id="{name}-title">{escape(title)}</h2>'
    return f'<section id="{name}" aria-labelledby="{name}-title">{heading}{body}</section>'


def table(rows: Iterable[Mapping[str, Any]], caption: str = "") -> str:
    """Flat rows as a table of at most 40; columns in the order of their first appearance, all values escaped."""
    shown = list(rows)
    names = list(dict.fromkeys(name for row in shown for name in row))
    cells = [[value(row.get(name, "")) for name in names] for row in shown[:_MOST_TABLE_ROWS]]
    numeric = [any(_is_number(row.get(name)) for row in shown) for name in names]
    rest = len(shown) - _MOST_TABLE_ROWS
    more = f"<p>and {rest:,} more rows</p>" if rest > 0 else ""
    return raw_table([words(name) for name in names], cells, numeric, caption) + more


def raw_table(
    heads: Sequence[str], rows: Sequence[Sequence[str]], numeric: Sequence[bool] = (), caption: str = ""
) -> str:
    """A table of cells that are HTML already; ``numeric`` says which columns stand at the right."""
    styles = [' class="n"' if number else "" for number in (numeric or [False] * len(heads))]
    head = "".join(f'<th scope="col"{style}>{escape(name)}</th>' for name, style in zip(heads, styles, strict=True))
    body = "".join(
        "<tr>" + "".join(f"<td{style}>{cell}</td>" for cell, style in zip(row, styles, strict=True)) + "</tr>"
        for row in rows
    )
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    rows_in = f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
    return f'<div class="wide" tabindex="0"><table>{title}{rows_in}</table></div>'


def bar(parts: Sequence[tuple[str, float]]) -> str:
    """Shares of a whole as one bar of coloured pieces with their names; numbers of any scale."""
    total = sum(size for _, size in parts) or 1.0
    pieces = "".join(
        f'<span class="p{place % _COLOURS}" style="width:{100 * size / total:.2f}%" title="{escape(name)} {size:,g}">'
        f"<b>{100 * size / total:.0f}% {escape(name)}</b></span>"
        for place, (name, size) in enumerate(parts)
        if size > 0
    )
    return f'<div class="bar">{pieces}</div>'


def meter(share: float) -> str:
    """A small bar beside a number; ``share`` of 0 to 1 is its length."""
    return f'<span class="meter"><span style="width:{100 * min(1.0, max(0.0, share)):.0f}%"></span></span>'


def value(thing: Any) -> str:
    """Any scalar as escaped text; numbers shortened, truth as yes and no."""
    if isinstance(thing, bool):
        return "yes" if thing else "no"
    if isinstance(thing, int):
        return f"{thing:,}"
    return escape(f"{thing:.4g}" if isinstance(thing, float) else str("" if thing is None else thing))


def file_name(path: str) -> str:
    """The last part of a path, also of a folder's."""
    return path.rstrip("/").rsplit("/", 1)[-1]


def words(name: str) -> str:
    """A name of a column or an asset's fact as words."""
    return name.replace("_", " ")


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun: "1 image", "2,000 images"."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def duration(seconds: float) -> str:
    """Seconds in words."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} m {rest:02d} s" if minutes else f"{seconds:.1f} s"


def _is_number(thing: Any) -> bool:
    return isinstance(thing, int | float) and not isinstance(thing, bool)
