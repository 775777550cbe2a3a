"""Analysis: a profile's report as a document, numbers beside the words, for any output (S1.8).

Belongs here: which lines the report has, in which order and with how many decimal places. Does not
belong here: insights (``insights.py``), Markdown (``analysis_text.py``), the terminal (``cli``) and plots.
"""

from __future__ import annotations

from datetime import datetime

from synth_assets.core.profile.analysis_details import detailed_sections
from synth_assets.core.profile.analysis_document import Analysis, Line, Section, number_line, spread_lines
from synth_assets.core.profile.insights import insights_of
from synth_assets.core.profile.profile import Profile

__all__ = ["Analysis", "Line", "Section", "analyse"]


def analyse(profile: Profile, detailed: bool = False) -> Analysis:
    """Gives the report on a profile.

    Args:
        profile: what it is about.
        detailed: True adds channel spreads, texture, content, camera, patterns over hours and seasons,
            and how every metric is distributed.
    """
    sections = [
        _general(profile),
        _colours(profile, detailed),
        _brightness(profile),
        _composition(profile),
        _resolution(profile),
    ]
    if detailed:
        sections += detailed_sections(profile)
    return Analysis(
        name=profile.name,
        detailed=detailed,
        sections=tuple(sections),
        insights=insights_of(profile),
        warnings=profile.warnings,
    )


def _general(profile: Profile) -> Section:
    metadata = profile.metadata
    return Section(
        title="General",
        lines=(
            number_line("Sample count", "{:.0f}", "sample_count", profile.sample_count),
            Line(label="Created", values=(_time(metadata.created),)),
            Line(label="Last updated", values=(_time(metadata.updated),)),
            Line(label="Licences", values=(", ".join(metadata.licences) or "none recorded",)),
        ),
    )


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S %Z").rstrip()


def _colours(profile: Profile, detailed: bool) -> Section:
    numbers = profile.statistics
    channels = numbers.color_distribution
    lines: list[Line] = []
    for channel in ("red", "green", "blue"):
        for moment in ("mean", "std") if detailed else ("mean",):
            name = f"{channel}_{moment}"
            lines.append(number_line(f"{channel.title()} channel ({moment})", "{:.2f}", name, getattr(channels, name)))
    weights = dict(zip(numbers.dominant_colors, numbers.dominant_color_weights, strict=True))
    shown = ", ".join(f"{code} {weight:.0%}" for code, weight in weights.items())
    lines.append(Line(label="Dominant colors", values=(shown,), numbers=weights))
    lines.append(number_line("Saturation (mean)", "{:.2f}", "saturation", numbers.saturation.mean))
    lines.append(number_line("Warmth (mean)", "{:+.1f}", "warmth", numbers.warmth.mean))
    if detailed:
        lines += spread_lines("Hue", "{:.0f}°", "hue", numbers.hue)
    return Section(title="Color distribution", lines=tuple(lines))


def _brightness(profile: Profile) -> Section:
    numbers = profile.statistics
    return Section(
        title="Brightness and contrast",
        lines=(
            *spread_lines("Brightness", "{:.2f}", "brightness", numbers.brightness),
            *spread_lines("Contrast", "{:.2f}", "contrast", numbers.contrast),
        ),
    )


def _composition(profile: Profile) -> Section:
    numbers = profile.statistics.composition
    return Section(
        title="Composition",
        lines=(
            number_line("Rule of thirds score (mean)", "{:.2f}", "rule_of_thirds", numbers.rule_of_thirds.mean),
            number_line("Symmetry score (mean)", "{:.2f}", "symmetry", numbers.symmetry.mean),
            number_line("Complexity score (mean)", "{:.2f}", "complexity", numbers.complexity.mean),
        ),
    )


def _resolution(profile: Profile) -> Section:
    numbers = profile.statistics.resolution
    aspect = f"{numbers.aspect_ratio} ({numbers.aspect_ratio_share:.0%})"
    return Section(
        title="Resolution",
        lines=(
            number_line("Width (mean)", "{:.0f}", "width_px", numbers.width_mean),
            number_line("Height (mean)", "{:.0f}", "height_px", numbers.height_mean),
            Line(
                label="Aspect ratio (most common)",
                values=(aspect,),
                numbers={"aspect_ratio_share": numbers.aspect_ratio_share},
            ),
        ),
    )
