"""Loading of diffusers pipelines: a folder or hub id becomes a pipeline that is ready on its device.

Belongs here: which pipeline class serves a role, safe weights, dtype, scheduler settings, memory
savers. Does not belong here: running a pipeline (``diffusion.py``), and deciding which model serves
a role or fetching it (the registry).
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from resources.models.torch_device import dtype_on

if TYPE_CHECKING:
    from diffusers.pipelines.pipeline_utils import DiffusionPipeline

    from resources.models.entries import ModelEntry

_log = logging.getLogger(__name__)

PipelineRole = Literal["text_to_image", "inpaint"]
_INPAINT_AS_IT_IS = ("FluxFillPipeline",)
"""Inpainting pipelines that ``AutoPipelineForInpainting`` does not know."""


def load_pipeline(entry: ModelEntry, path: str, device: str, role: PipelineRole) -> DiffusionPipeline:
    """Loads a pipeline in its dtype onto the device, silent and with scheduler and masks set up.

    Args:
        entry: the model's entry in the model set.
        path: local folder in diffusers layout, or hub id; a hub id honours HF_HUB_OFFLINE.
        device: ``cpu``, ``cuda`` or ``cuda:N``.
        role: decides the pipeline class; an inpainting pipeline accepts 4- and 9-channel UNets.

    Raises:
        OSError: no such model, no diffusers layout, or weights that are not safetensors.
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
    return _place(pipeline, device)


def _loader(class_name: str, role: PipelineRole) -> Any:
    from diffusers.pipelines.auto_pipeline import AutoPipelineForInpainting
    from diffusers.pipelines.pipeline_utils import DiffusionPipeline

    return AutoPipelineForInpainting if role == "inpaint" and class_name not in _INPAINT_AS_IT_IS else DiffusionPipeline


def _left_out(index: dict[str, Any]) -> dict[str, Any]:
    """Components of the index that are not loaded: a safety checker paints pictures black unasked."""
    if "safety_checker" not in index:
        return {}
    return {"safety_checker": None, "feature_extractor": None, "requires_safety_checker": False}


def _set_scheduler(pipeline: Any, entry: ModelEntry) -> None:
    """Few-step models (guidance 0) are distilled on timesteps that end at pure noise."""
    config = pipeline.scheduler.config
    if entry.guidance == 0 and config.get("timestep_spacing", "trailing") != "trailing":
        pipeline.scheduler = type(pipeline.scheduler).from_config(config, timestep_spacing="trailing")


def keep_masks_soft(pipeline: Any) -> None:
    """Replaces the mask processor, which rounds masks to 0 and 1, by one that does not."""
    processor = pipeline.mask_processor
    pipeline.mask_processor = type(processor).from_config(processor.config, do_binarize=False)


def _place(pipeline: Any, device: str) -> DiffusionPipeline:
    import torch

    pipeline.set_progress_bar_config(disable=True)
    pipeline.vae.enable_slicing()
    if hasattr(pipeline, "watermark"):
        pipeline.watermark = None
    if pipeline.vae.dtype != torch.float16 and pipeline.vae.config.get("force_upcast"):
        pipeline.vae.register_to_config(force_upcast=False)  # only float16 overflows; else a warning a call
    pipeline.to(device)
    if device.startswith("cuda"):
        pipeline.vae.enable_tiling()
        for part in (pipeline.vae, getattr(pipeline, "unet", None)):
            if part is not None:
                part.to(memory_format=torch.channels_last)
    return pipeline


def size_step_px(pipeline: Any) -> int:
    """Heights and widths that the pipeline accepts are multiples of this.

    Transformers cut the latents into patches of 2 x 2.
    """
    return pipeline.vae_scale_factor * (1 if hasattr(pipeline, "unet") else 2)


def native_resolution_px(pipeline: Any) -> int:
    """Side of the square the model was trained on: 512 for SD 1.5, 1024 for SDXL, SD3 and FLUX."""
    backbone = pipeline.unet if hasattr(pipeline, "unet") else pipeline.transformer
    latents = backbone.config.get("sample_size") or pipeline.default_sample_size
    return int(latents) * pipeline.vae_scale_factor
