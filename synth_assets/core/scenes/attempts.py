"""Attempts: painting many objects, each into its own crop, with one call of every model.

Belongs here: a crop's way through engine, segmenter, pasting back and verification. Does not belong
here: whose turn it is (``painting.py``), and the checks themselves (``verification.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from pydantic import Field

from synth_assets.core.boxes import expand
from synth_assets.core.images import fit_within, resize
from synth_assets.core.masks import box_mask, soft_rim, tight_box
from synth_assets.core.ports import (
    RGB,
    Box,
    Embedder,
    Inpainted,
    Inpainter,
    InpaintRequest,
    Instance,
    Labeller,
    Mask,
    Models,
    Segmenter,
    SoftMask,
)
from synth_assets.core.scenes.classes import ObjectClass
from synth_assets.core.scenes.cutouts import Cutout
from synth_assets.core.scenes.gallery import Gallery, view_of
from synth_assets.core.scenes.seams import Found, allowed_soft, find_object, paste_tight, settle, split_object
from synth_assets.core.scenes.verification import (
    NOTHING,
    Appearance,
    VerificationParams,
    why_invalid,
    why_mislabelled,
    why_unlike,
)

_LABEL_MARGIN_SHARE = 0.1
"""Context around an object for the labeller, which knows things in their surroundings."""
_THUMBNAIL_PX = 192
_OUTLINE = (255, 0, 80)
_CORE = 0.5


class AttemptParams(VerificationParams):
    """How an object is painted, pasted back and checked.

    Attributes:
        feather_px: soft rim around the box, for engines that may have changed everything.
        rim_px: soft rim around the object that is finally taken over from such an engine.
        segment_px: crops are enlarged to this longer side for the segmenter, which overlooks what is small.
    """

    feather_px: int = Field(default=8, ge=0)
    rim_px: int = Field(default=4, ge=0)
    segment_px: int = Field(default=384, ge=1)


@dataclass(frozen=True)
class PaintTools:
    """The models that paint and check objects.

    Attributes:
        inpaint: paints.
        segment: finds objects that the engine does not know exactly; None uses what changed.
        embed: compares objects with the cutouts of their class; None leaves that out.
        label: judges classes without cutouts; None leaves that out.
    """

    inpaint: Inpainter
    segment: Segmenter | None = None
    embed: Embedder | None = None
    label: Labeller | None = None


def paint_tools(models: Models) -> PaintTools:
    """The tools of a model set; roles that it lacks are left out, but ``inpaint``.

    Raises:
        RoleUnavailableError: the set has no model for ``inpaint``.
    """
    return PaintTools(
        models.inpaint(),
        models.segment() if models.has("segment") else None,
        models.embed() if models.has("embed") else None,
        models.label() if models.has("label") else None,
    )


@dataclass(frozen=True)
class Attempt:
    """One try at one object.

    Attributes:
        crop: (h, w, 3) what the scene shows there.
        box: where the object goes, in the crop.
        row: its class.
        cutout: shown to the engine; None for none.
        seed: alone decides the result.
        scene_sides: whether the crop's left, upper, right and lower side is the scene's.
    """

    crop: RGB
    box: Box
    row: ObjectClass
    cutout: Cutout | None
    seed: int
    scene_sides: tuple[bool, bool, bool, bool]


@dataclass(frozen=True)
class Outcome:
    """What became of an attempt.

    Attributes:
        image: (h, w, 3) the crop with the object.
        mask: (h, w) bool, the object.
        reason: why it cannot be used; "" if it can.
        score: likeness to its class in [0, 1]; 1 where nothing judged it.
    """

    image: RGB
    mask: Mask
    reason: str = ""
    score: float = 1.0


def make_attempts(
    attempts: Sequence[Attempt], tools: PaintTools, gallery: Gallery, labels: Sequence[str], params: AttemptParams
) -> list[Outcome]:
    """Paints and checks all attempts; no outcome depends on the others.

    Args:
        attempts: of any number of scenes.
        tools: each is called once at the most, with a list.
        gallery: of the classes' cutouts.
        labels: of all classes, the candidates of the labeller.
        params: see there.
    """
    softs = [soft_rim(box_mask(item.box, _size_hw(item.crop)), params.feather_px) for item in attempts]
    requests = [
        InpaintRequest(
            image=item.crop,
            box=item.box,
            mask=soft,
            prompt=item.row.prompt,
            negative_prompt=item.row.negative_prompt,
            seed=item.seed,
            references=[item.cutout.image] if item.cutout else [],
        )
        for item, soft in zip(attempts, softs, strict=True)
    ]
    painted = tools.inpaint.inpaint(requests)
    settled = [settle(item.crop, made, soft) for item, made, soft in zip(attempts, painted, softs, strict=True)]
    found = _find(attempts, painted, settled, softs, tools.segment, params)
    outcomes: list[Outcome] = []
    for item, made, loose, what, soft in zip(attempts, painted, settled, found, softs, strict=True):
        image = paste_tight(item.crop, loose, made, what.mask, soft, params.rim_px)
        region = np.ones(what.mask.shape, np.bool_) if made.touched is not None else soft >= _CORE
        seen = Appearance(item.crop, image, what.mask, what.others, item.box, region, item.scene_sides)
        reason = why_invalid(seen, gallery.straight.get(item.row.label), params)
        outcomes.append(Outcome(image, what.mask, reason))
    return _judged(attempts, outcomes, tools, gallery, labels, params)


def _size_hw(image: RGB) -> tuple[int, int]:
    return image.shape[0], image.shape[1]


def _find(
    attempts: Sequence[Attempt],
    painted: Sequence[Inpainted],
    settled: Sequence[RGB],
    softs: Sequence[SoftMask],
    segmenter: Segmenter | None,
    params: AttemptParams,
) -> list[Found]:
    """The object of each attempt; the segmenter sees all those that the engine does not know, in one call."""
    unknown = [index for index, made in enumerate(painted) if made.object_mask is None]
    instances: dict[int, list[Instance]] = {}
    if segmenter and unknown:
        shown = [_enlarged(settled[index], params.segment_px) for index in unknown]
        instances = dict(zip(unknown, segmenter.segment(shown), strict=True))
    found: list[Found] = []
    for index, (item, made, loose, soft) in enumerate(zip(attempts, painted, settled, softs, strict=True)):
        if made.object_mask is not None:
            found.append(split_object(made.object_mask))
            continue
        own = [Instance(_reduced(one.mask, loose), one.score) for one in instances.get(index, [])]
        found.append(find_object(item.crop, loose, allowed_soft(made, soft), own))
    return found


def _enlarged(image: RGB, side_px: int) -> RGB:
    scale = max(1.0, side_px / max(image.shape[:2]))
    return resize(image, (round(image.shape[0] * scale), round(image.shape[1] * scale)))


def _reduced(mask: Mask, image: RGB) -> Mask:
    size_wh = (image.shape[1], image.shape[0])
    if mask.shape == image.shape[:2]:
        return mask
    return cv2.resize(mask.astype(np.uint8), size_wh, interpolation=cv2.INTER_AREA).astype(np.bool_)


def _judged(
    attempts: Sequence[Attempt],
    outcomes: list[Outcome],
    tools: PaintTools,
    gallery: Gallery,
    labels: Sequence[str],
    params: AttemptParams,
) -> list[Outcome]:
    """The outcomes with what the models say of the class of those that passed so far."""
    good = [index for index, outcome in enumerate(outcomes) if not outcome.reason]
    by_cutouts = [index for index in good if attempts[index].row.label in gallery.vectors]
    by_words = [index for index in good if attempts[index].row.label not in gallery.vectors]
    verdicts: dict[int, tuple[str, float]] = {}
    if tools.embed and by_cutouts:
        views = [(outcomes[index].image, attempts[index].crop) for index in by_cutouts]
        shown = [
            view_of(image, outcomes[index].mask)
            for index, pair in zip(by_cutouts, views, strict=True)
            for image in pair
        ]
        vectors = tools.embed.embed(shown)
        for place, index in enumerate(by_cutouts):
            side_px = _longer_side(outcomes[index].mask)
            after, before = (gallery.likeness(vectors[2 * place + turn], side_px) for turn in (0, 1))
            verdicts[index] = why_unlike(attempts[index].row.label, after, before, params)
    if tools.label and by_words:
        shown = [
            image[_around(outcomes[index].mask)]
            for index in by_words
            for image in (outcomes[index].image, attempts[index].crop)
        ]
        said = tools.label.label(shown, [*dict.fromkeys(labels), NOTHING])
        for place, index in enumerate(by_words):
            verdicts[index] = why_mislabelled(attempts[index].row.label, said[2 * place], said[2 * place + 1])
    judged = list(outcomes)
    for index, (reason, score) in verdicts.items():
        judged[index] = replace(outcomes[index], reason=reason, score=round(score, 4))
    return judged


def _longer_side(mask: Mask) -> int:
    box = tight_box(mask)
    return max(box[2] - box[0], box[3] - box[1]) if box else 0


def _around(mask: Mask) -> tuple[slice, slice]:
    box = tight_box(mask)
    if box is None:
        return slice(None), slice(None)
    margin_px = round(_LABEL_MARGIN_SHARE * max(box[2] - box[0], box[3] - box[1]))
    x0, y0, x1, y1 = expand(box, margin_px, (mask.shape[0], mask.shape[1]))
    return slice(y0, y1), slice(x0, x1)


def thumbnail(image: RGB, mask: Mask) -> RGB:
    """A small copy of a crop with the outline of what was taken for the object."""
    outlines, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    drawn = cv2.drawContours(image.copy(), outlines, -1, _OUTLINE, 1)
    return fit_within(np.asarray(drawn, np.uint8), (_THUMBNAIL_PX, _THUMBNAIL_PX))
