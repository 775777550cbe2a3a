"""The profile: what a set of reference photos looks like, as one JSON document.

Belongs here: the document's shape, reading it, and what generation takes from it. Does not belong
here: computing it (``building.py``), plots, and comparing pictures with it (``distance.py``).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from pydantic import Field, ValidationError

from synth_assets.core.config import Params
from synth_assets.core.profile.set_sketch import SetSketch
from synth_assets.core.profile.statistics import Distribution
from synth_assets.core.profile.tone import ToneTarget

SCHEMA_VERSION = "2.0"
"""Of ``docs/profile.schema.json``; another major number cannot be read by this code."""


class Spread(Params):
    """Mean and standard deviation of a metric over the pictures."""

    mean: float
    std: float


class ChannelHistograms(Params):
    """Share of pixels by value, equal bins over 0..255, each summing to 1."""

    red: tuple[float, ...]
    green: tuple[float, ...]
    blue: tuple[float, ...]


class ColorDistribution(Params):
    """Channel statistics, 0..1, over all pixels with each picture weighing the same."""

    red_mean: float
    green_mean: float
    blue_mean: float
    red_std: float
    green_std: float
    blue_std: float
    histograms: ChannelHistograms


class Composition(Params):
    """How pictures are arranged, 0..1."""

    rule_of_thirds: Spread
    symmetry: Spread
    complexity: Spread


class Texture(Params):
    """Fine structure."""

    sharpness: Spread
    noise: Spread
    edge_density: Spread
    entropy: Spread
    lbp_variance: Spread


class Resolution(Params):
    """Sizes in pixels, and the most common aspect ratio by name with its share."""

    width_mean: float
    height_mean: float
    aspect_ratio: str
    aspect_ratio_share: float


class Content(Params):
    """What the pictures show, as far as models said so."""

    labels: dict[str, float] = Field(
        default_factory=dict,
        description="Zero-shot label to share of the labelled pictures that show it, largest first.",
    )
    foreground_share: Spread | None = Field(
        default=None, description="Share of a picture in the foreground; absent without a depth model."
    )


class Pattern(Params):
    """The pictures of one hour of the day or of one season."""

    period: str = Field(description="'hour 06' to 'hour 05', or a season.")
    images: float = Field(description="Their weight.")
    brightness: float
    saturation: float
    warmth: float


class Statistics(Params):
    """The numbers of the set."""

    sample_count: int
    color_distribution: ColorDistribution
    dominant_colors: tuple[str, ...] = Field(description="Hex, heaviest first.")
    dominant_color_weights: tuple[float, ...] = Field(description="Sum to 1.")
    brightness: Spread
    contrast: Spread
    saturation: Spread
    warmth: Spread
    hue: Spread = Field(description="Degrees; circular.")
    composition: Composition
    texture: Texture
    resolution: Resolution
    content: Content = Content()
    camera: dict[str, Spread] = Field(
        default_factory=dict, description="EXIF camera parameters of the pictures that have them."
    )
    patterns: tuple[Pattern, ...] = Field(default=(), description="Over hours and seasons, of dated pictures.")


class Metadata(Params):
    """What the profile is of."""

    name: str
    schema_version: str = SCHEMA_VERSION
    created: datetime = Field(description="When it was first made.")
    updated: datetime = Field(description="When pictures were last added to it or taken from it.")
    licences: tuple[str, ...] = ()


class GenerationHints(Params):
    """What steers any generator."""

    tone: ToneTarget
    prompt_words: tuple[str, ...]


class ConditioningProfile(Params):
    """What generation is conditioned on."""

    generation_hints: GenerationHints


class DiffusionGuidance(Params):
    """Settings for a diffusion model that has none of its own."""

    prompts: tuple[str, ...]
    negative_prompt: str = "low quality, blurry, watermark, text"
    num_inference_steps: int = 50
    guidance_scale: float = 7.5
    strength: float = 0.8


class GenerationGuidance(Params):
    """Guidance by kind of generator."""

    diffusion: DiffusionGuidance


class Profile(Params):
    """A profile, frozen; ``to_json`` writes it, ``load_profile`` reads it.

    Everything but ``metadata`` is read off ``sketch``, which is what merging adds up.
    """

    metadata: Metadata
    statistics: Statistics
    distributions: dict[str, Distribution]
    conditioning_profile: ConditioningProfile
    generation_guidance: GenerationGuidance
    warnings: tuple[str, ...] = ()
    sketch: SetSketch = Field(description="What merging adds up: moments, histograms and counts.")

    @property
    def name(self) -> str:
        """The profile's name, e.g. its slot."""
        return self.metadata.name

    @property
    def sample_count(self) -> int:
        """Pictures behind it."""
        return self.statistics.sample_count

    @property
    def tone(self) -> ToneTarget:
        """Where ``correct_tone`` moves a picture."""
        return self.conditioning_profile.generation_hints.tone

    @property
    def prompt_words(self) -> tuple[str, ...]:
        """Words that describe the set, strongest first."""
        return self.conditioning_profile.generation_hints.prompt_words


def to_json(profile: Profile) -> bytes:
    """The profile's JSON document; one line a value, and a new line at the end."""
    return profile.model_dump_json(indent=1).encode() + b"\n"


def load_profile(data: bytes, name: str) -> Profile:
    """Reads a profile's JSON.

    Args:
        data: the file's bytes.
        name: for the error message.

    Raises:
        ValueError: not JSON, or not a profile; says where.
    """
    return _checked(lambda: Profile.model_validate_json(data), name)


def profile_from_dict(values: dict[str, Any], name: str = "profile") -> Profile:
    """Checks the values of a profile's JSON that was read elsewhere.

    Raises:
        ValueError: not a profile; says where.
    """
    return _checked(lambda: Profile.model_validate(values), name)


def _checked(read: Callable[[], Profile], name: str) -> Profile:
    try:
        return read()
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "document"
        raise ValueError(
            f"{name}: not a profile of version {SCHEMA_VERSION}: {place}: {first['msg']}; "
            "make it again (materialize image_profile, or `synth profile create`)"
        ) from error


def created_of(data: bytes) -> datetime | None:
    """When the profile in a JSON document was first made; None for documents of before version 2.0.

    Raises:
        ValueError: not JSON.
    """
    text = json.loads(data).get("metadata", {}).get("created")
    return datetime.fromisoformat(text) if text else None
