"""Sequences: pictures in an order, as a preview each, with the files to open.

Belongs here: the section. Does not belong here: ordering and rendering (``core/sequences``).
"""

from __future__ import annotations

from html import escape

from synth_assets.core.overview.markup import View, file_name, section, table
from synth_assets.core.overview.summaries import SEQUENCES


def sequences_section(view: View) -> str:
    """A preview of each sequence, which leads to its animation; animations are too large for the page."""
    stage = view.stage(SEQUENCES)
    if stage is None:
        body = f'<p class="none">No sequences yet: <code>synth backfill --assets {SEQUENCES}</code></p>'
        return section("sequences", "Sequences", body)
    part = stage.partitions[0]
    cards = "".join(
        view.thumbnail(example, f"<b>{escape(example.words)}</b> · {view.link(example.path, file_name(example.path))}")
        for example in part.sequences
    )
    body = table(part.rows("sequences")) + f'<div class="strips">{cards}</div>' + view.plots(part)
    return section("sequences", "Sequences", body)
