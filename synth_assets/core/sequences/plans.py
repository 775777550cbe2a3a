"""Plans: which pictures a sequence takes and what it sorts them by.

Belongs here: the configuration of sequences (``configs/sequences.yaml``). Does not belong here:
sorting (``ordering.py``) and drawing (``rendering.py``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal, Self, get_args

from pydantic import Field, PositiveInt, field_validator, model_validator

from synth_assets.core.config import ConfigError, Params
from synth_assets.core.records import ImageRecord
from synth_assets.core.sequences.rendering import RenderingParams

Trait = Literal[
    "luminance",
    "colorfulness",
    "hue",
    "saturation",
    "warmth",
    "aspect_ratio",
    "edge_density",
    "subject_scale",
    "face",
    "motion",
]
"""What ``measure.traits`` gives; the share of the picture that its largest face covers (role ``faces``); and how fast
things move in a frame, in widths of the picture a second (frames of films only)."""
Order = Literal["trait", "smooth", "shots"]
"""By the trait; a path along which neighbours look alike (role ``embed``); frames shot by shot, shots by their mean
trait and frames as in the film."""

SOURCES = ("reference_images", "inpainted_scenes", "edited_images", "frames")
"""Assets that a sequence can take pictures from, besides the strategies."""
MOST_FRAMES = 240
"""Of a sequence."""
_STEP = "step"
_RESERVED = ("features", "summary", "embeddings", "faces", "motion")


class SequenceFilter(Params):
    """Which pictures of the sources take part; all conditions have to hold.

    Attributes:
        at_least: trait → lowest value.
        at_most: trait → highest value.
        partitions: time slots or characters; empty = all.
        name: pattern for the file name without its ending, e.g. ``*_character``.
    """

    at_least: dict[Trait, float] = Field(default_factory=dict[Trait, float])
    at_most: dict[Trait, float] = Field(default_factory=dict[Trait, float])
    partitions: tuple[str, ...] = ()
    name: str = "*"

    def takes(self, record: ImageRecord) -> bool:
        """True if the row's partition and name pass."""
        return (not self.partitions or record.partition in self.partitions) and fnmatchcase(record.stem, self.name)

    def takes_values(self, values: Mapping[str, float]) -> bool:
        """True if the traits pass; one that could not be measured passes no limit."""
        return all(values[trait] >= limit for trait, limit in self.at_least.items()) and all(
            values[trait] <= limit for trait, limit in self.at_most.items()
        )


class SequencePlan(Params):
    """One sequence.

    Attributes:
        name: file name of its outputs.
        title: for people.
        source: assets to take pictures from: ``SOURCES`` and strategies.
        order: how the trait decides; see ``Order``.
        trait: what to sort by, smallest first; hue goes round the circle from its largest gap. A smooth path has none.
        reverse: largest first; a smooth path from its other end.
        filter: which pictures take part.
        max_frames: more pictures than this are thinned out evenly.
        frame_ms: time a frame is shown; GIF counts in hundredths of a second.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")
    title: str = ""
    source: tuple[str, ...] = Field(min_length=1)
    order: Order = "trait"
    trait: Trait | None = None
    reverse: bool = False
    filter: SequenceFilter = SequenceFilter()
    max_frames: int = Field(default=MOST_FRAMES, ge=1, le=MOST_FRAMES)
    frame_ms: int = Field(default=220, ge=20, multiple_of=10)

    @field_validator("name")
    @classmethod
    def _not_reserved(cls, name: str) -> str:
        if name in _RESERVED:
            raise ValueError(f"{name!r} is the name of a file that every set of sequences has; take another")
        return name

    @model_validator(mode="after")
    def _trait_fits_order(self) -> Self:
        if self.order == "smooth" and self.trait:
            raise ValueError(f"a smooth path is not sorted by a trait; take out trait: {self.trait}, or order: smooth")
        if self.order != "smooth" and not self.trait:
            raise ValueError(f"trait is missing; take one of {', '.join(get_args(Trait))}, or order: smooth")
        return self

    @property
    def metric(self) -> str:
        """What its pictures' values are: the trait, or on a smooth path the step from the one before (first: 0)."""
        return self.trait or _STEP

    def uses(self, trait: Trait) -> bool:
        """True if its order or its filter needs the trait."""
        return trait in (self.trait, *self.filter.at_least, *self.filter.at_most)


class SequencesConfig(Params):
    """``configs/sequences.yaml``: the plans and how they are drawn.

    Attributes:
        plans: sequences to make.
        rendering: size, palette and file size of the pictures.
        feature_side_px: traits are measured at this longest side, so that edge density means the
            same on photos of any size.
    """

    plans: tuple[SequencePlan, ...] = Field(min_length=1)
    rendering: RenderingParams = RenderingParams()
    feature_side_px: PositiveInt = 512

    @field_validator("plans")
    @classmethod
    def _distinct_names(cls, plans: tuple[SequencePlan, ...]) -> tuple[SequencePlan, ...]:
        names = [plan.name for plan in plans]
        if repeated := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"two plans are named {repeated[0]!r}; names must differ")
        return plans


def check_sources(path: Path, config: SequencesConfig, strategies: Sequence[str]) -> None:
    """Returns where every plan's sources exist.

    Args:
        path: the file, for the message.
        config: what stands in it.
        strategies: names of all strategies, added ones included.

    Raises:
        ConfigError: otherwise; the message names file, plan and source.
    """
    known = (*SOURCES, *strategies)
    for number, plan in enumerate(config.plans):
        if unknown := [name for name in plan.source if name not in known]:
            raise ConfigError(
                f"{path}: plans.{number}.source of {plan.name!r}: no pictures are made under the name {unknown[0]!r}; "
                f"there are: {', '.join(known)}"
            )
