"""Time slots: what each looks like, and how far what was generated is from it.

Belongs here: the section. Does not belong here: profiles and distances (``core/profile``).
"""

from __future__ import annotations

import re
from html import escape

from synth_assets.core.overview.markup import View, meter, raw_table, section
from synth_assets.core.overview.summaries import PartitionSummary

_PROFILE = "image_profile"
_DISTANCE = "profile_distance"


def slots_section(view: View) -> str:
    """One line a slot: photos, colours, words, the distance of each generated set, and what the checks say of it."""
    profiles = {part.partition: part for part in view.partitions(_PROFILE)}
    if not profiles:
        body = f'<p class="none">No profile yet: <code>synth backfill --assets "*{_PROFILE}"</code></p>'
        return section("slots", "Time slots", body)
    measured = [stage for stage in view.stages if any(part.number(_DISTANCE) is not None for part in stage.partitions)]
    checks = [
        (stage.asset, check, {str(row.get("slot")): row for row in check.tables.get("slots", ())})
        for stage in view.stages
        for check in stage.checks
    ]
    heads = ["slot", "photos", "dominant colours", "words for prompts"]
    numeric = [False, True, False, False]
    for stage in measured:
        heads.append(f"distance of {stage.asset}")
        numeric.append(False)
    judging = [(asset, check, rows) for asset, check, rows in checks if any("status" in row for row in rows.values())]
    heads += [check.name.replace("_", " ") for _, check, _ in judging]
    numeric += [False] * len(judging)
    limits = {asset: {slot: row.get("limit", "") for slot, row in rows.items()} for asset, _, rows in checks if rows}
    lines: list[list[str]] = []
    for slot, profile in profiles.items():
        line = [f"<b>{escape(slot)}</b>", f"{profile.counts.get('ok', 0):,}", _swatches(profile)]
        line.append(escape(str(profile.details.get("prompt_words") or "")))
        for stage in measured:
            part = next((part for part in stage.partitions if part.partition == slot), None)
            line.append(_distance(part, str(limits.get(stage.asset, {}).get(slot, ""))))
        for _, _, rows in judging:
            row = rows.get(slot, {})
            line.append(
                f'<span title="{escape(str(row.get("reason", "")))}">{escape(str(row.get("status", "–")))}</span>'
            )
        lines.append(line)
    intro = (
        "<p>Distance of each generated set to its slot's real photos: 0 = alike, 1 = a whole spread of the photos "
        "apart. The limit allows for the number of pictures.</p>"
    )
    return section("slots", "Time slots", intro + raw_table(heads, lines, numeric))


def _swatches(profile: PartitionSummary) -> str:
    colours = re.findall(r"#[0-9A-Fa-f]{6}", str(profile.details.get("dominant_colors") or ""))
    pieces = "".join(f'<i style="background:{colour}" title="{colour}"></i>' for colour in colours)
    return f'<span class="swatches" role="img" aria-label="{", ".join(colours)}">{pieces}</span>'


def _distance(part: PartitionSummary | None, limit: str) -> str:
    distance = part.number(_DISTANCE) if part else None
    if distance is None:
        return "–"
    said = limit if limit.startswith("not") else f"limit {limit}"
    allowed = f" <small>{escape(said)}</small>" if limit else ""
    return f"{meter(distance)} {distance:.2f}{allowed}"
