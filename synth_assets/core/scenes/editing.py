"""Editing: photos and what to do with them in, edited photos out.

Belongs here: what each method asks of the models, and putting the answer back so that nothing
outside the mask changes. Does not belong here: finding masks (``edit_masks.py``), rows and files
(``edits.py``), and the models.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pydantic import Field

from synth_assets.core.masks import blend, box_mask, soft_rim, tight_box
from synth_assets.core.ports import (
    RGB,
    RGBA,
    Box,
    EditRequest,
    InpaintRequest,
    Mask,
    Models,
    RoleUnavailableError,
    UnsupportedRequestError,
)
from synth_assets.core.scenes.classes import ObjectClass
from synth_assets.core.scenes.edit_masks import EditMaskParams, NotEditableError, find_mask
from synth_assets.core.scenes.edit_rows import EditRow
from synth_assets.core.scenes.seams import allowed_soft, context_box, find_object, paste_tight, settle

Request = TypeVar("Request")
Result = TypeVar("Result")


class EditParams(EditMaskParams):
    """How photos are edited.

    Attributes:
        max_side_px: photos are scaled down to this first.
        feather_px: soft rim around a mask; nothing changes outside of it.
        rim_px: soft rim around an added object.
        context_share: context around what is added, for the engine, as a share of its longer side.
        context_px: least context.
        min_object_px: an added object of which less can be made out was not painted.
        batch_size: photos that are held and handed to the models together.
    """

    max_side_px: int = Field(default=768, ge=64)
    feather_px: int = Field(default=8, ge=0)
    rim_px: float = Field(default=3.0, ge=0)
    context_share: float = Field(default=0.35, ge=0)
    context_px: int = Field(default=24, ge=1)
    min_object_px: int = Field(default=150, ge=1)
    batch_size: int = Field(default=8, ge=1)


@dataclass(frozen=True)
class Job:
    """One photo and what to do with it.

    Attributes:
        image: (H, W, 3) uint8 RGB.
        row: from ``load_edits``.
        kind: class of what is added: its label, its size on the ground.
        cutouts: (h, w, 4) pictures of it, for engines that paste.
        seed: alone decides the result.
    """

    image: RGB
    row: EditRow
    kind: ObjectClass
    cutouts: Sequence[RGBA]
    seed: int


@dataclass(frozen=True)
class Edited:
    """One edited photo.

    Attributes:
        image: (H, W, 3) uint8 RGB.
        changed: (H, W) bool: outside every byte is the photo's; None = the whole picture was free.
        added: (H, W) bool mask of the added object; None for none.
    """

    image: RGB
    changed: Mask | None = None
    added: Mask | None = None


def edit_photos(jobs: Sequence[Job], models: Models, params: EditParams) -> list[Edited | str]:
    """Gives each job's edited photo, or why there is none.

    Args:
        jobs: in any mixture; those of one method go to the models together.
        models: access by role.
        params: see there.
    """
    results: list[Edited | str] = [""] * len(jobs)
    masks: dict[int, Mask] = {}
    for index, job in enumerate(jobs):
        try:
            masks[index] = _mask_of(job, models, params)
        except (RoleUnavailableError, NotEditableError) as error:
            results[index] = str(error)
    for methods, run in ((("relight", "instruct"), _by_words), (("add",), _add), (("remove",), _remove)):
        chosen = [index for index in masks if jobs[index].row.method in methods]
        if not chosen:
            continue
        try:
            made = run([jobs[index] for index in chosen], [masks[index] for index in chosen], models, params)
        except RoleUnavailableError as error:
            made = [str(error)] * len(chosen)
        for index, result in zip(chosen, made, strict=True):
            results[index] = result
    return results


def _mask_of(job: Job, models: Models, params: EditParams) -> Mask:
    mask = find_mask(job.image, job.row.place, job.kind, models, params, job.seed)
    if job.row.method == "remove" and mask.mean() > params.max_removed_share:
        what = {"largest": "the largest object", "text": f"what shows {job.row.place.text!r}"}
        name = what.get(job.row.place.kind, "the box")
        raise NotEditableError(f"{name} covers more than {params.max_removed_share:.0%} of the photo")
    return mask


def _by_words(jobs: Sequence[Job], masks: Sequence[Mask], models: Models, params: EditParams) -> list[Edited | str]:
    requests = [
        EditRequest(
            job.image,
            job.row.words,
            job.row.change,
            job.seed,
            job.row.guidance,
            job.row.negative_prompt,
            changes_content=job.row.method == "instruct",
        )
        for job in jobs
    ]
    results: list[Edited | str] = []
    for job, mask, after in zip(jobs, masks, _answers(models.edit().edit, requests), strict=True):
        if isinstance(after, str):
            results.append(after)
        elif job.row.place.kind == "all":
            results.append(Edited(after))
        else:
            soft = soft_rim(mask, params.feather_px)
            results.append(Edited(blend(job.image, after, soft), soft > 0))
    return results


def _remove(jobs: Sequence[Job], masks: Sequence[Mask], models: Models, params: EditParams) -> list[Edited | str]:
    soft = [soft_rim(mask, params.feather_px) for mask in masks]
    filled = models.background_fill().fill([job.image for job in jobs], [rim > 0 for rim in soft])
    return [Edited(blend(job.image, fill, rim), rim > 0) for job, fill, rim in zip(jobs, filled, soft, strict=True)]


def _add(jobs: Sequence[Job], masks: Sequence[Mask], models: Models, params: EditParams) -> list[Edited | str]:
    boxes = [_crop_box(mask, params) for mask in masks]
    crops = [job.image[y0:y1, x0:x1].copy() for job, (x0, y0, x1, y1) in zip(jobs, boxes, strict=True)]
    inner = [mask[y0:y1, x0:x1] for mask, (x0, y0, x1, y1) in zip(masks, boxes, strict=True)]
    requests = [
        InpaintRequest(
            crop,
            tight_box(region) or (0, 0, 0, 0),
            soft_rim(region, params.feather_px),
            job.kind.prompt,
            job.row.negative_prompt,
            job.seed,
            job.cutouts,
        )
        for job, crop, region in zip(jobs, crops, inner, strict=True)
    ]
    results: list[Edited | str] = []
    for job, request, box, painted in zip(
        jobs, requests, boxes, _answers(models.inpaint().inpaint, requests), strict=True
    ):
        if isinstance(painted, str):
            results.append(painted)
            continue
        settled, changed = settle(request.image, painted, request.mask), request.mask > 0
        found = painted.object_mask
        if found is None:
            seen = models.segment().segment([settled])[0] if models.has("segment") else []
            found = find_object(request.image, settled, allowed_soft(painted, request.mask), seen).mask
        pasted = paste_tight(request.image, settled, painted, found, request.mask, params.rim_px)
        # An engine that knows what it touched may have cast a shadow further than the soft mask reaches.
        pasted = blend(request.image, pasted, request.mask) if painted.touched is not None else pasted
        found = found & changed
        if int(found.sum()) < params.min_object_px:
            results.append(f"nothing of {job.kind.label!r} can be made out where it was to be added")
            continue
        results.append(Edited(_placed(job.image, pasted, box), _within(changed, box, job), _within(found, box, job)))
    return results


def _crop_box(mask: Mask, params: EditParams) -> Box:
    box = tight_box(mask) or (0, 0, 0, 0)
    size_hw = (mask.shape[0], mask.shape[1])
    return context_box(box, size_hw, params.context_share, max(params.context_px, params.feather_px))


def _placed(image: RGB, crop: RGB, box: Box) -> RGB:
    whole = image.copy()
    whole[box[1] : box[3], box[0] : box[2]] = crop
    return whole


def _within(mask: Mask, box: Box, job: Job) -> Mask:
    whole = box_mask((0, 0, 0, 0), (job.image.shape[0], job.image.shape[1]))
    whole[box[1] : box[3], box[0] : box[2]] = mask
    return whole


def _answers(call: Callable[[Sequence[Request]], list[Result]], requests: Sequence[Request]) -> list[Result | str]:
    """Each request's answer, or what the model said of a request that is not for it."""
    try:
        return list(call(requests))
    except UnsupportedRequestError as error:
        if len(requests) == 1:
            return [str(error)]
        return [answer for request in requests for answer in _answers(call, [request])]
