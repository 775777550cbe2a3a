"""The analysis of a profile on the terminal, and as files.

Belongs here: how it is laid out in Rich, and the files' names. Does not belong here: what it says
(``core/profile/analysis.py``), Markdown (``analysis_text.py``) and drawing (``plots.py``).
"""

from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from resources.profiles import Profiles
from synth_assets.core.profile.analysis import Analysis, Line, Section
from synth_assets.core.profile.analysis_text import to_markdown
from synth_assets.core.profile.plots import analysis_plots
from synth_assets.core.profile.profile import Profile, load_profile

_HISTORY = 200
"""So many of the latest copies make the trend: continuous profiling leaves one every few minutes."""
_SWATCH = "\N{FULL BLOCK}\N{FULL BLOCK}"


def print_analysis(console: Console, analysis: Analysis) -> None:
    """Prints the report, section by section."""
    console.rule(f"[bold]Profile analysis: {escape(analysis.name)}", align="left")
    for section in analysis.sections:
        _head(console, section.title)
        _print_section(console, section)
    for title, texts, otherwise in (
        ("Insights", [insight.text for insight in analysis.insights], "nothing remarkable"),
        ("Warnings", list(analysis.warnings), "none"),
    ):
        _head(console, title)
        for text in texts or [otherwise]:
            console.print(f"  • {escape(text)}", highlight=False, soft_wrap=True)


def _head(console: Console, title: str) -> None:
    console.print(f"\n[bold]{escape(title.upper())}[/]")


def _print_section(console: Console, section: Section) -> None:
    if section.columns:
        table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
        for place, column in enumerate(section.columns):
            table.add_column(escape(column), no_wrap=place == 0)
        for line in section.lines:
            table.add_row(*(escape(cell) for cell in (line.label, *line.values)))
        console.print(table)
        return
    for line in section.lines:
        text = f"  • {escape(line.label)}: {escape(', '.join(line.values))}{_swatches(line)}"
        console.print(text, highlight=False, soft_wrap=True)


def _swatches(line: Line) -> str:
    """Blocks of the colours that the line's numbers are of; empty for other lines."""
    return "".join(f" [{code}]{_SWATCH}[/]" for code in line.numbers if code.startswith("#"))


def export_analysis(analysis: Analysis, profile: Profile, profiles: Profiles, target: Path) -> list[Path]:
    """The report is in the file, as its ending says, and its plots beside it as ``<stem>_<plot>.png``.

    Args:
        analysis: the report.
        profile: what it is about, for the plots.
        profiles: where its history is, for the trend.
        target: ``….json`` or ``….md``.

    Returns:
        The files, the report first.

    Raises:
        ValueError: another ending.
    """
    ending = target.suffix.lower()
    if ending not in (".json", ".md"):
        raise ValueError(f"--export {target}: the ending says the form; use .json or .md")
    copies = profiles.history(profile.name)[-_HISTORY:]
    plots = analysis_plots(profile, [load_profile(path.read_bytes(), str(path)) for path in copies])
    paths = {title: target.with_name(f"{target.stem}_{title}.png") for title in plots}
    text = (
        analysis.model_dump_json(indent=1) + "\n"
        if ending == ".json"
        else to_markdown(analysis, {title: path.name for title, path in paths.items()})
    )
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    for title, path in paths.items():
        path.write_bytes(plots[title])
    return [target, *paths.values()]
