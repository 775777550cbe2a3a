"""Diffusion editors: img2img and editing by instruction through diffusers, behind the port.

Belongs here: what each family of editing pipelines is asked, and which requests may share a call.
Does not belong here: loading (``diffusion_loading.py``), painting from nothing or into a mask
(``diffusion.py``), rows of ``edits.csv`` and how much of a picture survived (core).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from resources.models.batching import Batches
from resources.models.diffusion_calls import (
    Alike,
    accepted,
    as_tensor,
    knows_negatives,
    make_pictures,
    model_size_hw,
)
from resources.models.diffusion_loading import load_pipeline, native_resolution_px, size_step_px
from synth_assets.core.images import resize
from synth_assets.core.ports import RGB, Editor, EditRequest

if TYPE_CHECKING:
    from pathlib import Path

    from resources.models.entries import ModelEntry

_log = logging.getLogger(__name__)

Arguments = dict[str, Any]
_QWEN_STEP_PX = 32
"""Qwen-Image-Edit scales the picture it looks at to multiples of this; a result of another size would shift."""
_QWEN_NOTHING = " "
"""Qwen-Image-Edit guides by words only where it is told what to avoid; its authors' word for nothing."""
_ONE_AT_A_TIME = ("QwenImageEditPlusPipeline",)
"""Pipelines that refuse several prompts: to them, several pictures are references of one edit."""


def load_image_to_image_editor(entry: ModelEntry, path: str, device: str, adapters: Sequence[Path] = ()) -> Editor:
    """Loads any img2img pipeline of diffusers (SD 1.5, SDXL, SD3, FLUX, ...); the words say what the result shows.

    A request's strength is the share of the denoising steps that are run, on the picture noised to
    that point. Where less than one step is left, the picture comes back as it is. Arguments as of
    ``load_pipeline``.

    Raises:
        OSError: no such model, or weights that are not safetensors.
        ValueError: an IP-Adapter, or another adapter or a scheduler that does not fit the model.
    """
    _refuse_style(entry)
    return _editor(load_pipeline(entry, path, device, "image_to_image", adapters), entry, _image_to_image)


def load_instruct_editor(entry: ModelEntry, path: str, device: str, adapters: Sequence[Path] = ()) -> Editor:
    """Loads a pipeline that follows instructions: InstructPix2Pix (SD, SDXL), FLUX Kontext, Qwen-Image-Edit.

    At strength 0 the picture comes back as it is. InstructPix2Pix keeps less of it the higher the
    strength (see ``image_guidance``); Kontext and Qwen-Image-Edit know no strength, theirs is 0 or not.
    Arguments as of ``load_pipeline``.

    Raises:
        OSError: no such model, or weights that are not safetensors.
        ValueError: a pipeline that follows no instructions, an IP-Adapter, or another adapter or a
            scheduler that does not fit the model.
    """
    _refuse_style(entry)
    pipeline = load_pipeline(entry, path, device, "instruct", adapters)
    family = type(pipeline).__name__
    if family not in _INSTRUCT:
        raise ValueError(
            f"{entry.ref}: {family} follows no instructions; for engine diffusers-instruct choose a model of "
            f"{', '.join(_INSTRUCT)}, or edit with engine diffusers-image-to-image"
        )
    return _editor(pipeline, entry, _INSTRUCT[family])


def image_guidance(strength: float) -> float:
    """How firmly InstructPix2Pix holds on to the picture: 2 - strength.

    So 2.0 close to strength 0, the model's usual 1.5 at a half, and at 1 the 1.0 that is the least
    its pipelines take. Source: Brooks et al., InstructPix2Pix, CVPR 2023: values from 1.0 to 2.2
    are of use.
    """
    return 2.0 - strength


@dataclass(frozen=True)
class DiffusersEditor:
    """Edits pictures with a diffusers pipeline.

    Attributes:
        pipeline: the loaded pipeline.
        entry: gives steps, guidance and negative prompt where a request names none. Guidance 0 is
            that of few-step models, made to work without: it holds against any request.
        resolution_px: side of the square the model works at; pictures of other proportions are
            edited with as many pixels and scaled back.
        arguments: (pictures, strength, guidance, negative prompts) → what this family of pipelines
            is asked besides prompts, steps and seeds; None and what it does not know is left out.
        batches: how many pictures of a size fit at once.
    """

    pipeline: Any
    entry: ModelEntry
    resolution_px: int
    arguments: Callable[[Sequence[RGB], float, float | None, Sequence[str]], Arguments]
    batches: Batches

    @property
    def name(self) -> str:
        """Reference with revision and a hash of the settings."""
        return self.entry.name

    def edit(self, requests: Sequence[EditRequest]) -> list[RGB]:
        """Gives each picture edited, (H, W, 3) uint8 RGB of its own size, in order.

        Raises:
            DeviceMemoryError: a single picture does not fit on the device.
            FloatingPointError: the model overflowed in its dtype.
        """
        kept = {index: request.image.copy() for index, request in enumerate(requests) if not self._changes(request)}
        edited = [request for index, request in enumerate(requests) if index not in kept]
        made = iter(self.batches.run_alike(edited, self._alike, self._run, kind=lambda alike: alike.size_hw))
        return [kept[index] if index in kept else next(made) for index in range(len(requests))]

    def _changes(self, request: EditRequest) -> bool:
        known = accepted(self.pipeline)
        if "strength" not in known:
            return request.strength > 0
        steps = self.entry.steps or known["num_inference_steps"].default
        changes = int(steps * request.strength) >= 1
        if request.strength > 0 and not changes:
            _log.warning("%s: %s steps at strength %s leave none; unchanged", self.name, steps, request.strength)
        return changes

    def _alike(self, request: EditRequest) -> Alike:
        size_hw = (request.image.shape[0], request.image.shape[1])
        step_px = _QWEN_STEP_PX if self.arguments is _qwen else size_step_px(self.pipeline)
        return Alike(
            size_hw=model_size_hw(size_hw, self.resolution_px, step_px),
            avoids=bool(self._negative(request)),
            guidance=self._guidance(request),
            strength=request.strength,
        )

    def _negative(self, request: EditRequest) -> str:
        return (request.negative_prompt or self.entry.negative_prompt) if knows_negatives(self.pipeline) else ""

    def _guidance(self, request: EditRequest) -> float | None:
        asked = None if self.entry.guidance == 0 else request.guidance
        return self.entry.guidance if asked is None else asked

    def _run(self, requests: Sequence[EditRequest], alike: Alike) -> list[RGB]:
        """Edits requests that are alike in one call."""
        pictures = [resize(request.image, alike.size_hw) for request in requests]
        negatives = [self._negative(request) for request in requests]
        made = make_pictures(
            self.pipeline,
            self.entry,
            [request.instruction for request in requests],
            [request.seed for request in requests],
            alike.size_hw,
            **self.arguments(pictures, alike.strength, alike.guidance, negatives),
        )
        sizes = [(request.image.shape[0], request.image.shape[1]) for request in requests]
        return [resize(image, size) for image, size in zip(made, sizes, strict=True)]


def _guided(pictures: Sequence[RGB], guidance: float | None, negatives: Sequence[str]) -> Arguments:
    avoid = list(negatives) if any(negatives) else None
    return {"image": as_tensor(pictures), "guidance_scale": guidance, "negative_prompt": avoid}


def _image_to_image(
    pictures: Sequence[RGB], strength: float, guidance: float | None, negatives: Sequence[str]
) -> Arguments:
    return {**_guided(pictures, guidance, negatives), "strength": strength}


def _pix2pix(pictures: Sequence[RGB], strength: float, guidance: float | None, negatives: Sequence[str]) -> Arguments:
    return {**_guided(pictures, guidance, negatives), "image_guidance_scale": image_guidance(strength)}


def _kontext(pictures: Sequence[RGB], _strength: float, guidance: float | None, negatives: Sequence[str]) -> Arguments:
    height, width = pictures[0].shape[:2]
    return {**_guided(pictures, guidance, negatives), "max_area": height * width, "_auto_resize": False}


def _qwen(pictures: Sequence[RGB], _strength: float, guidance: float | None, negatives: Sequence[str]) -> Arguments:
    from PIL import Image

    is_guided = guidance is None or guidance > 1
    avoid = [negative or _QWEN_NOTHING for negative in negatives] if is_guided else None
    return {"image": list(map(Image.fromarray, pictures)), "true_cfg_scale": guidance, "negative_prompt": avoid}


_INSTRUCT: dict[str, Callable[..., Arguments]] = {
    "FluxKontextPipeline": _kontext,
    "QwenImageEditPipeline": _qwen,
    "QwenImageEditPlusPipeline": _qwen,
    "StableDiffusionInstructPix2PixPipeline": _pix2pix,
    "StableDiffusionXLInstructPix2PixPipeline": _pix2pix,
}
"""Pipelines that follow instructions, and what each is asked."""


def _refuse_style(entry: ModelEntry) -> None:
    for adapter in entry.adapters:
        if adapter.kind == "ip_adapter":
            raise ValueError(f"{adapter.ref}: an edit has no references to take a style from; leave the adapter out")


def _editor(pipeline: Any, entry: ModelEntry, arguments: Callable[..., Arguments]) -> DiffusersEditor:
    resolution_px = entry.resolution_px or native_resolution_px(pipeline)
    most = 1 if type(pipeline).__name__ in _ONE_AT_A_TIME else entry.batch_size
    return DiffusersEditor(pipeline, entry, resolution_px, arguments, Batches(entry.name, most))
