"""Words for numbers: what a profile's statistics read like, for prompts and warnings.

Belongs here: thresholds and the words on either side. Does not belong here: measuring, and captions
of single pictures (``core/captions``).
"""

from __future__ import annotations

import colorsys
from collections.abc import Mapping, Sequence

from synth_assets.core.measure import Colour
from synth_assets.core.profile.slots import SLOTS

FEW_IMAGES = 50
"""A profile of fewer pictures follows single pictures too closely."""

_LIGHT = {
    "morning": "morning light",
    "midday": "midday sun",
    "afternoon": "afternoon light",
    "evening": "evening light",
    "night": "at night",
}
_WORDS: tuple[tuple[str, float, str, float, str], ...] = (
    ("brightness_mean", 0.38, "dim light", 0.58, "bright light"),
    ("warmth", -12.0, "cool tones", 12.0, "warm tones"),
    ("saturation", 0.18, "muted colors", 0.35, "vivid colors"),
    ("contrast", 0.35, "soft contrast", 0.50, "high contrast"),
    ("symmetry", -1.0, "", 0.70, "symmetrical composition"),
    ("complexity", 0.25, "simple scene", 0.50, "rich detail"),
)
"""Metric, low threshold and word, high threshold and word."""

_HUES = ((15, "red"), (45, "orange"), (70, "yellow"), (165, "green"), (200, "teal"), (260, "blue"))
_HUES_FROM_BLUE = ((300, "purple"), (345, "pink"), (360, "red"))

_LOW_QUALITY: tuple[tuple[str, float, str, bool], ...] = (
    ("sharpness", 0.002, "blurred", True),
    ("contrast", 0.08, "washed out", True),
    ("noise", 0.06, "noisy", False),
    ("brightness_mean", 0.03, "almost black", True),
)
"""Metric, threshold, word, True = low values are bad."""


def prompt_words(name: str, metrics: Mapping[str, float], colours: Sequence[tuple[Colour, float]]) -> tuple[str, ...]:
    """Words that describe a set of pictures, for prompts.

    Args:
        name: of the profile; a slot's name gives its light.
        metrics: means over the pictures.
        colours: dominant colours with weights, heaviest first.
    """
    words = [_LIGHT[name]] if name in SLOTS else []
    for metric, low, low_word, high, high_word in _WORDS:
        if metrics[metric] < low:
            words.append(low_word)
        elif metrics[metric] > high:
            words.append(high_word)
    named = dict.fromkeys(colour_name(colour) for colour, _ in colours[:3])
    return (*words, *(f"{colour} hues" for colour in named if colour not in ("black", "white", "gray")))


def colour_name(colour: Colour) -> str:
    """One word for an RGB colour of 0..255."""
    hue, saturation, value = colorsys.rgb_to_hsv(*(channel / 255 for channel in colour))
    if value < 0.15:
        return "black"
    if saturation < 0.15:
        return "white" if value > 0.85 else "gray"
    degrees = hue * 360
    name = next(word for limit, word in (*_HUES, *_HUES_FROM_BLUE) if degrees <= limit)
    return "brown" if name in ("red", "orange") and value < 0.6 else name


def quality_fault(metrics: Mapping[str, float]) -> str:
    """What is wrong with a picture, in words; "" for nothing."""
    faults = [
        f"{word} ({metric} {metrics[metric]:.4f})"
        for metric, limit, word, low_is_bad in _LOW_QUALITY
        if (metrics[metric] < limit if low_is_bad else metrics[metric] > limit)
    ]
    return ", ".join(faults)


def warnings_of(pictures: Sequence[tuple[str, Mapping[str, float]]]) -> tuple[str, ...]:
    """What the user should know about a set of (name, metrics): too few pictures, poor ones."""
    warnings: list[str] = []
    if len(pictures) < FEW_IMAGES:
        warnings.append(
            f"only {len(pictures)} pictures; with fewer than {FEW_IMAGES} a profile follows single pictures too closely"
        )
    warnings.extend(f"low quality: {name}: {fault}" for name, metrics in pictures if (fault := quality_fault(metrics)))
    return tuple(warnings)
