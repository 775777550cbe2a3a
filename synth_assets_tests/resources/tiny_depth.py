"""A Depth Anything of some hundred kilobytes with random weights, saved like a real one."""

from pathlib import Path
from typing import Any

import torch
from transformers import DepthAnythingConfig, DepthAnythingForDepthEstimation, Dinov2Config


def tiny_depth_anything(**settings: Any) -> DepthAnythingForDepthEstimation:
    torch.manual_seed(0)
    backbone = Dinov2Config(
        image_size=42,
        hidden_size=16,
        num_hidden_layers=4,
        num_attention_heads=2,
        out_indices=[1, 2, 3, 4],  # pyright: ignore[reportCallIssue] - taken by its base class
        reshape_hidden_states=False,
        initializer_range=0.3,
    )
    model = DepthAnythingForDepthEstimation(
        DepthAnythingConfig(
            backbone_config=backbone,
            reassemble_hidden_size=16,
            neck_hidden_sizes=[4, 8, 12, 16],
            fusion_hidden_size=8,
            head_hidden_size=4,
            initializer_range=0.15,
            **settings,
        )
    )
    with torch.no_grad():
        # What lies below zero is cut off, and a map of zeros would show nothing.
        torch.nn.init.ones_(model.head.get_parameter("conv3.bias"))
    return model


def save_depth_anything(folder: Path, **settings: Any) -> Path:
    tiny_depth_anything(**settings).save_pretrained(folder)
    return folder
