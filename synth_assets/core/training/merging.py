"""Merging: scenes, curated outputs and edits become one training set.

Belongs here: one item a picture, from the plan to its row and files, and what the set as a whole
gets. Does not belong here: which rows, names and splits (``planning.py``), the layouts
(``layouts.py`` lists them) and the data card (``data_card.py``).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from tempfile import TemporaryFile
from typing import IO, Any

from synth_assets.core.contents import Content, Streamed, content_id
from synth_assets.core.exploration.facts import exploration_details, explore
from synth_assets.core.exploration.page import PAGE, exploration_files
from synth_assets.core.images import encode_png
from synth_assets.core.items import Artifact, Extras, Item, PartitionWriter, Summary, run_items
from synth_assets.core.masks import tight_box
from synth_assets.core.ports import Mask
from synth_assets.core.records import ImageRecord, ImageSet, ObjectRecord, record_to_dict
from synth_assets.core.training.card_page import card_page
from synth_assets.core.training.card_tables import Row, by_class, by_origin, by_source, by_split, totals
from synth_assets.core.training.class_masks import array_file, class_array
from synth_assets.core.training.credits import ATTRIBUTION, attribution_file, provenance_file
from synth_assets.core.training.data_card import CardFacts, card_markdown, make_card
from synth_assets.core.training.flattening import training_picture
from synth_assets.core.training.labels import mask_of
from synth_assets.core.training.layouts import layout_files
from synth_assets.core.training.planning import (
    Candidate,
    TrainingSetParams,
    assign_splits,
    choose,
    find_twins,
    is_wanted,
    signatures_of,
)
from synth_assets.core.training.signatures import FILE, Grey, read_chunks, read_signatures, write_signatures

_COPIERS = 2
_NOT_DECISIVE = ("extra", "captions", "status", "reason", "key")


@dataclass(frozen=True, slots=True)
class _Plan:
    candidate: Candidate
    group: str
    split: str
    twin: str
    same: tuple[Candidate, ...]
    damage: Exception | None


def merge_training_set(
    writer: PartitionWriter,
    sources: Sequence[ImageSet],
    captions: Sequence[ImageSet],
    gaps: Sequence[str],
    params: TrainingSetParams,
    reports: Mapping[str, bytes] | None = None,
    distances: Sequence[Row] = (),
) -> Summary:
    """Makes the training set hold every usable picture of the sources once, labelled and split.

    A picture's file is copied as it is; cutouts are laid over mid-grey, their alpha kept as
    ``masks/<stem>_alpha.png``. Near-duplicates stay as rejected rows that point to the source's
    file. Boxes are taken from the masks anew, so that both always agree.

    Args:
        writer: the opened partition.
        sources: scenes, curated outputs and edits, one set a partition.
        captions: rows whose ``id`` is a source picture's and whose ``captions`` describe it.
        gaps: partitions that were expected and are not there; listed in details and data card.
        params: what to merge and how.
        reports: further files that tell how the sources were made, path in the folder → content.
        distances: how far partitions of the sources are from their profile, for the data card.
    """
    with TemporaryFile() as signatures:
        candidates = choose(sources, captions, params)
        plans = _planned(candidates, _known_signatures(writer), params, signatures)
        return _merge(
            writer,
            plans,
            CardFacts(params.name, _lost(sources, params), gaps, params.formats, distances),
            params,
            reports or {},
            signatures,
        )


def _planned(
    candidates: Sequence[Candidate], known: Iterable[tuple[str, Grey]], params: TrainingSetParams, signatures: IO[bytes]
) -> list[_Plan]:
    """Decides everything about each picture, and keeps their signatures in a file: nobody needs them until the end."""
    greys, damaged = signatures_of(candidates, known)
    write_signatures(signatures, ["" if i in damaged else one.record.id for i, one in enumerate(candidates)], greys)
    twins = find_twins(candidates, greys, params.duplicates)
    groups, splits = assign_splits(candidates, twins, params)
    same: dict[int, list[Candidate]] = {}
    for gone, stays in twins.items():
        # Twins that hold the same bytes: their labels belong to the picture too.
        if candidates[gone].record.id == candidates[stays].record.id:
            same.setdefault(stays, []).append(candidates[gone])
    return [
        _Plan(
            candidate,
            groups[index],
            splits[index],
            candidates[twins[index]].name if index in twins else "",
            tuple(same.get(index, ())),
            damaged.get(index),
        )
        for index, candidate in enumerate(candidates)
    ]


def _merge(
    writer: PartitionWriter,
    plans: Sequence[_Plan],
    facts: CardFacts,
    params: TrainingSetParams,
    reports: Mapping[str, bytes],
    signatures: IO[bytes],
) -> Summary:
    records = [plan.candidate.record for plan in plans]
    classes = tuple(sorted({item.label for record in records for item in record.objects}))
    arrays = classes if "npy" in params.formats else ()

    def extras(images: ImageSet) -> Extras:
        by_key = {plan.candidate.stem: plan.candidate.record for plan in plans}
        own = _extras(writer, images, by_key, facts, params, classes)
        return replace(own, files={**own.files, FILE: Streamed(partial(read_chunks, signatures)), **reports})

    return run_items(
        writer,
        [_item(plan, arrays) for plan in plans],
        lambda batch: [_make(item.payload, arrays) for item in batch],
        workers=_COPIERS,
        extras=extras,
        extras_inputs={
            "params": params.model_dump(mode="json"),
            "gaps": list(facts.gaps),
            "lost": facts.lost,
            "distances": list(facts.distances),
            "reports": {path: content_id(data) for path, data in reports.items()},
        },
    )


def _known_signatures(writer: PartitionWriter) -> Iterator[tuple[str, Grey]]:
    """The signatures that the last commit stored, with their content hashes."""
    path = writer.records([]).root / _base(writer) / FILE
    if path.exists():
        with path.open("rb") as file:
            yield from read_signatures(file)


def _base(writer: PartitionWriter) -> str:
    return f"{writer.asset}/{writer.partition}" if writer.partition else writer.asset


def _item(plan: _Plan, array_classes: Sequence[str]) -> Item:
    source = record_to_dict(plan.candidate.record)
    inputs: dict[str, Any] = {name: value for name, value in source.items() if name not in _NOT_DECISIVE}
    inputs["captions"] = dict(plan.candidate.captions)
    inputs["target"] = {"name": plan.candidate.name, "split": plan.split, "group": plan.group, "twin": plan.twin}
    if plan.same:
        inputs["same"] = [record_to_dict(candidate.record)["objects"] for candidate in plan.same]
    inputs["captioner"], inputs["caption_score"] = plan.candidate.captioner, plan.candidate.caption_score
    if array_classes:
        inputs["array_classes"] = list(array_classes)
    # A digest: the values of 100,000 rows would take as much memory as the rows themselves.
    digest = content_id(json.dumps(inputs, sort_keys=True).encode())
    return Item(plan.candidate.stem, {"source": plan.candidate.record.source, "row": digest}, payload=plan)


def _make(plan: _Plan, array_classes: Sequence[str]) -> list[Artifact]:
    if plan.damage:
        raise plan.damage
    source, name = plan.candidate.record, plan.candidate.name
    record = replace(
        source,
        parents=(source.id,),
        group=plan.group,
        captions=_with_short(plan.candidate),
        files=(),
        extra={
            "split": plan.split,
            "duplicate_of": plan.twin,
            "source_id": source.id,
            "source_asset": source.asset,
            "source_partition": source.partition,
            "captioner": plan.candidate.captioner,
            **({} if plan.candidate.caption_score is None else {"caption_score": plan.candidate.caption_score}),
        },
    )
    if plan.twin:
        reason = f"near-duplicate of {plan.twin}"
        return [Artifact(replace(record, status="rejected", reason=reason), name)]
    picture = training_picture(plan.candidate.images.read_bytes(source.path), source.path)
    files: dict[str, bytes] = {}
    if picture.alpha is not None:
        files[f"masks/{plan.candidate.stem}_alpha.png"] = encode_png(picture.alpha)
    labelled = _labelled(plan)
    masks = [mask_of(candidate.images, candidate.record, item) for candidate, item in labelled]
    objects = tuple(_fitted(source, item, mask) for (_, item), mask in zip(labelled, masks, strict=True))
    if array_classes:
        labels = [item.label for item in objects]
        array = class_array(labels, masks, array_classes, (source.height, source.width))
        files |= array_file(array, plan.split, plan.candidate.stem)
    has_masks = any(item.mask_path for item in objects)
    return [Artifact(replace(record, objects=objects), name, picture.data, masks if has_masks else (), files)]


def _with_short(candidate: Candidate) -> Mapping[str, str]:
    same = candidate.captions.get("short") == candidate.caption
    return candidate.captions if same else {**candidate.captions, "short": candidate.caption}


def _labelled(plan: _Plan) -> list[tuple[Candidate, ObjectRecord]]:
    """The picture's objects, then those of the classes that only its twins have, each with where its mask is from."""
    found = [(plan.candidate, item) for item in plan.candidate.record.objects]
    for candidate in plan.same:
        labels = {item.label for _, item in found}
        number = max((item.instance_id for _, item in found), default=0)
        new = [item for item in candidate.record.objects if item.label not in labels]
        found += [(candidate, replace(item, instance_id=number + i)) for i, item in enumerate(new, 1)]
    return found


def _fitted(record: ImageRecord, item: ObjectRecord, mask: Mask) -> ObjectRecord:
    box = tight_box(mask)
    if box is None:
        raise ValueError(f"{record.path}: object {item.instance_id} ({item.label}) has no pixel in its mask or box")
    return replace(item, xyxy=box)


def _lost(sources: Sequence[ImageSet], params: TrainingSetParams) -> list[Row]:
    counts = Counter(
        (row.asset, row.partition, row.status, row.reason)
        for images in sources
        for row in images
        if row.status != "ok" and is_wanted(row, params)
    )
    return [
        {"asset": asset, "partition": partition, "status": status, "reason": reason, "images": count}
        for (asset, partition, status, reason), count in sorted(counts.items())
    ]


def _extras(
    writer: PartitionWriter,
    images: ImageSet,
    sources: Mapping[str, ImageRecord],
    facts: CardFacts,
    params: TrainingSetParams,
    classes: Sequence[str],
) -> Extras:
    kept = images.ok
    base = _base(writer)
    card, explored = make_card(images, facts), explore(images)
    files: dict[str, Content] = {
        **card.pictures,
        "data_card.md": card_markdown(card).encode(),
        "data_card.html": card_page(card),
        ATTRIBUTION: attribution_file(kept, facts.name),
        PAGE: exploration_files(images, facts.name, explored)[PAGE],
    }
    details = {
        **totals(images.records),
        "splits": by_split(kept),
        "sources": by_source(images.records),
        "objects_by_class": by_class(kept),
        "licences": by_origin(kept),
        "exploration": exploration_details(explored)["exploration"],
        "gaps": list(facts.gaps),
        "folder": base,
    }
    more = chain(provenance_file(kept, sources, base), layout_files(images, base, params, classes))
    return Extras(files, details, more)
