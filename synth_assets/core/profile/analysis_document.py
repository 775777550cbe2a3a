"""The document that an analysis is: sections of lines, numbers beside the words.

Belongs here: its shape, and making lines. Does not belong here: which lines there are (``analysis.py``,
``analysis_details.py``).
"""

from __future__ import annotations

from pydantic import Field

from synth_assets.core.config import Params
from synth_assets.core.profile.insights import Insight
from synth_assets.core.profile.profile import Spread


class Line(Params):
    """A line of a section.

    Attributes:
        label: what it is about.
        values: the value in words; one per column in a section that has columns.
        numbers: the same unrounded, by name; empty where there is none.
    """

    label: str
    values: tuple[str, ...]
    numbers: dict[str, float] = Field(default_factory=dict)


class Section(Params):
    """A part of the report.

    Attributes:
        title: of the section.
        columns: heads of a table, that of the label first; empty for a plain list.
        lines: in order.
    """

    title: str
    columns: tuple[str, ...] = ()
    lines: tuple[Line, ...]


class Analysis(Params):
    """The report on a profile; shown as its sections, then insights, then warnings.

    Attributes:
        name: of the profile.
        detailed: whether the sections behind "Resolution" are there.
        sections: in order.
        insights: what is remarkable, with its numbers.
        warnings: what the user should know before relying on the profile.
    """

    name: str
    detailed: bool
    sections: tuple[Section, ...]
    insights: tuple[Insight, ...]
    warnings: tuple[str, ...]


def spread_lines(label: str, form: str, name: str, spread: Spread) -> tuple[Line, Line]:
    """The lines of a mean and a standard deviation.

    Args:
        label: of both.
        form: of the value, with one place in braces.
        name: of the numbers, which get ``_mean`` and ``_std`` behind it.
        spread: the numbers.
    """
    return (
        number_line(f"{label} (mean)", form, f"{name}_mean", spread.mean),
        number_line(f"{label} (std)", form, f"{name}_std", spread.std),
    )


def number_line(label: str, form: str, name: str, value: float) -> Line:
    """The line of one number."""
    return Line(label=label, values=(form.format(value),), numbers={name: value})
