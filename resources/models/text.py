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
_BATCH = 64


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

        Texts are run in order of length, so that padding stays small.
        """
        import torch

        vectors = np.zeros((len(texts), self._model.config.hidden_size), np.float32)
        order = sorted(range(len(texts)), key=lambda index: (len(texts[index]), index))
        for start in range(0, len(order), _BATCH):
            chosen = order[start : start + _BATCH]
            tokens = self._tokenizer(
                [texts[index] for index in chosen],
                padding=True,
                truncation=True,
                max_length=_MAX_TOKENS,
                return_tensors="pt",
            )
            with torch.inference_mode():
                states = self._model(**tokens).last_hidden_state
            weights = tokens["attention_mask"].unsqueeze(-1).to(states.dtype)
            pooled = (states * weights).sum(1) / weights.sum(1)
            vectors[chosen] = torch.nn.functional.normalize(pooled, dim=1).numpy()
        return vectors
