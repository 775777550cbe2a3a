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

ONE_SIDED_SHARE = 0.9
"""A set of which more pictures than this show the same is called unbalanced."""

_LIGHT = {
    "morning": "morning light",
    "midday": "midday sun",
    "afternoon": "afternoon light",
    "evening": "evening light",
    "night": "at night",
}
LEVELS: Mapping[str, tuple[float, float]] = {
    "brightness_mean": (0.38, 0.58),
    "warmth": (-12.0, 12.0),
    "saturation": (0.18, 0.35),
    "contrast": (0.35, 0.50),
    "symmetry": (-1.0, 0.70),
    "complexity": (0.25, 0.50),
}
"""Metric → below what a mean is low and above what it is high, in prompts and insights alike."""
_WORDS = {
    "brightness_mean": ("dim light", "bright light"),
    "warmth": ("cool tones", "warm tones"),
    "saturation": ("muted colors", "vivid colors"),
    "contrast": ("soft contrast", "high contrast"),
    "symmetry": ("", "symmetrical composition"),
    "complexity": ("simple scene", "rich detail"),
}
"""Metric → word for low and word for high means."""

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
    for metric, (low_word, high_word) in _WORDS.items():
        low, high = LEVELS[metric]
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


def warnings_of(
    images: int, faulty: int, faults: Sequence[str], labels: Mapping[str, float] | None = None
) -> tuple[str, ...]:
    """What the user should know about a set: too few pictures, poor ones, all of one kind.

    Args:
        images: pictures.
        faulty: poor ones among them.
        faults: what is wrong with them, "name: fault", the first of them.
        labels: label → share of the pictures that show it.
    """
    warnings: list[str] = []
    if images < FEW_IMAGES:
        warnings.append(
            f"only {images} pictures; with fewer than {FEW_IMAGES} a profile follows single pictures too closely"
        )
    warnings.extend(f"low quality: {fault}" for fault in faults)
    if faulty > len(faults):
        warnings.append(f"low quality: {faulty - len(faults)} more")
    warnings.extend(
        f"unbalanced: {share:.0%} of the pictures show {label!r}; add others, or split the profile"
        for label, share in (labels or {}).items()
        if share > ONE_SIDED_SHARE
    )
    return tuple(warnings)
