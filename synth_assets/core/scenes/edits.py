"""Edits: real photos changed as ``configs/edits.csv`` says, as rows and files.

Belongs here: the items of a partition, their rows and the report. Does not belong here: the file's
columns (``edit_rows.py``), editing (``editing.py``) and its measures (``preservation.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np

from synth_assets.core.images import fit_within
from synth_assets.core.items import Artifact, Extras, Item, PartitionWriter, Summary, run_items
from synth_assets.core.masks import tight_box
from synth_assets.core.ports import Model, Models
from synth_assets.core.records import ImageRecord, ImageSet, ObjectRecord, Scalar
from synth_assets.core.scenes.classes import ObjectClass
from synth_assets.core.scenes.cutouts import Cutout
from synth_assets.core.scenes.edit_masks import ROLES
from synth_assets.core.scenes.edit_rows import EditRow, is_meant
from synth_assets.core.scenes.editing import Edited, EditParams, Job, edit_photos
from synth_assets.core.scenes.preservation import preserved_share, structure_kept
from synth_assets.core.scenes.references import choose_references, joined
from synth_assets.core.seeds import derive_seed

_METHOD_ROLES = {
    "relight": ("edit",),
    "instruct": ("edit",),
    "add": ("inpaint", "segment"),
    "remove": ("background_fill",),
}
_MEASURES = ("preserved_share", "preserved_outside", "structure_kept")
_RATIOS = (0.6, 1.4)
"""Width / height on the ground of what no class describes."""


@dataclass(frozen=True)
class Known:
    """What is known besides the photos themselves.

    Attributes:
        metrics: id of a photo → its values in ``image_profile``, for conditions.
        classes: rows of ``classes.csv``; an ``add`` whose words are a class's label or prompt adds
            that class.
        cutouts: label → cutouts of the classes, for engines that paste.
    """

    metrics: Mapping[str, Mapping[str, Scalar]]
    classes: Sequence[ObjectClass] = ()
    cutouts: Mapping[str, Sequence[Cutout]] | None = None


@dataclass(frozen=True)
class _Wanted:
    photo: ImageRecord
    row: EditRow
    kind: ObjectClass
    cutouts: tuple[Cutout, ...]


def edit_images(
    writer: PartitionWriter,
    references: ImageSet,
    rows: Sequence[EditRow],
    models: Models,
    params: EditParams,
    run_seed: int,
    known: Known | None = None,
) -> Summary:
    """Stores ``num_imgs`` edited photos for every row, with the measured share that was preserved.

    A row whose role the model set lacks or whose words its model cannot follow, and a photo that an
    edit does not suit, become rejected rows with the reason. An object that was added is labelled.

    Args:
        writer: the opened partition.
        references: photos of the slot.
        rows: from ``load_edits``.
        models: access by role.
        params: see there.
        run_seed: the run's seed.
        known: see there; None = nothing.
    """
    known = known or Known({})
    items: list[Item] = []
    for number, row in enumerate(rows):
        seed = derive_seed(run_seed, writer.asset, writer.partition, f"{number}")
        meant = [photo for photo in references.ok if is_meant(row, photo, known.metrics.get(photo.id, {}))]
        kind = _kind_of(row, known.classes)
        cutouts = tuple((known.cutouts or {}).get(kind.label, ())) if row.method == "add" else ()
        decisive: dict[str, Any] = {
            "row": row.model_dump(mode="json", exclude={"line", "num_imgs", "source"}),
            "models": _model_names(row, models),
            "params": params.model_dump(mode="json", exclude={"batch_size"}),
        }
        if row.method == "add":
            decisive["kind"] = kind.model_dump(mode="json", exclude={"line", "min_appear", "max_appear", "references"})
            decisive["cutouts"] = [cutout.id for cutout in cutouts]
        for photo in choose_references(meant, seed, row.num_imgs):
            key = f"edit_{number:02d}_{photo.id[:12]}"
            own_seed = derive_seed(run_seed, writer.asset, writer.partition, key)
            inputs = {**decisive, "parent": photo.id, "seed": own_seed}
            items.append(Item(key, inputs, _Wanted(photo, row, kind, cutouts)))

    def make(batch: list[Item]) -> list[list[Artifact]]:
        jobs = [_job(item, references, params) for item in batch]
        edited = edit_photos(jobs, models, params)
        return [[_artifact(*parts)] for parts in zip(batch, jobs, edited, strict=True)]

    return run_items(
        writer,
        items,
        make,
        batch_size=params.batch_size,
        extras=lambda images: _extras(images, rows),
        extras_inputs=[row.model_dump(mode="json", exclude={"line"}) for row in rows],
    )


def _kind_of(row: EditRow, classes: Sequence[ObjectClass]) -> ObjectClass:
    """The class that the row's words name, or one made of the words."""
    for kind in classes:
        if row.words.lower() in (kind.label.lower(), kind.prompt.lower()):
            return kind
    return ObjectClass(
        prompt=row.words or row.method,
        min_appear=0,
        max_appear=1,
        aspect_ratio_min=_RATIOS[0],
        aspect_ratio_max=_RATIOS[1],
    )


def _model_names(row: EditRow, models: Models) -> dict[str, str | None]:
    """Role → name of the model that has a part in the row; None where the set has none."""
    access: dict[str, Callable[[], Model]] = {
        "edit": models.edit,
        "inpaint": models.inpaint,
        "background_fill": models.background_fill,
        "segment": models.segment,
        "text_mask": models.text_mask,
    }
    roles = dict.fromkeys((*_METHOD_ROLES[row.method], *ROLES[row.place.kind]))
    return {role: access[role]().name if models.has(role) else None for role in roles}


def _job(item: Item, references: ImageSet, params: EditParams) -> Job:
    wanted = cast(_Wanted, item.payload)
    before = fit_within(references.read(wanted.photo), (params.max_side_px, params.max_side_px))
    seed = int(item.inputs["seed"])
    shown = [wanted.cutouts[seed % len(wanted.cutouts)].image] if wanted.cutouts else []
    return Job(before, wanted.row, wanted.kind, shown, seed)


def _artifact(item: Item, job: Job, edited: Edited | str) -> Artifact:
    wanted = cast(_Wanted, item.payload)
    photo, row, kind = wanted.photo, wanted.row, wanted.kind
    adds = row.method == "add"
    record = ImageRecord(
        parents=(photo.id,),
        source=photo.source,
        group=photo.group or photo.id,
        licence=joined([photo.licence, kind.licence if adds else ""]),
        attribution=joined([photo.attribution, kind.attribution if adds else ""]),
        seed=job.seed,
        prompt=row.words,
        model=" + ".join(name for name in item.inputs["models"].values() if name),
        extra={
            "method": row.method,
            "row": int(item.key.split("_")[1]) + 1,
            "mask": row.mask,
            "strength": row.change,
            "guidance": row.guidance,
        },
    )
    if isinstance(edited, str):
        return Artifact(replace(record, status="rejected", reason=edited))
    masks = [] if edited.added is None else [edited.added]
    objects = tuple(ObjectRecord(kind.label, box, 1) for mask in masks if (box := tight_box(mask)))
    measures: dict[str, Scalar] = {
        "preserved_share": round(preserved_share(job.image, edited.image), 4),
        "structure_kept": round(structure_kept(job.image, edited.image), 4),
    }
    if edited.changed is not None:
        measures["mask_share"] = round(float(edited.changed.mean()), 4)
        measures["preserved_outside"] = round(preserved_share(job.image, edited.image, ~edited.changed), 4)
    record = replace(record, objects=objects, extra={**record.extra, **measures})
    return Artifact(record, f"{item.key}.png", edited.image, masks)


def _extras(images: ImageSet, rows: Sequence[EditRow]) -> Extras:
    by_row: list[dict[str, Any]] = []
    for number, row in enumerate(rows, 1):
        own = [record for record in images if record.extra.get("row") == number]
        by_row.append({"row": number, "method": row.method, "words": row.words, "mask": row.mask, **_summary(own)})
    methods = sorted({row.method for row in rows})
    table = [
        {"method": name, **_summary([record for record in images if record.extra.get("method") == name])}
        for name in methods
    ]
    return Extras(details={"edits": len(images.ok), "methods": table, "rows": by_row})


def _summary(records: Sequence[ImageRecord]) -> dict[str, Scalar]:
    """Counts, and the mean of each measure ("" where no picture has it)."""
    done = [record for record in records if record.status == "ok"]
    counts: dict[str, Scalar] = {"images": len(done), "rejected": sum(row.status == "rejected" for row in records)}
    for name in _MEASURES:
        values = [float(value) for record in done if (value := record.extra.get(name)) is not None]
        counts[name] = round(float(np.mean(values)), 3) if values else ""
    return counts
