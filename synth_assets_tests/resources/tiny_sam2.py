"""A SAM2 of some hundred kilobytes with random weights, saved like a real one."""

from pathlib import Path
from typing import Any

import torch
from transformers import (
    Sam2Config,
    Sam2HieraDetConfig,
    Sam2MaskDecoderConfig,
    Sam2Model,
    Sam2PromptEncoderConfig,
    Sam2VideoConfig,
    Sam2VideoModel,
    Sam2VisionConfig,
)

SIDE_PX = 64
"""Side of the square it works at."""
_WIDTH = 16


def _parts() -> dict[str, Any]:
    backbone = Sam2HieraDetConfig(
        hidden_size=8,
        image_size=[SIDE_PX, SIDE_PX],
        blocks_per_stage=[1, 2, 2, 1],
        embed_dim_per_stage=[8, 12, 16, 20],
        num_attention_heads_per_stage=[1, 1, 1, 1],
        window_size_per_stage=[4, 4, 4, 4],
        # Never the first block of a stage, which makes the picture smaller.
        global_attention_blocks=[2, 4],
    )
    vision = Sam2VisionConfig(
        backbone_config=backbone,
        backbone_channel_list=[20, 16, 12, 8],
        backbone_feature_sizes=[[SIDE_PX // cell] * 2 for cell in (4, 8, 16)],
        fpn_hidden_size=_WIDTH,
    )
    decoder = Sam2MaskDecoderConfig(hidden_size=_WIDTH, mlp_dim=16, num_attention_heads=2, iou_head_hidden_dim=16)
    return {
        "vision_config": vision.to_dict(),
        "prompt_encoder_config": Sam2PromptEncoderConfig(hidden_size=_WIDTH, image_size=SIDE_PX).to_dict(),
        "mask_decoder_config": decoder.to_dict(),
    }


def tiny_sam2() -> Sam2Model:
    torch.manual_seed(2)
    model = Sam2Model(Sam2Config(**_parts()))
    with torch.no_grad():
        # Weights as small as a fresh model's would give the same mask everywhere, and so would tokens that
        # are large beside what they learn of the prompt.
        for name, weights in model.named_parameters():
            if weights.dim() > 1 and "norm" not in name:
                weights.normal_(0, weights[0].numel() ** -0.5)
            if "_token" in name:
                weights.mul_(0.1)
        for mlp in model.mask_decoder.output_hypernetworks_mlps:
            mlp.get_parameter("proj_out.weight").mul_(5)  # steep rims, which count as stable
    return model.eval()


def save_sam2(folder: Path) -> Path:
    tiny_sam2().save_pretrained(folder)
    return folder


def save_sam2_video(folder: Path) -> Path:
    """As the published checkpoints are: of the model for films, which holds the one for pictures."""
    parts = _parts()
    parts["prompt_encoder_config"]["model_type"] = "sam2_video_prompt_encoder"
    parts["mask_decoder_config"]["model_type"] = "sam2_video_mask_decoder"
    config = Sam2VideoConfig(
        **parts,
        image_size=SIDE_PX,
        num_maskmem=2,
        memory_attention_hidden_size=_WIDTH,
        memory_attention_feed_forward_hidden_size=16,
        memory_attention_num_layers=1,
        memory_attention_rope_feat_sizes=[4, 4],
        memory_encoder_hidden_size=_WIDTH,
        memory_encoder_output_channels=8,
        mask_downsampler_embed_dim=_WIDTH,
        memory_fuser_embed_dim=_WIDTH,
        memory_fuser_intermediate_dim=16,
        memory_fuser_num_layers=1,
    )
    model = Sam2VideoModel(config)
    model.load_state_dict(tiny_sam2().state_dict(), strict=False)
    model.save_pretrained(folder)
    return folder
