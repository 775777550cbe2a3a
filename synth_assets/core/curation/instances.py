"""Instances: from a saliency map to separate objects.

Belongs here: thresholding, cutting joined objects apart, dropping what is too small. Does not
belong here: the net that makes the map, and finding out who an instance is.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from synth_assets.core.config import Params
from synth_assets.core.masks import tight_box
from synth_assets.core.ports import Instance, Mask, SoftMask

Labels = NDArray[np.int32]


class InstanceParams(Params):
    """How a saliency map is read.

    Attributes:
        threshold: saliency from which a pixel belongs to an object.
        min_side_px: both sides of an object's box have at least this; smaller ones are dropped.
        neck_ratio: two parts are two objects where the width between them is below this share of
            the thinner part's width.
        min_part: two parts are two objects only where each has at least this share of the area.
    """

    threshold: float = Field(default=0.5, gt=0, lt=1)
    min_side_px: int = Field(default=64, ge=1)
    neck_ratio: float = Field(default=0.4, ge=0, lt=1)
    min_part: float = Field(default=0.08, gt=0, lt=0.5)


_WORK_SIDE_PX = 320
"""Blobs are cut at this size: the net sees no finer, and a large picture would take seconds."""


def instances_from_saliency(saliency: SoftMask, params: InstanceParams) -> list[Instance]:
    """Gives the objects of a saliency map: disjoint, largest first, each scored by its mean saliency.

    Args:
        saliency: (H, W) float32 in [0, 1].
        params: threshold, sizes, and what counts as a neck.
    """
    found: list[Instance] = []
    for blob in _components(saliency >= params.threshold, params.min_side_px):
        parts = split_at_necks(blob, params)
        for part in parts if len(parts) > 1 else [blob]:
            if _is_large(part, params.min_side_px):
                found.append(Instance(part, float(saliency[part].mean())))
    return sorted(found, key=lambda instance: -int(instance.mask.sum()))


def split_at_necks(blob: Mask, params: InstanceParams) -> list[Mask]:
    """Cuts a connected blob where it is narrow between two wide parts; the parts cover it exactly.

    The blob is eroded further and further. Where the erosion by a radius leaves two or more pieces,
    each at least radius / neck_ratio deep, those are the seeds of two objects, and a watershed on
    the distance to the rim finds the cut. Parts are cut again until none has a neck.
    """
    box = tight_box(blob)
    if box is None:
        return []
    x0, y0, x1, y1 = box
    crop = np.pad(blob[y0:y1, x0:x1], 1)
    scale = min(1.0, _WORK_SIDE_PX / max(crop.shape))
    size_wh = (max(3, round(crop.shape[1] * scale)), max(3, round(crop.shape[0] * scale)))
    small = cv2.resize(crop.astype(np.uint8), size_wh, interpolation=cv2.INTER_AREA) > 0
    labels = _split(small, params)
    count = int(labels.max())
    if count < 2:
        return [blob]
    large = cv2.resize(labels.astype(np.float32), crop.shape[::-1], interpolation=cv2.INTER_NEAREST).astype(np.int32)
    large[~crop] = 0
    _grow(large, crop)
    parts: list[Mask] = []
    for label in range(1, count + 1):
        part = np.zeros_like(blob)
        part[y0:y1, x0:x1] = (large == label)[1:-1, 1:-1]
        parts.append(part)
    return parts


def _split(blob: Mask, params: InstanceParams) -> Labels:
    """Labels the parts of a blob from 1; the background is 0."""
    whole = blob.astype(np.int32)
    seeds = _seeds(blob, params)
    if seeds is None:
        return whole
    cut = _watershed(blob, seeds)
    areas = np.bincount(cut.ravel())[1:]
    if areas.min() < params.min_part * areas.sum():
        return whole
    result = np.zeros_like(whole)
    for label in range(1, areas.size + 1):
        inner = _split(cut == label, params)
        result = np.where(inner > 0, inner + result.max(), result)
    return result


def _seeds(blob: Mask, params: InstanceParams) -> Labels | None:
    distance = _distance(blob)
    deepest = float(distance.max())
    if params.neck_ratio <= 0:
        return None
    for radius in np.arange(1.0, deepest * params.neck_ratio, 1.0):
        count, labels = cv2.connectedComponents((distance > radius).astype(np.uint8), connectivity=8)
        deep = [
            label
            for label in range(1, count)
            if distance[labels == label].max() * params.neck_ratio >= radius
            and (labels == label).sum() >= params.min_part * blob.sum() / 4
        ]
        if len(deep) >= 2:
            seeds = np.zeros(blob.shape, np.int32)
            for number, label in enumerate(deep, 1):
                seeds[labels == label] = number
            return seeds
    return None


def _watershed(blob: Mask, seeds: Labels) -> Labels:
    """Grows the seeds over the blob, the deep pixels first, until they meet."""
    labels = seeds.copy()
    distance = _distance(blob)
    for level in np.unique(np.floor(distance[blob]))[::-1]:
        _grow(labels, blob & (distance >= level))
    _grow(labels, blob)
    return labels


def _grow(labels: Labels, region: Mask) -> None:
    kernel = np.ones((3, 3), np.uint8)
    while True:
        grown = cv2.dilate(labels.astype(np.float32), kernel).astype(np.int32)
        new = (grown > 0) & (labels == 0) & region
        if not new.any():
            return
        labels[new] = grown[new]


def _distance(blob: Mask) -> NDArray[np.float32]:
    padded = np.pad(blob.astype(np.uint8), 1)
    return np.asarray(cv2.distanceTransform(padded, cv2.DIST_L2, 5)[1:-1, 1:-1], np.float32)


def _components(mask: Mask, min_side_px: int) -> list[Mask]:
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    sides = stats[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].min(axis=1)
    return [labels == label for label in range(1, count) if sides[label] >= min_side_px]


def _is_large(mask: Mask, min_side_px: int) -> bool:
    box = tight_box(mask)
    return box is not None and min(box[2] - box[0], box[3] - box[1]) >= min_side_px
