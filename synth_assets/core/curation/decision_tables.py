"""Decision tables: what is shown of all decisions of a set.

Belongs here: ``decisions.csv``, the tables of the materialization, which plots. Does not belong
here: deciding (``choosing.py``) and drawing (``plots.py``).
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from synth_assets.core.curation import plots
from synth_assets.core.curation.analysis_plots import metric_plots
from synth_assets.core.curation.choosing import Plan
from synth_assets.core.curation.shot_types import SHOT_TYPES
from synth_assets.core.curation.thresholds import DecisionThresholds, Strategy
from synth_assets.core.items import Extras
from synth_assets.core.records import ImageSet

DECISIONS = "decisions.csv"
SCORE = "score_"
"""Prefix of the columns that say how well a frame suits each strategy."""
_UNKNOWN = ""
_KINDS = ("original_", "corrected_", "")
_NEVER_FOUND = (
    "the character is in no frame; look at the scores in frame_analysis, add reference crops that show it as the film "
    "does, or lower analysis.match_score in configs/stages.yaml"
)


def decision_extras(images: ImageSet, plan: Plan, config: DecisionThresholds, dropped: int) -> Extras:
    """Gives ``decisions.csv``, the plots, and the tables of shares, shot types and needs.

    Args:
        images: all rows, rejected ones included.
        plan: what decided them.
        config: thresholds and targets.
        dropped: frames that reviews dropped.
    """
    rows = images.ok
    names = [share.strategy for share in plan.shares]
    strategies = _strategies(images, plan, config)
    shots = shot_table([(str(row.extra["strategy"]), str(row.extra["shot_type"])) for row in rows], names)
    return Extras(
        files={
            DECISIONS: decisions_csv(images, names),
            "plots/strategies.png": plots.strategy_bars(strategies),
            "plots/shot_types.png": plots.shot_type_bars(shots, names),
            "plots/metrics.png": metric_plots([row.extra for row in images], config.thresholds),
        },
        details={
            "frames": len(rows),
            "without_character": len(images) - len(rows) - dropped,
            "moved": sum(bool(row.extra["moved"]) for row in rows),
            "reviewed": sum(bool(row.extra["reviewed"]) for row in rows),
            "dropped": dropped,
            "strategies": strategies,
            "shot_types": shots,
            "needs": [
                {
                    "kind": need.kind,
                    "configured": need.configured,
                    "held": round(need.held, 3),
                    "left": round(need.left, 3),
                }
                for need in plan.needs
            ],
            "targets_missed": "; ".join(share.note for share in plan.shares if share.note),
            **({"note": _NEVER_FOUND} if len(images) and not rows else {}),
        },
    )


def _strategies(images: ImageSet, plan: Plan, config: DecisionThresholds) -> list[dict[str, Any]]:
    """One row a strategy: frames by each kind of decision, then shares of all frames in points (0..100)."""
    rows = images.ok
    by_kind = {kind: Counter(str(row.extra[f"{kind}strategy"]) for row in rows) for kind in _KINDS}
    table: list[dict[str, Any]] = []
    for share in plan.shares:
        wished = 100 * config.strategy_targets.get(share.strategy, 0.0)
        got = 100 * share.got / len(rows) if rows else 0.0
        table.append(
            {
                "strategy": share.strategy,
                "original": by_kind["original_"][share.strategy],
                "corrected": by_kind["corrected_"][share.strategy],
                "final": share.got,
                "target": share.wished,
                "at_most": share.at_most,
                "wished_points": round(wished, 1),
                "got_points": round(got, 1),
                "off_points": round(got - wished, 1) if rows else 0.0,
            }
        )
    return table


def shot_table(pairs: Sequence[tuple[Strategy, str]], names: Sequence[Strategy]) -> list[dict[str, Any]]:
    """One row a shot type, nearest first: frames of each strategy, and of all.

    Args:
        pairs: strategy and shot type of each frame.
        names: strategies.
    """
    counts = Counter(pairs)
    seen = {shot for _, shot in pairs}
    return [
        {
            "shot_type": shot or "unknown",
            **(by := {name: counts[name, shot] for name in names}),
            "all": sum(by.values()),
        }
        for shot in (*SHOT_TYPES, _UNKNOWN)
        if shot in seen
    ]


def decisions_csv(images: ImageSet, names: Sequence[Strategy]) -> bytes:
    """Gives a CSV of one row a frame: every kind of decision, why, and how well it suits each strategy."""
    buffer = io.StringIO()
    scores = [f"{SCORE}{name}" for name in names]
    decided = ["original_strategy", "corrected_strategy", "strategy", "confidence", "moved", "reviewed"]
    writer = csv.DictWriter(buffer, ["frame", "status", *decided, *scores, "reasoning"], lineterminator="\n")
    writer.writeheader()
    for row in images:
        extra: Mapping[str, Any] = row.extra
        cells = {name: extra.get(name) for name in [*decided, *scores]}
        writer.writerow(
            {"frame": row.key, "status": row.status, **cells, "reasoning": extra.get("reasoning", row.reason)}
        )
    return buffer.getvalue().encode()
