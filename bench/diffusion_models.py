"""Diffusion pipelines of published size with random weights: speed does not depend on the weights.

Belongs here: the architectures of SDXL and FLUX as their published configurations have them, a tiny
version of each, and building a pipeline on a device. Does not belong here: measuring.

The text encoders have their real size too, the T5 of FLUX included. Both ways of the benchmark hand
prompts to the pipeline, as users do, so both pay for the text; embeddings computed beforehand would
flatter both. Parameters are drawn on the device itself in the number type they are used in, which
takes seconds, no disk, and no second copy in the host's memory.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from diffusers import (
    AutoencoderKL,
    EulerDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
    FluxPipeline,
    FluxTransformer2DModel,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    T5Config,
    T5EncoderModel,
    T5Tokenizer,
)

WORDS = ["a photo of a red fox in the snow", "a wide savanna at noon, dry grass and a few trees"]
CLIP_TOKENS, T5_TOKENS = 77, 512

CLIP_L = {
    "vocab_size": 49408,
    "hidden_size": 768,
    "intermediate_size": 3072,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "projection_dim": 768,
}
CLIP_BIGG = {
    "vocab_size": 49408,
    "hidden_size": 1280,
    "intermediate_size": 5120,
    "num_hidden_layers": 32,
    "num_attention_heads": 20,
    "projection_dim": 1280,
    "hidden_act": "gelu",
}
T5_XXL = {
    "vocab_size": 32128,
    "d_model": 4096,
    "d_kv": 64,
    "d_ff": 10240,
    "num_layers": 24,
    "num_heads": 64,
    "feed_forward_proj": "gated-gelu",
}
TINY_CLIP = {
    "vocab_size": 600,
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "projection_dim": 16,
}
TINY_T5 = {**T5_XXL, "vocab_size": 600, "d_model": 16, "d_kv": 8, "d_ff": 32, "num_layers": 2, "num_heads": 2}

VAE_BLOCKS = {
    "down_block_types": ("DownEncoderBlock2D",) * 4,
    "up_block_types": ("UpDecoderBlock2D",) * 4,
    "block_out_channels": (128, 256, 512, 512),
    "layers_per_block": 2,
    "sample_size": 1024,
}
TINY_VAE_BLOCKS = {
    **VAE_BLOCKS,
    "block_out_channels": (8,) * 4,
    "layers_per_block": 1,
    "norm_num_groups": 4,
    "sample_size": 64,
}
SDXL_VAE = {"latent_channels": 4, "scaling_factor": 0.13025}
FLUX_VAE = {
    "latent_channels": 16,
    "scaling_factor": 0.3611,
    "shift_factor": 0.1159,
    "use_quant_conv": False,
    "use_post_quant_conv": False,
}

SDXL_UNET = {
    "sample_size": 128,
    "block_out_channels": (320, 640, 1280),
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
    "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
    "layers_per_block": 2,
    "transformer_layers_per_block": (1, 2, 10),
    "attention_head_dim": (5, 10, 20),
    "cross_attention_dim": 2048,
    "use_linear_projection": True,
    "addition_embed_type": "text_time",
    "addition_time_embed_dim": 256,
    "projection_class_embeddings_input_dim": 2816,
}
TINY_SDXL_UNET = {
    **SDXL_UNET,
    "sample_size": 8,
    "block_out_channels": (8, 16, 16),
    "layers_per_block": 1,
    "transformer_layers_per_block": (1, 1, 2),
    "attention_head_dim": (2, 2, 2),
    "cross_attention_dim": 32,
    "addition_time_embed_dim": 8,
    "projection_class_embeddings_input_dim": 6 * 8 + 16,
    "norm_num_groups": 4,
}
FLUX_TRANSFORMER = {
    "in_channels": 64,
    "num_layers": 19,
    "num_single_layers": 38,
    "attention_head_dim": 128,
    "num_attention_heads": 24,
    "joint_attention_dim": 4096,
    "pooled_projection_dim": 768,
    "guidance_embeds": True,
}
TINY_FLUX_TRANSFORMER = {
    **FLUX_TRANSFORMER,
    "num_layers": 2,
    "num_single_layers": 2,
    "attention_head_dim": 16,
    "num_attention_heads": 2,
    "joint_attention_dim": 16,
    "pooled_projection_dim": 16,
    "axes_dims_rope": (4, 6, 6),
}
SDXL_SCHEDULER = {
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "timestep_spacing": "leading",
    "steps_offset": 1,
}
FLUX_SCHEDULER = {"shift": 3.0, "use_dynamic_shifting": True, "base_shift": 0.5, "max_shift": 1.15}


def build(name: str, device: str, *, tiny: bool = False) -> Any:
    """A text-to-image pipeline with random weights, bfloat16 on CUDA and float32 on a CPU.

    Args:
        name: "sdxl" or "flux".
        device: ``cpu`` or ``cuda``.
        tiny: the same classes at a size that a CPU runs in a moment.
    """
    builders: dict[str, Callable[[bool], Any]] = {"sdxl": _sdxl, "flux": _flux}
    torch.manual_seed(0)
    usual = torch.get_default_dtype()
    torch.set_default_dtype(torch.bfloat16 if device.startswith("cuda") else torch.float32)
    try:
        with torch.device(device):
            parts = builders[name](tiny)
    finally:
        torch.set_default_dtype(usual)
    for part in parts.values():
        if isinstance(part, torch.nn.Module):
            part.eval().requires_grad_(False)
    if name == "sdxl":
        return StableDiffusionXLPipeline(**parts, scheduler=EulerDiscreteScheduler(**SDXL_SCHEDULER))
    return FluxPipeline(**parts, scheduler=FlowMatchEulerDiscreteScheduler(**FLUX_SCHEDULER))


def _sdxl(tiny: bool) -> dict[str, Any]:
    small, large = (TINY_CLIP, TINY_CLIP) if tiny else (CLIP_L, CLIP_BIGG)
    tokens = _clip_tokenizer()
    return {
        "tokenizer": tokens,
        "tokenizer_2": tokens,
        "text_encoder": CLIPTextModel(_clip(small, tokens)),
        "text_encoder_2": CLIPTextModelWithProjection(_clip(large, tokens)),
        "vae": AutoencoderKL(**(TINY_VAE_BLOCKS if tiny else VAE_BLOCKS), **SDXL_VAE),
        "unet": UNet2DConditionModel(**(TINY_SDXL_UNET if tiny else SDXL_UNET)),
    }


def _flux(tiny: bool) -> dict[str, Any]:
    tokens = _clip_tokenizer()
    words = T5Tokenizer().train_new_from_iterator(WORDS, vocab_size=600)
    words.model_max_length = T5_TOKENS
    return {
        "tokenizer": tokens,
        "tokenizer_2": words,
        "text_encoder": CLIPTextModel(_clip(TINY_CLIP if tiny else CLIP_L, tokens)),
        "text_encoder_2": T5EncoderModel(T5Config(**(TINY_T5 if tiny else T5_XXL))),
        "vae": AutoencoderKL(**(TINY_VAE_BLOCKS if tiny else VAE_BLOCKS), **FLUX_VAE),
        "transformer": FluxTransformer2DModel(**(TINY_FLUX_TRANSFORMER if tiny else FLUX_TRANSFORMER)),
    }


def _clip_tokenizer() -> Any:
    """A vocabulary of a few words: tokens are padded to the same length whatever they are."""
    trained = CLIPTokenizer().train_new_from_iterator(WORDS, vocab_size=500)
    trained.model_max_length = CLIP_TOKENS
    return trained


def _clip(config: dict[str, Any], tokens: Any) -> CLIPTextConfig:
    ends = {"bos_token_id": tokens.bos_token_id, "eos_token_id": tokens.eos_token_id}
    return CLIPTextConfig(**config, **ends, pad_token_id=tokens.pad_token_id)
