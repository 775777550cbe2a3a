"""Planning: which objects a scene gets, and where, before anything is painted.

Belongs here: drawing a scene's objects and their boxes from its seed. Does not belong here: one
box (``placement.py``) and painting (``painting.py``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from pydantic import Field

from synth_assets.core.ports import RGB, Box
from synth_assets.core.scenes.classes import ObjectClass, draw_objects
from synth_assets.core.scenes.ground import GroundBand, find_ground
from synth_assets.core.scenes.placement import PlacementError, PlacementParams, place_box
from synth_assets.core.scenes.seams import context_box
from synth_assets.core.seeds import derive_seed, generator


class PlanParams(PlacementParams):
    """How many objects a scene gets, and how much of it the engine sees of each.

    Attributes:
        max_objects: most objects a scene gets.
        context_share: context around a box for the engine, as a share of its longer side.
        context_px: least context.
    """

    max_objects: int = Field(default=4, ge=1)
    context_share: float = Field(default=0.35, ge=0)
    context_px: int = Field(default=24, ge=1)


@dataclass(frozen=True)
class Planned:
    """One object to be painted.

    Attributes:
        number: its place in the plan, far to near.
        row: its class.
        box: where it goes.
        crop: the part of the scene that the engine gets, and that may change.
    """

    number: int
    row: ObjectClass
    box: Box
    crop: Box


@dataclass(frozen=True)
class Plan:
    """The objects of one scene.

    Attributes:
        objects: in the order of painting, far to near.
        requested: objects drawn.
        dropped: objects that found no place, by reason.
    """

    objects: list[Planned]
    requested: int
    dropped: Counter[str] = field(default_factory=Counter[str])


def plan_scene(background: RGB, rows: Sequence[ObjectClass], params: PlanParams, seed: int) -> Plan:
    """Gives the objects of one scene and their boxes; the seed alone decides.

    Args:
        background: (H, W, 3) uint8 RGB.
        rows: the classes.
        params: see there.
        seed: of the scene.
    """
    rng = generator(derive_seed(seed, "placement", "", 0))
    drawn = draw_objects(rows, rng, params.max_objects)
    ground: GroundBand | None = None
    if params.placement == "ground":
        ground = find_ground(background)
        if ground is None:
            return Plan([], len(drawn), Counter({"no ground to stand on": len(drawn)}))
    size_hw = (background.shape[0], background.shape[1])
    placed: list[tuple[ObjectClass, Box]] = []
    dropped: Counter[str] = Counter()
    for row in drawn:
        try:
            placed.append((row, place_box(row, size_hw, [box for _, box in placed], rng, params, ground)))
        except PlacementError:
            dropped["no room"] += 1
    placed.sort(key=lambda entry: entry[1][3])
    objects = [
        Planned(number, row, box, context_box(box, size_hw, params.context_share, params.context_px))
        for number, (row, box) in enumerate(placed)
    ]
    return Plan(objects, len(drawn), dropped)
