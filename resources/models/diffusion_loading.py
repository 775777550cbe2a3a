"""Loading of diffusers pipelines: a folder or hub id becomes a pipeline that is ready on its device.

Belongs here: which pipeline class serves a role, safe weights, dtype, scheduler. Does not belong here:
adapters (``adapters.py``), memory and speed (``diffusion_placing.py``), running a pipeline
(``diffusion.py``), and deciding which model serves a role or fetching it (the registry).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from resources.models.adapters import load_adapters
from resources.models.diffusion_placing import backbone, place
from resources.models.torch_device import dtype_on

if TYPE_CHECKING:
    from diffusers.pipelines.pipeline_utils import DiffusionPipeline

    from resources.models.entries import ModelEntry

_log = logging.getLogger(__name__)

PipelineRole = Literal["text_to_image", "inpaint", "image_to_image", "instruct"]
_INPAINT_AS_IT_IS = ("FluxFillPipeline",)
"""Inpainting pipelines that ``AutoPipelineForInpainting`` does not know."""
_SCHEDULERS: dict[str, tuple[str, dict[str, Any]]] = {
    "ddim": ("DDIMScheduler", {}),
    "dpm++": ("DPMSolverMultistepScheduler", {"algorithm_type": "dpmsolver++", "use_karras_sigmas": True}),
    "euler": ("EulerDiscreteScheduler", {}),
    "euler-ancestral": ("EulerAncestralDiscreteScheduler", {}),
    "lcm": ("LCMScheduler", {}),
    "unipc": ("UniPCMultistepScheduler", {}),
}
"""Class in diffusers and settings of an entry's ``scheduler``."""


def load_pipeline(
    entry: ModelEntry, path: str, device: str, role: PipelineRole, adapters: Sequence[Path] = ()
) -> DiffusionPipeline:
    """Loads a pipeline in its dtype onto the device, silent, with scheduler, adapters and masks set up.

    Args:
        entry: the model's entry in the model set.
        path: local folder in diffusers layout, or hub id; a hub id honours HF_HUB_OFFLINE.
        device: ``cpu``, ``cuda`` or ``cuda:N``.
        role: decides the pipeline class: the stored one for text_to_image and instruct, else the one of
            its family (inpainting accepts 4- and 9-channel UNets).
        adapters: fetched file or folder of each of the entry's adapters.

    Raises:
        OSError: no such model, no diffusers layout, or weights that are not safetensors.
        ValueError: a scheduler or an adapter that does not fit the pipeline.
    """
    import diffusers
    import transformers
    from diffusers.pipelines.pipeline_utils import DiffusionPipeline

    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.disable_progress_bar()
    where: dict[str, Any] = {"local_files_only": True}
    if not Path(path).is_dir():
        where = {"revision": entry.reference.revision or None}
    try:
        index = cast(dict[str, Any], DiffusionPipeline.load_config(path, **where))
        loader = _loader(index["_class_name"], role)
        pipeline = loader.from_pretrained(
            path,
            dtype=dtype_on(entry.dtype, device),
            variant=entry.variant or None,
            use_safetensors=None if entry.allow_pickle else True,
            **_left_out(index),
            **_stills_processor(index, path, where),
            **where,
        )
    except OSError as error:
        raise OSError(
            f"{entry.ref}: cannot be loaded from {path}. It has to be in diffusers layout (model_index.json), its "
            "weights all safetensors; pickled weights are refused unless the entry says allow_pickle: true. "
            f"The loader said: {error}"
        ) from error
    _log.info("%s: loaded as %s", entry.ref, type(pipeline).__name__)
    _set_scheduler(pipeline, entry)
    if role == "inpaint":
        keep_masks_soft(pipeline)
    load_adapters(pipeline, entry.adapters, adapters)
    return place(pipeline, entry, device)


def _loader(class_name: str, role: PipelineRole) -> Any:
    from diffusers.pipelines.auto_pipeline import AutoPipelineForImage2Image, AutoPipelineForInpainting
    from diffusers.pipelines.pipeline_utils import DiffusionPipeline

    if role == "image_to_image":
        return AutoPipelineForImage2Image
    return AutoPipelineForInpainting if role == "inpaint" and class_name not in _INPAINT_AS_IT_IS else DiffusionPipeline


def _left_out(index: dict[str, Any]) -> dict[str, Any]:
    """Components of the index that are not loaded: a safety checker paints pictures black unasked."""
    if "safety_checker" not in index:
        return {}
    return {"safety_checker": None, "feature_extractor": None, "requires_safety_checker": False}


def _stills_processor(index: dict[str, Any], path: str, where: dict[str, Any]) -> dict[str, Any]:
    """Qwen-VL's processor without its video half, the only part of Qwen-Image-Edit that needs torchvision."""
    if index.get("processor", ("", ""))[1] != "Qwen2VLProcessor":
        return {}
    from resources.models.qwen_processor import StillsProcessor

    return {"processor": StillsProcessor.from_pretrained(path, subfolder="processor", **where)}


def _set_scheduler(pipeline: Any, entry: ModelEntry) -> None:
    """The entry's scheduler or the model's own, and the timesteps that few-step models were made for."""
    import diffusers

    if entry.scheduler:
        name, settings = _SCHEDULERS[entry.scheduler]
        if type(pipeline.scheduler).__name__.startswith("FlowMatch"):
            raise ValueError(
                f"{entry.ref}: scheduler {entry.scheduler} is for models that predict noise; leave it out, "
                f"{type(pipeline).__name__} brings its own"
            )
        pipeline.scheduler = getattr(diffusers, name).from_config(pipeline.scheduler.config, **settings)
    config = pipeline.scheduler.config
    # Few-step models (guidance 0) are distilled on timesteps that end at pure noise.
    if entry.guidance == 0 and config.get("timestep_spacing", "trailing") != "trailing":
        pipeline.scheduler = type(pipeline.scheduler).from_config(config, timestep_spacing="trailing")


def keep_masks_soft(pipeline: Any) -> None:
    """Replaces the mask processor, which rounds masks to 0 and 1, by one that does not."""
    processor = pipeline.mask_processor
    pipeline.mask_processor = type(processor).from_config(processor.config, do_binarize=False)


def size_step_px(pipeline: Any) -> int:
    """Heights and widths that the pipeline accepts are multiples of this.

    Transformers cut the latents into patches of 2 x 2.
    """
    return pipeline.vae_scale_factor * (1 if hasattr(pipeline, "unet") else 2)


def native_resolution_px(pipeline: Any) -> int:
    """Side of the square the model was trained on: 512 for SD 1.5, 1024 for SDXL, SD3 and FLUX."""
    latents = backbone(pipeline).config.get("sample_size") or pipeline.default_sample_size
    return int(latents) * pipeline.vae_scale_factor
