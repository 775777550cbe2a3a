"""One call of a diffusers pipeline, as every diffusion engine makes it: lists in, uint8 pictures out.

Belongs here: which requests may share a call, sizes a model can run at, seeds, what a pipeline is not
told, overflow and lack of memory. Does not belong here: what a role asks for (``diffusion.py``,
``diffusion_edit.py``), loading (``diffusion_loading.py``), chunks that fit (``batching.py``).
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from resources.models.torch_device import memory_errors
from synth_assets.core.ports import RGB

if TYPE_CHECKING:
    import torch

    from resources.models.entries import ModelEntry

SizeHW = tuple[int, int]
_SCHNELL_WORDS = 256
"""Tokens of text that FLUX schnell was distilled with; the others read twice as many."""


@dataclass(frozen=True)
class Alike:
    """What the requests of one call share, so that a picture does not depend on its neighbours.

    Attributes:
        size_hw: (height, width) the model runs at.
        avoids: True with a negative prompt; SDXL treats none unlike an empty one.
        guidance: classifier-free guidance; None = the pipeline's own.
        references: how many make the style; 0 without an IP-Adapter.
        strength: of an edit.
    """

    size_hw: SizeHW
    avoids: bool
    guidance: float | None
    references: int = 0
    strength: float = 1.0


def knows_negatives(pipeline: Any) -> bool:
    """False for FLUX: it is distilled for one pass a step, and true guidance would take two."""
    return not type(pipeline).__name__.startswith("Flux")


def accepted(pipeline: Any) -> Mapping[str, inspect.Parameter]:
    """The parameters of the pipeline's call by name."""
    return inspect.signature(type(pipeline).__call__).parameters


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


def as_tensor(pictures: Sequence[RGB]) -> torch.Tensor:
    """Gives (N, 3, H, W) float32 in [0, 1] of pictures of one size."""
    import torch

    return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float() / 255


def make_pictures(
    pipeline: Any, entry: ModelEntry, prompts: Sequence[str], seeds: Sequence[int], size_hw: SizeHW, **wished: Any
) -> list[RGB]:
    """Calls the pipeline once; gives a (height, width, 3) uint8 RGB picture for each prompt.

    Args:
        pipeline: on its device.
        entry: gives the steps, and the name for errors.
        prompts: one a picture.
        seeds: one a picture; with the prompt it alone decides the picture.
        size_hw: for pipelines that are told one.
        wished: further arguments; None and what this pipeline does not know is left out.

    Raises:
        DeviceMemoryError: so many pictures at once do not fit on the device.
        FloatingPointError: the model overflowed in its dtype.
    """
    import torch

    usual = {"num_inference_steps": entry.steps, "height": size_hw[0], "width": size_hw[1]}
    wished = {**usual, "max_sequence_length": _text_tokens(pipeline), **wished}
    known = accepted(pipeline)
    settings = {key: value for key, value in wished.items() if value is not None and key in known}
    with memory_errors(entry.name, len(prompts)), torch.inference_mode():
        try:
            images = pipeline(
                prompt=list(prompts),
                generator=[torch.Generator("cpu").manual_seed(seed) for seed in seeds],
                output_type="np",
                **settings,
            ).images
        except torch.OutOfMemoryError:
            # An offloaded part that fails stays on the device, where the next, smaller call would lack its room.
            pipeline.maybe_free_model_hooks()
            raise
    if not np.isfinite(images).all():
        raise FloatingPointError(
            f"{entry.name}: the picture holds values that are no numbers; set dtype: bfloat16 or float32"
        )
    return list(np.rint(np.asarray(images) * 255).astype(np.uint8))


def _text_tokens(pipeline: Any) -> int | None:
    is_schnell = type(pipeline).__name__.startswith("Flux") and not pipeline.transformer.config.guidance_embeds
    return _SCHNELL_WORDS if is_schnell else None
