"""Verification: is the object that was painted really there, whole, alone and of its class?

Belongs here: the checks of one attempt, each with its reason in words, and of a finished scene's
quality. Does not belong here: calling models (``attempts.py``) and what a class looks like
(``gallery.py``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from pydantic import Field

from synth_assets.core.boxes import area, expand, intersection
from synth_assets.core.colour import to_lab
from synth_assets.core.config import Params
from synth_assets.core.masks import dilate, tight_box
from synth_assets.core.measure import Look
from synth_assets.core.ports import RGB, Box, Label, Mask

NOTHING = "empty background"
"""What the labeller may say instead of a class."""
_RING_PX = 6


class VerificationParams(Params):
    """What an object must be to get a label.

    The likeness limits were set on objects pasted from the sample's cutouts onto its photos. On 232
    others from the same cutouts and photos 97 in 100 pass all three, and 1 in 100 as another class; of
    patches of background in an object's outline 11 in 100 pass, of half objects 86 in 100: those are
    for the checks of shape.

    Attributes:
        min_object_px: a smaller object is invalid.
        min_box_share: an object that fills less of its box is invalid.
        min_side_share: so is one that spans less of its box both in width and in height.
        max_outside_share: how far it may reach out of its box, as a share of the box's longer side.
        max_cut_share: share of one side of its bounds that may lie on the limit of the region that
            could be painted, or be straight beyond what the class's cutouts show; more is cut off.
        allow_border: True allows objects that touch the scene's border.
        max_second_share: a second object or piece of this share of the first is one too many.
        min_contrast: an object whose mean colour is nearer to its surroundings (CIELAB distance)
            cannot be seen and is invalid.
        min_likeness: least cosine with the nearest cutout of its class.
        min_likeness_gain: how much nearer to its class the object must be than the background was at
            the same place.
        min_class_margin: how much nearer to its own class's cutouts than to any other's; below 0 a tie
            is let pass.
        min_detail_ratio: a scene with less fine detail than this share of its background's is blurred.
        max_detail_ratio: one with more is noisy.
    """

    min_object_px: int = Field(default=150, ge=1)
    min_box_share: float = Field(default=0.1, ge=0, le=1)
    min_side_share: float = Field(default=0.4, ge=0, le=1)
    max_outside_share: float = Field(default=0.25, ge=0)
    max_cut_share: float = Field(default=0.4, ge=0, le=1)
    allow_border: bool = False
    max_second_share: float = Field(default=0.35, gt=0)
    min_contrast: float = Field(default=3.0, ge=0)
    min_likeness: float = Field(default=0.58, ge=-1, le=1)
    min_likeness_gain: float = Field(default=0.05, ge=-2, le=2)
    min_class_margin: float = Field(default=-0.02, ge=-2, le=2)
    min_detail_ratio: float = Field(default=0.75, ge=0)
    max_detail_ratio: float = Field(default=1.6, gt=0)


@dataclass(frozen=True)
class Appearance:
    """One attempt in its crop.

    Attributes:
        before: (h, w, 3) crop before painting.
        after: the same with the object.
        mask: (h, w) bool, the object.
        others: further objects or pieces that appeared, see ``seams.Found``.
        box: where the object was to go.
        region: (h, w) bool, where the engine could paint an object.
        scene_sides: whether the crop's left, upper, right and lower side is the scene's.
    """

    before: RGB
    after: RGB
    mask: Mask
    others: Sequence[Mask]
    box: Box
    region: Mask
    scene_sides: tuple[bool, bool, bool, bool]


def why_invalid(found: Appearance, straightest: float | None, params: VerificationParams) -> str:
    """Why an attempt cannot be used, by its shape and contrast, in words; "" if it can.

    Args:
        found: the attempt.
        straightest: ``straight_share`` of the class's cutouts; None where there are none.
        params: limits.
    """
    return (
        _not_whole(found, straightest, params)
        or _not_alone(found, params)
        or ("" if contrast(found) >= params.min_contrast else "cannot be seen")
    )


def _not_whole(found: Appearance, straightest: float | None, params: VerificationParams) -> str:
    pixels, bounds = int(found.mask.sum()), tight_box(found.mask)
    if bounds is None or pixels < params.min_object_px:
        return "too small"
    width, height = found.box[2] - found.box[0], found.box[3] - found.box[1]
    if pixels < params.min_box_share * width * height:
        return "fills too little of its box"
    if max((bounds[2] - bounds[0]) / width, (bounds[3] - bounds[1]) / height) < params.min_side_share:
        return "much smaller than its box"
    size_hw = (found.mask.shape[0], found.mask.shape[1])
    roomy = expand(found.box, round(params.max_outside_share * max(width, height)), size_hw)
    if area(intersection(bounds, roomy)) < area(bounds):
        return "larger than its box"
    sides = (found.mask[:, 0], found.mask[0], found.mask[:, -1], found.mask[-1])
    for touched, is_scene in zip((side.any() for side in sides), found.scene_sides, strict=True):
        if touched and not is_scene:
            return "cut off by its crop"
        if touched and not params.allow_border:
            return "touches the border"
    limit = found.region & ~_inner(found.region)
    if _longest_side(found.mask & limit, bounds) > params.max_cut_share:
        return "cut off by the region it was painted in"
    if straightest is not None and straight_share(found.mask) > straightest + params.max_cut_share:
        return "cut off straight"
    return ""


def _inner(region: Mask) -> Mask:
    """The region less its outermost pixels; the crop's border is no limit of its own."""
    return ~dilate(~region, 1)


def _not_alone(found: Appearance, params: VerificationParams) -> str:
    pixels = int(found.mask.sum())
    if any(int(other.sum()) >= params.max_second_share * pixels for other in found.others):
        return "more than one object"
    return ""


def contrast(found: Appearance) -> float:
    """CIELAB distance between the object's mean colour and that of the background around it."""
    ring = dilate(found.mask, _RING_PX) & ~found.mask
    inside, around = to_lab(found.after)[found.mask], to_lab(found.before)[ring]
    return float(np.linalg.norm(inside.mean(axis=0) - around.mean(axis=0)))


def straight_share(mask: Mask) -> float:
    """Largest share of a side of the mask's bounds that the mask lies on: 1 for a box, little for an animal.

    An empty mask has 0.
    """
    bounds = tight_box(mask)
    if bounds is None:
        return 0.0
    x0, y0, x1, y1 = bounds
    inside = mask[y0:y1, x0:x1]
    return float(max(inside[:, 0].mean(), inside[:, -1].mean(), inside[0].mean(), inside[-1].mean()))


def _longest_side(contact: Mask, bounds: Box) -> float:
    """Largest share of a side of the bounds along which there is contact."""
    x0, y0, x1, y1 = bounds
    inside = contact[y0:y1, x0:x1]
    depth = min(2, *inside.shape)
    upright = max(inside[:, :depth].any(axis=1).mean(), inside[:, -depth:].any(axis=1).mean())
    flat = max(inside[:depth].any(axis=0).mean(), inside[-depth:].any(axis=0).mean())
    return float(max(upright, flat))


def why_unlike(
    label: str, after: Mapping[str, float], before: Mapping[str, float], params: VerificationParams
) -> tuple[str, float]:
    """Why an object is not of its class, by its likeness to cutouts ("" if it is), and its score.

    Args:
        label: its class.
        after: label → cosine of the object with the nearest cutout of that class.
        before: the same for what the background showed at the same place.
        params: limits.
    """
    own = after[label]
    others = {other: value for other, value in after.items() if other != label}
    nearest = max(others, key=lambda name: others[name], default="")
    score = float(np.clip(own, 0, 1))
    if own < params.min_likeness:
        return "unlike its class", score
    if own - before[label] < params.min_likeness_gain:
        return "no more like its class than the background was", score
    if others and own - others[nearest] < params.min_class_margin:
        return f"looks like another class: {nearest}", score
    return "", score


def why_mislabelled(label: str, after: Sequence[Label], before: Sequence[Label]) -> tuple[str, float]:
    """Why an object is not of its class, by a labeller ("" if it is), and its score.

    Args:
        label: its class.
        after: the labels of the object, best first, ``NOTHING`` among them.
        before: those of what the background showed at the same place.
    """
    own = next(item.score for item in after if item.text == label)
    was = next(item.score for item in before if item.text == label)
    score = float(np.clip(own, 0, 1))
    if after[0].text == NOTHING:
        return "looks like background", score
    if after[0].text != label:
        return f"looks like another class: {after[0].text}", score
    return ("", score) if own > was else ("no more like its class than the background was", score)


def detail_ratio(scene: RGB, background: RGB) -> float:
    """Fine detail of a scene over its background's: 1 where nothing changed, less where it is blurred."""
    had = Look(background).noise
    return Look(scene).noise / had if had > 0 else 1.0


def why_poor(ratio: float, params: VerificationParams) -> str:
    """Why a scene's quality is too low beside its background's; "" if it is not."""
    if ratio < params.min_detail_ratio:
        return "blurred beside its background"
    return "noisy beside its background" if ratio > params.max_detail_ratio else ""
