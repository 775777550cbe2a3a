"""Insights: what is remarkable about a profile, in sentences that follow from its numbers by written rules.

Belongs here: the rules, their thresholds and why they stand there. Does not belong here: the report around
them (``analysis.py``), words for prompts and warnings (``wording.py``) and any new measurement.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import Field

from synth_assets.core.config import Params
from synth_assets.core.profile.calendar import HOURS
from synth_assets.core.profile.fits import MIN_VALUES
from synth_assets.core.profile.kinds import kinds_of
from synth_assets.core.profile.profile import Profile
from synth_assets.core.profile.wording import LEVELS, colour_name

CHANNEL_LEAD = 0.04
"""One channel this far above the others tints the set. On the sample, parks have green 0.05 ahead and skies
and seas blue 0.12 ahead; no other kind of photo has green more than 0.03 ahead."""
THIRDS_GAIN = 0.08
"""Above or below 0.5, which is what evenly spread detail scores; single photos scatter by 0.07 around it,
so a whole set's mean is there by intent."""
HIGH_MEGAPIXELS = 2.0
"""Full HD: enough for any generator here without enlarging."""
LOW_MEGAPIXELS = 512 * 512 / 1e6
"""The smallest picture that diffusion models were trained on."""
BLURRED_SHARPNESS = 0.01
"""Five times the limit under which one picture counts as blurred; the softest slot of the sample has 0.013."""
NOISY_NOISE = 0.03
"""Half of the limit above which one picture counts as noisy; no slot of the sample has 0.005."""
POOR_SHARE = 0.1
"""One poor picture in ten shifts means visibly."""
COLOUR_SHARE = 0.5
"""A colour of half of all pixels is the set's."""
LABEL_SHARE = 0.4
LABELS_SHOWN = 3
"""Less frequent contents than this, or more of them, do not characterise a set."""
FEW_HOURS, FEW_HOURS_SHARE = 3, 0.8
"""So many hours that hold so much of the dated pictures make the set one of a time of day; spread evenly over
sixteen hours of daylight, three hold 0.19."""
SEASON_SHARE = 0.8
"""Likewise of a season, where an even spread gives 0.25."""
_KIND_NAMES = {
    "brightness_mean": "brightness",
    "contrast": "contrast",
    "saturation": "saturation",
    "warmth": "warmth",
    "complexity": "complexity",
}
"""Metrics that may tell kinds of pictures apart, and their names."""
_NUMBER_WORDS = {2: "Two", 3: "Three"}


class Insight(Params):
    """A sentence about a profile.

    Attributes:
        text: the sentence, without a full stop.
        numbers: what it follows from, by name.
    """

    text: str
    numbers: dict[str, float] = Field(default_factory=dict)


@dataclass(frozen=True)
class When:
    """A condition: low <= the number of that name < high."""

    number: str
    low: float = -math.inf
    high: float = math.inf


@dataclass(frozen=True)
class Rule:
    """A sentence, with places for numbers in braces, that is said when all conditions hold."""

    sentence: str
    conditions: tuple[When, ...]


def _levels(metric: str, low: str, middle: str, high: str) -> tuple[tuple[str, When], ...]:
    lower, upper = LEVELS[metric]
    return (low, When(metric, high=lower)), (middle, When(metric, lower, upper)), (high, When(metric, upper))


_LIGHT_RULES = tuple(
    Rule(f"{light} brightness ({{brightness_mean:.2f}}) with {contrast} contrast ({{contrast:.2f}})", (bright, spread))
    for light, bright in _levels("brightness_mean", "Low", "Moderate", "High")
    for contrast, spread in _levels("contrast", "soft", "moderate", "strong")
    if (light, contrast) != ("Moderate", "moderate")
)
RULES: tuple[Rule, ...] = (
    Rule(
        "High green channel values ({green_lead:.2f} above the next channel) suggest nature or other outdoor scenes",
        (When("green_lead", CHANNEL_LEAD),),
    ),
    Rule(
        "High blue channel values ({blue_lead:.2f} above the next channel) suggest sky, water or shade",
        (When("blue_lead", CHANNEL_LEAD),),
    ),
    Rule(
        "High red channel values ({red_lead:.2f} above the next channel) suggest low sun, lamplight or interiors",
        (When("red_lead", CHANNEL_LEAD),),
    ),
    *_LIGHT_RULES,
    Rule("Warm colors (warmth {warmth:+.0f})", (When("warmth", LEVELS["warmth"][1]),)),
    Rule("Cool colors (warmth {warmth:+.0f})", (When("warmth", high=LEVELS["warmth"][0]),)),
    Rule("Vivid colors (saturation {saturation:.2f})", (When("saturation", LEVELS["saturation"][1]),)),
    Rule("Muted colors (saturation {saturation:.2f})", (When("saturation", high=LEVELS["saturation"][0]),)),
    Rule("Strong rule of thirds composition ({thirds:.2f})", (When("thirds", 0.5 + THIRDS_GAIN),)),
    Rule(
        "Little detail on the thirds ({thirds:.2f}): subjects are centred or at the border",
        (When("thirds", high=0.5 - THIRDS_GAIN),),
    ),
    Rule("Mostly symmetrical pictures ({symmetry:.2f})", (When("symmetry", LEVELS["symmetry"][1]),)),
    Rule("Rich in detail (complexity {complexity:.2f})", (When("complexity", LEVELS["complexity"][1]),)),
    Rule("Simple scenes (complexity {complexity:.2f})", (When("complexity", high=LEVELS["complexity"][0]),)),
    Rule(
        "Primarily high-resolution pictures ({megapixels:.1f} megapixels at the mean size)",
        (When("megapixels", HIGH_MEGAPIXELS),),
    ),
    Rule("Low resolution ({megapixels:.2f} megapixels at the mean size)", (When("megapixels", high=LOW_MEGAPIXELS),)),
    Rule("Blurred pictures throughout (sharpness {sharpness:.4f})", (When("sharpness", high=BLURRED_SHARPNESS),)),
    Rule("Noisy pictures throughout (noise {noise:.3f})", (When("noise", NOISY_NOISE),)),
    Rule("{poor_share:.0%} of the pictures are of low quality", (When("poor_share", POOR_SHARE),)),
)
"""The rules that need no more than single numbers, in the order in which they are said."""


def insights_of(profile: Profile) -> tuple[Insight, ...]:
    """Says what is remarkable about a profile, always in the same order; nothing where nothing is."""
    numbers = _numbers(profile)
    said = [
        Insight(
            text=rule.sentence.format_map(numbers),
            numbers={condition.number: numbers[condition.number] for condition in rule.conditions},
        )
        for rule in RULES
        if all(condition.low <= numbers[condition.number] < condition.high for condition in rule.conditions)
    ]
    found = (find(profile) for find in _FINDERS)
    return (*said, *(insight for insights in found for insight in insights))


def _numbers(profile: Profile) -> dict[str, float]:
    means = {metric: item.mean for metric, item in profile.distributions.items()}
    channels = {channel: means[f"{channel}_mean"] for channel in ("red", "green", "blue")}
    for channel, value in channels.items():
        means[f"{channel}_lead"] = value - max(other for name, other in channels.items() if name != channel)
    return means | {
        "megapixels": means["width_px"] * means["height_px"] / 1e6,
        "poor_share": profile.sketch.faulty / profile.sample_count,
    }


def _one_colour(profile: Profile) -> list[Insight]:
    code, share = profile.statistics.dominant_colors[0], profile.statistics.dominant_color_weights[0]
    if share < COLOUR_SHARE:
        return []
    red, green, blue = bytes.fromhex(code[1:])
    name = colour_name((float(red), float(green), float(blue)))
    return [Insight(text=f"One color, {name} ({code}), stands for {share:.0%} of the pixels", numbers={code: share})]


def _lighting(profile: Profile) -> list[Insight]:
    item = profile.distributions["brightness_mean"]
    words = {"low": "Near-uniform lighting", "high": "Very varied lighting"}
    if item.count < MIN_VALUES or item.variability not in words:
        return []
    return [
        Insight(
            text=f"{words[item.variability]} from picture to picture (brightness {item.mean:.2f} ± {item.std:.2f})",
            numbers={"brightness_mean": item.mean, "brightness_mean_std": item.std},
        )
    ]


def _several_kinds(profile: Profile) -> list[Insight]:
    insights: list[Insight] = []
    for metric, name in _KIND_NAMES.items():
        low, high = LEVELS[metric]
        kinds = kinds_of(profile.distributions[metric], smallest_gap=high - low)
        if len(kinds) < 2:
            continue
        decimals = 0 if metric == "warmth" else 2
        parts = ", ".join(f"{kind.weight:.0%} around {kind.mean:.{decimals}f}" for kind in kinds)
        insights.append(
            Insight(
                text=f"{_NUMBER_WORDS[len(kinds)]} kinds of pictures by {name}: {parts}",
                numbers={
                    f"{metric}_{label}_{number}": value
                    for number, kind in enumerate(kinds, start=1)
                    for label, value in kind._asdict().items()
                },
            )
        )
    return insights


def _few_hours(profile: Profile) -> list[Insight]:
    weights = {hour: sums.images for hour, sums in profile.sketch.calendar.hours.items()}
    if not _enough(profile, sum(weights.values())):
        return []
    spans = [
        (sum(weights.get((start + step) % HOURS, 0.0) for step in range(FEW_HOURS)), -start) for start in range(HOURS)
    ]
    weight, start = max(spans)
    share, begins, ends = weight / sum(weights.values()), -start, (FEW_HOURS - start) % HOURS
    if share < FEW_HOURS_SHARE:
        return []
    text = f"{share:.0%} of the dated pictures were taken from {begins:02d}:00 to {ends:02d}:00"
    return [Insight(text=text, numbers={"share": share, "from_hour": begins, "to_hour": ends})]


def _one_season(profile: Profile) -> list[Insight]:
    weights = {row.period: row.images for row in profile.statistics.patterns if not row.period.startswith("hour")}
    if not _enough(profile, sum(weights.values())):
        return []
    season, weight = max(weights.items(), key=lambda entry: entry[1])
    share = weight / sum(weights.values())
    if share < SEASON_SHARE:
        return []
    return [Insight(text=f"{share:.0%} of the dated pictures are from {season}", numbers={"share": share})]


def _content(profile: Profile) -> list[Insight]:
    shares = profile.statistics.content.labels
    shown = [(label, share) for label, share in shares.items() if share >= LABEL_SHARE][:LABELS_SHOWN]
    if not shown or not _enough(profile, profile.sketch.labelled):
        return []
    text = ", ".join(f"{share:.0%} show {label}" for label, share in shown)
    return [Insight(text=f"Of the labelled pictures, {text}", numbers=dict(shown))]


def _enough(profile: Profile, weight: float) -> bool:
    """Whether so much weight stands for as many pictures as a share needs to mean anything."""
    return weight / profile.sketch.weight * profile.sample_count >= MIN_VALUES - 0.5


_FINDERS: tuple[Callable[[Profile], list[Insight]], ...] = (
    _one_colour,
    _lighting,
    _several_kinds,
    _few_hours,
    _one_season,
    _content,
)
"""The rules that need more than single numbers, in the order in which they are said after RULES."""
