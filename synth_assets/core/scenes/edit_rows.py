"""Rows of ``configs/edits.csv``: what is done to which photos.

Belongs here: the columns, what they may hold together, and which photos a row means. Does not
belong here: finding a row's mask in a photo (``edit_masks.py``) and editing (``editing.py``).
"""

from __future__ import annotations

import operator
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Literal, Self

from pydantic import Field, model_validator

from synth_assets.core.config import Params, load_csv
from synth_assets.core.measure import PHOTO_METRICS
from synth_assets.core.records import ImageRecord, Scalar

Method = Literal["relight", "instruct", "add", "remove"]
DEFAULT_STRENGTH = 0.6
_COMPARISONS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_CONDITION = re.compile(r"(\w+)\s*(<=|>=|<|>)\s*(-?\d+(?:\.\d+)?)")
_MASKS = "text:WORDS, box:x0,y0,x1,y1 (shares 0..1 of the picture) or largest (the largest object)"


@dataclass(frozen=True)
class Place:
    """Where a row works.

    Attributes:
        kind: ``all`` of the picture, what a ``text`` names, a ``box``, the ``largest`` object, or a
            place on the ``ground``.
        text: words of ``text``.
        box: (x0, y0, x1, y1) of ``box``, shares 0..1 of the picture's sides.
    """

    kind: Literal["all", "text", "box", "largest", "ground"]
    text: str = ""
    box: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)


class EditRow(Params):
    """One row of ``edits.csv``.

    Attributes:
        method: ``relight`` changes the light, ``instruct`` anything the words say, ``add`` paints
            an object into the mask, ``remove`` fills the mask with background.
        source: which photos: a pattern on their path or file name (``*lake*``) or a condition on a
            metric of their profile (``brightness>0.5``); "" = all.
        instruction: what to change, in words; for ``remove`` only a name.
        prompt: the same, for methods that want to hear what the result shows; give one of the two.
        mask: ``text:WORDS``, ``box:x0,y0,x1,y1`` in shares 0..1, ``largest``, for ``add`` also
            ``ground``; "" = the whole picture, and for ``remove`` the largest object.
        negative_prompt: what to avoid.
        guidance: how closely to follow the words; None = the model's own.
        strength: 0 = leave it, 1 = free to change everything; None = 0.6.
        num_imgs: photos a slot.
        line: line in the file.
    """

    method: Method
    source: str = ""
    instruction: str = ""
    prompt: str = ""
    mask: str = ""
    negative_prompt: str = ""
    guidance: float | None = Field(default=None, ge=0, le=50)
    strength: float | None = Field(default=None, ge=0, le=1)
    num_imgs: int = Field(default=2, ge=1)
    line: int = 0

    @property
    def words(self) -> str:
        """The instruction or the prompt, whichever is given."""
        return self.instruction or self.prompt

    @property
    def change(self) -> float:
        """The strength, or its default; 1 for methods that know no other."""
        if self.strength is None:
            return DEFAULT_STRENGTH if self.method in ("relight", "instruct") else 1.0
        return self.strength

    @property
    def has_condition(self) -> bool:
        """True if photos are chosen by a metric."""
        return _CONDITION.fullmatch(self.source) is not None

    @cached_property
    def place(self) -> Place:
        """The parsed mask."""
        return parse_mask(self.mask or ("largest" if self.method == "remove" else ""))

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.instruction and self.prompt:
            raise ValueError("give either instruction or prompt, and leave the other empty")
        if not self.words and self.method != "remove":
            raise ValueError(f"method {self.method} needs words: fill instruction or prompt")
        if self.method == "add" and not self.mask:
            raise ValueError(f"method add needs a mask: ground, {_MASKS}")
        if self.place.kind == "ground" and self.method != "add":
            raise ValueError(f"mask ground is a place to add something; for {self.method} give {_MASKS}")
        if self.method == "remove" and self.strength not in (None, 1):
            raise ValueError(f"remove takes all of it out, strength {self.strength:g} means nothing; leave it empty")
        if self.method == "add" and self.strength is not None:
            raise ValueError(
                "add repaints with the strength of the inpaint model's entry in models.yaml; leave it empty"
            )
        if self.method in ("add", "remove") and self.guidance is not None:
            raise ValueError(f"{self.method} has no guidance of its own; leave it empty (models.yaml sets the model's)")
        if self.method == "remove" and self.negative_prompt:
            raise ValueError("remove fills with background and hears no words; leave negative_prompt empty")
        _check_source(self.source)
        return self


def parse_mask(text: str) -> Place:
    """Reads a mask column.

    Raises:
        ValueError: not one of the forms, or a box outside 0..1 or without area.
    """
    kind, _, rest = text.partition(":")
    rest = rest.strip()
    if kind == "text" and rest:
        return Place("text", text=rest)
    if kind == "box":
        return Place("box", box=_parse_box(rest))
    if not text:
        return Place("all")
    if text == "largest":
        return Place("largest")
    if text == "ground":
        return Place("ground")
    raise ValueError(f"mask {text!r} is not understood; give ground (method add), {_MASKS}")


def _parse_box(text: str) -> tuple[float, float, float, float]:
    try:
        x0, y0, x1, y1 = (float(part) for part in re.split(r"[,;\s]+", text))
    except ValueError:
        raise ValueError(f"mask box:{text}: expected four numbers x0,y0,x1,y1, e.g. box:0.1,0.5,0.4,0.9") from None
    if not (0 <= x0 < x1 <= 1 and 0 <= y0 < y1 <= 1):
        raise ValueError(
            f"mask box:{text}: the sides are shares of the picture: 0 <= x0 < x1 <= 1 and 0 <= y0 < y1 <= 1"
        )
    return x0, y0, x1, y1


def _check_source(text: str) -> None:
    condition = _CONDITION.fullmatch(text)
    if condition is None and re.search("[<>]", text):
        raise ValueError(f"source {text!r} is no condition; write METRIC>NUMBER, e.g. brightness>0.5")
    if condition and _metric(condition[1]) not in PHOTO_METRICS:
        raise ValueError(f"source {text!r}: no metric {condition[1]!r}; known: {', '.join(PHOTO_METRICS)}")


def _metric(name: str) -> str:
    return name if name in PHOTO_METRICS else f"{name}_mean"


def is_meant(row: EditRow, photo: ImageRecord, metrics: Mapping[str, Scalar]) -> bool:
    """True if the row's source means this photo.

    Args:
        row: from ``load_edits``.
        photo: a row of ``reference_images``.
        metrics: the photo's values in ``image_profile``; without them no condition holds.
    """
    condition = _CONDITION.fullmatch(row.source)
    if condition:
        value = metrics.get(_metric(condition[1]))
        return value is not None and _COMPARISONS[condition[2]](float(value), float(condition[3]))
    names = photo.source.lower(), PurePosixPath(photo.source).name.lower()
    return not row.source or any(fnmatchcase(name, row.source.lower()) for name in names)


def load_edits(path: Path, skipped: list[str] | None = None) -> list[EditRow]:
    """Reads ``edits.csv``.

    Raises:
        ConfigError: as ``load_csv``.
    """
    return load_csv(path, EditRow, skipped)
