"""Learned background filling: holes are cut out with context, painted, and put back without a rim.

Belongs here: the crops, what is put back, and LaMa in onnxruntime (engine ``lama-onnx``). Does not belong
here: filling without a model (``resources/offline/filling.py``), diffusion (``diffusion_fill.py``), and
choosing the hole (``synth_assets/core/curation/strategies/segment.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from resources.models.entries import ModelEntry
from resources.models.onnx import OnnxNet, onnx_file
from resources.models.onnx_pictures import as_batch, as_picture, fixed_hw, full_scale, grey, is_picture, padded, said
from synth_assets.core.images import resize
from synth_assets.core.masks import dilate, feather
from synth_assets.core.ports import RGB, Box, Mask

Paint = Callable[[Sequence[RGB], Sequence[Mask]], list[RGB]]
"""Gives each crop repainted where its mask is True, in its size."""

_CONTEXT_SHARE = 0.5
"""Context on each side of a hole, as a share of its longer side."""
_RIM_PX = 3
_RIM_SIGMA_PX = 1.5
_LAMA_SIDE_PX = 512
_STEP_PX = 64


def fill_holes(images: Sequence[RGB], masks: Sequence[Mask], side_px: int, paint: Paint) -> list[RGB]:
    """Gives copies whose masked pixels are repainted; all others keep their bytes.

    A picture's holes are painted one after another, largest first, each with what lies completely in its
    crop; the next hole's context shows what was painted before.

    Args:
        images: (H, W, 3) pictures.
        masks: (H, W) bool, True = repaint.
        side_px: crops are squares of at least this side where the picture is that large.
        paint: the model.

    Raises:
        ValueError: a mask's size is not its picture's, or it covers the whole picture.
    """
    works = [_Work(image, mask) for image, mask in zip(images, masks, strict=True)]
    while todo := [work for work in works if work.pending.any()]:
        boxes = [work.next_box(side_px) for work in todo]
        cut = [work.cut(box) for work, box in zip(todo, boxes, strict=True)]
        painted = paint([crop for crop, _ in cut], [hole for _, hole in cut])
        for work, box, picture in zip(todo, boxes, painted, strict=True):
            work.put(box, picture)
    return [work.image for work in works]


class _Work:
    """A picture with its holes that are still open."""

    def __init__(self, image: RGB, mask: Mask) -> None:
        if mask.shape != image.shape[:2]:
            raise ValueError(f"mask is {mask.shape}, picture is {image.shape[:2]}; they must be the same size")
        if mask.all():
            raise ValueError("the mask covers the whole picture, so there is no background to fill it from")
        self.image = image.copy()
        self.pending = mask.copy()
        _, self._labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
        self._holes: dict[int, Box] = {
            label: (int(x), int(y), int(x + width), int(y + height))
            for label, (x, y, width, height, _) in sorted(enumerate(stats), key=lambda item: -int(item[1][4]))
            if label
        }

    def next_box(self, side_px: int) -> Box:
        return crop_box(next(iter(self._holes.values())), self.pending.shape, side_px)

    def cut(self, box: Box) -> tuple[RGB, Mask]:
        x0, y0, x1, y1 = box
        return np.ascontiguousarray(self.image[y0:y1, x0:x1]), np.ascontiguousarray(self.pending[y0:y1, x0:x1])

    def put(self, box: Box, painted: RGB) -> None:
        x0, y0, x1, y1 = box
        inside = [
            label
            for label, hole in self._holes.items()
            if hole[0] >= x0 and hole[1] >= y0 and hole[2] <= x1 and hole[3] <= y1
        ]
        crop, _ = self.cut(box)
        region = np.isin(self._labels[y0:y1, x0:x1], inside)
        self.image[y0:y1, x0:x1] = joined(crop, region, painted)
        self.pending[y0:y1, x0:x1] &= ~region
        for label in inside:
            del self._holes[label]


def crop_box(hole: Box, size_hw: Sequence[int], side_px: int) -> Box:
    """A square around the hole with context, moved into the picture, and cut where that is smaller."""
    longer = max(hole[2] - hole[0], hole[3] - hole[1])
    side = max(side_px, round(longer * (1 + 2 * _CONTEXT_SHARE)))
    spans: list[tuple[int, int]] = []
    for low, high, length in ((hole[0], hole[2], size_hw[1]), (hole[1], hole[3], size_hw[0])):
        start = min(max(0, (low + high - side) // 2), max(0, length - side))
        spans.append((start, min(length, start + side)))
    return spans[0][0], spans[1][0], spans[0][1], spans[1][1]


def joined(crop: RGB, region: Mask, painted: RGB) -> RGB:
    """The painting in its region, its outermost pixels led over to those around it; all else as it was."""
    whole = np.where(region[..., None], painted, crop)
    rim = region & dilate(~region, _RIM_PX)
    sure = (~rim).astype(np.float32)[..., None]
    total = np.asarray(cv2.GaussianBlur(np.concatenate([whole * sure, sure], axis=2), (0, 0), _RIM_SIGMA_PX))
    guess = total[..., :3] / np.maximum(total[..., 3:], np.finfo(np.float32).tiny)
    alpha = feather(region, _RIM_PX)[..., None]
    mixed = np.rint(guess * (1 - alpha) + whole * alpha).astype(np.uint8)
    return np.where(rim[..., None], mixed, whole)


@dataclass(frozen=True)
class LamaFiller:
    """Fills holes with LaMa: structures go on, textures repeat.

    A crop that is larger than the net is scaled down to it, never stretched, and what is smaller is
    mirrored at its borders; so holes of more than half the net's side are filled at less than full
    resolution.

    Source: R. Suvorov et al., Resolution-robust Large Mask Inpainting with Fourier Convolutions, WACV 2022.

    Attributes:
        name: of the model.
        net: takes image (1, 3, h, w) in [0, 1] and mask (1, 1, h, w), 1 = repaint.
        top: what white is in its output, 1 or 255.
        side_px: longest side of what the net gets to see.
        size_hw: the only (height, width) it takes; None = any.
    """

    name: str
    net: OnnxNet
    top: float
    side_px: int
    size_hw: tuple[int, int] | None

    def fill(self, images: Sequence[RGB], masks: Sequence[Mask]) -> list[RGB]:
        """Gives copies whose masked pixels are repainted; all others keep their bytes.

        Raises:
            ValueError: a mask's size is not its picture's, or it covers the whole picture.
            DeviceMemoryError: the net does not fit on the device.
        """
        return fill_holes(images, masks, self.side_px, self._paint_all)

    def _paint_all(self, crops: Sequence[RGB], holes: Sequence[Mask]) -> list[RGB]:
        return [self._paint(crop, hole) for crop, hole in zip(crops, holes, strict=True)]

    def _paint(self, crop: RGB, hole: Mask) -> RGB:
        crop_hw = (crop.shape[0], crop.shape[1])
        scale = min(1.0, self.side_px / max(crop_hw))
        height, width = (max(1, round(side * scale)) for side in crop_hw)
        net_hw = self.size_hw or (-(-height // _STEP_PX) * _STEP_PX, -(-width // _STEP_PX) * _STEP_PX)
        image = padded(resize(crop, (height, width)), 0, net_hw)
        # A pixel of the small picture that holds any of the object is not context. The mirrored object is a hole too.
        mask = padded(np.asarray(resize(hole.astype(np.float32), (height, width)) > 0), 0, net_hw)
        hidden = as_batch(np.where(mask[..., None], np.uint8(0), image))
        made = as_picture(self.net.run(hidden, mask[None, None])[0], self.top)
        return resize(np.ascontiguousarray(made[:height, :width]), crop_hw)


def load_lama(entry: ModelEntry, path: Path, device: str) -> LamaFiller:
    """Loads LaMa or another net of the same inputs, of a fixed size or of any; measures its output's scale.

    Raises:
        ModelFileError: the entry's folder has no such ONNX file.
        ValueError: the net does not take a picture and a mask.
    """
    net = OnnxNet(onnx_file(entry, path), device)
    if len(net.inputs) != 2 or not is_picture(net.inputs[0]) or not is_picture(net.inputs[1], channels=1):
        raise ValueError(
            f"{entry.ref}: expected inputs (1, 3, height, width) and (1, 1, height, width), found {said(net.inputs)}"
        )
    size_hw = fixed_hw(net.inputs[0])
    side_px = min(size_hw) if size_hw else entry.resolution_px or _LAMA_SIDE_PX
    probe_hw = size_hw or (_STEP_PX, _STEP_PX)
    answer = net.run(grey(probe_hw), np.zeros((1, 1, *probe_hw)))[0]
    return LamaFiller(entry.name, net, full_scale(answer), side_px, size_hw)
