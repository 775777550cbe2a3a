"""A character's own threshold file, with new values laid in: ``configs/characters/<name>.yaml``.

Belongs here: what differs between two settings, and the text of the file with it, comments kept. Does not belong here:
reading such files (``thresholds.py``) and finding the values (``tuning.py``).
"""

from __future__ import annotations

from typing import Any

import yaml

from synth_assets.core.curation.thresholds import DecisionThresholds

Changes = dict[str, dict[str, Any]]
"""Block → name → value, e.g. ``{"thresholds": {"low_occlusion": 0.3}}``."""


def threshold_changes(before: DecisionThresholds, after: DecisionThresholds) -> Changes:
    """Gives the values of ``after`` that ``before`` has otherwise."""
    old, new = before.model_dump(), after.model_dump()
    blocks = {
        block: {name: value for name, value in values.items() if old[block].get(name) != value}
        for block, values in new.items()
    }
    return {block: values for block, values in blocks.items() if values}


def with_values(text: str, changes: Changes) -> tuple[str, bool]:
    """Gives the text of a YAML file with values laid into its blocks, and whether its comments are kept.

    Args:
        text: of the file; empty for a new one.
        changes: what to lay in; all else stays.

    Returns:
        The text, and False where the file's form left only writing it anew, without comments.
    """
    wanted = {**(yaml.safe_load(text) or {})}
    for block, values in changes.items():
        wanted[block] = {**(wanted.get(block) or {}), **values}
    try:
        edited = text
        for block, values in changes.items():
            for name, value in values.items():
                edited = _with_value(edited, block, name, yaml.safe_dump(value).splitlines()[0])
        if yaml.safe_load(edited) == wanted:
            return edited, True
    except yaml.YAMLError:
        pass  # a form of YAML that values cannot be put into one by one
    return yaml.safe_dump(wanted, sort_keys=False), "#" not in text


def _with_value(text: str, block: str, name: str, value: str) -> str:
    """The text with one value replaced or added, if the block is written one name a line; else anything."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    inner = _child(root, block)
    if inner is None:
        gap = "" if not text or text.endswith("\n") else "\n"
        return f"{text}{gap}{block}:\n  {name}: {value}\n"
    old = _child(inner, name)
    if old is not None:
        return text[: old.start_mark.index] + value + text[old.end_mark.index :]
    first = inner.start_mark
    return f"{text[: first.index]}{name}: {value}\n{' ' * first.column}{text[first.index :]}"


def _child(node: yaml.Node | None, name: str) -> yaml.Node | None:
    if not isinstance(node, yaml.MappingNode):
        return None
    return next((value for key, value in node.value if key.value == name), None)
