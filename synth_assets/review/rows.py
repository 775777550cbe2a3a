"""Rows of the review page: a decision as the JSON that the page shows.

Belongs here: which columns are shown, and where. Does not belong here: the page itself (``page.html``) and what a
column means (``core/curation``).
"""

from __future__ import annotations

import math
from typing import Any

from synth_assets.core.curation.decision_tables import SCORE
from synth_assets.core.curation.reviews import DROP, Review
from synth_assets.core.records import ImageRecord, Scalar

_STAGES = {"original_": "documented rules", "corrected_": "corrected rules"}
_CORRECTED = "_corrected"
_SHOWN_APART = frozenset({"strategy", "confidence", "reasoning", "moved", "reviewed", "analysis", "shot_type"})
_DIGITS = 4


def decision_row(record: ImageRecord, review: Review | None) -> dict[str, Any]:
    """Gives one row of ``strategy_decisions`` as JSON values.

    ``decided`` is what the program says, ``scores`` how well the frame suits each strategy; ``metrics`` are [name,
    documented, corrected], ``facts`` the remaining columns as [name, value]; ``open`` says that a person may decide:
    the character is in the frame.
    """
    extra = record.extra
    pairs = [(name, name + _CORRECTED) for name in extra if name + _CORRECTED in extra]
    twins = {name for pair in pairs for name in pair}
    facts = [
        [name, _value(value)]
        for name, value in extra.items()
        if name not in twins | _SHOWN_APART and not name.startswith((SCORE, *_STAGES)) and value not in (None, "")
    ]
    return {
        "key": record.key,
        "version": f"{record.id}{record.fingerprint}",
        "size": [record.width, record.height],
        "open": record.status != "failed" and bool(extra.get("target_found")),
        "status": record.status,
        "reason": record.reason,
        "decided": decided(record, review),
        "in_store": stored_review(record),
        "confidence": _value(extra.get("confidence")),
        "reasoning": str(extra.get("reasoning") or ""),
        "moved": bool(extra.get("moved")),
        "shot_type": str(extra.get("shot_type") or ""),
        "source": record.source,
        "steps": [
            [title, str(extra[f"{prefix}strategy"]), _value(extra[f"{prefix}confidence"]), extra[f"{prefix}reasoning"]]
            for prefix, title in _STAGES.items()
            if extra.get(f"{prefix}strategy")
        ],
        "scores": {
            name.removeprefix(SCORE): _value(value)
            for name, value in extra.items()
            if name.startswith(SCORE) and value is not None
        },
        "metrics": [[name, _value(extra[name]), _value(extra[corrected])] for name, corrected in pairs],
        "facts": facts,
        "review": review.strategy if review else None,
    }


def stored_review(record: ImageRecord) -> str | None:
    """The review that the stored decision honours; None where the program decided alone."""
    if not record.extra.get("reviewed"):
        return None
    return str(record.extra.get("strategy") or "") if record.status == "ok" else DROP


def decided(record: ImageRecord, review: Review | None) -> str:
    """The strategy that the program chose; where the stored row is a person's, what was noted or the rules say."""
    if not record.extra.get("reviewed"):
        return str(record.extra.get("strategy") or "")
    return (review.decided if review else "") or str(record.extra.get("corrected_strategy") or "")


def _value(value: Scalar) -> Scalar:
    """Rounded; None for what JSON has no number for."""
    if isinstance(value, float):
        return round(value, _DIGITS) if math.isfinite(value) else None
    return value
