"""Masks by words: CLIPSeg through transformers.

Belongs here: loading, pre- and post-processing. The processor that comes with the model needs
torchvision, so what it does is done here. Does not belong here: from which score a pixel counts, and
what is done with the mask (``core/scenes/edit_masks.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from resources.models.batching import Batches
from resources.models.normalising import normalised
from resources.models.torch_device import memory_errors
from resources.models.transformers_loading import load_tokenizer, load_transformer
from synth_assets.core.ports import RGB, SoftMask, TextMasker

if TYPE_CHECKING:
    from pathlib import Path

    from resources.models.entries import ModelEntry

SIDE_PX = 352
"""Side of the square the model was trained at, where the entry has no ``resolution_px``."""
_MODEL_TYPE = "clipseg"


def load_text_masker(entry: ModelEntry, path: Path, device: str) -> TextMasker:
    """Loads a CLIPSeg model with its tokenizer onto the device.

    Arguments as of ``load_transformer``.

    Raises:
        OSError: no such model, or weights that are not safetensors.
        ValueError: a model of another kind, or a resolution that is no multiple of its patches.
    """
    model = load_transformer(entry, path, device, _MODEL_TYPE, "CLIPSegForImageSegmentation")
    patch_px, side_px = model.config.vision_config.patch_size, entry.resolution_px or SIDE_PX
    if side_px % patch_px:
        raise ValueError(f"{entry.ref}: resolution_px {side_px} is no multiple of the model's patches of {patch_px} px")
    return ClipSeg(model, load_tokenizer(entry, path), entry, Batches(entry.name, entry.batch_size))


@dataclass(frozen=True)
class ClipSeg:
    """Finds what words name.

    Attributes:
        model: the loaded ``transformers.CLIPSegForImageSegmentation``.
        tokenizer: its tokenizer.
        entry: gives the name and the resolution.
        batches: how many pictures fit at once.

    Source: T. Lüddecke and A. Ecker, "Image Segmentation Using Text and Image Prompts", CVPR 2022.
    """

    model: Any
    tokenizer: Any
    entry: ModelEntry
    batches: Batches = field(repr=False)

    @property
    def name(self) -> str:
        """Reference with revision and a hash of the settings."""
        return self.entry.name

    def find(self, images: Sequence[RGB], texts: Sequence[str]) -> list[SoftMask]:
        """Gives for picture i (H, W) float32 in [0, 1]: how surely each pixel shows ``texts[i]``.

        Raises:
            DeviceMemoryError: a picture does not fit on the device.
            FloatingPointError: the model overflowed in its dtype.
        """
        return self.batches.run(list(zip(images, texts, strict=True)), self._find)

    def _find(self, pairs: Sequence[tuple[RGB, str]]) -> list[SoftMask]:
        import torch

        pixels = np.stack([prepare(image, self.entry.resolution_px or SIDE_PX) for image, _ in pairs])
        # Always padded to the full length, so that no text depends on the longest of its batch.
        tokens = self.tokenizer(
            [text for _, text in pairs],
            padding="max_length",
            truncation=True,
            max_length=self.model.config.text_config.max_position_embeddings,
            return_tensors="pt",
        )
        device = self.model.device
        with memory_errors(self.name, len(pairs)), torch.inference_mode():
            logits = self.model(
                pixel_values=torch.from_numpy(pixels).to(device, self.model.dtype),
                input_ids=tokens["input_ids"].to(device),
                attention_mask=tokens["attention_mask"].to(device),
            ).logits
            maps = torch.sigmoid(logits.float()).cpu().numpy()
        if not np.isfinite(maps).all():
            raise FloatingPointError(
                f"{self.name}: the masks hold values that are no numbers; set dtype: bfloat16 or float32"
            )
        return [_sized(raw, image) for raw, (image, _) in zip(maps, pairs, strict=True)]


def prepare(image: RGB, side_px: int) -> NDArray[np.float32]:
    """Gives (3, side, side) float32: squeezed to a square, normalised with ImageNet's mean and deviation."""
    shrinking = min(image.shape[:2]) > side_px
    interpolation = cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR
    square = cv2.resize(image, (side_px, side_px), interpolation=interpolation)
    return normalised(square)


def _sized(raw: NDArray[np.float32], image: RGB) -> SoftMask:
    resized = cv2.resize(raw, (image.shape[1], image.shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.clip(resized, 0, 1).astype(np.float32)
