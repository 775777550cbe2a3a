"""Sequencing: every plan as a GIF, a contact sheet and a list of its order.

The features of all pictures are one item, whose table (``features.parquet``) is read again when
pictures come or go, so that only new content is measured. Each plan is an item of its own.

Belongs here: items, rows, files and facts. Does not belong here: measuring (``features.py``),
sorting (``ordering.py``) and drawing (``rendering.py``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import cast

from synth_assets.core.items import Artifact, Extras, Item, PartitionWriter, Summary, run_items
from synth_assets.core.ports import RGB
from synth_assets.core.records import ImageRecord, ImageSet, Scalar
from synth_assets.core.sequences.features import Features, measure_features
from synth_assets.core.sequences.ordering import CIRCULAR, evenly, order_by_trait, summarise
from synth_assets.core.sequences.plans import SequencePlan, SequencesConfig
from synth_assets.core.sequences.rendering import read_thumbs, render_gif, render_sheet
from synth_assets.core.sequences.report import report

FEATURES_KEY = "features"
FEATURES_FILE = "features.parquet"
_DIGITS = 4

Candidate = tuple[ImageSet, ImageRecord]


def make_sequences(writer: PartitionWriter, sources: Mapping[str, ImageSet], config: SequencesConfig) -> Summary:
    """Gives a GIF and a contact sheet per plan, and a table of all features.

    Rows: one without a picture for the features, then per plan the GIF (``extra["kind"]`` "gif")
    and the sheet ("sheet"); a plan that finds no picture is a rejected row. Files:
    ``features.parquet``, ``<plan>.json`` with the whole order and its values, ``summary.json``.

    Args:
        writer: the opened partition.
        sources: asset name → its rows of all partitions.
        config: plans and how to draw them.

    Raises:
        ValueError: a plan names an asset that is not among the sources.
    """
    chosen = {plan.name: _candidates(plan, sources) for plan in config.plans}
    pictures = {record.id: (images, record) for found in chosen.values() for images, record in found.values()}
    feature_inputs = {"images": sorted(pictures), "side_px": config.feature_side_px}
    items = [Item(FEATURES_KEY, feature_inputs)]
    for plan in config.plans:
        inputs = {
            "plan": plan.model_dump(mode="json"),
            "rendering": config.rendering.model_dump(mode="json"),
            "side_px": config.feature_side_px,
            "images": [
                [record.id, record.path, record.licence, record.attribution] for _, record in chosen[plan.name].values()
            ],
        }
        items.append(Item(plan.name, inputs, plan))

    def make(batch: list[Item]) -> list[list[Artifact]]:
        return [_plan(item) if item.payload else _features() for item in batch]

    def _features() -> list[Artifact]:
        known = _known_features(writer, config.feature_side_px)
        readers = {key: (lambda pair=pair: pair[0].read(pair[1])) for key, pair in pictures.items()}
        found = measure_features(readers, known, config.feature_side_px)
        extra = {"kind": "features", "measured_as": _measured_as(writer, config.feature_side_px)}
        return [Artifact(ImageRecord(extra=extra), files={FEATURES_FILE: found.to_parquet()})]

    def _plan(item: Item) -> list[Artifact]:
        plan = cast("SequencePlan", item.payload)
        features = read_features(writer.records([FEATURES_KEY]))
        return _sequence(plan, list(chosen[plan.name].values()), features, config)

    return run_items(writer, items, make, extras=_report)


def read_features(images: ImageSet) -> Features:
    """Reads the features that stand in a set of sequences.

    Raises:
        RuntimeError: they could not be measured in the last run.
    """
    row = next(record for record in images if record.key == FEATURES_KEY)
    if not row.files:
        raise RuntimeError(f"the features of the pictures could not be measured ({row.reason}); run it again")
    return Features.from_parquet(images.read_bytes(row.files[0]))


def _known_features(writer: PartitionWriter, side_px: int) -> Features:
    try:
        images = writer.records([FEATURES_KEY])
    except KeyError:
        return Features({}, {})
    row = images.records[0]
    if row.extra.get("measured_as") != _measured_as(writer, side_px):
        return Features({}, {})
    return read_features(images)


def _measured_as(writer: PartitionWriter, side_px: int) -> str:
    return f"code {writer.code_version}, {side_px} px"


def _candidates(plan: SequencePlan, sources: Mapping[str, ImageSet]) -> dict[str, Candidate]:
    """The plan's pictures by id, each content once."""
    found: dict[str, Candidate] = {}
    for name in plan.source:
        if name not in sources:
            raise ValueError(f"plan {plan.name!r}: source {name!r} is not among {', '.join(sorted(sources))}")
        images = sources[name]
        for record in images.ok:
            if record.path and plan.filter.takes(record):
                found.setdefault(record.id, (images, record))
    return found


def _sequence(
    plan: SequencePlan, candidates: Sequence[Candidate], features: Features, config: SequencesConfig
) -> list[Artifact]:
    measured = [pair for pair in candidates if pair[1].id in features.values]
    usable = [pair for pair in measured if plan.filter.takes_values(features.values[pair[1].id])]
    if not usable:
        return [Artifact(ImageRecord(status="rejected", reason=_nothing(plan, len(candidates), len(measured))))]
    pairs = [(record.id, features.values[record.id][plan.trait]) for _, record in usable]
    order = order_by_trait(pairs, circular=plan.trait in CIRCULAR, reverse=plan.reverse)
    ordered, values = [usable[index] for index in order], [pairs[index][1] for index in order]

    def read(place: int) -> RGB:
        images, record = ordered[place]
        return images.read(record)

    thumbs = read_thumbs(len(ordered), read, config.rendering)
    gif, places = render_gif(len(ordered), read, thumbs, plan.frame_ms, plan.max_frames, config.rendering)
    sheet = render_sheet(thumbs, config.rendering)
    summary = summarise(values).rounded()
    listing = {
        "plan": plan.model_dump(mode="json"),
        "summary": summary,
        "frames": len(places),
        "unreadable": {
            record.path: features.unreadable[record.id] for _, record in candidates if record.id in features.unreadable
        },
        "order": _order_listing([record for _, record in ordered], values, frozenset(places)),
    }
    base = {"plan": plan.name, "title": plan.title, "trait": plan.trait, "ordered": len(ordered)}
    numbers = {f"trait_{name}": value for name, value in summary.items() if name != "count"}
    frames = [ordered[place][1] for place in places]
    gif_row = _row(frames, {**base, "kind": "gif", "frames": len(places), "frame_ms": plan.frame_ms, **numbers})
    on_sheet = [ordered[place][1] for place in evenly(len(ordered), config.rendering.sheet_pictures)]
    sheet_row = _row(on_sheet, {**base, "kind": "sheet", "frames": len(on_sheet)})
    return [
        Artifact(gif_row, f"{plan.name}.gif", gif, files={f"{plan.name}.json": json.dumps(listing, indent=1).encode()}),
        Artifact(sheet_row, f"{plan.name}_sheet.png", sheet),
    ]


def _order_listing(
    ordered: Sequence[ImageRecord], values: Sequence[float], shown: frozenset[int]
) -> list[dict[str, Scalar]]:
    return [
        {
            "place": place + 1,
            "value": round(value, _DIGITS),
            "image": record.path,
            "id": record.id,
            "shown": place in shown,
        }
        for place, (record, value) in enumerate(zip(ordered, values, strict=True))
    ]


def _row(frames: Sequence[ImageRecord], extra: Mapping[str, Scalar]) -> ImageRecord:
    return ImageRecord(
        parents=tuple(record.id for record in frames),
        licence=" AND ".join(sorted({record.licence for record in frames if record.licence})),
        attribution="; ".join(sorted({record.attribution for record in frames if record.attribution})),
        extra=extra,
    )


def _nothing(plan: SequencePlan, candidates: int, measured: int) -> str:
    where = " and ".join(plan.source)
    if not candidates:
        return f"no pictures: {where} hold none that pass the filter's partitions and name"
    if not measured:
        return f"no pictures: none of the {candidates} in {where} could be read"
    return f"no pictures: of {measured} in {where} none passes the filter's limits"


def _report(images: ImageSet) -> Extras:
    gifs = [record for record in images.ok if record.extra["kind"] == "gif"]
    listings = {record.stem: json.loads(images.read_bytes(record.files[0])) for record in gifs}
    return report(read_features(images), listings)
