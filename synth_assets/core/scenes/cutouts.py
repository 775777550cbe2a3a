"""Cutouts: pictures of a class's objects, free of their background.

Belongs here: finding a class's reference files and turning each into a trimmed RGBA picture. Does
not belong here: putting them on pictures (``laying.py``).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import Field

from synth_assets.core.config import ConfigError, Params
from synth_assets.core.images import decode_rgba, fit_within
from synth_assets.core.masks import feather, tight_box
from synth_assets.core.ports import RGBA, Inpainter, Segmenter
from synth_assets.core.scenes.classes import ObjectClass

ENDINGS = (".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
_OPAQUE = 250
_SOLID = 128
_RIM_PX = 1.0


class CutoutParams(Params):
    """What counts as a cutout.

    Attributes:
        min_side_px: smaller ones (after trimming) are left out.
        max_side_px: larger ones are scaled down, to save memory.
        min_area_share: a segmented object must cover this share of its photo.
    """

    min_side_px: int = Field(default=24, ge=1)
    max_side_px: int = Field(default=640, ge=1)
    min_area_share: float = Field(default=0.02, ge=0, le=1)


@dataclass(frozen=True)
class Cutout:
    """One object without background.

    Attributes:
        id: hash of the file, and of the segmenter's name where it was needed.
        image: (h, w, 4) uint8 RGBA, trimmed to what is not transparent.
        source: file name.
    """

    id: str
    image: RGBA
    source: str


def load_cutouts(
    path: Path, rows: Sequence[ObjectClass], root: Path, segmenter: Segmenter | None, params: CutoutParams
) -> dict[str, list[Cutout]]:
    """Gives label → cutouts of every class that names references, sorted by file name.

    Files with transparency are used as they are; of photos the largest segmented object is taken.

    Args:
        path: the classes file, for error messages.
        rows: its rows.
        root: folder that ``references`` is relative to.
        segmenter: for photos without transparency; None leaves them out.
        params: see there.

    Raises:
        ConfigError: ``references`` matches no usable file; with file and line.
    """
    cutouts: dict[str, list[Cutout]] = {}
    for row in rows:
        if not row.references:
            continue
        files = find_references(root, row.references)
        found = [cutout for file in files if (cutout := load_cutout(file, segmenter, params)) is not None]
        if not found:
            raise ConfigError(
                f"{path}:{row.line}: references: {row.references!r} matches {len(files)} picture files, none usable as "
                f"a cutout; name a folder, a file or a pattern relative to {root}, with pictures of at least "
                f"{params.min_side_px} px that have transparency or show one object"
            )
        known = {cutout.id for cutout in cutouts.setdefault(row.label, [])}
        cutouts[row.label] += [cutout for cutout in found if cutout.id not in known]
    return cutouts


def find_references(root: Path, references: str) -> list[Path]:
    """The picture files of a folder, a file name or a pattern such as ``cutouts/{deer,goat}*``."""
    files: set[Path] = set()
    for pattern in _expand_braces(references):
        place = root / pattern
        if place.is_dir():
            files.update(place.iterdir())
        elif place.is_file():
            files.add(place)
        else:
            files.update(root.glob(pattern))
    return sorted(
        file for file in files if not file.name.startswith(".") and file.suffix.lower() in ENDINGS and file.is_file()
    )


def _expand_braces(pattern: str) -> list[str]:
    found = re.search(r"\{([^{}]*)\}", pattern)
    if not found:
        return [pattern]
    before, after = pattern[: found.start()], pattern[found.end() :]
    return [text for choice in found[1].split(",") for text in _expand_braces(before + choice.strip() + after)]


def load_cutout(file: Path, segmenter: Segmenter | None, params: CutoutParams) -> Cutout | None:
    """Reads a file's object; None where it is too small, or opaque and no segmenter finds one."""
    data = file.read_bytes()
    image = decode_rgba(data, str(file))
    image = fit_within(image, (params.max_side_px, params.max_side_px))
    identity = hashlib.sha256(data)
    if image[..., 3].min() >= _OPAQUE:
        if segmenter is None:
            return None
        identity.update(segmenter.name.encode())
        instances = segmenter.segment([image[..., :3]])[0]
        if not instances or instances[0].mask.mean() < params.min_area_share:
            return None
        alpha = feather(instances[0].mask, _RIM_PX)
        image = np.dstack([image[..., :3], np.rint(alpha * 255).astype(np.uint8)])
    trimmed = trim(image)
    if trimmed is None or max(trimmed.shape[:2]) < params.min_side_px:
        return None
    return Cutout(identity.hexdigest()[:32], trimmed, file.name)


def trim(image: RGBA) -> RGBA | None:
    """Cuts to the bounds of what is at least half opaque; None where nothing is."""
    box = tight_box(image[..., 3] >= _SOLID)
    return image[box[1] : box[3], box[0] : box[2]].copy() if box else None


def classes_left_out(
    rows: Sequence[ObjectClass], cutouts: Mapping[str, Sequence[Cutout]], engine: Inpainter
) -> list[str]:
    """The labels without cutouts, for an engine that needs some; sorted."""
    return sorted({row.label for row in rows if engine.needs_references and not cutouts.get(row.label)})


def cutout_ids(cutouts: Mapping[str, Sequence[Cutout]]) -> dict[str, list[str]]:
    """Label → ids, for the inputs of items."""
    return {label: [cutout.id for cutout in found] for label, found in sorted(cutouts.items())}
