"""Relative depth from single photos: Depth Anything through transformers.

Belongs here: loading, pre- and post-processing. The processor that comes with the model needs
torchvision, so what it does is done here. Does not belong here: what depth is used for
(``core/profile/content.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from resources.models.normalising import normalised
from resources.models.torch_device import memory_errors
from resources.models.transformers_loading import load_transformer
from synth_assets.core.ports import RGB, DepthEstimator

if TYPE_CHECKING:
    from pathlib import Path

    from resources.models.entries import ModelEntry

SIDE_PX = 518
"""Shorter side the model works at, where the entry has no ``resolution_px``."""
_LONGEST = 3
"""Longer side of very long pictures in shorter ones; time and memory grow with its square."""
_MODEL_TYPE = "depth_anything"
_FLAT = 1e-6
"""Range of a map, relative to its largest value, that is rounding."""
_NEAREST_M = 0.1
"""Depth in metres below which a metric model's answers are not told apart."""


def load_depth_anything(entry: ModelEntry, path: Path, device: str) -> DepthEstimator:
    """Loads a Depth Anything model, V1 or V2, relative or metric, onto the device.

    Arguments and errors as of ``load_transformer``.
    """
    model = load_transformer(entry, path, device, _MODEL_TYPE, "AutoModelForDepthEstimation")
    return DepthAnything(model, entry)


@dataclass(frozen=True)
class DepthAnything:
    """Tells near from far; one picture at a time, so that none depends on its neighbours.

    Attributes:
        model: the loaded ``transformers.DepthAnythingForDepthEstimation``.
        entry: gives the name and the resolution.

    Source: L. Yang et al., "Depth Anything V2", NeurIPS 2024.
    """

    model: Any
    entry: ModelEntry

    @property
    def name(self) -> str:
        """Reference with revision and a hash of the settings."""
        return self.entry.name

    def depth(self, images: Sequence[RGB]) -> list[NDArray[np.float32]]:
        """Gives (H, W) float32 inverse depth of each picture, 0 = farthest, 1 = nearest; all 0 for a flat one.

        Raises:
            DeviceMemoryError: a picture does not fit on the device.
            FloatingPointError: the model overflowed in its dtype.
        """
        return [self._depth(image) for image in images]

    def _depth(self, image: RGB) -> NDArray[np.float32]:
        import torch

        pixels = prepare(image, self.entry.resolution_px or SIDE_PX, self.model.config.patch_size)
        with memory_errors(self.name, 1), torch.inference_mode():
            batch = torch.from_numpy(pixels[None]).to(self.model.device, self.model.dtype)
            raw = self.model(pixel_values=batch).predicted_depth[0].float().cpu().numpy()
        if not np.isfinite(raw).all():
            raise FloatingPointError(
                f"{self.name}: the depth holds values that are no numbers; set dtype: bfloat16 or float32"
            )
        if self.model.config.depth_estimation_type == "metric":
            raw = 1 / np.maximum(raw, _NEAREST_M)
        return stretched(raw, (image.shape[0], image.shape[1]))


def model_size_hw(size_hw: tuple[int, int], side_px: int, step_px: int) -> tuple[int, int]:
    """The (height, width) to run the model at, in the picture's proportions.

    Args:
        size_hw: size of the picture.
        side_px: wished length of the shorter side; less for pictures more than 3 times as long as wide.
        step_px: both sides become multiples of this.
    """
    scale = min(side_px / min(size_hw), _LONGEST * side_px / max(size_hw))
    height, width = (max(1, round(side * scale / step_px)) * step_px for side in size_hw)
    return height, width


def prepare(image: RGB, side_px: int, step_px: int) -> NDArray[np.float32]:
    """Gives (3, h, w) float32: resized by ``model_size_hw``, normalised with ImageNet's mean and deviation."""
    height, width = model_size_hw((image.shape[0], image.shape[1]), side_px, step_px)
    shrinking = height * width < image.shape[0] * image.shape[1]
    resized = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA if shrinking else cv2.INTER_CUBIC)
    return normalised(resized)


def stretched(raw: NDArray[np.float32], size_hw: tuple[int, int]) -> NDArray[np.float32]:
    """Resizes a map of values >= 0 to (height, width) and stretches it to 0..1; a flat map becomes all 0."""
    height, width = size_hw
    shrinking = height * width < raw.size
    interpolation = cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR
    resized = np.asarray(cv2.resize(raw.astype(np.float32), (width, height), interpolation=interpolation), np.float32)
    low, high = float(resized.min()), float(resized.max())
    if high - low <= _FLAT * high:
        return np.zeros(size_hw, np.float32)
    return np.clip((resized - low) / (high - low), 0, 1)
