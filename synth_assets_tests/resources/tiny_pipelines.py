"""Diffusion pipelines of a few hundred kilobytes with random weights, saved like real ones.

Belongs here: building and saving them. Does not belong here: tests. The VAE keeps four levels, so
that one latent stays 8 x 8 pixels as in the real models.
"""

from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AutoencoderKL,
    DDIMScheduler,
    DiffusionPipeline,
    EulerAncestralDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
    FluxFillPipeline,
    FluxPipeline,
    FluxTransformer2DModel,
    SD3Transformer2DModel,
    StableDiffusion3Pipeline,
    StableDiffusionInpaintPipeline,
    StableDiffusionPipeline,
    StableDiffusionXLInpaintPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from diffusers.pipelines.stable_diffusion.safety_checker import StableDiffusionSafetyChecker
from transformers import (
    CLIPConfig,
    CLIPImageProcessorPil,
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    CLIPVisionConfig,
    CLIPVisionModelWithProjection,
    PreTrainedTokenizerBase,
    T5Config,
    T5EncoderModel,
    T5Tokenizer,
)

SENTENCES = ["a red fox in the snow", "a photo of an elephant by the river", "render, anime, cartoon, illustration"]
LATENT_SIDE = 8
"""Latents a side that the tiny models claim to be made for: 64 pixels."""
TEXT_WIDTH = 16


def tokenizer() -> PreTrainedTokenizerBase:
    trained = CLIPTokenizer().train_new_from_iterator(SENTENCES, vocab_size=400)
    trained.model_max_length = 77
    return trained


def _text_config(tokens: PreTrainedTokenizerBase) -> CLIPTextConfig:
    return CLIPTextConfig(
        vocab_size=len(tokens),
        hidden_size=TEXT_WIDTH,
        intermediate_size=32,
        projection_dim=TEXT_WIDTH,
        num_hidden_layers=2,
        num_attention_heads=2,
        bos_token_id=tokens.bos_token_id,
        eos_token_id=tokens.eos_token_id,
        pad_token_id=tokens.pad_token_id,
    )


def t5_tokenizer() -> PreTrainedTokenizerBase:
    trained = T5Tokenizer(extra_ids=0).train_new_from_iterator(SENTENCES, vocab_size=300)
    trained.model_max_length = 512
    return trained


def _t5(tokens: PreTrainedTokenizerBase, width: int) -> T5EncoderModel:
    heads = {"num_layers": 1, "num_heads": 2, "d_kv": 8}
    return T5EncoderModel(T5Config(vocab_size=len(tokens), d_model=width, d_ff=width, **heads))


def vae(**more: Any) -> AutoencoderKL:
    levels = 4
    return AutoencoderKL(
        block_out_channels=(8,) * levels,
        down_block_types=("DownEncoderBlock2D",) * levels,
        up_block_types=("UpDecoderBlock2D",) * levels,
        layers_per_block=1,
        norm_num_groups=4,
        sample_size=64,
        **more,
    )


def _unet(in_channels: int, **more: Any) -> UNet2DConditionModel:
    return UNet2DConditionModel(
        sample_size=LATENT_SIDE,
        in_channels=in_channels,
        block_out_channels=(8, 16),
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        layers_per_block=1,
        norm_num_groups=4,
        attention_head_dim=4,
        **more,
    )


def _safety_checker() -> StableDiffusionSafetyChecker:
    small = {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1}
    return StableDiffusionSafetyChecker(CLIPConfig(text_config=small, vision_config=small, projection_dim=8))


def save_sd15(folder: Path, in_channels: int = 4, safe: bool = True) -> Path:
    """Saves a Stable Diffusion 1.5 with its safety checker; 9 input channels make it an inpainting model."""
    torch.manual_seed(0)
    tokens = tokenizer()
    kind: type[DiffusionPipeline] = StableDiffusionInpaintPipeline if in_channels == 9 else StableDiffusionPipeline
    pipeline = kind(
        tokenizer=tokens,
        text_encoder=CLIPTextModel(_text_config(tokens)),
        vae=vae(),
        unet=_unet(in_channels, cross_attention_dim=TEXT_WIDTH),
        scheduler=DDIMScheduler(beta_schedule="scaled_linear", clip_sample=False, steps_offset=1),
        safety_checker=_safety_checker(),
        feature_extractor=CLIPImageProcessorPil(),
    )
    pipeline.save_pretrained(folder, safe_serialization=safe)
    return folder


def save_sdxl(folder: Path, in_channels: int = 4) -> Path:
    """Saves an SDXL whose scheduler draws noise at every step, as few-step models do; see ``save_sd15``."""
    torch.manual_seed(0)
    tokens = tokenizer()
    config = _text_config(tokens)
    kind: type[DiffusionPipeline] = StableDiffusionXLInpaintPipeline if in_channels == 9 else StableDiffusionXLPipeline
    pipeline = kind(
        tokenizer=tokens,
        tokenizer_2=tokens,
        text_encoder=CLIPTextModel(config),
        text_encoder_2=CLIPTextModelWithProjection(config),
        vae=vae(),
        unet=_unet(
            in_channels,
            cross_attention_dim=2 * TEXT_WIDTH,
            addition_embed_type="text_time",
            addition_time_embed_dim=8,
            projection_class_embeddings_input_dim=6 * 8 + TEXT_WIDTH,
            use_linear_projection=True,
        ),
        scheduler=EulerAncestralDiscreteScheduler(beta_schedule="scaled_linear", steps_offset=1),
    )
    pipeline.save_pretrained(folder)
    return folder


def save_sd3(folder: Path) -> Path:
    """Saves an SD3: two CLIPs side by side, T5 and 16 latent channels."""
    torch.manual_seed(0)
    tokens, t5_tokens = tokenizer(), t5_tokenizer()
    config = _text_config(tokens)
    pipeline = StableDiffusion3Pipeline(
        tokenizer=tokens,
        tokenizer_2=tokens,
        tokenizer_3=t5_tokens,
        text_encoder=CLIPTextModelWithProjection(config),
        text_encoder_2=CLIPTextModelWithProjection(config),
        text_encoder_3=_t5(t5_tokens, 2 * TEXT_WIDTH),
        vae=vae(latent_channels=16, shift_factor=0.06),
        transformer=SD3Transformer2DModel(
            sample_size=LATENT_SIDE,
            in_channels=16,
            out_channels=16,
            num_layers=1,
            attention_head_dim=8,
            num_attention_heads=2,
            joint_attention_dim=2 * TEXT_WIDTH,
            caption_projection_dim=16,
            pooled_projection_dim=2 * TEXT_WIDTH,
            pos_embed_max_size=32,
        ),
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0),
    )
    pipeline.save_pretrained(folder)
    return folder


def save_flux(folder: Path, guided: bool = True, fill: bool = False) -> Path:
    """Saves a FLUX: dev (it is told its guidance), schnell (it is not), or Fill (it sees picture and mask)."""
    torch.manual_seed(0)
    tokens, t5_tokens = tokenizer(), t5_tokenizer()
    channels = 4
    packed = 4 * channels
    kind: type[DiffusionPipeline] = FluxFillPipeline if fill else FluxPipeline
    pipeline = kind(
        tokenizer=tokens,
        tokenizer_2=t5_tokens,
        text_encoder=CLIPTextModel(_text_config(tokens)),
        text_encoder_2=_t5(t5_tokens, TEXT_WIDTH),
        vae=vae(latent_channels=channels, shift_factor=0.1, use_quant_conv=False, use_post_quant_conv=False),
        transformer=FluxTransformer2DModel(
            in_channels=2 * packed + 4 * 64 if fill else packed,
            out_channels=packed,
            num_layers=1,
            num_single_layers=1,
            attention_head_dim=16,
            num_attention_heads=1,
            joint_attention_dim=TEXT_WIDTH,
            pooled_projection_dim=TEXT_WIDTH,
            axes_dims_rope=(4, 6, 6),
            guidance_embeds=guided,
        ),
        scheduler=FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=guided),
    )
    pipeline.save_pretrained(folder)
    return folder


def save_vision_encoder(folder: Path) -> Path:
    """Saves the CLIP vision tower that an IP-Adapter looks through."""
    torch.manual_seed(1)
    heads = {"num_hidden_layers": 2, "num_attention_heads": 2}
    config = CLIPVisionConfig(
        hidden_size=16, intermediate_size=16, projection_dim=8, image_size=32, patch_size=16, **heads
    )
    CLIPVisionModelWithProjection(config).save_pretrained(folder)
    return folder
