"""A BLIP and a Florence-2 of some hundred kilobytes with random weights, saved like real ones."""

from pathlib import Path

import torch
from transformers import (
    AutoTokenizer,
    BartTokenizer,
    BertTokenizer,
    BlipConfig,
    BlipForConditionalGeneration,
    BlipImageProcessorPil,
    BlipProcessor,
    CLIPImageProcessorPil,
    Florence2Config,
    Florence2ForConditionalGeneration,
    Florence2Processor,
)

SIDE_PX = 64
_SENTENCES = ["a red fox in the snow, by the river", "a photo of an elephant", "What does the image describe?"]
_LOUD = 0.5
"""Deviation of random weights; with those of a fresh model every picture would be described alike."""


def save_blip(folder: Path) -> Path:
    torch.manual_seed(0)
    tokens = BertTokenizer().train_new_from_iterator(_SENTENCES, vocab_size=90)
    heads = {"num_hidden_layers": 2, "num_attention_heads": 2, "initializer_range": _LOUD}
    config = BlipConfig(
        text_config={
            **heads,
            "vocab_size": len(tokens),
            "hidden_size": 16,
            "encoder_hidden_size": 16,
            "intermediate_size": 32,
            "max_position_embeddings": 64,
            "bos_token_id": tokens.cls_token_id,
            "eos_token_id": tokens.sep_token_id,
            "sep_token_id": tokens.sep_token_id,
            "pad_token_id": tokens.pad_token_id,
        },
        vision_config={**heads, "hidden_size": 16, "intermediate_size": 32, "image_size": SIDE_PX, "patch_size": 16},
        initializer_range=_LOUD,
    )
    model = BlipForConditionalGeneration(config)
    _make_loud(model)
    model.save_pretrained(folder)
    size = {"height": SIDE_PX, "width": SIDE_PX}
    BlipProcessor(BlipImageProcessorPil(size=size), tokens).save_pretrained(folder)
    return folder


def save_florence(folder: Path) -> Path:
    torch.manual_seed(0)
    tokens = BartTokenizer().train_new_from_iterator(_SENTENCES, vocab_size=400)
    tokens.save_pretrained(folder)
    tokens = AutoTokenizer.from_pretrained(folder, extra_special_tokens={"image_token": "<image>"})
    text = {
        "model_type": "bart",
        "vocab_size": len(tokens),
        "d_model": 16,
        "encoder_layers": 1,
        "decoder_layers": 1,
        "encoder_attention_heads": 2,
        "decoder_attention_heads": 2,
        "encoder_ffn_dim": 16,
        "decoder_ffn_dim": 16,
        "max_position_embeddings": 128,
        "bos_token_id": tokens.bos_token_id,
        "eos_token_id": tokens.eos_token_id,
        "pad_token_id": tokens.pad_token_id,
        "decoder_start_token_id": tokens.eos_token_id,
        "forced_eos_token_id": tokens.eos_token_id,
    }
    vision = {"embed_dim": [4, 8, 8, 16], "depths": [1, 1, 1, 1], "num_heads": [1, 1, 1, 1], "num_groups": [1, 1, 1, 1]}
    vision |= {"window_size": 2, "projection_dim": 16}
    config = Florence2Config(text_config=text, vision_config=vision, image_token_id=tokens.image_token_id)
    model = Florence2ForConditionalGeneration(config)
    _make_loud(model)
    model.save_pretrained(folder)
    images = CLIPImageProcessorPil(size={"height": SIDE_PX, "width": SIDE_PX}, do_center_crop=False)
    setattr(images, "image_seq_length", (SIDE_PX // 32) ** 2 + 1)  # noqa: B010 - unknown to the type, saved all the same
    Florence2Processor(images, tokens).save_pretrained(folder)
    return folder


def _make_loud(model: torch.nn.Module) -> None:
    with torch.no_grad():
        for weights in model.parameters():
            if weights.ndim > 1:
                weights.normal_(0, _LOUD)
