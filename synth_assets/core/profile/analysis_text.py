"""The analysis of a profile as Markdown.

Belongs here: how an Analysis is laid out in text. Does not belong here: what is in it (``analysis.py``) and
the terminal's report (``cli``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from synth_assets.core.profile.analysis import Analysis, Section

_SPECIAL = re.compile(r"([\\`*_\[\]<>|~])")


def to_markdown(analysis: Analysis, plots: Mapping[str, str] | None = None) -> str:
    """Gives the report as GitHub-flavoured Markdown, with a new line at the end.

    Args:
        analysis: the report.
        plots: title → path of an image, relative to where the text will lie.
    """
    blocks = [f"# Profile analysis: {_plain(analysis.name)}"]
    for section in analysis.sections:
        blocks += [f"## {_plain(section.title)}", _table(section) if section.columns else _list(section)]
    blocks += ["## Insights", _bullets((insight.text for insight in analysis.insights), "Nothing remarkable.")]
    blocks += ["## Warnings", _bullets(analysis.warnings, "None.")]
    if plots:
        blocks += ["## Plots", *(f"![{_plain(title)}](<{path}>)" for title, path in plots.items())]
    return "\n\n".join(blocks) + "\n"


def _list(section: Section) -> str:
    return "\n".join(f"- {_plain(line.label)}: {_plain(', '.join(line.values))}" for line in section.lines)


def _table(section: Section) -> str:
    rows = [section.columns, ("---",) * len(section.columns), *((line.label, *line.values) for line in section.lines)]
    return "\n".join(_row(row) for row in rows)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(_plain(cell) for cell in cells)} |"


def _bullets(texts: Iterable[str], otherwise: str) -> str:
    return "\n".join(f"- {_plain(text)}" for text in texts) or otherwise


def _plain(text: str) -> str:
    """The text with nothing left in it that Markdown would read as markup."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
