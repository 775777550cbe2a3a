"""Text embeddings from a sentence transformer.

Belongs here: loading and running it. Does not belong here: what the vectors are compared with.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from resources.models.entries import ModelEntry

_MAX_TOKENS = 256


def load_text_embedder(entry: ModelEntry, path: Path, device: str) -> TextEmbedder:
    """Loads a BERT-like sentence transformer from a folder; on the CPU, texts are short."""
    return TextEmbedder(entry.name, path)


class TextEmbedder:
    """Mean-pooled, L2-normalised sentence vectors.

    Source: Reimers and Gurevych, "Sentence-BERT", EMNLP 2019, section 3.
    """

    def __init__(self, name: str, folder: Path) -> None:
        """Loads tokenizer and weights; torch and transformers are imported here."""
        # Without it transformers asks the hub about a local folder, and retries for 46 s where there is none.
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        from transformers import AutoModel, AutoTokenizer
        from transformers.utils import logging

        logging.disable_progress_bar()
        self.name = name
        self._tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        self._model = AutoModel.from_pretrained(folder, local_files_only=True, use_safetensors=True).eval()

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Returns (N, D) float32, each row of length 1, in the order of the texts.

        One text at a time: without padding a vector is the same bit for bit whatever its neighbours.
        """
        vectors = [self._embed(text) for text in texts]
        return np.stack(vectors) if vectors else np.zeros((0, self._model.config.hidden_size), np.float32)

    def _embed(self, text: str) -> NDArray[np.float32]:
        import torch

        tokens = self._tokenizer(text, truncation=True, max_length=_MAX_TOKENS, return_tensors="pt")
        with torch.inference_mode():
            pooled = self._model(**tokens).last_hidden_state[0].mean(0)
        return torch.nn.functional.normalize(pooled, dim=0).numpy()
