"""Masks of edits: the region of one photo that a row of ``edits.csv`` works on.

Belongs here: finding it, by box, by words, by the largest object or on the ground. Does not belong
here: what is done there (``editing.py``).
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from synth_assets.core.config import Params
from synth_assets.core.masks import box_mask, dilate
from synth_assets.core.ports import RGB, Box, Mask, Models
from synth_assets.core.scenes.classes import ObjectClass
from synth_assets.core.scenes.edit_rows import Place
from synth_assets.core.scenes.ground import find_ground
from synth_assets.core.scenes.placement import PlacementError, PlacementParams, place_box
from synth_assets.core.seeds import generator

ROLES = {"all": (), "box": (), "ground": (), "text": ("text_mask",), "largest": ("segment",)}
"""Kind of place → roles that find it."""


class EditMaskParams(Params):
    """How the region of an edit is found.

    Attributes:
        mask_margin_px: a mask found by words or segmentation is grown by this.
        min_text_score: pixels that show what the words name less surely are left out.
        max_removed_share: more of a photo is not removed: there would be nothing to fill it from.
        ground: how a place on the ground is drawn.
    """

    mask_margin_px: int = Field(default=6, ge=0)
    min_text_score: float = Field(default=0.4, gt=0, lt=1)
    max_removed_share: float = Field(default=0.35, gt=0, le=1)
    ground: PlacementParams = PlacementParams()


class NotEditableError(ValueError):
    """A photo that an edit does not suit; the message says why."""


def find_mask(image: RGB, place: Place, kind: ObjectClass, models: Models, params: EditMaskParams, seed: int) -> Mask:
    """Gives the (H, W) region to change, with at least one pixel.

    Args:
        image: (H, W, 3) uint8 RGB.
        place: the row's.
        kind: size of what is to stand on the ground; unused elsewhere.
        models: access by role.
        params: see there.
        seed: decides a place on the ground.

    Raises:
        NotEditableError: the photo has no such region.
        RoleUnavailableError: the model set has no model to find it.
    """
    size_hw = (image.shape[0], image.shape[1])
    if place.kind == "box":
        return box_mask(pixel_box(place.box, size_hw), size_hw)
    if place.kind == "text":
        return _named(image, place.text, models, params)
    if place.kind == "largest":
        instances = models.segment().segment([image])[0]
        if not instances:
            raise NotEditableError("no object was found")
        return dilate(instances[0].mask, params.mask_margin_px)
    if place.kind == "ground":
        ground = find_ground(image)
        if ground is None:
            raise NotEditableError("no ground to stand on was found")
        try:
            box = place_box(kind, size_hw, [], generator(seed), params.ground, ground)
        except PlacementError as error:
            raise NotEditableError(str(error)) from error
        return box_mask(box, size_hw)
    return np.ones(size_hw, np.bool_)


def _named(image: RGB, text: str, models: Models, params: EditMaskParams) -> Mask:
    score = models.text_mask().find([image], [text])[0]
    found = score >= params.min_text_score
    if not found.any():
        raise NotEditableError(
            f"nothing that shows {text!r} was found: at best {float(score.max()):.2f}, min_text_score is "
            f"{params.min_text_score}"
        )
    return dilate(found, params.mask_margin_px)


def pixel_box(shares: tuple[float, float, float, float], size_hw: tuple[int, int]) -> Box:
    """A box in shares of the sides as pixels: at least one, inside (height, width)."""
    x0, x1 = _span(shares[0], shares[2], size_hw[1])
    y0, y1 = _span(shares[1], shares[3], size_hw[0])
    return x0, y0, x1, y1


def _span(low: float, high: float, side_px: int) -> tuple[int, int]:
    first = min(round(low * side_px), side_px - 1)
    return first, max(first + 1, round(high * side_px))
