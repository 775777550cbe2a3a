"""Building a profile: rows of measurements to a sketch, and a sketch to the profile.

No picture is read here, and a profile is read off its sketch alone, so a merged one is made like
any other. Belongs here: the row's form, and what stands where in a profile. Does not belong here:
reading pictures (``profiling.py``) and the statistics themselves (``statistics.py``, ``fits.py``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import numpy as np

from synth_assets.core.colour import hex_of
from synth_assets.core.measure import PHOTO_METRICS, Colour, Look, channel_histograms, palette, photo_metrics
from synth_assets.core.ports import RGB
from synth_assets.core.profile.calendar import patterns
from synth_assets.core.profile.content import LABELS_COLUMN, parse_labels
from synth_assets.core.profile.profile import (
    ChannelHistograms,
    ColorDistribution,
    Composition,
    ConditioningProfile,
    Content,
    DiffusionGuidance,
    GenerationGuidance,
    GenerationHints,
    Metadata,
    Pattern,
    Profile,
    Resolution,
    Spread,
    Statistics,
    Texture,
)
from synth_assets.core.profile.set_sketch import OPTIONAL_METRICS, Measured, SetSketch, merge_sets, sketch_pictures
from synth_assets.core.profile.sketch import MetricSketch
from synth_assets.core.profile.statistics import (
    Distribution,
    distribution_of,
    dominant_colours,
    heaviest,
    pooled_std,
    rms,
)
from synth_assets.core.profile.tone import ToneTarget
from synth_assets.core.profile.wording import prompt_words, quality_fault, warnings_of
from synth_assets.core.records import Scalar

_SHARE_UNIT = 1_000_000
"""Shares are kept as parts per million: exact enough, and the same text on every machine."""
_LABELS = 12


def measure_picture(image: RGB) -> dict[str, Scalar]:
    """Gives everything a profile needs of one picture's pixels as flat table values."""
    look = Look(image)
    histograms = np.rint(channel_histograms(look) * _SHARE_UNIT).astype(int)
    colours = [f"{hex_of(colour)}={round(share * _SHARE_UNIT)}" for colour, share in palette(look)]
    return {
        **photo_metrics(look),
        "histograms": ";".join(" ".join(str(count) for count in row) for row in histograms.tolist()),
        "palette": " ".join(colours),
    }


def measured_from_row(name: str, row: Mapping[str, Scalar], licence: str = "") -> Measured:
    """Reads ``measure_picture``'s values back, and what EXIF and models said, where that is there.

    Raises:
        KeyError: a value is missing.
    """
    rows = [[int(count) for count in text.split()] for text in str(row["histograms"]).split(";")]
    metrics = {metric: float(row[metric] or 0.0) for metric in PHOTO_METRICS}
    taken = row.get("taken_at")
    return Measured(
        name=name,
        metrics=metrics | {name: float(value) for name in OPTIONAL_METRICS if (value := row.get(name)) is not None},
        histograms=np.array(rows, dtype=np.float64) / _SHARE_UNIT,
        colours=[_colour(entry) for entry in str(row["palette"]).split()],
        licence=licence,
        fault=quality_fault(metrics),
        labels=[label for label, _ in parse_labels(str(row.get(LABELS_COLUMN) or ""))],
        taken=datetime.fromisoformat(str(taken)) if taken else None,
    )


def _colour(entry: str) -> tuple[Colour, float]:
    code, share = entry.split("=")
    red, green, blue = bytes.fromhex(code[1:])
    return (float(red), float(green), float(blue)), int(share) / _SHARE_UNIT


def build_profile(
    name: str,
    pictures: Sequence[Measured],
    weights: Sequence[float] | None = None,
    created: datetime | None = None,
) -> Profile:
    """Makes the profile of a set of measured pictures.

    Args:
        name: of the profile.
        pictures: at least one.
        weights: one a picture; None for the same weight.
        created: when a profile of this name was first made; None = now.

    Raises:
        ValueError: no pictures.
    """
    if not pictures:
        raise ValueError(f"profile {name!r}: no usable reference picture; add some to data/inbox/{name}/")
    return profile_of(name, sketch_pictures(pictures, weights), created)


def merge_profiles(profiles: Sequence[Profile], weights: Sequence[float] | None = None, name: str = "") -> Profile:
    """Gives the profile of the pooled pictures.

    Args:
        profiles: at least one.
        weights: share of each in the whole, whatever its number of pictures (0.7 and 0.3: seventy and
            thirty percent); None = every picture counts the same.
        name: of the result; "" joins the names with "+".

    Raises:
        ValueError: no profiles, another number of weights, or a weight that is not positive.
    """
    if not profiles:
        raise ValueError("no profiles to merge; give at least one")
    sketches = [profile.sketch for profile in profiles]
    factors = None
    if weights is not None:
        if len(weights) != len(profiles) or not all(weight > 0 for weight in weights):
            raise ValueError(f"expected {len(profiles)} positive weights, one a profile, got {list(weights)}")
        images = sum(sketch.images for sketch in sketches)
        factors = [
            weight / sum(weights) * images / sketch.weight for weight, sketch in zip(weights, sketches, strict=True)
        ]
    return profile_of(
        name or "+".join(profile.name for profile in profiles),
        merge_sets(sketches, factors),
        created=min(profile.metadata.created for profile in profiles),
    )


def profile_of(name: str, sketch: SetSketch, created: datetime | None = None) -> Profile:
    """Reads a profile off a sketch.

    Args:
        name: of the profile; a slot's name gives its light.
        sketch: of the set.
        created: when a profile of this name was first made; None = now.
    """
    now = datetime.now(UTC).replace(microsecond=0)
    distributions = {metric: distribution_of(metric, item) for metric, item in sketch.metrics.items()}
    colours = dominant_colours([(cell.rgb, cell.weight) for cell in sketch.cells.values()])
    words = prompt_words(name, {metric: item.mean for metric, item in distributions.items()}, colours)
    statistics = _statistics(sketch, distributions, colours)
    return Profile(
        metadata=Metadata(name=name, created=created or now, updated=now, licences=tuple(sorted(sketch.licences))),
        statistics=statistics,
        distributions=distributions,
        conditioning_profile=ConditioningProfile(
            generation_hints=GenerationHints(tone=_tone(sketch.metrics), prompt_words=words)
        ),
        generation_guidance=GenerationGuidance(diffusion=DiffusionGuidance(prompts=(", ".join(words),))),
        warnings=warnings_of(sketch.images, sketch.faulty, sketch.faults, statistics.content.labels),
        sketch=sketch,
    )


def _tone(metrics: Mapping[str, MetricSketch]) -> ToneTarget:
    means = [metrics[f"lab_{channel}_mean"].moments.mean for channel in "lab"]
    stds = [rms(metrics[f"lab_{channel}_std"]) for channel in "lab"]
    count = metrics["lab_l_mean"].weight
    return ToneTarget(mean_lab=(means[0], means[1], means[2]), std_lab=(stds[0], stds[1], stds[2]), count=count)


def _statistics(
    sketch: SetSketch, distributions: Mapping[str, Distribution], colours: Sequence[tuple[Colour, float]]
) -> Statistics:
    def spread(metric: str) -> Spread:
        return Spread(mean=distributions[metric].mean, std=distributions[metric].std)

    aspect, share = heaviest(sketch.aspects)
    return Statistics(
        sample_count=sketch.images,
        color_distribution=_channels(sketch, distributions),
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
        content=Content(
            labels=_label_shares(sketch),
            foreground_share=spread("foreground_share") if "foreground_share" in distributions else None,
        ),
        camera={
            metric: spread(metric)
            for metric in OPTIONAL_METRICS
            if metric in distributions and metric != "foreground_share"
        },
        patterns=tuple(Pattern.model_validate(row) for row in patterns(sketch.calendar)),
    )


def _channels(sketch: SetSketch, distributions: Mapping[str, Distribution]) -> ColorDistribution:
    def std(channel: str) -> float:
        return pooled_std(sketch.metrics[f"{channel}_mean"], sketch.metrics[f"{channel}_std"])

    red, green, blue = (tuple(row) for row in (np.array(sketch.histograms) / sketch.weight).tolist())
    return ColorDistribution(
        red_mean=distributions["red_mean"].mean,
        green_mean=distributions["green_mean"].mean,
        blue_mean=distributions["blue_mean"].mean,
        red_std=std("red"),
        green_std=std("green"),
        blue_std=std("blue"),
        histograms=ChannelHistograms(red=red, green=green, blue=blue),
    )


def _label_shares(sketch: SetSketch) -> dict[str, float]:
    shares = sorted(sketch.labels.items(), key=lambda entry: (-entry[1], entry[0]))[:_LABELS]
    return {label: weight / sketch.labelled for label, weight in shares}
