"""Segmentation by saliency: U2-Net in onnxruntime.

Belongs here: pre- and post-processing of the net. Does not belong here: cutting its map into
objects (``core/curation/instances.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from resources.models.entries import ModelEntry
from resources.models.normalising import normalised
from resources.models.onnx import OnnxNet
from synth_assets.core.curation.instances import InstanceParams, instances_from_saliency
from synth_assets.core.ports import RGB, Instance, SoftMask

_SIDE_PX = 320
_LEAST_TOP = 1e-6
"""Stands in for the maximum of a black picture."""


def load_saliency_segmenter(entry: ModelEntry, path: Path, device: str) -> SaliencySegmenter:
    """Loads the net; the CPU is fast enough for it."""
    return SaliencySegmenter(entry.name, OnnxNet(path))


class SaliencySegmenter:
    """Finds what stands out, and cuts it into instances."""

    def __init__(self, name: str, net: OnnxNet, params: InstanceParams | None = None) -> None:
        self.name = name
        self._net = net
        self._params = params or InstanceParams()

    def segment(self, images: Sequence[RGB]) -> list[list[Instance]]:
        """Gives the instances of each picture, disjoint, largest first."""
        return [instances_from_saliency(saliency, self._params) for saliency in self.saliency(images)]

    def saliency(self, images: Sequence[RGB]) -> list[SoftMask]:
        """Gives (H, W) float32 in [0, 1] for each picture: how much each pixel stands out."""
        return [self._saliency(image) for image in images]

    def _saliency(self, image: RGB) -> SoftMask:
        raw = self._net.run(prepare(image)[None])[0][0, 0]
        height, width = image.shape[:2]
        smooth = cv2.resize(raw.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
        return np.clip(smooth, 0, 1).astype(np.float32)


def prepare(image: RGB) -> NDArray[np.float32]:
    """Gives (3, 320, 320) float32: squeezed to a square, divided by its maximum, normalised.

    Source: Qin et al., "U2-Net", Pattern Recognition 106, 2020, and rembg (MIT).
    """
    interpolation = cv2.INTER_AREA if min(image.shape[:2]) > _SIDE_PX else cv2.INTER_LINEAR
    small = cv2.resize(image, (_SIDE_PX, _SIDE_PX), interpolation=interpolation)
    return normalised(small, top=max(float(small.max()), _LEAST_TOP))
