"""Diffusion engines: text_to_image and inpaint through diffusers, behind the ports.

Belongs here: turning requests into pipeline calls and back, so that a seed alone decides a picture
and sizes come out exactly. Does not belong here: the call itself (``diffusion_calls.py``), loading
(``diffusion_loading.py``), cropping around objects and pasting back (core).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from resources.models.adapters import style_conditions, style_references, takes_references
from resources.models.batching import Batches
from resources.models.diffusion_calls import Alike, SizeHW, as_tensor, knows_negatives, make_pictures, model_size_hw
from resources.models.diffusion_loading import load_pipeline, native_resolution_px, size_step_px
from resources.models.torch_device import memory_errors
from synth_assets.core.images import resize
from synth_assets.core.ports import (
    RGB,
    Inpainted,
    Inpainter,
    InpaintRequest,
    SoftMask,
    TextToImage,
    TextToImageRequest,
)

if TYPE_CHECKING:
    from pathlib import Path

    from resources.models.entries import ModelEntry

Request = TextToImageRequest | InpaintRequest


def load_text_to_image(entry: ModelEntry, path: str, device: str, adapters: Sequence[Path] = ()) -> TextToImage:
    """Loads any text-to-image pipeline of diffusers (SD 1.5, SDXL, SD3, FLUX, ...); arguments as of ``load_pipeline``.

    Raises:
        OSError: no such model, or weights that are not safetensors.
        ValueError: a scheduler or an adapter that does not fit the model.
    """
    return DiffusersTextToImage(load_pipeline(entry, path, device, "text_to_image", adapters), entry)


def load_inpaint(entry: ModelEntry, path: str, device: str, adapters: Sequence[Path] = ()) -> Inpainter:
    """Loads an inpainting pipeline: 9-channel and plain 4-channel SD and SDXL, SD3, FLUX, FLUX Fill.

    Arguments as of ``load_pipeline``.

    Raises:
        OSError: no such model, or weights that are not safetensors.
        ValueError: so few steps at so low a strength that no step would be left, or a scheduler or an
            adapter that does not fit the model.
    """
    if entry.steps is not None and entry.strength is not None and int(entry.steps * entry.strength) < 1:
        raise ValueError(
            f"{entry.ref}: {entry.steps} steps at strength {entry.strength} leave no step to run; "
            "steps x strength has to be at least 1"
        )
    pipeline = load_pipeline(entry, path, device, "inpaint", adapters)
    return DiffusersInpainter(pipeline, entry, entry.resolution_px or native_resolution_px(pipeline))


@dataclass(frozen=True)
class _Painter:
    """A pipeline that paints by words: its name, its batches, and its call for requests that are alike."""

    pipeline: Any
    entry: ModelEntry

    @property
    def name(self) -> str:
        """Reference with revision and a hash of the settings."""
        return self.entry.name

    @cached_property
    def batches(self) -> Batches:
        """How many pictures of a size fit at once."""
        return Batches(self.name, self.entry.batch_size)

    def _alike_in(self, request: Request, size_hw: SizeHW) -> Alike:
        avoids = knows_negatives(self.pipeline) and bool(_negative(request, self.entry))
        references = len(style_references(request)) if takes_references(self.pipeline) else 0
        return Alike(size_hw, avoids, _guidance(request, self.entry), references)

    def _run(self, requests: Sequence[Request], alike: Alike, **more: Any) -> list[RGB]:
        """Makes the pictures of requests that are alike in one call."""
        import torch

        if takes_references(self.pipeline):
            with memory_errors(self.name, len(requests)), torch.inference_mode():
                shown = [style_references(request) for request in requests]
                more["ip_adapter_image_embeds"] = style_conditions(self.pipeline, shown)
        return make_pictures(
            self.pipeline,
            self.entry,
            [request.prompt for request in requests],
            [request.seed for request in requests],
            alike.size_hw,
            negative_prompt=[_negative(request, self.entry) for request in requests] if alike.avoids else None,
            guidance_scale=alike.guidance,
            **more,
        )


@dataclass(frozen=True)
class DiffusersTextToImage(_Painter):
    """Makes pictures from prompts with a diffusers pipeline; references are its style with an IP-Adapter.

    Attributes:
        pipeline: the loaded ``diffusers.DiffusionPipeline``.
        entry: gives steps, guidance, negative prompt and resolution. With a resolution, pictures are
            made with that many pixels and resized to the size asked for; without, at that size.
    """

    def generate(self, requests: Sequence[TextToImageRequest]) -> list[RGB]:
        """Gives a (H, W, 3) uint8 RGB picture of the requested size for each request, in order.

        Raises:
            DeviceMemoryError: one picture alone does not fit on the device.
            FloatingPointError: the model overflowed in its dtype.
        """
        return self.batches.run_alike(requests, self._alike, self._generate, kind=lambda alike: alike.size_hw)

    def _alike(self, request: TextToImageRequest) -> Alike:
        size_hw = model_size_hw(request.size_hw, self.entry.resolution_px, size_step_px(self.pipeline))
        return self._alike_in(request, size_hw)

    def _generate(self, requests: Sequence[TextToImageRequest], alike: Alike) -> list[RGB]:
        made = self._run(requests, alike)
        if self.entry.resolution_px is None:
            sizes = [request.size_hw for request in requests]
            return [image[:height, :width] for image, (height, width) in zip(made, sizes, strict=True)]
        return [resize(image, request.size_hw) for image, request in zip(made, requests, strict=True)]


@dataclass(frozen=True)
class DiffusersInpainter(_Painter):
    """Repaints masked regions with a diffusers pipeline; references are the object's look with an IP-Adapter.

    The whole picture passes through the model's autoencoder and drifts a little, so ``touched`` is
    None and the caller pastes back.

    The mask reaches the model soft. Models of plain latents (4-channel SD and SDXL, SD3, FLUX) blend by it
    after every step; those that are shown mask and picture (9-channel SD and SDXL, FLUX Fill) get it as a
    soft channel. Of the picture, the first kind sees all, the 9-channel ones what the mask covers by less
    than half, and FLUX Fill all of it, dimmed by the mask.

    Attributes:
        pipeline: the loaded inpainting pipeline, its mask processor leaving masks soft.
        entry: gives steps, guidance, strength and negative prompt.
        resolution_px: side of the square the model works at; pictures of other proportions are
            worked on with as many pixels.
    """

    resolution_px: int | None

    @property
    def needs_references(self) -> bool:
        """False: words are enough."""
        return False

    def inpaint(self, requests: Sequence[InpaintRequest]) -> list[Inpainted]:
        """Gives each picture with its masked region repainted, in order and of its own size.

        Raises:
            DeviceMemoryError: one picture alone does not fit on the device.
            FloatingPointError: the model overflowed in its dtype.
        """
        return self.batches.run_alike(requests, self._alike, self._inpaint, kind=lambda alike: alike.size_hw)

    def _alike(self, request: InpaintRequest) -> Alike:
        height, width = request.image.shape[:2]
        size_hw = model_size_hw((height, width), self.resolution_px, size_step_px(self.pipeline))
        return self._alike_in(request, size_hw)

    def _inpaint(self, requests: Sequence[InpaintRequest], alike: Alike) -> list[Inpainted]:
        import torch

        masks = np.stack([resize_mask(request.mask, alike.size_hw) for request in requests])
        made = self._run(
            requests,
            alike,
            image=as_tensor([resize(request.image, alike.size_hw) for request in requests]),
            mask_image=torch.from_numpy(masks)[:, None],
            strength=self.entry.strength,
        )
        sizes = [(request.image.shape[0], request.image.shape[1]) for request in requests]
        return [Inpainted(resize(image, size)) for image, size in zip(made, sizes, strict=True)]


def resize_mask(mask: SoftMask, size_hw: SizeHW) -> SoftMask:
    """Scales a soft mask to (height, width); edges between pixels become shares."""
    height, width = size_hw
    shrinking = height * width < mask.shape[0] * mask.shape[1]
    interpolation = cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR
    return cv2.resize(mask, (width, height), interpolation=interpolation).astype(np.float32)


def _negative(request: Request, entry: ModelEntry) -> str:
    return request.negative_prompt or entry.negative_prompt


def _guidance(request: Request, entry: ModelEntry) -> float | None:
    """The model's own, for few-step models were made for theirs; else what the request asks for."""
    wished = request.guidance if isinstance(request, TextToImageRequest) else None
    return wished if entry.guidance is None else entry.guidance
