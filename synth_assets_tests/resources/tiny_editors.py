"""Editing pipelines of a few hundred kilobytes with random weights, saved like real ones.

Belongs here: building and saving them, from the tiny pipelines where they share parts. Does not
belong here: tests.
"""

import json
from pathlib import Path

import torch
from diffusers import (
    AutoencoderKLQwenImage,
    DiffusionPipeline,
    FlowMatchEulerDiscreteScheduler,
    FluxKontextPipeline,
    QwenImageEditPipeline,
    QwenImageEditPlusPipeline,
    QwenImageTransformer2DModel,
    StableDiffusionInstructPix2PixPipeline,
    StableDiffusionXLInstructPix2PixPipeline,
    UNet2DConditionModel,
)
from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration
from transformers.models.qwen2.tokenization_qwen2 import Qwen2Tokenizer
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

from resources.models.qwen_processor import StillsProcessor
from synth_assets_tests.resources import tiny_pipelines

WIDTH = 16
SPECIAL = ("<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>")


def save_pix2pix(source: Path, folder: Path) -> Path:
    """Saves an InstructPix2Pix (SD or SDXL) made of a saved tiny pipeline: its UNet sees the picture too."""
    torch.manual_seed(0)
    parts = DiffusionPipeline.from_pretrained(source).components
    unet = UNet2DConditionModel.from_config({**parts["unet"].config, "in_channels": 8})
    if "text_encoder_2" in parts:
        names = ("vae", "text_encoder", "text_encoder_2", "tokenizer", "tokenizer_2", "scheduler")
        pipeline = StableDiffusionXLInstructPix2PixPipeline(**{name: parts[name] for name in names}, unet=unet)
    else:
        pipeline = StableDiffusionInstructPix2PixPipeline(**{**parts, "unet": unet})
    pipeline.save_pretrained(folder)
    return folder


def save_kontext(source: Path, folder: Path) -> Path:
    """Saves a FLUX Kontext with the parts of a saved tiny FLUX; only the pipeline around them differs."""
    FluxKontextPipeline(**DiffusionPipeline.from_pretrained(source).components).save_pretrained(folder)
    return folder


def save_qwen_edit(folder: Path, plus: bool = False) -> Path:
    """Saves a Qwen-Image-Edit, or its successor "Plus", whose index asks for the usual Qwen-VL processor."""
    torch.manual_seed(0)
    tokens = Qwen2Tokenizer().train_new_from_iterator(
        tiny_pipelines.SENTENCES, vocab_size=300, new_special_tokens=list(SPECIAL)
    )
    ids = {name.strip("<|>"): tokens.convert_tokens_to_ids(name) for name in SPECIAL}
    words = {"vocab_size": len(tokens), "num_key_value_heads": 2, "num_hidden_layers": 1, "num_attention_heads": 2}
    rope = {"rope_type": "default", "mrope_section": [1, 1, 2], "rope_theta": 1e6}
    small = {"hidden_size": WIDTH, "intermediate_size": WIDTH}
    encoder = Qwen2_5_VLForConditionalGeneration(
        Qwen2_5_VLConfig(
            text_config={**small, **words, "rope_parameters": rope, "bos_token_id": 0, "eos_token_id": 0},
            vision_config={**small, "depth": 1, "num_heads": 2, "out_hidden_size": WIDTH, "fullatt_block_indexes": [0]},
            image_token_id=ids["image_pad"],
            video_token_id=ids["video_pad"],
            vision_start_token_id=ids["vision_start"],
            vision_end_token_id=ids["vision_end"],
        )
    )
    kind = QwenImageEditPlusPipeline if plus else QwenImageEditPipeline
    pipeline = kind(
        scheduler=FlowMatchEulerDiscreteScheduler(),
        vae=AutoencoderKLQwenImage(
            base_dim=2,
            z_dim=4,
            dim_mult=[1] * 4,
            num_res_blocks=1,
            temperal_downsample=[False, True, True],
            latents_mean=[0.0] * 4,
            latents_std=[1.0] * 4,
        ),
        text_encoder=encoder,
        tokenizer=tokens,
        processor=StillsProcessor(Qwen2VLImageProcessorPil(max_pixels=64 * 64), tokens),
        transformer=QwenImageTransformer2DModel(
            in_channels=16,
            out_channels=4,
            num_layers=1,
            attention_head_dim=WIDTH,
            num_attention_heads=1,
            joint_attention_dim=WIDTH,
            axes_dims_rope=(4, 6, 6),
        ),
    )
    pipeline.save_pretrained(folder)
    index = json.loads((folder / "model_index.json").read_text())
    index["processor"] = ["transformers", "Qwen2VLProcessor"]
    (folder / "model_index.json").write_text(json.dumps(index))
    return folder
