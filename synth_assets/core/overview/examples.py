"""Examples: a few rows of a partition as small pictures with their words.

Belongs here: choosing rows, cutting and drawing their pictures. Does not belong here: contact sheets
(``core/sheets.py``) and HTML (the sections).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from synth_assets.core.images import BadImageError, decode_image, decode_rgba, fit_within, over_checker
from synth_assets.core.masks import decode_mask
from synth_assets.core.ports import RGB, Box
from synth_assets.core.records import ImageRecord, ImageSet, ObjectRecord
from synth_assets.core.sheets import draw_boxes, evenly, jpeg_within, label_colour

MOST_LABELS = 24
"""Classes of a partition with pictures; of the others the page gives the numbers."""
_PER_LABEL = 3
_CAPTIONS = 2
_WORST_CAPTIONS = 2
_MOVED = 4
_PREVIEWS = ("sheet", "storyboard")
"""Kinds of a sequence's rows whose picture shows its order at one glance, best first: of hundreds of pictures a
storyboard is a tower of specks."""
_MOST_SEQUENCES = 12
_THUMB_HW = (150, 200)
_THUMB_BYTES = 9_000
_STRIP_HW = (420, 900)
_STRIP_BYTES = 48_000
_CONTEXT = 2.2
"""Side of a cut around an object, in sides of its box."""
_LEAST_SHARE = 0.2
"""A cut shows at least this share of the picture's width, so that a tiny object keeps its surroundings."""
_LINE_PX = 1


@dataclass(frozen=True)
class Example:
    """A picture that fits on the page.

    Attributes:
        picture: JPEG.
        words: what it shows.
        path: the file it is of, relative to the store's root; "" for none.
        score: how well the words fit the picture, higher is better; None where that was not measured.
    """

    picture: bytes
    words: str = ""
    path: str = ""
    score: float | None = None


def picture_of(images: ImageSet, row: ImageRecord, words: str, box: Box | None = None) -> Example | None:
    """Gives a row's picture with boxes, labels and mask outlines, cut to ``box`` where that is given.

    Returns:
        The example; None where the file, another partition's, is gone or damaged.
    """
    picture = _decoded(images, row)
    if picture is None:
        return None
    x0, y0, x1, y1 = box or (0, 0, picture.shape[1], picture.shape[0])
    small = fit_within(picture[y0:y1, x0:x1], _THUMB_HW)
    scale = (small.shape[1] / (x1 - x0), small.shape[0] / (y1 - y0))
    for item in row.objects:
        mask_file = images.root / item.mask_path
        if item.mask_path and mask_file.exists():
            mask = decode_mask(mask_file.read_bytes(), item.mask_path)
            if mask.shape == picture.shape[:2]:
                small = _outlined(small, mask[y0:y1, x0:x1], label_colour(item.label))
    inside = [_moved_by(item, (x0, y0)) for item in row.objects if _touches(item.xyxy, (x0, y0, x1, y1))]
    return Example(jpeg_within(draw_boxes(small, inside, scale), _THUMB_BYTES), words, row.path)


def _decoded(images: ImageSet, row: ImageRecord) -> RGB | None:
    file = images.root / row.path
    if not row.path or not file.exists():
        return None
    try:
        rgba = decode_rgba(file.read_bytes(), row.path)
    except BadImageError:
        return None  # a refused file can be refused for just that, and has its reason beside it
    return over_checker(rgba) if (rgba[..., 3] < 255).any() else rgba[..., :3]


def _outlined(picture: RGB, mask: np.ndarray, colour: tuple[int, int, int]) -> RGB:
    small = cv2.resize(mask.astype(np.uint8), (picture.shape[1], picture.shape[0]), interpolation=cv2.INTER_AREA)
    contours = cv2.findContours(small, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)[0]
    outlined = picture.copy()
    cv2.drawContours(outlined, contours, -1, colour, _LINE_PX)
    return outlined


def _moved_by(item: ObjectRecord, corner: tuple[int, int]) -> ObjectRecord:
    x0, y0, x1, y1 = item.xyxy
    return replace(item, xyxy=(x0 - corner[0], y0 - corner[1], x1 - corner[0], y1 - corner[1]))


def _touches(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def label_examples(images: ImageSet) -> dict[str, list[Example]]:
    """Gives a few objects of each class with their surroundings, of rows spread evenly; frequent classes first."""
    rows: dict[str, list[ImageRecord]] = {}
    for row in images.ok:
        for label in dict.fromkeys(item.label for item in row.objects):
            rows.setdefault(label, []).append(row)
    labels = sorted(rows, key=lambda label: (-len(rows[label]), label))[:MOST_LABELS]
    found = {label: [_of_label(images, row, label) for row in evenly(rows[label], _PER_LABEL)] for label in labels}
    return {label: [example for example in examples if example] for label, examples in found.items()}


def _of_label(images: ImageSet, row: ImageRecord, label: str) -> Example | None:
    item = max((item for item in row.objects if item.label == label), key=lambda item: _area(item.xyxy))
    words = row.captions.get("short", "") or f"{label} of {row.asset} {row.partition}".strip()
    return picture_of(images, row, words, context_box(item.xyxy, (row.height, row.width)))


def _area(box: Box) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])


def context_box(box: Box, size_hw: tuple[int, int]) -> Box:
    """A cut of the thumbnails' proportions around a box, moved into the picture; the whole side where it is larger."""
    height, width = size_hw
    wanted_w = max(box[2] - box[0], (box[3] - box[1]) * _THUMB_HW[1] / _THUMB_HW[0]) * _CONTEXT
    wanted_w = max(wanted_w, width * _LEAST_SHARE)
    side_w, side_h = min(width, round(wanted_w)), min(height, round(wanted_w * _THUMB_HW[0] / _THUMB_HW[1]))
    x0 = min(max(0, (box[0] + box[2] - side_w) // 2), width - side_w)
    y0 = min(max(0, (box[1] + box[3] - side_h) // 2), height - side_h)
    return x0, y0, x0 + max(1, side_w), y0 + max(1, side_h)


def caption_examples(images: ImageSet) -> list[Example]:
    """Gives captioned pictures: those that fit worst where they are scored, then some spread evenly."""
    rows = [row for row in images.ok if row.captions.get("short")]
    scored = sorted((row for row in rows if _score(row) is not None), key=lambda row: (_score(row) or 0.0, row.path))
    worst = scored[:_WORST_CAPTIONS]
    chosen = [*worst, *evenly([row for row in rows if row not in worst], _CAPTIONS)]
    return [
        replace(example, score=_score(row))
        for row in chosen
        if (example := picture_of(images, replace(row, objects=()), row.captions["short"])) is not None
    ]


def _score(row: ImageRecord) -> float | None:
    value = row.extra.get("caption_score")
    return float(value) if isinstance(value, int | float) else None


def moved_examples(images: ImageSet) -> list[Example]:
    """Gives frames that the balance moved to another strategy, with the reason."""
    rows = evenly([row for row in images.ok if row.extra.get("moved")], _MOVED)
    found = [picture_of(images, row, str(row.extra.get("reasoning") or "")) for row in rows]
    return [example for example in found if example is not None]


def sequence_examples(images: ImageSet) -> list[Example]:
    """Gives one preview a sequence, linked to the animation itself; a sequence without a sheet has no picture."""
    plans: dict[str, list[ImageRecord]] = {}
    for row in images.ok:
        if row.path and row.extra.get("plan"):
            plans.setdefault(str(row.extra["plan"]), []).append(row)
    found = [_of_sequence(images, rows) for rows in list(plans.values())[:_MOST_SEQUENCES]]
    return [example for example in found if example is not None]


def _of_sequence(images: ImageSet, rows: Sequence[ImageRecord]) -> Example | None:
    kinds = {str(row.extra.get("kind", "")): row for row in rows}
    shown = next((kinds[kind] for kind in _PREVIEWS if kind in kinds), None)
    if shown is None or not (images.root / shown.path).exists():
        return None
    picture = fit_within(decode_image(images.read_bytes(shown.path), shown.path), _STRIP_HW)
    animation = kinds.get("gif") or shown
    words = str(shown.extra.get("title") or shown.extra["plan"])
    return Example(jpeg_within(picture, _STRIP_BYTES), words, animation.path)
