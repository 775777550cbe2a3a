"""A CLIPSeg of some hundred kilobytes with random weights, saved like a real one."""

from pathlib import Path

import torch
from transformers import CLIPSegConfig, CLIPSegForImageSegmentation

from synth_assets_tests.resources.tiny_pipelines import tokenizer


def tiny_clipseg() -> CLIPSegForImageSegmentation:
    torch.manual_seed(0)
    tower = {"hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 3, "num_attention_heads": 2}
    tokens = tokenizer()
    config = CLIPSegConfig(
        text_config={
            **tower,
            "vocab_size": len(tokens),
            "max_position_embeddings": 20,
            "eos_token_id": tokens.eos_token_id,
            "bos_token_id": tokens.bos_token_id,
        },
        vision_config={**tower, "image_size": 32, "patch_size": 8},
        projection_dim=12,
        reduce_dim=8,
        extract_layers=[0, 1, 2],
        decoder_num_attention_heads=2,
        decoder_intermediate_size=16,
    )
    model = CLIPSegForImageSegmentation(config)
    with torch.no_grad():
        # Weights as small as a fresh model's would give 0.5 everywhere.
        for part in (model.decoder, model.clip.text_projection, model.clip.text_model.embeddings):
            for weights in part.parameters():
                weights.normal_(0, 0.5)
    return model.eval()


def save_clipseg(folder: Path) -> Path:
    tiny_clipseg().save_pretrained(folder)
    tokenizer().save_pretrained(folder)
    return folder
