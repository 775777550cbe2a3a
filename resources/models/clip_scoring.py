"""Pictures against words by CLIP: roles ``interrogate`` and ``match``.

Belongs here: loading, pictures as the model wants them, scores. Does not belong here: the text tower
(``clip_text.py``), the words and their cache (``clip_words.py``), and how a caption is found by scores
(``core/captions/interrogation.py``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from resources.models.batching import Batches
from resources.models.clip_text import ClipTexts
from resources.models.clip_words import WordVectors, kept_vectors
from resources.models.normalising import normalised
from resources.models.remembering import distinct_objects
from resources.models.torch_device import memory_errors
from resources.models.transformers_loading import load_tokenizer, load_transformer
from synth_assets.core.ports import RGB, Interrogator, TextsRequest

if TYPE_CHECKING:
    from pathlib import Path

    from resources.models.entries import ModelEntry

TEXTS_AT_ONCE = 256
"""Texts a call to begin with; a processor gains nothing from more, and a GPU little."""
VECTORS_FOLDER = "clip_words"
"""Folder of the word lists' vectors in the model cache."""
_MEAN = np.array([0.48145466, 0.4578275, 0.40821073], np.float32)
_STD = np.array([0.26862954, 0.26130258, 0.27577711], np.float32)
"""Source: Radford et al., "Learning Transferable Visual Models From Natural Language Supervision", code."""


def load_interrogator(
    entry: ModelEntry,
    path: Path,
    device: str,
    words: Mapping[str, tuple[str, ...]] | None = None,
    cache_dir: Path | None = None,
) -> Interrogator:
    """Loads a CLIP model with its tokenizer onto the device.

    Arguments as of ``load_transformer``, the lists of words, and the folder that keeps their vectors (None = none).

    Raises:
        OSError: no such model, or weights that are not safetensors.
        ValueError: a model of another kind, or an entry without words.
    """
    if words is None:
        raise ValueError(f"{entry.ref}: an interrogator needs words; set parts: {{words: ...}} with engine: word-lists")
    model = load_transformer(entry, path, device, "clip", "CLIPModel")
    folder = cache_dir / VECTORS_FOLDER if cache_dir else None
    return ClipInterrogator(model, load_tokenizer(entry, path), entry, words, folder)


class ClipInterrogator:
    """Scores texts against pictures; the tower of texts is run behind common beginnings."""

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        entry: ModelEntry,
        words: Mapping[str, tuple[str, ...]],
        folder: Path | None = None,
    ) -> None:
        self._model = model
        self._folder = folder
        self._entry = entry
        self._words = dict(words)
        self._pictures = Batches(entry.name, entry.batch_size)
        self._texts = ClipTexts(model, tokenizer, Batches(entry.name, TEXTS_AT_ONCE), entry.name)
        self._tables: dict[tuple[str, ...], WordVectors] = {}

    @property
    def name(self) -> str:
        """Reference with revision and a hash of the settings and the words."""
        return self._entry.name

    def word_lists(self) -> Mapping[str, tuple[str, ...]]:
        """The lists of words that came with the model, by name."""
        return self._words

    def vectors(self, images: Sequence[RGB]) -> NDArray[np.float32]:
        """Gives (N, D) float32, rows of length 1.

        Raises:
            DeviceMemoryError: a picture does not fit on the device.
            FloatingPointError: the model overflowed in its dtype.
        """
        rows = self._pictures.run(images, self._picture_rows)
        return np.array(rows, np.float32).reshape(len(rows), self._model.config.projection_dim)

    def term_scores(self, vectors: NDArray[np.float32], terms: Sequence[str]) -> NDArray[np.float32]:
        """Gives (N, K) float32: cosines of picture vectors and terms.

        Vectors of the terms are rounded to 16 bits, as the original keeps them, and stay in the model cache.
        """
        key = tuple(terms)
        if key not in self._tables:
            model = f"{self._entry.ref} {self._model.dtype}"
            self._tables[key] = kept_vectors(self._folder, model, key, lambda: self._texts.vectors("", key))
        return self._tables[key].scores(vectors)

    def text_scores(self, requests: Sequence[TextsRequest]) -> list[NDArray[np.float32]]:
        """Gives for each request (K,) float32: cosines of its picture and its texts; equal tokens, equal scores."""
        return [self._scored(request) for request in requests]

    def score(self, images: Sequence[RGB], texts: Sequence[str]) -> list[float]:
        """Gives the cosine of picture i and text i (role ``match``).

        Raises:
            DeviceMemoryError: a picture or text does not fit on the device.
            FloatingPointError: the model overflowed in its dtype.
            ValueError: their numbers differ.
        """
        if len(images) != len(texts):
            raise ValueError(f"{self.name}: {len(images)} pictures but {len(texts)} texts")
        if not images:
            return []
        numbered, distinct = distinct_objects(images)
        rows, places = self._texts.vectors("", texts)
        return [float(cosine) for cosine in (self.vectors(distinct)[numbered] * rows[places]).sum(axis=1)]

    def are_full(self, texts: Sequence[str]) -> list[bool]:
        """True for each text that fills all places that the model has for tokens, or would need more."""
        return [self._texts.is_full(text) for text in texts]

    def _scored(self, request: TextsRequest) -> NDArray[np.float32]:
        rows, places = self._texts.vectors(request.start, request.ends)
        return (rows @ request.vector)[places]

    def _picture_rows(self, images: Sequence[RGB]) -> list[NDArray[np.float32]]:
        import torch

        side_px = self._model.config.vision_config.image_size
        pixels = torch.from_numpy(np.stack([prepare(image, side_px) for image in images]))
        with memory_errors(self.name, len(images)), torch.inference_mode():
            found = self._model.get_image_features(pixel_values=pixels.to(self._model.device, self._model.dtype))
            rows = torch.nn.functional.normalize(found.pooler_output.float(), dim=-1).cpu().numpy()
        if not np.isfinite(rows).all():
            raise FloatingPointError(f"{self.name}: picture vectors are no numbers; set dtype: bfloat16 or float32")
        return list(rows)


def prepare(image: RGB, side_px: int) -> NDArray[np.float32]:
    """Gives (3, side, side) float32: the middle square, scaled and normalised as CLIP was trained.

    Source: open_clip's transform: shorter side to ``side_px`` (bicubic, antialiased), centre cropped.
    """
    height, width = image.shape[:2]
    shorter = min(height, width)
    size_wh = (int(side_px * width / shorter), int(side_px * height / shorter))
    scaled = Image.fromarray(image).resize(size_wh, Image.Resampling.BICUBIC)
    left, top = (round((length - side_px) / 2) for length in size_wh)
    square = np.asarray(scaled.crop((left, top, left + side_px, top + side_px)), np.float32)
    return normalised(square, _MEAN, _STD)
