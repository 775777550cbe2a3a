"""Decisions: the table of strategies for a character's frames.

Belongs here: rules by documented and by corrected values side by side, the balanced final choice,
rejecting frames without the character, and the plots. Does not belong here: the rules
(``rules.py``), the solver (``balance.py``) and carrying strategies out (``strategies/``).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from synth_assets.core.curation import plots
from synth_assets.core.curation.balance import MIN_TARGET_SIDE_PX, assign, quotas, suitability
from synth_assets.core.curation.rules import Decision, corrected_facts, decide, documented_facts
from synth_assets.core.curation.thresholds import STRATEGIES, DecisionThresholds
from synth_assets.core.items import Artifact, Extras, Item, PartitionWriter, Summary, run_items
from synth_assets.core.records import ImageRecord, ImageSet, Scalar

NOT_FOUND = "character not found"
_NEVER_FOUND = (
    "the character is in no frame; look at the scores in frame_analysis, add reference crops that show it as the film "
    "does, or lower analysis.match_score in configs/stages.yaml"
)


def decide_strategies(writer: PartitionWriter, analysis: ImageSet, config: DecisionThresholds) -> Summary:
    """Stores one row per analysed frame with its strategy, why, and all columns it rests on.

    Columns added: ``original_…`` (documented values and rules), ``corrected_…`` (corrected values,
    real instances), each strategy, confidence and reasoning; and the final ``strategy``,
    ``confidence``, ``reasoning``, ``moved``, ``analysis`` (fingerprint of the analysed row). The
    assignment is over all frames, so an item's inputs are its final decision.

    Args:
        writer: the opened partition of ``strategy_decisions``.
        analysis: rows of ``frame_analysis``.
        config: thresholds, targets and needs.
    """
    shown = [record for record in analysis.ok if record.extra["target_found"]]
    final = dict(zip([record.key for record in shown], _decisions(shown, config), strict=True))
    items: list[Item] = []
    for record in analysis.ok:
        columns = final.get(record.key) or {}
        items.append(Item(record.key, {"analysis": record.fingerprint, "decision": columns}, record))

    def make(batch: list[Item]) -> list[list[Artifact]]:
        return [[Artifact(_row(item.payload, dict(item.inputs["decision"])))] for item in batch]

    values = config.model_dump()
    return run_items(
        writer, items, make, batch_size=64, extras=lambda images: _extras(images, config), extras_inputs=values
    )


def _row(record: ImageRecord, columns: dict[str, Scalar]) -> ImageRecord:
    extra = {**record.extra, **columns, "analysis": record.fingerprint}
    if columns:
        return replace(record, extra=extra, files=())
    reason = f"{NOT_FOUND} (best score {float(record.extra['target_score'] or 0):.2f})"
    return replace(record, extra=extra, files=(), status="rejected", reason=reason)


def _decisions(records: list[ImageRecord], config: DecisionThresholds) -> list[dict[str, Scalar]]:
    facts = [corrected_facts(record.extra) for record in records]
    corrected = [decide(item, config.thresholds, config.dataset_needs) for item in facts]
    scores = [suitability(item, decision, config) for item, decision in zip(facts, corrected, strict=True)]
    wished = dict(zip(STRATEGIES, quotas(len(records), config), strict=True))
    by_rules = Counter(decision.strategy for decision in corrected)
    rows: list[dict[str, Scalar]] = []
    for at, chosen in enumerate(assign(scores, config) if records else []):
        original = decide(documented_facts(records[at].extra), config.thresholds, config.dataset_needs)
        rule, strategy = corrected[at], STRATEGIES[chosen]
        moved = strategy != rule.strategy
        last = rule
        if moved:
            why = (
                f"moved from {rule.strategy} to {strategy}: "
                + (
                    f"the character is only {facts[at].target_side_px} px wide or high, below {MIN_TARGET_SIDE_PX}"
                    if facts[at].target_side_px < MIN_TARGET_SIDE_PX
                    else f"the targets ask for {wished[strategy]} of {len(records)} frames as {strategy}, the rules "
                    f"alone gave {by_rules[strategy]}, and this frame suits it with {scores[at][chosen]:.2f}"
                )
                + f" | by the rules: {rule.reasoning}"
            )
            last = Decision(strategy, min(1.0, float(scores[at][chosen])), why)
        rows.append(
            {
                **_columns("original_", original),
                **_columns("corrected_", rule),
                **_columns("", last),
                "moved": moved,
            }
        )
    return rows


def _columns(prefix: str, decision: Decision) -> dict[str, Scalar]:
    return {
        f"{prefix}strategy": decision.strategy,
        f"{prefix}confidence": round(decision.confidence, 4),
        f"{prefix}reasoning": decision.reasoning,
    }


def _extras(images: ImageSet, config: DecisionThresholds) -> Extras:
    rows = images.ok
    counts = {
        kind: Counter(str(record.extra[f"{kind}strategy"]) for record in rows)
        for kind in ("original_", "corrected_", "")
    }
    wished = dict(zip(STRATEGIES, quotas(len(rows), config), strict=True))
    table = [
        {
            "strategy": name,
            "original": counts["original_"][name],
            "corrected": counts["corrected_"][name],
            "final": counts[""][name],
            "target": wished[name],
        }
        for name in STRATEGIES
    ]
    return Extras(
        files={
            "plots/strategies.png": plots.strategy_bars(table),
            "plots/metrics.png": plots.metric_histograms([record.extra for record in rows], config.thresholds),
        },
        details={
            "frames": len(rows),
            "without_character": len(images) - len(rows),
            "moved": sum(bool(record.extra["moved"]) for record in rows),
            "strategies": table,
            **({"note": _NEVER_FOUND} if len(images) and not rows else {}),
        },
    )
