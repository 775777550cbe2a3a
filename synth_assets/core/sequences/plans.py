"""Plans: which pictures a sequence takes and what it sorts them by.

Belongs here: the configuration of sequences (``configs/sequences.yaml``). Does not belong here:
sorting (``ordering.py``) and drawing (``rendering.py``).
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Literal

from pydantic import Field, PositiveInt, field_validator

from synth_assets.core.config import Params
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
]
"""What ``measure.traits`` gives."""

Source = Literal[
    "reference_images",
    "inpainted_scenes",
    "edited_images",
    "frames",
    "keep_full",
    "segment",
    "create_occlusion",
    "enhance_segment",
]
"""Assets that a sequence can take pictures from."""

_RESERVED = ("features", "summary")


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

    def takes_values(self, values: dict[str, float]) -> bool:
        """True if the traits pass."""
        return all(values[trait] >= limit for trait, limit in self.at_least.items()) and all(
            values[trait] <= limit for trait, limit in self.at_most.items()
        )


class SequencePlan(Params):
    """One sequence.

    Attributes:
        name: file name of its outputs.
        title: for people.
        source: assets to take pictures from.
        trait: what to sort by, smallest first; hue goes round the circle from its largest gap.
        reverse: largest first.
        filter: which pictures take part.
        max_frames: more pictures than this are thinned out evenly.
        frame_ms: time a frame is shown; GIF counts in hundredths of a second.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")
    title: str = ""
    source: tuple[Source, ...] = Field(min_length=1)
    trait: Trait
    reverse: bool = False
    filter: SequenceFilter = SequenceFilter()
    max_frames: int = Field(default=240, ge=1, le=240)
    frame_ms: int = Field(default=220, ge=20, multiple_of=10)

    @field_validator("name")
    @classmethod
    def _not_reserved(cls, name: str) -> str:
        if name in _RESERVED:
            raise ValueError(f"{name!r} is the name of a file that every set of sequences has; take another")
        return name


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
