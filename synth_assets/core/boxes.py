"""Boxes: (x0, y0, x1, y1) in pixels, half-open.

Belongs here: geometry of boxes. Does not belong here: masks, and where boxes are placed
(``scenes/placement.py``).
"""

from __future__ import annotations

from synth_assets.core.ports import Box


def area(box: Box) -> int:
    """Area in pixels; 0 for an empty box."""
    return max(0, box[2] - box[0]) * max(0, box[3] - box[1])


def intersection(a: Box, b: Box) -> Box:
    """The common part, which may be empty (area 0)."""
    return max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])


def iou(a: Box, b: Box) -> float:
    """Intersection over union in [0, 1]; 0 where both are empty."""
    common = area(intersection(a, b))
    union = area(a) + area(b) - common
    return common / union if union else 0.0


def clip(box: Box, size_hw: tuple[int, int]) -> Box:
    """The part of the box inside an image of (height, width)."""
    return intersection(box, (0, 0, size_hw[1], size_hw[0]))


def expand(box: Box, margin_px: int, size_hw: tuple[int, int]) -> Box:
    """Grows the box by a margin on every side, clipped to (height, width)."""
    x0, y0, x1, y1 = box
    return clip((x0 - margin_px, y0 - margin_px, x1 + margin_px, y1 + margin_px), size_hw)


def is_inside(box: Box, size_hw: tuple[int, int]) -> bool:
    """True if the box is not empty and lies inside (height, width)."""
    return area(box) > 0 and clip(box, size_hw) == box
