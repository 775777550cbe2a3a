"""Edits: real photos changed by instruction (``configs/edits.csv``).

Belongs here: which photos get which edit, and how much of each photo is left as it was. Does not
belong here: the engines that edit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal, cast

import cv2
import numpy as np
from pydantic import Field

from synth_assets.core.config import Params, load_csv
from synth_assets.core.images import fit_within
from synth_assets.core.items import Artifact, Extras, Item, PartitionWriter, Summary, run_items
from synth_assets.core.masks import dilate
from synth_assets.core.ports import RGB, EditRequest, Models, RoleUnavailableError
from synth_assets.core.records import ImageRecord, ImageSet
from synth_assets.core.scenes.references import choose_references
from synth_assets.core.seeds import derive_seed

_SAME_LEVELS = 8
"""A pixel counts as preserved if no channel differs by more (0..255)."""
_ROLES = {"relight": ("edit",), "remove": ("segment", "background_fill")}


class EditRow(Params):
    """One row of ``edits.csv``.

    Attributes:
        method: ``relight`` changes the light by instruction; ``remove`` takes out the largest
            object and fills its place.
        instruction: what to change, in words; for ``remove`` only a name.
        strength: 0 = leave it, 1 = free to change everything.
        num_imgs: photos a slot.
        line: line in the file.
    """

    method: Literal["relight", "remove"]
    instruction: str = Field(min_length=1)
    strength: float = Field(default=0.6, ge=0, le=1)
    num_imgs: int = Field(default=2, ge=1)
    line: int = 0


class EditParams(Params):
    """How photos are edited.

    Attributes:
        max_side_px: photos are scaled down to this first.
        max_removed_share: a larger object is not removed: there would be nothing to fill it from.
        mask_margin_px: the removed mask is grown by this.
    """

    max_side_px: int = Field(default=768, ge=64)
    max_removed_share: float = Field(default=0.35, gt=0, le=1)
    mask_margin_px: int = Field(default=6, ge=0)


class NotEditableError(ValueError):
    """A photo that an edit does not suit; the message says why."""


def load_edits(path: Path) -> list[EditRow]:
    """Reads ``edits.csv``.

    Raises:
        ConfigError: as ``load_csv``.
    """
    return load_csv(path, EditRow)


def edit_images(
    writer: PartitionWriter,
    references: ImageSet,
    rows: Sequence[EditRow],
    models: Models,
    params: EditParams,
    run_seed: int,
) -> Summary:
    """Stores ``num_imgs`` edited photos for every row, with the measured share that was preserved.

    A row whose role the model set lacks, and a photo that an edit does not suit, become rejected
    rows with the reason.

    Args:
        writer: the opened partition.
        references: photos of the slot.
        rows: from ``load_edits``.
        models: access by role.
        params: see there.
        run_seed: the run's seed.
    """
    items: list[Item] = []
    for number, row in enumerate(rows):
        seed = derive_seed(run_seed, writer.asset, writer.partition, f"{number}")
        for photo in choose_references(references.ok, seed, row.num_imgs):
            key = f"edit_{number:02d}_{photo.id[:12]}"
            inputs = {
                "parent": photo.id,
                "seed": derive_seed(run_seed, writer.asset, writer.partition, key),
                "row": row.model_dump(mode="json", exclude={"line", "num_imgs"}),
                "models": _model_names(row, models),
                "params": params.model_dump(mode="json"),
            }
            items.append(Item(key, inputs, (photo, row)))

    def make(batch: list[Item]) -> list[list[Artifact]]:
        return [[_edit(item, references, models, params)] for item in batch]

    return run_items(writer, items, make, extras=_extras)


def _model_names(row: EditRow, models: Models) -> dict[str, str | None]:
    return {role: _name(models, role) if models.has(role) else None for role in _ROLES[row.method]}


def _name(models: Models, role: str) -> str:
    model = {"edit": models.edit, "segment": models.segment, "background_fill": models.background_fill}[role]
    return model().name


def _edit(item: Item, references: ImageSet, models: Models, params: EditParams) -> Artifact:
    photo, row = cast("tuple[ImageRecord, EditRow]", item.payload)
    seed = int(item.inputs["seed"])
    record = ImageRecord(
        parents=(photo.id,),
        source=photo.source,
        group=photo.group or photo.id,
        licence=photo.licence,
        attribution=photo.attribution,
        seed=seed,
        prompt=row.instruction,
        model=" + ".join(name for name in item.inputs["models"].values() if name),
        extra={"method": row.method, "strength": row.strength},
    )
    before = fit_within(references.read(photo), (params.max_side_px, params.max_side_px))
    try:
        if row.method == "relight":
            request = EditRequest(before, row.instruction, row.strength, seed)
            after = models.edit().edit([request])[0]
        else:
            after = _remove(before, models, params)
    except (RoleUnavailableError, NotEditableError) as error:
        return Artifact(replace(record, status="rejected", reason=str(error)))
    measures = {
        "preserved_share": round(preserved_share(before, after), 4),
        "structure_kept": round(structure_kept(before, after), 4),
    }
    return Artifact(replace(record, extra={**record.extra, **measures}), f"{item.key}.png", after)


def _remove(image: RGB, models: Models, params: EditParams) -> RGB:
    instances = models.segment().segment([image])[0]
    filler = models.background_fill()
    if not instances:
        raise NotEditableError("no object to remove was found")
    mask = dilate(instances[0].mask, params.mask_margin_px)
    if mask.mean() > params.max_removed_share:
        raise NotEditableError(f"the largest object covers more than {params.max_removed_share:.0%} of the photo")
    return filler.fill([image], [mask])[0]


def preserved_share(before: RGB, after: RGB) -> float:
    """Share of pixels that differ by at most 8 of 255 in every channel."""
    difference = np.abs(before.astype(np.int16) - after.astype(np.int16)).max(axis=2)
    return float((difference <= _SAME_LEVELS).mean())


def structure_kept(before: RGB, after: RGB) -> float:
    """Correlation of the fine structure (Laplacian of gray), 0..1: 1 where only light changed."""
    first, second = (
        cv2.Laplacian(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.CV_64F).ravel() for image in (before, after)
    )
    if first.std() == 0 or second.std() == 0:
        return float(np.array_equal(first, second))
    return float(np.clip(np.corrcoef(first, second)[0, 1], 0, 1))


def _extras(images: ImageSet) -> Extras:
    by_method: dict[str, list[float]] = {}
    for record in images.ok:
        share = record.extra.get("preserved_share")
        if isinstance(share, float):
            by_method.setdefault(str(record.extra["method"]), []).append(share)
    table = [
        {"method": name, "images": len(shares), "preserved_share": round(float(np.mean(shares)), 3)}
        for name, shares in sorted(by_method.items())
    ]
    return Extras(details={"edits": len(images.ok), "methods": table})
