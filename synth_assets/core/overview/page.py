"""The page: one self-contained HTML file that walks the whole store.

Belongs here: the order of the sections, the head of the page and its navigation. Does not belong here: any section
(files of their names), counting (``summaries.py``), the drawing of the flow (``flow.py``), shrinking pictures
(``pictures.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from synth_assets.core.overview.captions import captions_section, clusters_section
from synth_assets.core.overview.characters import characters_section
from synth_assets.core.overview.delivery import training_section
from synth_assets.core.overview.flow import flow_svg
from synth_assets.core.overview.markup import View, counted, duration, section, words
from synth_assets.core.overview.pictures import budget_of, data_uri
from synth_assets.core.overview.rejected import rejected_section
from synth_assets.core.overview.samples import samples_section
from synth_assets.core.overview.script import SCRIPT
from synth_assets.core.overview.sequences import sequences_section
from synth_assets.core.overview.slots import slots_section
from synth_assets.core.overview.stage_cards import MOST_PICTURED, stages_section
from synth_assets.core.overview.style import CSS
from synth_assets.core.overview.summaries import TRAINING_SET, PartitionSummary, StageSummary
from synth_assets.core.overview.verdict import verdict_lines, verdict_section
from synth_assets.core.pages import html_page

_HERO_BYTES = 150_000
_PARTS = (
    ("verdict", "Is it good?"),
    ("samples", "What is labelled"),
    ("flow", "How it was made"),
    ("rejects", "What was thrown away"),
    ("slots", "Time slots"),
    ("characters", "Characters"),
    ("captions", "Captions"),
    ("clusters", "Clusters"),
    ("sequences", "Sequences"),
    ("training", "The training set"),
)


def overview_page(
    stages: Sequence[StageSummary], title: str = "synth_assets", subtitle: str = "", base: str = ""
) -> str:
    """Gives the whole page as HTML; it loads nothing, and all of it can be read without its few lines of script.

    Contact sheets and plots share what the examples leave of one budget of bytes, so a page over many partitions shows
    smaller ones.

    Args:
        stages: in the order of the page, stages of one group side by side.
        title: heading.
        subtitle: a line below it, for instance model set and store.
        base: the store's root as seen from the page's folder, e.g. "store"; "" = no links to files.
    """
    shown = [part for stage in stages for part in stage.partitions[:MOST_PICTURED]]
    pictures = sum(len(part.plots) + (part.sheet is not None) for part in shown)
    view = View(stages, base, budget_of(pictures, sum(map(_example_bytes, shown)) + _HERO_BYTES))
    body = "".join(
        [
            verdict_section(view),
            samples_section(view),
            section("flow", "How it was made", f'<div class="flow">{flow_svg(stages)}</div>{_LEGEND}'),
            rejected_section(view),
            slots_section(view),
            characters_section(view),
            captions_section(view),
            clusters_section(view),
            sequences_section(view),
            training_section(view),
            stages_section(view),
        ]
    )
    whole = (
        f'<a class="skip" href="#main">Skip to the content</a><div class="frame">{_navigation(stages)}'
        f'<main id="main"><header><h1>{escape(title)}</h1>{f"<p>{escape(subtitle)}</p>" if subtitle else ""}'
        f'<p class="lead">{escape(_in_a_sentence(view))}</p>{_tiles(stages)}{_hero(view)}</header>{body}'
        "<footer>Made from the manifests of the store. Counts are images with status ok unless they say otherwise; "
        "contact sheets show rows spread evenly over the partition. A picture leads to its file in the store.</footer>"
        f"</main></div><script>{SCRIPT}</script>"
    )
    return html_page(title, CSS, whole, '<meta name="color-scheme" content="light dark">')


_LEGEND = (
    '<p class="legend"><span class="made">made</span> <span class="partial">partitions missing</span> '
    '<span class="bad">failed rows or check</span> <span class="missing">not made</span></p>'
)


def _example_bytes(part: PartitionSummary) -> int:
    labels = [example for examples in part.labels.values() for example in examples]
    rejects = [example for reject in part.rejects for example in reject.examples]
    return sum(len(item.picture) for item in [*labels, *rejects, *part.captions, *part.moved, *part.sequences])


def _in_a_sentence(view: View) -> str:
    """The whole set in one sentence, for who reads no further."""
    lines = verdict_lines(view)
    bad = [line.title for line in lines if line.mark in ("bad", "warn")]
    judged = f"{counted(len(bad), 'thing')} to look at: {'; '.join(bad)}." if bad else "No check found anything wrong."
    parts = view.partitions(TRAINING_SET)
    if not parts:
        made = sum(bool(stage.partitions) for stage in view.stages)
        return f"There is no training set yet; {made} of {counted(len(view.stages), 'stage')} are made. {judged}"
    classes = sum(int(part.number("classes") or len(part.labels)) for part in parts)
    return (
        f"{counted(sum(part.counts.get('ok', 0) for part in parts), 'image')} with "
        f"{counted(sum(part.objects for part in parts), 'labelled object')} of {counted(classes, 'class', 'classes')}. "
        f"{judged}"
    )


def _navigation(stages: Sequence[StageSummary]) -> str:
    parts = [f'<a href="#{name}"><span>{title}</span></a>' for name, title in _PARTS]
    for group in dict.fromkeys(stage.group for stage in stages):
        parts.append(f"<b>{escape(words(group))}</b>")
        parts += [
            f'<a class="to-stage {stage.standing}" href="#{escape(stage.asset)}"><span>{escape(stage.asset)}</span>'
            f"<i>{_count(stage)}</i></a>"
            for stage in stages
            if stage.group == group
        ]
    return f'<nav aria-label="sections">{"".join(parts)}</nav>'


def _count(stage: StageSummary) -> str:
    return f"{stage.count('ok'):,}" if stage.partitions else "–"


def _tiles(stages: Sequence[StageSummary]) -> str:
    every = [part for stage in stages for part in stage.partitions]
    final = [stage for stage in stages if stage.asset == TRAINING_SET]
    tiles: list[tuple[str, str, str]] = []
    for stage in final:
        tiles.append((f"{stage.count('ok'):,}", "images in the training set", "training"))
        tiles.append((f"{sum(part.objects for part in stage.partitions):,}", "labelled objects", "samples"))
    tiles += [
        (f"{sum(stage.count('rejected') for stage in stages):,}", "rejected, with a reason", "rejects"),
        (f"{sum(stage.count('failed') for stage in stages):,}", "failed", "rejects"),
        (f"{sum(bool(stage.partitions) for stage in stages)}/{len(stages)}", "stages made", "flow"),
        (f"{len({part.partition for part in every if part.partition}):,}", "slots and characters", "slots"),
    ]
    timed = [part.seconds for part in every if part.seconds is not None]
    if timed:
        tiles.append((duration(sum(timed)), "for the last runs", "stages"))
    inner = "".join(f'<a class="tile" href="#{to}"><b>{value}</b><span>{name}</span></a>' for value, name, to in tiles)
    return f'<div class="tiles">{inner}</div>'


def _hero(view: View) -> str:
    sheet = next((part.sheet for part in view.partitions(TRAINING_SET) if part.sheet is not None), None)
    if sheet is None:
        return ""
    uri = data_uri(sheet, "sheet of the training set", _HERO_BYTES)
    return f'<figure class="hero"><img alt="pictures of the training set" src="{uri}"></figure>'
