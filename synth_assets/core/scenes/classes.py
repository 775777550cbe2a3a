"""Classes: what objects a scene may hold, how many and how large (``configs/classes.csv``).

Belongs here: the row model, its checks, and drawing how many of each class a scene gets. Does not
belong here: where they are placed (``placement.py``) and their pictures (``cutouts.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
from pydantic import Field, model_validator

from synth_assets.core.config import ConfigError, Params, load_csv


class ObjectClass(Params):
    """One row of ``classes.csv``: either both aspect ratios or all four sizes are given.

    Attributes:
        prompt: the object in words.
        min_appear: at least so many a scene.
        max_appear: at most so many a scene.
        aspect_ratio_min: least width / height.
        aspect_ratio_max: largest width / height.
        width_min: in pixels.
        height_min: in pixels.
        width_max: in pixels.
        height_max: in pixels.
        class_name: label (column ``class``); "" = the prompt.
        negative_prompt: what to avoid.
        references: folder, file or pattern of cutouts or photos, relative to the project root.
        licence: of these references.
        attribution: who to name for them.
        line: line in the file.
    """

    prompt: str = Field(min_length=1)
    min_appear: int = Field(ge=0)
    max_appear: int = Field(ge=1)
    aspect_ratio_min: float | None = Field(default=None, gt=0)
    aspect_ratio_max: float | None = Field(default=None, gt=0)
    width_min: int | None = Field(default=None, ge=1)
    height_min: int | None = Field(default=None, ge=1)
    width_max: int | None = Field(default=None, ge=1)
    height_max: int | None = Field(default=None, ge=1)
    class_name: str = Field(default="", alias="class")
    negative_prompt: str = ""
    references: str = ""
    licence: str = ""
    attribution: str = ""
    line: int = 0

    @property
    def label(self) -> str:
        """Class name that goes into the labels."""
        return self.class_name or self.prompt

    @property
    def ratios(self) -> tuple[float, float] | None:
        """Least and largest width / height; None in size mode."""
        if self.aspect_ratio_min is None or self.aspect_ratio_max is None:
            return None
        return self.aspect_ratio_min, self.aspect_ratio_max

    @property
    def sizes_px(self) -> tuple[int, int, int, int] | None:
        """(width_min, height_min, width_max, height_max); None in ratio mode."""
        if self.width_min is None or self.height_min is None or self.width_max is None or self.height_max is None:
            return None
        return self.width_min, self.height_min, self.width_max, self.height_max

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.min_appear > self.max_appear:
            raise ValueError(f"min_appear {self.min_appear} is more than max_appear {self.max_appear}")
        ratios = [self.aspect_ratio_min, self.aspect_ratio_max]
        sizes = [self.width_min, self.height_min, self.width_max, self.height_max]
        given = [value is not None for value in (*ratios, *sizes)]
        if given not in ([True] * 2 + [False] * 4, [False] * 2 + [True] * 4):
            raise ValueError(
                "give either aspect_ratio_min and aspect_ratio_max, or all of width_min, height_min, width_max, "
                "height_max, and leave the others empty"
            )
        if self.ratios and self.ratios[0] > self.ratios[1]:
            raise ValueError(f"aspect_ratio_min {self.ratios[0]} is more than aspect_ratio_max {self.ratios[1]}")
        if self.sizes_px and self.sizes_px[0] > self.sizes_px[2]:
            raise ValueError(f"width_min {self.sizes_px[0]} is more than width_max {self.sizes_px[2]}")
        if self.sizes_px and self.sizes_px[1] > self.sizes_px[3]:
            raise ValueError(f"height_min {self.sizes_px[1]} is more than height_max {self.sizes_px[3]}")
        return self


def load_classes(
    path: Path, size_hw: tuple[int, int], max_objects: int, skipped: list[str] | None = None
) -> list[ObjectClass]:
    """Reads ``classes.csv`` and refuses rows that no scene can satisfy.

    Args:
        path: the file.
        size_hw: (height, width) of the scenes in pixels.
        max_objects: most objects a scene may get.
        skipped: where given, such rows and those ``load_csv`` refuses are left out and their errors
            appended here, as long as another row is left.

    Raises:
        ConfigError: as ``load_csv``; a size larger than the scene, or more objects demanded than
            allowed; with the line of every such row.
    """
    rows = load_csv(path, ObjectClass, skipped)
    good: list[ObjectClass] = []
    refused: list[str] = []
    demanded = 0
    for row in rows:
        reason = _impossible(row, size_hw, demanded + row.min_appear, max_objects)
        if reason:
            refused.append(f"{path}:{row.line}: {reason}")
            continue
        demanded += row.min_appear
        good.append(row)
    if refused and (skipped is None or not good):
        raise ConfigError("\n".join(refused))
    if skipped is not None:
        skipped += refused
    return good


def _impossible(row: ObjectClass, size_hw: tuple[int, int], demanded: int, max_objects: int) -> str:
    """Why no scene can satisfy the row, in words; "" if one can."""
    for axis, limit, column in ((1, size_hw[0], "height_max"), (0, size_hw[1], "width_max")):
        size = row.sizes_px[2 + axis] if row.sizes_px else 0
        if size > limit:
            return (
                f"{column}: {size} px does not fit in scenes of {size_hw[1]}x{size_hw[0]} px (width x height); "
                f"give at most {limit}"
            )
    if row.min_appear and demanded > max_objects:
        return (
            f"min_appear: {row.min_appear}; the rows up to here demand {demanded} objects a scene, but at most "
            f"{max_objects} are allowed; lower min_appear or raise max_objects"
        )
    return ""


def draw_objects(rows: Sequence[ObjectClass], rng: np.random.Generator, most: int) -> list[ObjectClass]:
    """Draws the objects of one scene: each class between its min_appear and max_appear times.

    What is demanded comes first; the rest is drawn in random order until a uniform total of at
    least one and at most ``most`` is reached, so that no class is preferred by its place in the file.

    Args:
        rows: the classes.
        rng: decides.
        most: most objects a scene may get.
    """
    demanded = [row for row in rows for _ in range(row.min_appear)]
    optional = [row for row in rows for _ in range(row.max_appear - row.min_appear)]
    least = max(1, len(demanded))
    total = int(rng.integers(least, max(least, min(most, len(demanded) + len(optional))) + 1))
    order = rng.permutation(len(optional))[: total - len(demanded)]
    return demanded + [optional[index] for index in order]
