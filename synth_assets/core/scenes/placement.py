"""Placement: the box an object is painted into.

Belongs here: drawing sizes and positions by a class's row. Does not belong here: finding the ground
(``ground.py``) and painting (``inpainting.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from pydantic import Field

from synth_assets.core.boxes import iou, is_inside
from synth_assets.core.config import Params
from synth_assets.core.ports import Box
from synth_assets.core.scenes.classes import ObjectClass
from synth_assets.core.scenes.ground import GroundBand

LONG_SIDE_SHARE = (0.25, 0.5)
"""Ratio mode: the long side as a share of the scene's shorter side, half-open (S2.3)."""


class PlacementError(ValueError):
    """No place for a box; the message says what was tried."""


class PlacementParams(Params):
    """How boxes are placed.

    Attributes:
        placement: ``uniform`` draws sizes and positions uniformly, as the original does;
            ``ground`` lets things stand on the ground and be smaller the further they are. The
            class's size range holds in both.
        max_iou: two boxes of a scene never overlap more.
        max_tries: draws before giving up.
        depth_jitter: ``ground`` only: how far a size may stray from what its distance asks for, as
            a share of the class's range.
        margin_px: ``ground`` only: least distance from the lower border, and from the others where
            there is room.
        min_ground_share: ``ground`` only: least share of the box's lower edge that is on ground.
    """

    placement: Literal["uniform", "ground"] = "ground"
    max_iou: float = Field(default=0.12, ge=0, le=1)
    max_tries: int = Field(default=400, ge=1)
    depth_jitter: float = Field(default=0.12, ge=0, le=1)
    margin_px: int = Field(default=6, ge=0)
    min_ground_share: float = Field(default=0.9, ge=0, le=1)


def place_box(
    row: ObjectClass,
    size_hw: tuple[int, int],
    taken: Sequence[Box],
    rng: np.random.Generator,
    params: PlacementParams,
    ground: GroundBand | None = None,
) -> Box:
    """Gives a box for one object that lies inside the image and keeps clear of the others.

    Args:
        row: the object's class.
        size_hw: (height, width) of the scene in pixels.
        taken: boxes placed before.
        rng: decides.
        params: see there.
        ground: where things may stand; needed where ``params.placement`` is ``ground``.

    Raises:
        PlacementError: no such box was found in ``max_tries`` draws.
    """
    if params.placement == "ground" and ground is None:
        raise PlacementError("no ground in the picture to stand on; set placement to uniform to place anywhere")
    for _ in range(params.max_tries):
        if params.placement == "ground" and ground is not None:
            box = _draw_on_ground(row, size_hw, rng, params, ground)
        else:
            box = _draw_uniform(row, size_hw, rng)
        if box and is_inside(box, size_hw) and all(iou(box, other) <= params.max_iou for other in taken):
            return box
    raise PlacementError(
        f"no room for {row.label!r} beside {len(taken)} others in {params.max_tries} tries; allow fewer or smaller "
        f"objects, or a max_iou above {params.max_iou}"
    )


def _draw_uniform(row: ObjectClass, size_hw: tuple[int, int], rng: np.random.Generator) -> Box | None:
    width, height = _size(row, size_hw, rng, float(rng.random()), float(rng.random()))
    if width > size_hw[1] or height > size_hw[0]:
        return None
    x0 = int(rng.integers(0, size_hw[1] - width + 1))
    y0 = int(rng.integers(0, size_hw[0] - height + 1))
    return x0, y0, x0 + width, y0 + height


def _draw_on_ground(
    row: ObjectClass, size_hw: tuple[int, int], rng: np.random.Generator, params: PlacementParams, ground: GroundBand
) -> Box | None:
    lowest = size_hw[0] - params.margin_px
    if ground.horizon_px >= lowest:
        return None
    foot = int(rng.integers(ground.horizon_px, lowest)) + 1
    near = float(np.clip(ground.depth(foot) + params.depth_jitter * rng.uniform(-1, 1), 0, 1))
    width, height = _size(row, size_hw, rng, near, near)
    if width > size_hw[1]:
        return None
    aside = min(params.margin_px, (size_hw[1] - width) // 2)
    x0 = int(rng.integers(aside, size_hw[1] - width - aside + 1))
    under = ground.top_px[x0 : x0 + width] < foot
    return (x0, foot - height, x0 + width, foot) if under.mean() >= params.min_ground_share else None


def _size(
    row: ObjectClass, size_hw: tuple[int, int], rng: np.random.Generator, across: float, upwards: float
) -> tuple[int, int]:
    """Width and height in pixels, at these places (0..1) of the row's ranges."""
    if row.sizes_px:
        w0, h0, w1, h1 = row.sizes_px
        return round(w0 + across * (w1 - w0)), round(h0 + upwards * (h1 - h0))
    low, high = row.ratios or (1.0, 1.0)
    ratio = rng.uniform(low, high)
    share = LONG_SIDE_SHARE[0] + across * (LONG_SIDE_SHARE[1] - LONG_SIDE_SHARE[0])
    long_px = share * min(size_hw)
    width, height = (long_px, long_px / ratio) if ratio >= 1 else (long_px * ratio, long_px)
    return max(1, int(width)), max(1, int(height))
