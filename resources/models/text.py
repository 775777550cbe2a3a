"""Text embeddings from a sentence transformer in onnxruntime.

Belongs here: tokenising, the net, its conversion from the packaged weights. Does not belong here:
what the vectors are compared with.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from resources.models.entries import ModelEntry
from resources.models.onnx import OnnxNet

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_MAX_TOKENS = 256
_ONNX_OPSET = 17


def load_text_embedder(entry: ModelEntry, path: Path, device: str) -> TextEmbedder:
    """Loads a converted sentence transformer from a folder; the CPU is fast enough for it.

    Raises:
        FileNotFoundError: the folder has no ``model.onnx`` or no ``tokenizer.json``.
    """
    from tokenizers import Tokenizer

    files = (path / "model.onnx", path / "tokenizer.json")
    if missing := [file.name for file in files if not file.is_file()]:
        raise FileNotFoundError(f"{entry.ref}: {path} has no {missing[0]}; set convert: sentence-transformer-onnx")
    return TextEmbedder(entry.name, OnnxNet(files[0]), Tokenizer.from_file(str(files[1])))


class TextEmbedder:
    """Mean-pooled, L2-normalised sentence vectors.

    Source: Reimers and Gurevych, "Sentence-BERT", EMNLP 2019, section 3.
    """

    def __init__(self, name: str, net: OnnxNet, tokenizer: Tokenizer) -> None:
        self.name = name
        self._net = net
        self._tokenizer = tokenizer
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(_MAX_TOKENS)

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Returns (N, D) float32, each row of length 1, in the order of the texts; N is at least 1.

        One text at a time: without padding a vector is the same bit for bit whatever its neighbours.
        """
        tokens = [np.array([self._tokenizer.encode(text).ids], np.int64) for text in texts]
        return np.concatenate([self._net.run(ids)[0] for ids in tokens])


def convert_sentence_transformer(source: Path, target: Path) -> None:
    """Writes a BERT-like sentence transformer as an ONNX net from token ids to one vector.

    Args:
        source: folder with ``config.json`` and ``model.safetensors``.
        target: the ONNX file to write: input (1, tokens) int64, output (1, D) float32 of length 1.
    """
    import torch
    from transformers import AutoModel
    from transformers.utils import logging

    logging.disable_progress_bar()
    net = AutoModel.from_pretrained(source, local_files_only=True, use_safetensors=True, attn_implementation="eager")

    class Pooled(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = net

        def forward(self, ids: torch.Tensor) -> torch.Tensor:
            states = self.net(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state
            return torch.nn.functional.normalize(states.mean(1), dim=1)

    with warnings.catch_warnings():
        # The exporter that needs no further packages is called legacy, and says so at every step.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Pooled().eval(),
            (torch.arange(4)[None] + 100,),
            str(target),
            dynamo=False,
            input_names=["ids"],
            output_names=["vector"],
            dynamic_axes={"ids": {1: "tokens"}},
            opset_version=_ONNX_OPSET,
        )
