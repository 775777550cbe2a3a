"""Decisions: the table of strategies for a character's frames.

Belongs here: rules by documented and by corrected values side by side, the final choice, and
rejecting frames without the character and those that a person dropped. Does not belong here: the
choice (``choosing.py``), tables and plots (``decision_tables.py``), carrying strategies out
(``strategies/``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from synth_assets.core.curation.choosing import Choice, choose
from synth_assets.core.curation.decision_tables import SCORE, decision_extras
from synth_assets.core.curation.reviews import DROP
from synth_assets.core.curation.rules import Decision, corrected_facts, decide, documented_facts
from synth_assets.core.curation.suitability import Suits
from synth_assets.core.curation.thresholds import DecisionThresholds, Strategy
from synth_assets.core.items import Artifact, Extras, Item, PartitionWriter, Summary, run_items
from synth_assets.core.records import ImageRecord, ImageSet, Scalar

NOT_FOUND = "character not found"
DROPPED = "dropped in review"
_NOBODY: Mapping[str, Suits] = {}
_NO_REVIEWS: Mapping[str, Strategy] = {}


def decide_strategies(
    writer: PartitionWriter,
    analysis: ImageSet,
    config: DecisionThresholds,
    *,
    suits: Mapping[Strategy, Suits] = _NOBODY,
    reviews: Mapping[str, Strategy] = _NO_REVIEWS,
) -> Summary:
    """Stores one row per analysed frame with its strategy, why, and all columns it rests on.

    Columns added: ``original_…`` (documented values and rules) and ``corrected_…`` (corrected
    values, real characters), each strategy, confidence and reasoning; and, for frames that are used,
    the final ``strategy``, ``confidence``, ``reasoning``, ``moved``, ``reviewed``, ``score_<strategy>``
    (how well the frame suits it, 0..1; none where it cannot serve it), ``analysis`` (fingerprint of
    the analysed row). The choice is over all frames, so an item's inputs are its final decision.

    Args:
        writer: the opened partition of ``strategy_decisions``.
        analysis: rows of ``frame_analysis``.
        config: thresholds, targets and needs.
        suits: custom strategies by name: how well a frame suits it, 0 (cannot serve it) to 1.
        reviews: row key → the strategy that a person chose, which stays, or DROP.

    Raises:
        ValueError: a target or a review names an unknown strategy.
    """
    rows = analysis.ok
    used = [row for row in rows if reviews.get(row.key, "" if row.extra["target_found"] else DROP) != DROP]
    plan = choose(used, config, suits, reviews)
    items = [
        Item(
            row.key,
            {
                "analysis": row.fingerprint,
                "decision": _columns(row, plan.choices.get(row.key), config),
                "dropped": reviews.get(row.key) == DROP,
            },
            row,
        )
        for row in rows
    ]
    dropped = sum(bool(item.inputs["dropped"]) for item in items)

    def make(batch: list[Item]) -> list[list[Artifact]]:
        return [[Artifact(_row(item))] for item in batch]

    def extras(images: ImageSet) -> Extras:
        return decision_extras(images, plan, config, dropped)

    return run_items(writer, items, make, batch_size=64, extras=extras, extras_inputs=config.model_dump())


def _columns(record: ImageRecord, choice: Choice | None, config: DecisionThresholds) -> dict[str, Scalar]:
    original, corrected = (
        decide(facts(record.extra), config.thresholds, config.dataset_needs)
        for facts in (documented_facts, corrected_facts)
    )
    columns = {**_named("original_", original), **_named("corrected_", corrected)}
    if choice is None:
        return columns
    scores = {f"{SCORE}{name}": value for name, value in choice.scores.items()}
    return {**columns, **_named("", choice.final), "moved": choice.moved, "reviewed": choice.reviewed, **scores}


def _named(prefix: str, decision: Decision) -> dict[str, Scalar]:
    return {
        f"{prefix}strategy": decision.strategy,
        f"{prefix}confidence": round(decision.confidence, 4),
        f"{prefix}reasoning": decision.reasoning,
    }


def _row(item: Item) -> ImageRecord:
    record: ImageRecord = item.payload
    columns: Mapping[str, Scalar] = item.inputs["decision"]
    row = replace(record, extra={**record.extra, **columns, "analysis": record.fingerprint}, files=())
    if item.inputs["dropped"]:
        return replace(row, extra={**row.extra, "reviewed": True}, status="rejected", reason=DROPPED)
    if "strategy" in columns:
        return row
    reason = f"{NOT_FOUND} (best score {float(record.extra['target_score'] or 0):.2f})"
    return replace(row, extra={**row.extra, "reviewed": False}, status="rejected", reason=reason)
