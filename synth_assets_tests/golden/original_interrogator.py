"""clip-interrogator 0.6.0 itself, on a model of our own.

The package is taken out of its wheel and imported as it is; nothing of it is copied. It cannot be installed, because
``open_clip`` needs torchvision: a small stand-in for that module gives it a tokenizer and a model that call the same
transformers CLIP, so that every line of its algorithm runs and only the model behind it is another.
"""

import html
import importlib
import sys
import types
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import CLIPImageProcessorPil

from resources.models.fetch import fetch
from resources.models.file_entries import FileEntry
from resources.models.files import Places

PACKAGE = FileEntry(
    ref="pypi:clip-interrogator==0.6.0#clip_interrogator/",
    licence="MIT",
    sha256="cd4b449d5ecefb1ffc65297c376deb59f963df7cee1b4fe45c80f24759d035e5",
    weights="clip_interrogator.py",
)


def fetch_package(cache_dir: Path) -> Path:
    """The unpacked package, checked; ``data`` below it holds its lists."""
    return fetch(PACKAGE, Places(cache_dir, cache_dir, cache_dir / "none.lock")).path


def load_original(
    package: Path, model: Any, tokenizer: Any, lists: Path, chunk_size: int = 2048, intermediate_count: int = 2048
) -> tuple[types.ModuleType, Any]:
    """The package's module, and its configuration for the model.

    Args:
        package: folder of ``fetch_package``.
        model: ``transformers.CLIPModel``.
        tokenizer: its tokenizer.
        lists: folder of the word lists.
        chunk_size: as of the package.
        intermediate_count: ``flavor_intermediate_count`` of the package.
    """
    stand_in = types.ModuleType("open_clip")
    side_px = model.config.vision_config.image_size
    processor = CLIPImageProcessorPil(size={"shortest_edge": side_px}, crop_size={"height": side_px, "width": side_px})

    def preprocess(image: Any) -> torch.Tensor:
        return processor(images=image, return_tensors="pt")["pixel_values"][0]

    stand_in.create_model_and_transforms = lambda *_, **__: (OpenClip(model), None, preprocess)
    stand_in.get_tokenizer = lambda _: tokenize_with(tokenizer, model.config.text_config.max_position_embeddings)
    sys.modules["open_clip"] = stand_in
    if str(package.parent) not in sys.path:
        sys.path.insert(0, str(package.parent))
    module = importlib.reload(importlib.import_module("clip_interrogator.clip_interrogator"))
    config = module.Config(
        caption_model_name=None,
        cache_path=None,
        download_cache=False,
        data_path=str(lists),
        chunk_size=chunk_size,
        flavor_intermediate_count=intermediate_count,
        device="cpu",
        quiet=True,
    )
    return module, config


class OpenClip:
    """A transformers CLIP behind the calls that the package makes."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def to(self, _device: str) -> "OpenClip":
        return self

    def eval(self) -> "OpenClip":
        return self

    def encode_image(self, pixels: torch.Tensor) -> torch.Tensor:
        return self._model.get_image_features(pixel_values=pixels).pooler_output

    def encode_text(self, tokens: torch.Tensor) -> torch.Tensor:
        return self._model.get_text_features(input_ids=tokens).pooler_output


def tokenize_with(tokenizer: Any, places: int) -> Callable[[Sequence[str]], torch.Tensor]:
    """As ``open_clip.get_tokenizer``: (N, places) int64, cut with the end token last, else filled up with 0."""

    def tokenize(texts: Sequence[str]) -> torch.Tensor:
        plain = [html.unescape(html.unescape(str(text))).strip() for text in texts]
        rows = np.zeros((len(plain), places), np.int64)
        cut = tokenizer(plain, truncation=True, max_length=places)["input_ids"]
        for row, ids in zip(rows, cut, strict=True):
            row[: len(ids)] = ids
        return torch.from_numpy(rows)

    return tokenize
