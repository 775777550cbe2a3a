"""Arranging: the pictures of a plan in its order.

Belongs here: which pictures take part, which tables that needs, and which order. Does not belong here: the orders
themselves (``ordering.py``, ``path.py``, ``shots.py``) and what is made of them (``outputs.py``).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import cast

import numpy as np

from synth_assets.core.records import ImageRecord, ImageSet
from synth_assets.core.sequences.features import Features
from synth_assets.core.sequences.heavy import Vectors, views_matrix
from synth_assets.core.sequences.ordering import CIRCULAR, order_by_trait
from synth_assets.core.sequences.outputs import Ordered
from synth_assets.core.sequences.path import centred, distances, smooth_path, smoothness
from synth_assets.core.sequences.pictures import Candidate, Pictures
from synth_assets.core.sequences.plans import SequencePlan, Trait
from synth_assets.core.sequences.shots import motion_of, neighbours, order_by_shot

MODEL_ROLES = {"embeddings": "embed", "faces": "faces"}
"""Heavy features that a model measures picture by picture, with its role."""


def needs(plan: SequencePlan) -> list[str]:
    """Gives the names of the heavy features that a plan asks for."""
    asked = {"embeddings": plan.order == "smooth", "faces": plan.uses("face"), "motion": plan.uses("motion")}
    return [name for name, needed in asked.items() if needed]


def candidates_of(plan: SequencePlan, sources: Mapping[str, ImageSet]) -> dict[str, Candidate]:
    """Gives the plan's pictures by id, each content once.

    Raises:
        ValueError: it names an asset that is not among the sources.
    """
    found: dict[str, Candidate] = {}
    for name in plan.source:
        if name not in sources:
            raise ValueError(f"plan {plan.name!r}: source {name!r} is not among {', '.join(sorted(sources))}")
        images = sources[name]
        for record in images.ok:
            if record.path and plan.filter.takes(record):
                found.setdefault(record.id, (images, record))
    return found


def drawable(
    plan: SequencePlan,
    candidates: Sequence[Candidate],
    features: Features,
    vectors: Mapping[str, Vectors],
    pictures: Pictures,
) -> Ordered | str:
    """Gives the plan's pictures in order, all that are shown readable, or says why there are none.

    Traits outlive files: a picture that could be measured once and cannot be read now is left out.

    Args:
        plan: what to order by.
        candidates: as for ``arranged``.
        features: traits of single pictures.
        vectors: what the plan ``needs`` besides.
        pictures: of all candidates.
    """
    single = [vectors[name].values for name in MODEL_ROLES if name in vectors]
    ids = [record.id for _, record in candidates if record.id in features.values]
    unmeasured = [image_id for image_id in ids if any(image_id not in values for values in single)]
    broken = dict.fromkeys(unmeasured, "could not be read when it was measured") | pictures.unreadable(unmeasured)
    while True:
        features = features.without(broken)
        found = arranged(plan, candidates, features, vectors)
        if isinstance(found, str):
            return found
        broken = pictures.unreadable(found.ids[place] for place in found.shown(plan.max_frames))
        if not broken:
            return found


def arranged(
    plan: SequencePlan, candidates: Sequence[Candidate], features: Features, vectors: Mapping[str, Vectors]
) -> Ordered | str:
    """Gives the plan's pictures in order, or says why there are none.

    Args:
        plan: what to order by.
        candidates: pictures that passed the filter's partitions and name.
        features: traits of single pictures.
        vectors: what the plan ``needs`` besides.
    """
    where = " and ".join(plan.source)
    if not candidates:
        return f"no pictures: {where} hold none that pass the filter's partitions and name"
    traits = _with_heavy([record for _, record in candidates], features, vectors)
    measured = [pair for pair in candidates if pair[1].id in traits]
    if not measured:
        return f"no pictures: none of the {len(candidates)} in {where} could be read"
    passing = [pair for pair in measured if plan.filter.takes_values(traits[pair[1].id])]
    if not passing:
        return f"no pictures: of {len(measured)} in {where} none passes the filter's limits"
    unreadable = {record.path: features.unreadable[record.id] for _, record in candidates if record.id not in traits}
    if plan.order == "smooth":
        return _smooth(plan, passing, vectors["embeddings"], unreadable)
    trait = cast("Trait", plan.trait)
    usable: list[Candidate] = []
    left_out = dict(unreadable)
    for images, record in passing:
        if math.isnan(traits[record.id][trait]) or (plan.order == "shots" and not record.extra.get("video")):
            left_out[record.path] = f"no value of {trait}"
        else:
            usable.append((images, record))
    if not usable:
        return f"no pictures: none of the {len(passing)} in {where} has a value of {trait}" + _only_frames(plan)
    values = [traits[record.id][trait] for _, record in usable]
    if plan.order == "shots":
        order = order_by_shot([record for _, record in usable], values, plan.reverse)
    else:
        pairs = [(record.id, value) for (_, record), value in zip(usable, values, strict=True)]
        order = order_by_trait(pairs, circular=trait in CIRCULAR, reverse=plan.reverse)
    return Ordered([usable[index] for index in order], [values[index] for index in order], left_out)


def _only_frames(plan: SequencePlan) -> str:
    return "; only frames of films have one" if plan.trait == "motion" or plan.order == "shots" else ""


def _with_heavy(
    records: Sequence[ImageRecord], features: Features, vectors: Mapping[str, Vectors]
) -> dict[str, dict[str, float]]:
    """Traits by id, with faces and motion where they were measured; NaN where a picture has none."""
    scalars = {name: {key: float(value[0]) for key, value in table.values.items()} for name, table in vectors.items()}
    motion = motion_of(neighbours(records), scalars.get("motion", {}))
    heavy = {"face": scalars.get("faces", {}), "motion": motion}
    return {
        record.id: {
            **features.values[record.id],
            **{trait: values.get(record.id, math.nan) for trait, values in heavy.items()},
        }
        for record in records
        if record.id in features.values
    }


def _smooth(
    plan: SequencePlan, pairs: Sequence[Candidate], embeddings: Vectors, unreadable: Mapping[str, str]
) -> Ordered:
    views = centred(views_matrix([embeddings.values[record.id] for _, record in pairs]))
    order = smooth_path(views)
    first, last = (pairs[order[end]][1].path for end in (0, -1))
    if (first > last) != plan.reverse:
        order = order[::-1]
    places = np.array(order)
    steps = [0.0, *distances(views, places[:-1], places[1:]).tolist()]
    return Ordered([pairs[index] for index in order], steps, unreadable, smoothness(views, order))
