"""Placing: a loaded pipeline goes to its device with the memory and speed settings of its entry.

Belongs here: offloading, 8-bit weights, VAE slicing and tiling, memory order, compilation. Does not
belong here: loading (``diffusion_loading.py``), and choosing settings (``configs/models.yaml`` gives
the reasons).
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from resources.models.entries import ModelEntry

_log = logging.getLogger(__name__)

_VIDEO_DIMS = 5
"""Of the weights of convolutions over frames, as Qwen's autoencoder has them."""


def place(pipeline: Any, entry: ModelEntry, device: str) -> Any:
    """Puts the pipeline on the device as the entry says, and gives it back.

    On a CPU the settings for CUDA are left out, with a line in the log: nothing would be gained.
    """
    pipeline.set_progress_bar_config(disable=True)
    if hasattr(pipeline, "watermark"):
        pipeline.watermark = None
    _set_vae(pipeline.vae, entry)
    if not device.startswith("cuda"):
        if left := cuda_settings(entry):
            _log.info("%s: %s left out on %s; made for CUDA", entry.ref, ", ".join(left), device)
        return pipeline.to(device)
    if entry.channels_last:
        order_weights(pipeline, entry)
    if entry.quantise == "float8":
        _quantise(pipeline, entry)
    _offload(pipeline, entry, device)
    if entry.compile:
        # Whole blocks or an error: a graph that breaks in silence would be slower than none.
        backbone(pipeline).compile_repeated_blocks(fullgraph=True)
    return pipeline


def _set_vae(vae: Any, entry: ModelEntry) -> None:
    import torch

    if vae.dtype != torch.float16 and vae.config.get("force_upcast"):
        vae.register_to_config(force_upcast=False)  # only float16 overflows; else a warning a call
    if entry.vae_slicing:
        vae.enable_slicing()
    if entry.vae_tiling:
        vae.enable_tiling()


def order_weights(pipeline: Any, entry: ModelEntry) -> None:
    """Puts the weights of denoiser and autoencoder into channels-last order where they have that order."""
    import torch

    for part in (pipeline.vae, backbone(pipeline)):
        if any(weights.dim() == _VIDEO_DIMS for weights in part.parameters()):
            _log.info("%s: channels_last left out of %s; it convolves frames", entry.ref, type(part).__name__)
        else:
            part.to(memory_format=torch.channels_last)


def _quantise(pipeline: Any, entry: ModelEntry) -> None:
    import torch

    dtype = getattr(torch, entry.dtype)
    backbone(pipeline).enable_layerwise_casting(storage_dtype=torch.float8_e4m3fn, compute_dtype=dtype)


def backbone(pipeline: Any) -> Any:
    """The part that denoises: the UNet, or the transformer."""
    return pipeline.unet if hasattr(pipeline, "unet") else pipeline.transformer


def cuda_settings(entry: ModelEntry) -> list[str]:
    """Names of the settings that the entry has and a CPU has no use for."""
    said = {
        f"offload: {entry.offload}": entry.offload != "none",
        f"quantise: {entry.quantise}": bool(entry.quantise),
        "channels_last": entry.channels_last,
        "compile": entry.compile,
    }
    return [text for text, is_set in said.items() if is_set]


def _offload(pipeline: Any, entry: ModelEntry, device: str) -> None:
    import torch

    if entry.offload == "model":
        pipeline.enable_model_cpu_offload(device=device)
    elif entry.offload == "sequential":
        pipeline.enable_sequential_cpu_offload(device=device)
    elif entry.offload == "group":
        pipeline.enable_group_offload(
            onload_device=torch.device(device),
            offload_type="leaf_level",  # blocks would leave a UNet's loose convolutions behind
            use_stream=True,
            exclude_modules=["vae"],  # small, and offloading does not go with tiling
        )
    else:
        pipeline.to(device)
