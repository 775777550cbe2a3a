"""Sequencing: every plan as a GIF, a film, a contact sheet, a storyboard and a list of its order.

The features of all pictures are items, whose tables (``features.parquet``, ``embeddings.npz`` …) are read again when
pictures come or go, so that only new content is measured. Each plan is an item of its own.

Belongs here: items and tables. Does not belong here: measuring (``features.py``, ``heavy.py``), the order of a plan
(``arranging.py``), and what is made of it (``outputs.py``).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import cast

from synth_assets.core.items import Artifact, Extras, Item, PartitionWriter, Summary, run_items
from synth_assets.core.ports import RGB
from synth_assets.core.records import ImageRecord, ImageSet
from synth_assets.core.sequences.arranging import MODEL_ROLES, candidates_of, drawable, needs
from synth_assets.core.sequences.features import Features, measure_features
from synth_assets.core.sequences.heavy import (
    Measure,
    SequenceModels,
    Vectors,
    embed_views,
    face_shares,
    measure_vectors,
    motions,
)
from synth_assets.core.sequences.outputs import outputs
from synth_assets.core.sequences.pictures import Candidate, Pictures
from synth_assets.core.sequences.plans import SequencePlan, SequencesConfig
from synth_assets.core.sequences.report import report
from synth_assets.core.sequences.shots import neighbours

FEATURES_KEY = "features"
FEATURES_FILE = "features.parquet"

Candidates = Mapping[str, Candidate]
"""Pictures by id."""


def make_sequences(
    writer: PartitionWriter, sources: Mapping[str, ImageSet], config: SequencesConfig, models: SequenceModels
) -> Summary:
    """Gives the outputs of every plan, and tables of all features.

    Rows: one without a picture for each table of features, then per plan the GIF (``extra["kind"]`` "gif"), the
    contact sheet ("sheet") and the storyboard ("storyboard"); a plan that finds no picture is a rejected row. Files:
    ``features.parquet``, where plans need them ``embeddings.npz``, ``faces.npz`` and ``motion.npz``; per plan
    ``<plan>.json`` and ``.txt`` with the whole order and its values, ``<plan>.mp4`` and ``thumbs/<plan>/``; and
    ``summary.json``.

    Args:
        writer: the opened partition.
        sources: asset name → its rows of all partitions.
        config: plans and how to draw them.
        models: asked for the roles ``embed`` and ``faces``, where plans need them.

    Raises:
        ValueError: a plan names an asset that is not among the sources.
    """
    chosen = {plan.name: candidates_of(plan, sources) for plan in config.plans}
    pairs = {key: pair for found in chosen.values() for key, pair in found.items()}
    pictures = Pictures(pairs, config.rendering.side_px)
    features = Item(FEATURES_KEY, {"images": sorted(pairs), "side_px": config.feature_side_px})
    heavy = _heavy(config, chosen, models)
    items = [features, *(Item(one.name, {"keys": sorted(one.groups), "by": one.by}, one) for one in heavy)]
    for plan in config.plans:
        inputs = {
            "plan": plan.model_dump(mode="json"),
            "rendering": config.rendering.model_dump(mode="json"),
            "side_px": config.feature_side_px,
            "heavy": {one.name: one.by for one in heavy if one.name in needs(plan)},
            "images": [
                [record.id, record.path, record.licence, record.attribution] for _, record in chosen[plan.name].values()
            ],
        }
        items.append(Item(plan.name, inputs, plan))

    def make(batch: list[Item]) -> list[list[Artifact]]:
        return [_artifacts(item) for item in batch]

    def _artifacts(item: Item) -> list[Artifact]:
        if item is features:
            return [_table(writer, item.key, FEATURES_FILE, f"{config.feature_side_px} px", _measure_features)]
        if isinstance(item.payload, _Heavy):
            one = item.payload
            measure = partial(_measure_heavy, one.groups, pictures.whole, one.measure)
            return [_table(writer, item.key, one.file, one.by, measure)]
        plan = cast("SequencePlan", item.payload)
        candidates = list(chosen[plan.name].values())
        if missing := _missing(plan, models):
            reason = f"no model: the set has none for role {missing[0]!r}; give it one in models.yaml, or drop the plan"
            return [Artifact(ImageRecord(status="rejected", reason=reason))]
        known = read_features(writer.records([FEATURES_KEY]))
        vectors = {name: _read_vectors(writer, name) for name in needs(plan)}
        found = drawable(plan, candidates, known, vectors, pictures)
        if isinstance(found, str):
            return [Artifact(ImageRecord(status="rejected", reason=found))]
        return outputs(plan, found, pictures.fitted, config.rendering)

    def _measure_features(known: bytes | None) -> bytes:
        before = Features.from_parquet(known) if known else Features({}, {})
        return measure_features(pairs, pictures.whole, before, config.feature_side_px).to_parquet()

    return run_items(writer, items, make, extras=_report)


def read_features(images: ImageSet) -> Features:
    """Reads the features that stand in a set of sequences.

    Raises:
        RuntimeError: they could not be measured in the last run.
    """
    return Features.from_parquet(_read_table(images, FEATURES_KEY))


def _read_vectors(writer: PartitionWriter, name: str) -> Vectors:
    return Vectors.from_npz(_read_table(writer.records([name]), name))


def _read_table(images: ImageSet, key: str) -> bytes:
    row = next(record for record in images if record.key == key)
    if not row.files:
        raise RuntimeError(f"the {key} of the pictures could not be measured ({row.reason}); run it again")
    return images.read_bytes(row.files[0])


def _missing(plan: SequencePlan, models: SequenceModels) -> list[str]:
    """Roles that the plan needs and the set has no model for."""
    return [MODEL_ROLES[name] for name in needs(plan) if name in MODEL_ROLES and not models.has(MODEL_ROLES[name])]


@dataclass(frozen=True)
class _Heavy:
    """A heavy feature that some plan needs.

    Attributes:
        name: of its item.
        by: what measures it.
        groups: key → ids of the pictures that are measured together.
        measure: gives their vectors.
    """

    name: str
    by: str
    groups: Mapping[str, Sequence[str]]
    measure: Measure

    @property
    def file(self) -> str:
        return f"{self.name}.npz"


def _heavy(config: SequencesConfig, chosen: Mapping[str, Candidates], models: SequenceModels) -> list[_Heavy]:
    wanted: dict[str, list[Candidates]] = {}
    for plan in config.plans:
        for name in needs(plan):
            wanted.setdefault(name, []).append(chosen[plan.name])
    found: list[_Heavy] = []
    for name, sets in wanted.items():
        singles = {key: [key] for candidates in sets for key in candidates}
        if name == "motion":
            found.append(_Heavy(name, "dis-flow", _pairs(sets), motions))
        elif models.has(MODEL_ROLES[name]):
            model = models.embed() if name == "embeddings" else models.faces()
            measure = embed_views(models.embed()) if name == "embeddings" else face_shares(models.faces())
            found.append(_Heavy(name, model.name, singles, measure))
    return found


def _pairs(sets: Sequence[Candidates]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for candidates in sets:
        for key, pair in neighbours([record for _, record in candidates.values()]).items():
            found[key] = [record.id for record in pair]
    return found


def _table(writer: PartitionWriter, key: str, file: str, by: str, measure: Callable[[bytes | None], bytes]) -> Artifact:
    """Measures a table anew, from the one of the last run where that was measured in the same way."""
    measured_as = f"code {writer.code_version}, {by}"
    try:
        before = writer.records([key])
    except KeyError:
        known = None
    else:
        row = before.records[0]
        known = before.read_bytes(row.files[0]) if row.files and row.extra.get("measured_as") == measured_as else None
    return Artifact(ImageRecord(extra={"kind": "features", "measured_as": measured_as}), files={file: measure(known)})


def _measure_heavy(
    groups: Mapping[str, Sequence[str]], read: Callable[[str], RGB], measure: Measure, known: bytes | None
) -> bytes:
    return measure_vectors(groups, read, Vectors.from_npz(known) if known else Vectors({}), measure).to_npz()


def _report(images: ImageSet) -> Extras:
    gifs = [record for record in images.ok if record.extra["kind"] == "gif"]
    listings = {record.stem: json.loads(images.read_bytes(record.files[0])) for record in gifs}
    return report(read_features(images), listings)
