"""The profile: what a set of reference photos looks like, as one JSON document.

Belongs here: the document's shape, reading it, and what generation takes from it. Does not belong
here: computing it (``building.py``), plots, and comparing pictures with it (``distance.py``).
"""

from __future__ import annotations

from pydantic import Field, ValidationError

from synth_assets.core.config import Params
from synth_assets.core.profile.statistics import Distribution
from synth_assets.core.profile.tone import ToneTarget

SCHEMA_VERSION = "1.0"


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


class Metadata(Params):
    """What the profile is of."""

    name: str
    schema_version: str = SCHEMA_VERSION
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
    """A profile, frozen; ``model_dump_json`` writes it, ``load_profile`` reads it."""

    metadata: Metadata
    statistics: Statistics
    distributions: dict[str, Distribution]
    conditioning_profile: ConditioningProfile
    generation_guidance: GenerationGuidance
    warnings: tuple[str, ...] = ()

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


def load_profile(data: bytes, name: str) -> Profile:
    """Reads a profile's JSON.

    Args:
        data: the file's bytes.
        name: for the error message.

    Raises:
        ValueError: not JSON, or not a profile; says where.
    """
    try:
        return Profile.model_validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "document"
        raise ValueError(
            f"{name}: not a profile of version {SCHEMA_VERSION}: {place}: {first['msg']}; "
            "materialize image_profile again"
        ) from error
