"""Building a profile from the table of per-picture measurements; no picture is read again.

Belongs here: rows in, Profile out, and the row's form. Does not belong here: reading pictures
(``profiling.py``) and the statistics themselves (``statistics.py``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synth_assets.core.colour import hex_of
from synth_assets.core.measure import PHOTO_METRICS, Colour, Look, channel_histograms, palette, photo_metrics
from synth_assets.core.ports import RGB
from synth_assets.core.profile import statistics
from synth_assets.core.profile.profile import (
    ChannelHistograms,
    ColorDistribution,
    Composition,
    ConditioningProfile,
    DiffusionGuidance,
    GenerationGuidance,
    GenerationHints,
    Metadata,
    Profile,
    Resolution,
    Spread,
    Statistics,
    Texture,
)
from synth_assets.core.profile.tone import ToneTarget, merge_tones
from synth_assets.core.profile.wording import prompt_words, warnings_of
from synth_assets.core.records import Scalar

_ANGLES = frozenset({"hue"})
_SHARE_UNIT = 1_000_000
"""Shares are kept as parts per million: exact enough, and the same text on every machine."""


@dataclass(frozen=True)
class Measured:
    """One picture's measurements.

    Attributes:
        name: for warnings.
        metrics: PHOTO_METRICS.
        histograms: (3, bins) shares by value of R, G, B.
        colours: palette with shares.
        licence: of the picture.
    """

    name: str
    metrics: Mapping[str, float]
    histograms: NDArray[np.float64]
    colours: Sequence[tuple[Colour, float]]
    licence: str = ""


def measure_picture(image: RGB) -> dict[str, Scalar]:
    """Gives everything a profile needs of one picture as flat table values."""
    look = Look(image)
    histograms = np.rint(channel_histograms(look) * _SHARE_UNIT).astype(int)
    colours = [f"{hex_of(colour)}={round(share * _SHARE_UNIT)}" for colour, share in palette(look)]
    return {
        **photo_metrics(look),
        "histograms": ";".join(" ".join(str(count) for count in row) for row in histograms.tolist()),
        "palette": " ".join(colours),
    }


def measured_from_row(name: str, row: Mapping[str, Scalar], licence: str = "") -> Measured:
    """Reads ``measure_picture``'s values back.

    Raises:
        KeyError: a value is missing.
    """
    rows = [[int(count) for count in text.split()] for text in str(row["histograms"]).split(";")]
    return Measured(
        name=name,
        metrics={metric: float(row[metric] or 0.0) for metric in PHOTO_METRICS},
        histograms=np.array(rows, dtype=np.float64) / _SHARE_UNIT,
        colours=[_colour(entry) for entry in str(row["palette"]).split()],
        licence=licence,
    )


def _colour(entry: str) -> tuple[Colour, float]:
    code, share = entry.split("=")
    red, green, blue = bytes.fromhex(code[1:])
    return (float(red), float(green), float(blue)), int(share) / _SHARE_UNIT


def build_profile(name: str, pictures: Sequence[Measured]) -> Profile:
    """Makes the profile of a set of measured pictures, each with the same weight.

    Raises:
        ValueError: no pictures.
    """
    if not pictures:
        raise ValueError(f"profile {name!r}: no usable reference picture; add some to data/inbox/{name}/")
    columns = {metric: [picture.metrics[metric] for picture in pictures] for metric in PHOTO_METRICS}
    distributions = {
        metric: statistics.distribution_of(values, metric in _ANGLES) for metric, values in columns.items()
    }
    colours = statistics.dominant_colours([picture.colours for picture in pictures])
    words = prompt_words(name, {metric: item.mean for metric, item in distributions.items()}, colours)
    return Profile(
        metadata=Metadata(name=name, licences=tuple(sorted({picture.licence for picture in pictures} - {""}))),
        statistics=_statistics(pictures, columns, distributions, colours),
        distributions=distributions,
        conditioning_profile=ConditioningProfile(
            generation_hints=GenerationHints(tone=_tone(pictures), prompt_words=words)
        ),
        generation_guidance=GenerationGuidance(diffusion=DiffusionGuidance(prompts=(", ".join(words),))),
        warnings=warnings_of([(picture.name, picture.metrics) for picture in pictures]),
    )


def _tone(pictures: Sequence[Measured]) -> ToneTarget:
    return merge_tones([tone_from_metrics(picture.metrics) for picture in pictures])


def tone_from_metrics(metrics: Mapping[str, float]) -> ToneTarget:
    """The tone of one picture, from its ``photo_metrics``."""
    return ToneTarget(
        mean_lab=(metrics["lab_l_mean"], metrics["lab_a_mean"], metrics["lab_b_mean"]),
        std_lab=(metrics["lab_l_std"], metrics["lab_a_std"], metrics["lab_b_std"]),
    )


def _statistics(
    pictures: Sequence[Measured],
    columns: Mapping[str, Sequence[float]],
    distributions: Mapping[str, statistics.Distribution],
    colours: Sequence[tuple[Colour, float]],
) -> Statistics:
    def spread(metric: str) -> Spread:
        return Spread(mean=distributions[metric].mean, std=distributions[metric].std)

    sizes = zip(columns["width_px"], columns["height_px"], strict=True)
    aspect, share = statistics.most_common([statistics.aspect_name(width, height) for width, height in sizes])
    red, green, blue = np.mean([picture.histograms for picture in pictures], axis=0).tolist()
    return Statistics(
        sample_count=len(pictures),
        color_distribution=ColorDistribution(
            red_mean=distributions["red_mean"].mean,
            green_mean=distributions["green_mean"].mean,
            blue_mean=distributions["blue_mean"].mean,
            red_std=statistics.pooled_std(columns["red_mean"], columns["red_std"]),
            green_std=statistics.pooled_std(columns["green_mean"], columns["green_std"]),
            blue_std=statistics.pooled_std(columns["blue_mean"], columns["blue_std"]),
            histograms=ChannelHistograms(red=tuple(red), green=tuple(green), blue=tuple(blue)),
        ),
        dominant_colors=tuple(hex_of(colour) for colour, _ in colours),
        dominant_color_weights=tuple(weight for _, weight in colours),
        brightness=spread("brightness_mean"),
        contrast=spread("contrast"),
        saturation=spread("saturation"),
        warmth=spread("warmth"),
        hue=spread("hue"),
        composition=Composition(
            rule_of_thirds=spread("thirds"), symmetry=spread("symmetry"), complexity=spread("complexity")
        ),
        texture=Texture(
            sharpness=spread("sharpness"),
            noise=spread("noise"),
            edge_density=spread("edge_density"),
            entropy=spread("entropy"),
            lbp_variance=spread("lbp_variance"),
        ),
        resolution=Resolution(
            width_mean=distributions["width_px"].mean,
            height_mean=distributions["height_px"].mean,
            aspect_ratio=aspect,
            aspect_ratio_share=share,
        ),
    )
