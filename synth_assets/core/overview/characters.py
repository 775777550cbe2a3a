"""Characters: who was found where, which strategy their frames got, and what a person said about it.

Belongs here: the section. Does not belong here: deciding (``core/curation``).
"""

from __future__ import annotations

from html import escape

from synth_assets.core.overview.markup import View, bar, counted, raw_table, section, words
from synth_assets.core.overview.summaries import DECISIONS, PartitionSummary

REVIEWS = "reviews_in_file"
"""Detail of a character's decisions: reviews that its review.csv holds now."""
_FRAMES, _ANALYSIS = "frames", "frame_analysis"
_MOST = 24
_LONGEST_REASON = 260


def characters_section(view: View) -> str:
    """One card a character, at most 24; the others are counted."""
    decided = {part.partition: part for part in view.partitions(DECISIONS)}
    found = {part.partition: part for part in view.partitions(_ANALYSIS)}
    films = {part.partition: part for part in view.partitions(_FRAMES)}
    names = list(dict.fromkeys([*decided, *found, *films]))
    if not names:
        body = (
            '<p class="none">No character yet: <code>synth add-character NAME --video FILM --references DIR</code></p>'
        )
        return section("characters", "Characters", body)
    cards = "".join(_card(view, name, films.get(name), found.get(name), decided.get(name)) for name in names[:_MOST])
    rest = names[_MOST:]
    more = f"<p>and {counted(len(rest), 'more character')}: {escape(', '.join(rest))}</p>" if rest else ""
    return section("characters", "Characters", cards + more)


def _card(
    view: View,
    name: str,
    films: PartitionSummary | None,
    found: PartitionSummary | None,
    decided: PartitionSummary | None,
) -> str:
    facts = [*_film_facts(films), *_found_facts(found), *(_decided_facts(decided) if decided else [])]
    listed = "".join(f"<li>{escape(fact)}</li>" for fact in facts)
    if decided is None:
        missing = f"synth backfill --assets {DECISIONS} --partitions {name}"
        body = f'<p class="none">Not decided yet: <code>{escape(missing)}</code></p>'
    else:
        body = _strategies(decided) + _moved(view, decided)
    return f'<div class="card"><h3>{escape(name)}</h3><ul class="facts">{listed}</ul>{body}</div>'


def _film_facts(part: PartitionSummary | None) -> list[str]:
    if part is None:
        return ["no frames yet"]
    looked, shots = part.number("looked_at"), part.number("shots")
    kept = f"{part.counts.get('ok', 0):,} frames kept"
    of_them = f" of {looked:,.0f} looked at" if looked else ""
    return [kept + of_them + (f", in {shots:,.0f} shots" if shots else "")]


def _found_facts(part: PartitionSummary | None) -> list[str]:
    found = part.number("with_character") if part else None
    if part is None or found is None:
        return ["not looked for yet"]
    others = part.number("with_other_characters")
    company = f"; other characters are in {others:,.0f}" if others is not None else ""
    return [f"found in {found:,.0f} of {part.counts.get('ok', 0):,} frames{company}"]


def _decided_facts(part: PartitionSummary) -> list[str]:
    facts = [f"{part.number('moved') or 0:,.0f} frames moved to another strategy by the balance"]
    taken, in_file = part.number("reviewed") or 0, part.number(REVIEWS)
    if in_file is not None and in_file != taken:
        facts.append(
            f"{counted(round(in_file), 'review')} in review.csv, {taken:,.0f} taken in: run strategy_decisions again"
        )
    elif taken:
        facts.append(
            f"{counted(round(taken), 'frame')} reviewed by a person, {part.number('dropped') or 0:,.0f} dropped"
        )
    else:
        facts.append(f"not reviewed by a person yet: synth review {part.partition}")
    missed = str(part.details.get("targets_missed") or "")
    return [*facts, *([f"targets missed: {missed}"] if missed else [])]


def _strategies(part: PartitionSummary) -> str:
    rows = part.rows("strategies")
    if not rows:
        return ""
    lines = [
        [
            escape(words(str(row.get("strategy", "")))),
            *(f"{row[name]:,}" if name in row else "–" for name in ("original", "corrected", "final", "target")),
        ]
        for row in rows
    ]
    heads = ["strategy", "documented rules", "corrected rules", "final", "target"]
    shares = bar([(words(str(row.get("strategy", ""))), float(row.get("final", 0))) for row in rows])
    return shares + raw_table(heads, lines, [False, True, True, True, True])


def _moved(view: View, part: PartitionSummary) -> str:
    if not part.moved:
        return ""
    pictures = "".join(view.thumbnail(example, escape(_short(example.words))) for example in part.moved)
    shown = f'<div class="thumbs wide-ones">{pictures}</div>'
    return f"<details><summary>Frames that were moved, and why</summary>{shown}</details>"


def _short(reason: str) -> str:
    return reason if len(reason) <= _LONGEST_REASON else f"{reason[:_LONGEST_REASON].rsplit(' ', 1)[0]} …"
