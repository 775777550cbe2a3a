"""The data card as a page: one self-contained HTML file.

Belongs here: the page's form. Does not belong here: what the card says (``data_card.py``) and the
style (``core/overview/style.py``, one for all pages).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from synth_assets.core.overview.markup import section as page_section
from synth_assets.core.overview.markup import table
from synth_assets.core.overview.pictures import budget_of, data_uri
from synth_assets.core.overview.style import CSS
from synth_assets.core.pages import html_page
from synth_assets.core.training.data_card import Card, Section

_CODE = re.compile(r"`([^`]+)`")


def card_page(card: Card) -> bytes:
    """Gives the page, the same bytes for the same card; it loads nothing and runs no script."""
    budget = budget_of(len(card.pictures))
    links = "".join(f'<a href="#{_anchor(part)}"><span>{escape(part.title)}</span></a>' for part in card.sections)
    tiles = "".join(
        f'<div class="tile"><b>{count:,}</b><span>{escape(name)}</span></div>' for name, count in card.numbers.items()
    )
    body = "".join(_section(card, part, budget) for part in card.sections)
    whole = (
        f'<div class="frame"><nav aria-label="sections">{links}</nav><main><h1>{escape(card.name)}</h1>'
        f'<p class="lead">{escape(card.lead)}</p><div class="tiles">{tiles}</div>{body}'
        "<footer>Made from the manifest of the training set.</footer></main></div>"
    )
    return html_page(card.name, CSS, whole).encode()


def _anchor(part: Section) -> str:
    return part.title.lower().replace(" ", "-")


def _section(card: Card, part: Section, budget: int) -> str:
    body = _prose(part.note)
    body += table(part.rows) if part.rows else ""
    figures = "".join(
        f"<figure><figcaption>{escape(text)}</figcaption>"
        f'<img alt="{escape(text)}" src="{data_uri(card.pictures[path], path, budget)}"></figure>'
        for path, text in part.pictures.items()
    )
    width = " single" if len(part.pictures) == 1 else ""
    body += f'<div class="cards{width}">{figures}</div>' if figures else ""
    return page_section(_anchor(part), part.title, body + ('<p class="none">None.</p>' if part.is_empty else ""))


def _prose(note: str) -> str:
    return "".join(_block(block.splitlines()) for block in note.split("\n\n") if block)


def _block(lines: Sequence[str]) -> str:
    if not lines[0].startswith("- "):
        return f"<p>{_inline(' '.join(lines))}</p>"
    entries: list[str] = []
    for line in lines:
        if line.startswith("- "):
            entries.append(line[2:])
        else:
            entries[-1] += f" {line.strip()}"
    return '<ul class="facts">' + "".join(f"<li>{_inline(entry)}</li>" for entry in entries) + "</ul>"


def _inline(text: str) -> str:
    return _CODE.sub(r"<code>\1</code>", escape(text))
