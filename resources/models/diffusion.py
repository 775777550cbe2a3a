"""Diffusion engines: text_to_image and inpaint through diffusers, behind the ports.

Belongs here: turning requests into pipeline calls and back, so that a seed alone decides a picture,
sizes come out exactly and lack of memory is reported as the ports say. Does not belong here:
loading (``diffusion_loading.py``), cropping around objects and pasting back (core).
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import cv2
import numpy as np

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
    from resources.models.entries import ModelEntry

Request = TypeVar("Request", TextToImageRequest, InpaintRequest)
SizeHW = tuple[int, int]


def load_text_to_image(entry: ModelEntry, path: str, device: str) -> TextToImage:
    """Loads any text-to-image pipeline of diffusers (SD 1.5, SDXL, SD3, FLUX, ...).

    Args:
        entry: the model's entry in the model set.
        path: local folder in diffusers layout, or hub id.
        device: ``cpu``, ``cuda`` or ``cuda:N``.

    Raises:
        OSError: no such model, or weights that are not safetensors.
    """
    return DiffusersTextToImage(load_pipeline(entry, path, device, "text_to_image"), entry)


def load_inpaint(entry: ModelEntry, path: str, device: str) -> Inpainter:
    """Loads an inpainting pipeline: 9-channel and plain 4-channel SD and SDXL, SD3, FLUX, FLUX Fill.

    Args:
        entry: the model's entry in the model set.
        path: local folder in diffusers layout, or hub id.
        device: ``cpu``, ``cuda`` or ``cuda:N``.

    Raises:
        OSError: no such model, or weights that are not safetensors.
        ValueError: so few steps at so low a strength that no step would be left.
    """
    if entry.steps is not None and entry.strength is not None and int(entry.steps * entry.strength) < 1:
        raise ValueError(
            f"{entry.ref}: {entry.steps} steps at strength {entry.strength} leave no step to run; "
            "steps x strength has to be at least 1"
        )
    pipeline = load_pipeline(entry, path, device, "inpaint")
    return DiffusersInpainter(pipeline, entry, entry.resolution_px or native_resolution_px(pipeline))


@dataclass(frozen=True)
class DiffusersTextToImage:
    """Makes pictures from prompts with a diffusers pipeline; references are ignored.

    Attributes:
        pipeline: the loaded ``diffusers.DiffusionPipeline``.
        entry: gives steps, guidance, negative prompt and resolution. With a resolution, pictures are
            made with that many pixels and resized to the size asked for; without, at that size.
    """

    pipeline: Any
    entry: ModelEntry

    @property
    def name(self) -> str:
        """Reference with revision and a hash of the settings."""
        return self.entry.name

    def generate(self, requests: Sequence[TextToImageRequest]) -> list[RGB]:
        """Gives a (H, W, 3) uint8 RGB picture of the requested size for each request, in order.

        Raises:
            DeviceMemoryError: the requests do not fit on the device together.
            FloatingPointError: the model overflowed in its dtype.
        """

        def run_size(request: TextToImageRequest) -> SizeHW:
            return model_size_hw(request.size_hw, self.entry.resolution_px, size_step_px(self.pipeline))

        def run(group: list[TextToImageRequest], size_hw: SizeHW) -> list[RGB]:
            made = _run(self.pipeline, self.entry, group, height=size_hw[0], width=size_hw[1])
            if self.entry.resolution_px is None:
                sizes = [request.size_hw for request in group]
                return [image[:height, :width] for image, (height, width) in zip(made, sizes, strict=True)]
            return [resize(image, request.size_hw) for image, request in zip(made, group, strict=True)]

        return _in_groups(requests, self.entry, run_size, run)


@dataclass(frozen=True)
class DiffusersInpainter:
    """Repaints masked regions with a diffusers pipeline; references are ignored.

    The whole picture passes through the model's autoencoder and drifts a little, so ``touched`` is
    None and the caller pastes back.

    Attributes:
        pipeline: the loaded inpainting pipeline, its mask processor leaving masks soft.
        entry: gives steps, guidance, strength and negative prompt.
        resolution_px: side of the square the model works at; pictures of other proportions are
            worked on with as many pixels.
    """

    pipeline: Any
    entry: ModelEntry
    resolution_px: int | None

    @property
    def name(self) -> str:
        """Reference with revision and a hash of the settings."""
        return self.entry.name

    def inpaint(self, requests: Sequence[InpaintRequest]) -> list[Inpainted]:
        """Gives each picture with its masked region repainted, in order and of its own size.

        Raises:
            DeviceMemoryError: the requests do not fit on the device together.
            FloatingPointError: the model overflowed in its dtype.
        """

        def run_size(request: InpaintRequest) -> SizeHW:
            height, width = request.image.shape[:2]
            return model_size_hw((height, width), self.resolution_px, size_step_px(self.pipeline))

        def run(group: list[InpaintRequest], size_hw: SizeHW) -> list[Inpainted]:
            import torch

            images = np.stack([resize(request.image, size_hw) for request in group])
            masks = np.stack([resize_mask(request.mask, size_hw) for request in group])
            made = _run(
                self.pipeline,
                self.entry,
                group,
                image=torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255,
                mask_image=torch.from_numpy(masks)[:, None],
                height=size_hw[0],
                width=size_hw[1],
                strength=self.entry.strength,
            )
            sizes = [(request.image.shape[0], request.image.shape[1]) for request in group]
            return [Inpainted(resize(image, size)) for image, size in zip(made, sizes, strict=True)]

        return _in_groups(requests, self.entry, run_size, run)


def model_size_hw(size_hw: SizeHW, resolution_px: int | None, step_px: int) -> SizeHW:
    """The (height, width) to run the model at.

    Args:
        size_hw: size of the picture.
        resolution_px: None = at least the picture's size; else as many pixels as a square of this
            side, in the picture's proportions.
        step_px: both sides become multiples of this.
    """
    height, width = size_hw
    if resolution_px is None:
        return math.ceil(height / step_px) * step_px, math.ceil(width / step_px) * step_px
    scale = resolution_px / math.sqrt(height * width)
    return max(1, round(height * scale / step_px)) * step_px, max(1, round(width * scale / step_px)) * step_px


def resize_mask(mask: SoftMask, size_hw: SizeHW) -> SoftMask:
    """Scales a soft mask to (height, width); edges between pixels become shares."""
    height, width = size_hw
    shrinking = height * width < mask.shape[0] * mask.shape[1]
    interpolation = cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR
    return cv2.resize(mask, (width, height), interpolation=interpolation).astype(np.float32)


Result = TypeVar("Result")


def _in_groups(
    requests: Sequence[Request],
    entry: ModelEntry,
    run_size: Callable[[Request], SizeHW],
    run: Callable[[list[Request], SizeHW], list[Result]],
) -> list[Result]:
    """Runs requests of one size together and gives results in the order of the requests.

    SDXL treats "no negative prompt" unlike an empty one, so those with and without one part too, and
    those of another guidance: a picture must not depend on its neighbours.
    """
    groups: dict[tuple[SizeHW, bool, float | None], list[int]] = {}
    for index, request in enumerate(requests):
        alike = (run_size(request), bool(_negative(request, entry)), _guidance(request, entry))
        groups.setdefault(alike, []).append(index)
    results: dict[int, Result] = {}
    for (size_hw, _, _), indices in groups.items():
        made = run([requests[index] for index in indices], size_hw)
        results.update(zip(indices, made, strict=True))
    return [results[index] for index in range(len(requests))]


def _negative(request: TextToImageRequest | InpaintRequest, entry: ModelEntry) -> str:
    return request.negative_prompt or entry.negative_prompt


def _guidance(request: TextToImageRequest | InpaintRequest, entry: ModelEntry) -> float | None:
    """The model's own, for few-step models were made for theirs; else what the request asks for."""
    wished = request.guidance if isinstance(request, TextToImageRequest) else None
    return wished if entry.guidance is None else entry.guidance


def _run(
    pipeline: Any, entry: ModelEntry, requests: Sequence[TextToImageRequest | InpaintRequest], **more: Any
) -> list[RGB]:
    """Calls the pipeline once; settings that the entry leaves open are the pipeline's own."""
    import torch

    negatives = [_negative(request, entry) for request in requests]
    optional = {
        "negative_prompt": negatives if any(negatives) else None,
        "num_inference_steps": entry.steps,
        "guidance_scale": _guidance(requests[0], entry),
        **more,
    }
    accepted = inspect.signature(type(pipeline).__call__).parameters
    settings = {key: value for key, value in optional.items() if value is not None and key in accepted}
    with memory_errors(entry.name, len(requests)), torch.inference_mode():
        images = pipeline(
            prompt=[request.prompt for request in requests],
            generator=[torch.Generator("cpu").manual_seed(request.seed) for request in requests],
            output_type="np",
            **settings,
        ).images
    if not np.isfinite(images).all():
        raise FloatingPointError(
            f"{entry.name}: the picture holds values that are no numbers; set dtype: bfloat16 or float32"
        )
    return list(np.rint(np.asarray(images) * 255).astype(np.uint8))
