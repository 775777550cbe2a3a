"""Painting: one scene, object by object.

Belongs here: placing and painting the objects of one scene, checking each, and cutting the masks of
those that others hide. Does not belong here: items and rows (``inpainting.py``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from pydantic import Field

from synth_assets.core.colour import to_lab
from synth_assets.core.masks import box_mask, dilate, soft_rim, tight_box
from synth_assets.core.ports import RGB, Box, Inpainter, InpaintRequest, Mask, Segmenter
from synth_assets.core.scenes.classes import ObjectClass, draw_objects
from synth_assets.core.scenes.cutouts import Cutout
from synth_assets.core.scenes.ground import GroundBand, find_ground
from synth_assets.core.scenes.placement import PlacementError, PlacementParams, place_box
from synth_assets.core.scenes.seams import context_box, find_object, paste_back
from synth_assets.core.seeds import derive_seed, generator

_RING_PX = 6


class PaintParams(PlacementParams):
    """How the objects of a scene are painted and checked.

    Attributes:
        max_objects: most objects a scene gets.
        context_share: context around a box for the engine, as a share of its longer side.
        context_px: least context.
        feather_px: soft rim around the box, for engines that may have changed everything.
        max_retries: further tries, with another seed, for an object that fails a check.
        min_object_px: a smaller object is invalid.
        min_box_share: an object that fills less of its box is invalid.
        min_contrast: an object whose mean colour is nearer to its surroundings (CIELAB distance)
            cannot be seen and is invalid.
        allow_border: True allows objects that touch the scene's border.
        max_hidden: an object of which later ones hide more is dropped.
    """

    max_objects: int = Field(default=4, ge=1)
    context_share: float = Field(default=0.35, ge=0)
    context_px: int = Field(default=24, ge=1)
    feather_px: int = Field(default=8, ge=0)
    max_retries: int = Field(default=2, ge=0)
    min_object_px: int = Field(default=150, ge=1)
    min_box_share: float = Field(default=0.1, ge=0, le=1)
    min_contrast: float = Field(default=3.0, ge=0)
    allow_border: bool = False
    max_hidden: float = Field(default=0.6, ge=0, le=1)


@dataclass(frozen=True)
class Painted:
    """One object of a scene.

    Attributes:
        number: its place in the scene's plan.
        row: its class.
        mask: (H, W) bool, what can be seen of it.
        full_px: its pixels before others hid some of them.
        cutout_id: the cutout shown to the engine; "" for none.
    """

    number: int
    row: ObjectClass
    mask: Mask
    full_px: int
    cutout_id: str = ""


@dataclass
class Scene:
    """What became of one scene.

    Attributes:
        image: (H, W, 3) uint8 RGB.
        objects: in the order they were painted, far to near.
        requested: objects drawn for the scene.
        attempts: engine calls.
        invalid: attempts that failed a check, by reason.
        dropped: objects given up, by reason.
    """

    image: RGB
    objects: list[Painted] = field(default_factory=list[Painted])
    requested: int = 0
    attempts: int = 0
    invalid: Counter[str] = field(default_factory=Counter[str])
    dropped: Counter[str] = field(default_factory=Counter[str])


def paint_scene(
    background: RGB,
    rows: Sequence[ObjectClass],
    cutouts: Mapping[str, Sequence[Cutout]],
    engine: Inpainter,
    segmenter: Segmenter | None,
    params: PaintParams,
    seed: int,
) -> Scene:
    """Gives the background with its objects; no pixel changes but where an object was painted.

    Args:
        background: (H, W, 3) uint8 RGB.
        rows: the classes.
        cutouts: label → cutouts, for engines that paste.
        engine: role ``inpaint``.
        segmenter: finds objects that the engine does not know exactly; None uses what changed.
        params: see there.
        seed: alone decides the scene.
    """
    plan = Scene(background)
    placed = list(enumerate(_place(background, rows, params, seed, plan)))
    while True:
        scene = Scene(background.copy(), requested=plan.requested, dropped=plan.dropped.copy())
        for number, (row, box) in placed:
            _add(scene, number, row, box, cutouts.get(row.label, ()), engine, segmenter, params, seed)
        hidden = [item.number for item in scene.objects if _is_hidden(item, params)]
        if not hidden:
            return scene
        # Painted again without them: a half-seen object without a label would teach a detector wrong.
        plan.dropped["hidden"] += len(hidden)
        placed = [entry for entry in placed if entry[0] not in hidden]


def _add(
    scene: Scene,
    number: int,
    row: ObjectClass,
    box: Box,
    choices: Sequence[Cutout],
    engine: Inpainter,
    segmenter: Segmenter | None,
    params: PaintParams,
    seed: int,
) -> None:
    """Paints one object into the scene, with retries; counts it as dropped where all of them fail."""
    for attempt in range(1 + params.max_retries):
        object_seed = derive_seed(seed, "object", str(number), attempt)
        cutout = choices[object_seed % len(choices)] if choices else None
        scene.attempts += 1
        image, mask = _paint_one(scene.image, row, box, cutout, engine, segmenter, params, object_seed)
        reason = _invalid(scene.image, image, mask, box, params)
        if not reason:
            cut = [replace(item, mask=item.mask & ~mask) for item in scene.objects]
            new = Painted(number, row, mask, int(mask.sum()), cutout.id if cutout else "")
            scene.image, scene.objects = image, [*cut, new]
            return
        scene.invalid[reason] += 1
    scene.dropped["invalid"] += 1


def _place(
    background: RGB, rows: Sequence[ObjectClass], params: PaintParams, seed: int, scene: Scene
) -> list[tuple[ObjectClass, Box]]:
    """Objects and their boxes, far to near; those without a place are counted as dropped."""
    rng = generator(derive_seed(seed, "placement", "", 0))
    drawn = draw_objects(rows, rng, params.max_objects)
    scene.requested = len(drawn)
    ground: GroundBand | None = None
    if params.placement == "ground":
        ground = find_ground(background)
        if ground is None:
            scene.dropped["no ground to stand on"] += len(drawn)
            return []
    placed: list[tuple[ObjectClass, Box]] = []
    size_hw = (background.shape[0], background.shape[1])
    for row in drawn:
        try:
            placed.append((row, place_box(row, size_hw, [box for _, box in placed], rng, params, ground)))
        except PlacementError:
            scene.dropped["no room"] += 1
    return sorted(placed, key=lambda entry: entry[1][3])


def _paint_one(
    image: RGB,
    row: ObjectClass,
    box: Box,
    cutout: Cutout | None,
    engine: Inpainter,
    segmenter: Segmenter | None,
    params: PaintParams,
    seed: int,
) -> tuple[RGB, Mask]:
    """Gives the picture with the object painted into its box, and the object's mask."""
    size_hw = (image.shape[0], image.shape[1])
    x0, y0, x1, y1 = context_box(box, size_hw, params.context_share, params.context_px)
    crop = image[y0:y1, x0:x1].copy()
    inner = (box[0] - x0, box[1] - y0, box[2] - x0, box[3] - y0)
    where = soft_rim(box_mask(inner, (crop.shape[0], crop.shape[1])), params.feather_px)
    references = [cutout.image] if cutout else []
    result = engine.inpaint([InpaintRequest(crop, inner, where, row.prompt, row.negative_prompt, seed, references)])[0]
    pasted, changed = paste_back(crop, result, where)
    found = result.object_mask
    if found is None:
        instances = segmenter.segment([pasted])[0] if segmenter else []
        found = find_object(crop, pasted, changed, instances)
    whole = image.copy()
    whole[y0:y1, x0:x1] = pasted
    mask = np.zeros(size_hw, np.bool_)
    mask[y0:y1, x0:x1] = found
    return whole, mask


def _invalid(before: RGB, after: RGB, mask: Mask, box: Box, params: PaintParams) -> str:
    """Why an object cannot be used, in words; "" if it can."""
    area = int(mask.sum())
    if area < params.min_object_px:
        return "too small"
    x0, y0, x1, y1 = box
    if area < params.min_box_share * (x1 - x0) * (y1 - y0):
        return "fills too little of its box"
    touches = mask[0].any() or mask[-1].any() or mask[:, 0].any() or mask[:, -1].any()
    if touches and not params.allow_border:
        return "touches the border"
    ring = dilate(mask, _RING_PX) & ~mask
    difference = to_lab(after)[mask].mean(axis=0) - to_lab(before)[ring].mean(axis=0)
    if float(np.linalg.norm(difference)) < params.min_contrast:
        return "cannot be seen"
    return ""


def _is_hidden(painted: Painted, params: PaintParams) -> bool:
    seen = int(painted.mask.sum())
    return seen < params.min_object_px or seen < (1 - params.max_hidden) * painted.full_px


def bounds(painted: Painted) -> Box:
    """The object's tight box.

    Raises:
        ValueError: nothing of it can be seen.
    """
    box = tight_box(painted.mask)
    if box is None:
        raise ValueError(f"nothing can be seen of {painted.row.label!r}")
    return box
