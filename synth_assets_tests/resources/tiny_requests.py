"""What the tests of diffusion engines ask of tiny pipelines, and how they compare pictures."""

from pathlib import Path
from typing import Any

import numpy as np

from resources.models.entries import ModelEntry
from synth_assets.core.masks import box_mask
from synth_assets.core.ports import InpaintRequest, TextToImageRequest

ROUNDING = 3
"""uint8 steps by which a picture may change with the size of its batch."""


def entry(folder: Path, **settings: Any) -> ModelEntry:
    return ModelEntry(ref=f"file:{folder.name}", licence="Apache-2.0", **{"steps": 2, **settings})


def wish(seed: int, size_hw: tuple[int, int] = (64, 64), negative: str = "cartoon") -> TextToImageRequest:
    return TextToImageRequest("a red fox", negative, seed, size_hw)


def hole(seed: int, size_hw: tuple[int, int] = (64, 64)) -> InpaintRequest:
    image = np.random.default_rng(7).integers(0, 256, (*size_hw, 3), dtype=np.uint8)
    box = (size_hw[1] // 4, size_hw[0] // 4, size_hw[1] // 2, size_hw[0] // 2)
    mask = box_mask(box, size_hw).astype(np.float32)
    return InpaintRequest(image, box, mask, "an elephant", "cartoon", seed)


def difference(a: np.ndarray, b: np.ndarray) -> int:
    assert a.shape == b.shape
    return int(np.abs(a.astype(int) - b.astype(int)).max())
