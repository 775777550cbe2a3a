"""Captions and clusters: what is said of the pictures, how well it fits, and what is said often.

Belongs here: the two sections. Does not belong here: captioning and clustering (``core/captions``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from itertools import zip_longest

from synth_assets.core.overview.examples import Example
from synth_assets.core.overview.markup import View, file_name, raw_table, section, table
from synth_assets.core.overview.summaries import CAPTIONS_ENDING, CLUSTERS, PartitionSummary

_MOST, _MOST_WORST = 12, 6
_PAGE_ENDINGS = (".html", ".htm")


def captions_section(view: View) -> str:
    """Captions of every kind beside their pictures; where they are scored, those that fit worst by themselves."""
    stages = [stage for stage in view.stages if stage.asset.endswith(CAPTIONS_ENDING) and stage.partitions]
    if not stages:
        body = '<p class="none">No captions yet: <code>synth backfill --assets group:captions</code></p>'
        return section("captions", "Captions", body)
    lines = [
        [
            f'<a href="#{escape(stage.asset)}">{escape(stage.asset)}</a>',
            f"{stage.count('ok'):,}",
            f"{_sum(stage.partitions, 'distinct'):,.0f}",
            escape(", ".join(sorted({str(part.details.get("captioner") or "") for part in stage.partitions}))),
        ]
        for stage in stages
    ]
    counts = raw_table(["asset", "captions", "distinct", "captioner"], lines, [False, True, True, False])
    every = _in_turn([_in_turn([part.captions for part in stage.partitions]) for stage in stages])
    scored = sorted((example for example in every if example.score is not None), key=lambda item: item.score or 0.0)
    worst = scored[:_MOST_WORST]
    shown = [example for example in every if example not in worst][:_MOST]
    bad = f"<h3>Those that fit their picture worst</h3>{_cards(view, worst)}" if worst else ""
    return section("captions", "Captions", f"{counts}<h3>Examples</h3>{_cards(view, shown)}{bad}")


def _sum(partitions: Iterable[PartitionSummary], name: str) -> float:
    return sum(part.number(name) or 0.0 for part in partitions)


def _in_turn(lists: Iterable[Sequence[Example]]) -> list[Example]:
    """The first of each list, then the second of each, and so on."""
    return [example for row in zip_longest(*lists) for example in row if example is not None]


def _cards(view: View, examples: Sequence[Example]) -> str:
    cards = [
        view.thumbnail(
            example,
            escape(example.words) + (f"<br><b>score {example.score:.3f}</b>" if example.score is not None else ""),
        )
        for example in examples
    ]
    return f'<div class="thumbs captions">{"".join(cards)}</div>'


def clusters_section(view: View) -> str:
    """The map of the captions, the clusters' names and sizes, and where the interactive map is."""
    stage = view.stage(CLUSTERS)
    if stage is None:
        body = f'<p class="none">No clusters yet: <code>synth backfill --assets {CLUSTERS}</code></p>'
        return section("clusters", "Clusters of captions", body)
    part = stage.partitions[0]
    pages = [path for path in part.files if path.endswith(_PAGE_ENDINGS)]
    links = "".join(f"<li>{view.link(path, 'open ' + file_name(path))}</li>" for path in pages)
    opened = f'<ul class="links">{links}</ul>' if links else ""
    return section("clusters", "Clusters of captions", opened + table(part.rows("clusters")) + view.plots(part))
