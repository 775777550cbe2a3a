"""A CLIP of some kilobytes with weights from a seed, its tokenizer, and lists of words; saved like real ones.

Nothing here is trained and no weight comes from torch's generators, so that the golden strings stay valid.
"""

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers.pre_tokenizers import ByteLevel
from transformers import CLIPConfig, CLIPModel, CLIPTokenizer

from resources.models.entries import ModelEntry
from synth_assets.core.captions.word_tables import SITES

PLACES = 40
"""Tokens that the text tower reads."""
GAIN = 2.0
"""Of all weights: enough for the words to outweigh the end token."""
PARAMS = {"chunk_size": 40, "intermediate_count": 36, "min_flavors": 4, "max_flavors": 8, "classic_flavors": 3}
_LOOKS = ("soft", "bright", "dark", "golden", "cold", "dusty", "calm", "wild", "pale", "deep", "sharp", "old")
_THINGS = ("light", "shadow", "colours", "sky", "lines", "mood", "focus", "paper", "glow")
_NAMES = ("ada brook", "ben stone", "cy marsh", "dora hill", "eli reed", "fay wood", "gus lake", "hal moor")
LISTS: dict[str, tuple[str, ...]] = {
    "artists": tuple(name.title() for name in _NAMES),
    # Repeated, blank, and two that differ in nothing that a tokenizer sees: as the real list has them.
    "flavors": (
        *(f"{look} {thing}" for look, thing in product(_LOOKS, _THINGS)),
        *("Soft Light", "soft light", "", "glow", "Glow", "sky  glow", "sky glow", "4k", "4K"),
        *(f"{thing} of {look} {thing}, very {look}" for look, thing in zip(_LOOKS, _THINGS, strict=False)),
    ),
    "mediums": ("a photo", "a painting", "a sketch", "paper"),
    "movements": ("new calm", "old school", "cold realism"),
    "negative": ("blurry", "bad lines", "dark", "dust"),
}
CAPTIONS = (
    "a red fox in the snow",
    "a photo of an old boat",
    "wild shadow",
    "a very long sentence about a boat on the lake, an old house, a red fox and the snow, wild lines and paper",
    "",
)


def tiny_tokenizer() -> CLIPTokenizer:
    """CLIP's tokenizer with a token for each word below, and letters for all others."""
    letters = sorted(ByteLevel.alphabet())
    made = ("by", "inspired", "trending on", "featured on", "contest winner", *SITES)
    words = {word for terms in (*LISTS.values(), CAPTIONS, made) for term in terms for word in term.lower().split()}
    merges: dict[tuple[str, str], None] = {}
    for word in sorted({word.strip(",") for word in words} - {""}):
        parts = [*word[:-1], f"{word[-1]}</w>"]
        while len(parts) > 1:
            merges[parts[0], parts[1]] = None
            parts[:2] = [parts[0] + parts[1]]
    texts = [*letters, *(f"{letter}</w>" for letter in letters), *dict.fromkeys(a + b for a, b in merges)]
    texts += ["<|startoftext|>", "<|endoftext|>"]  # the end is the highest number, as in the real ones
    return CLIPTokenizer(vocab={text: number for number, text in enumerate(texts)}, merges=list(merges))


def tiny_clip(tokens: Any, *, lift: float = 0.0, width: int = 32, places: int = PLACES, layers: int = 3) -> CLIPModel:
    """A model with weights from a seed.

    Args:
        tokens: the tokenizer.
        lift: what all vectors have in common; with 1 all cosines are positive, as in a trained CLIP.
        width: of both towers.
        places: tokens of a text.
        layers: of both towers.
    """
    tower = {"hidden_size": width, "intermediate_size": 2 * width, "num_hidden_layers": layers}
    tower |= {"num_attention_heads": 2, "hidden_act": "quick_gelu"}
    text = {"vocab_size": len(tokens), "max_position_embeddings": places}
    ends = {"bos_token_id": tokens.bos_token_id, "eos_token_id": tokens.eos_token_id}
    config = CLIPConfig(
        text_config={**tower, **text, **ends},
        vision_config={**tower, "image_size": 32, "patch_size": 8},
        projection_dim=16,
    )
    model = CLIPModel(config).eval()
    rng = np.random.default_rng(3)
    with torch.no_grad():
        for name, weights in model.named_parameters():
            drawn = torch.from_numpy(rng.standard_normal(weights.shape).astype(np.float32))
            if "norm" not in name and weights.ndim:
                fan_in = weights.shape[-1] if weights.ndim == 2 and "embedding" not in name else 1
                weights.copy_(drawn * GAIN * fan_in**-0.5)
        common = torch.zeros(16)
        common[0] = lift * width**0.5
        for norm, projection in (
            (model.text_model.final_layer_norm, model.text_projection),
            (model.vision_model.post_layernorm, model.visual_projection),
        ):
            norm.bias.copy_(torch.linalg.pinv(projection.weight) @ common)
    return model


def save_clip(folder: Path, **settings: Any) -> Path:
    """A folder as of a hub snapshot."""
    tokens = tiny_tokenizer()
    tiny_clip(tokens, **settings).save_pretrained(folder)
    tokens.save_pretrained(folder)
    return folder


def save_lists(folder: Path) -> Path:
    """A folder as of the package's ``data``."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, terms in LISTS.items():
        (folder / f"{name}.txt").write_text("".join(f"{term}\n" for term in terms))
    return folder


def clip_entry(folder: Path, lists: Path) -> ModelEntry:
    """The entry of saved folders."""
    words = ModelEntry(ref=f"file:{lists}", licence="MIT", engine="word-lists")
    return ModelEntry(
        ref=f"file:{folder}", licence="MIT", engine="clip-interrogator", batch_size=3, parts={"words": words}
    )


def picture(seed: int) -> np.ndarray:
    """(32 to 48, 40, 3) uint8: coloured squares; what is cut at a side is whole pixels."""
    rng = np.random.default_rng(seed)
    squares = rng.integers(0, 256, (4 + seed % 3, 5, 3), dtype=np.uint8)
    return squares.repeat(8, axis=0).repeat(8, axis=1)
