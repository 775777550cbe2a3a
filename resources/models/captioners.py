"""Captioners that run here: BLIP and Florence-2 through transformers.

Belongs here: loading, prompts, generating. Does not belong here: captioners behind a URL (``endpoint.py``),
the one without a model (``resources/offline/captioning.py``), and what is done to their words
(``core/captions``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import Field

from resources.models.batching import Batches
from resources.models.torch_device import memory_errors
from resources.models.transformers_loading import load_processor, load_transformer
from synth_assets.core.config import Params
from synth_assets.core.ports import RGB, Captioner

if TYPE_CHECKING:
    from pathlib import Path

    from resources.models.entries import ModelEntry

FLORENCE_TASKS = ("<CAPTION>", "<DETAILED_CAPTION>", "<MORE_DETAILED_CAPTION>")
"""Prompts of Florence-2 that it answers with a text; the first where the entry names none."""


class SpeechParams(Params):
    """How a captioner speaks.

    Attributes:
        max_tokens: of one caption; some 3 for every 2 words.
        beams: continuations that BLIP and Florence-2 weigh against each other; 1 = the likeliest word each time.
    """

    max_tokens: int = Field(default=64, ge=1, le=4096)
    beams: int = Field(default=3, ge=1, le=16)


def load_blip(entry: ModelEntry, path: Path, device: str) -> Captioner:
    """Loads a BLIP captioner; the entry's ``prompt`` is how its captions begin, "" = as it likes.

    Arguments and errors as of ``load_transformer``.
    """
    model = load_transformer(entry, path, device, "blip", "BlipForConditionalGeneration")
    return GeneratingCaptioner(model, load_processor(entry, path), entry, entry.prompt)


def load_florence(entry: ModelEntry, path: Path, device: str) -> Captioner:
    """Loads a Florence-2; the entry's ``prompt`` is one of FLORENCE_TASKS.

    Arguments as of ``load_transformer``.

    Raises:
        OSError: as ``load_transformer``.
        ValueError: a model of another kind, or a task that gives no caption.
    """
    task = entry.prompt or FLORENCE_TASKS[0]
    if task not in FLORENCE_TASKS:
        raise ValueError(f"{entry.ref}: prompt {task!r} gives no caption; choose one of {', '.join(FLORENCE_TASKS)}")
    model = load_transformer(entry, path, device, "florence2", "Florence2ForConditionalGeneration")
    return GeneratingCaptioner(model, load_processor(entry, path), entry, task)


@dataclass(frozen=True)
class GeneratingCaptioner:
    """Describes pictures by the likeliest words, so the same picture always alike.

    Attributes:
        model: the loaded ``transformers`` model.
        processor: its processor; it squeezes every picture to the model's square.
        entry: gives the name, ``speech`` and the batch size.
        prompt: given with every picture; "" = none.

    Source: J. Li et al., "BLIP", ICML 2022; B. Xiao et al., "Florence-2", CVPR 2024.
    """

    model: Any
    processor: Any
    entry: ModelEntry
    prompt: str
    batches: Batches = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "batches", Batches(self.name, self.entry.batch_size))

    @property
    def name(self) -> str:
        """Reference with revision and a hash of the settings."""
        return self.entry.name

    def caption(self, images: Sequence[RGB]) -> list[str]:
        """Gives what the model says of each picture, the prompt of BLIP included.

        Raises:
            DeviceMemoryError: a picture does not fit on the device.
        """
        return self.batches.run(images, self._caption)

    def _caption(self, images: Sequence[RGB]) -> list[str]:
        import torch

        texts = {"text": [self.prompt] * len(images)} if self.prompt else {}
        inputs = self.processor(images=list(images), **texts, return_tensors="pt")
        speech = self.entry.speech
        with memory_errors(self.name, len(images)), torch.inference_mode():
            tokens = self.model.generate(
                **inputs.to(self.model.device, self.model.dtype),
                max_new_tokens=speech.max_tokens,
                num_beams=speech.beams,
                do_sample=False,
            )
        return [text.strip() for text in self.processor.batch_decode(tokens, skip_special_tokens=True)]
