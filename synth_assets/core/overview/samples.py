"""Samples: a few labelled objects of every class and character, outlined, with their surroundings.

Belongs here: the section. Does not belong here: cutting and drawing (``examples.py``).
"""

from __future__ import annotations

from html import escape

from synth_assets.core.overview.examples import Example
from synth_assets.core.overview.markup import View, counted, section
from synth_assets.core.overview.summaries import TRAINING_SET

_PER_LABEL = 3


def samples_section(view: View) -> str:
    """Shows each class of the training set; of the stages before it where that is not made."""
    found: dict[str, list[Example]] = {}
    for stage in view.stages:
        for part in stage.partitions:
            for label, examples in part.labels.items():
                found.setdefault(label, []).extend(examples)
    counts = {
        str(row.get("class")): int(row.get("objects", 0))
        for part in view.partitions(TRAINING_SET)
        for row in part.rows("objects_by_class")
    }
    if not found and not counts:
        body = '<p class="none">No labelled object is stored yet.</p>'
        return section("samples", "What is labelled", body)
    labels = sorted({*found, *counts}, key=lambda label: (-counts.get(label, 0), label))
    cards = "".join(
        _card(view, label, found[label][:_PER_LABEL], counts.get(label)) for label in labels if label in found
    )
    rest = [f"{label} ({counts[label]:,})" for label in labels if label not in found]
    more = f"<p>Without pictures here: {escape(', '.join(rest))}.</p>" if rest else ""
    intro = "<p>Box and mask outline of each object, as they are exported. A picture leads to its file.</p>"
    return section("samples", "What is labelled", f'{intro}<div class="labels">{cards}</div>{more}')


def _card(view: View, label: str, examples: list[Example], count: int | None) -> str:
    number = f"<span>{counted(count, 'object')}</span>" if count is not None else ""
    pictures = "".join(view.thumbnail(example, "") for example in examples)
    return f'<div class="label"><h3>{escape(label)} {number}</h3><div class="thumbs">{pictures}</div></div>'
