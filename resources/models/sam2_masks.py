"""Arithmetic around SAM2: the model's square, the grid of points, and what its logits say.

Belongs here: the settings of automatic masks, pre-processing, measuring logits and bringing them to a
picture's size, as functions that need no model. Does not belong here: the model (``sam2.py``), and
which masks are objects (``core/curation/proposals.py``).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import Field

from resources.models.normalising import normalised
from synth_assets.core.curation.proposals import ProposalParams
from synth_assets.core.ports import RGB, Mask

if TYPE_CHECKING:
    import torch

_STABILITY_OFFSET = 1.0
"""Logits by which the cut at 0 is moved to see whether a mask depends on it."""
_PIXELS_AT_ONCE = 2**26
"""Masks are brought to the picture's size so many pixels (4 bytes each) at a time."""


class GridParams(ProposalParams):
    """How a picture is covered with point prompts, and which masks are believed.

    Attributes:
        points_per_side: prompts along each side of the picture.
        pred_iou: least overlap with the true object that the model itself predicts for a mask.
        stability: least overlap of a mask cut a little higher with the same cut a little lower.
        nms_iou: of masks whose boxes overlap more, only the surest stays.
    """

    points_per_side: int = Field(default=20, ge=1, le=128)
    pred_iou: float = Field(default=0.76, ge=0, le=1)
    stability: float = Field(default=0.86, ge=0, le=1)
    nms_iou: float = Field(default=0.7, gt=0, le=1)


def prepare(image: RGB, side_px: int, mean: NDArray[np.float32], std: NDArray[np.float32]) -> NDArray[np.float32]:
    """Gives (3, side, side) float32: squeezed to the model's square and normalised.

    Args:
        image: (H, W, 3).
        side_px: of the square.
        mean: (3,) in [0, 1].
        std: (3,) in [0, 1].

    Source: transformers' ``Sam2ImageProcessor`` (bilinear with antialiasing on uint8, as Pillow does it).
    """
    square = Image.fromarray(image).resize((side_px, side_px), Image.Resampling.BILINEAR)
    return normalised(np.asarray(square), mean, std)


def grid_points(per_side: int) -> NDArray[np.float32]:
    """Gives (per_side², 1, 2) x, y in shares of the picture's sides, each in the middle of its cell."""
    middles = (np.arange(per_side, dtype=np.float32) + np.float32(0.5)) / np.float32(per_side)
    ys, xs = np.meshgrid(middles, middles, indexing="ij")
    return np.stack([xs, ys], axis=-1).reshape(-1, 1, 2)


def in_square(xy: Any, size_hw: tuple[int, int], side_px: int) -> NDArray[np.float32]:
    """Gives coordinates of a picture in the model's square, which the picture was squeezed to.

    transformers' ``Sam2Processor`` does the same; its automatic grid keeps the picture's proportions
    instead, as SAM 1 did, and so leaves a strip of every picture that is not square without points.

    Args:
        xy: (..., 2) x, y or (..., 4) x0, y0, x1, y1 in pixels.
        size_hw: of the picture.
        side_px: of the square.
    """
    values = np.asarray(xy, np.float32)
    return values * np.resize(np.array([side_px / size_hw[1], side_px / size_hw[0]], np.float32), values.shape[-1])


def measured(logits: torch.Tensor, size_hw: tuple[int, int]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Gives (N,) stability and (N, 4) half-open boxes in pixels of masks; 0 and an empty box for an empty one.

    Stability is the area cut 1 above zero over the area cut 1 below: near 1 where the rim is steep.

    Args:
        logits: (N, h, w) as the model gives them, on any device.
        size_hw: (height, width) of the picture.

    Source: A. Kirillov et al., "Segment Anything", ICCV 2023, section 5 of the supplement.
    """
    import torch

    stability: list[torch.Tensor] = [torch.zeros(0)]
    boxes: list[torch.Tensor] = [torch.zeros(0, 4, dtype=torch.int64)]
    for large in _in_size(logits, size_hw):
        high, low = ((large > cut).sum((1, 2)) for cut in (_STABILITY_OFFSET, -_STABILITY_OFFSET))
        stability.append((high / low.clamp(min=1)).cpu())
        boxes.append(_boxes(large > 0).cpu())
    return torch.cat(stability).numpy(), torch.cat(boxes).numpy()


def masks_in_size(logits: torch.Tensor, size_hw: tuple[int, int]) -> list[Mask]:
    """Gives N (height, width) masks of (N, h, w) logits: interpolated, and cut at 0."""
    return [mask for large in _in_size(logits, size_hw) for mask in (large > 0).cpu().numpy()]


def _in_size(logits: torch.Tensor, size_hw: tuple[int, int]) -> Iterator[torch.Tensor]:
    from torch.nn.functional import interpolate

    count = max(1, _PIXELS_AT_ONCE // (size_hw[0] * size_hw[1]))
    for start in range(0, len(logits), count):
        some = logits[start : start + count, None].float()
        yield interpolate(some, size_hw, mode="bilinear", align_corners=False)[:, 0]


def _boxes(masks: torch.Tensor) -> torch.Tensor:
    """(N, 4) half-open boxes of (N, H, W) masks; zeros for an empty one."""
    import torch

    corners: list[torch.Tensor] = []
    for axis in (1, 2):
        hit = masks.any(axis).int()
        first, last = hit.argmax(1), hit.shape[1] - hit.flip(1).argmax(1)
        corners += [first, last * hit.any(1)]
    x0, x1, y0, y1 = corners
    return torch.stack([x0, y0, x1, y1], dim=1)
