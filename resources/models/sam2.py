"""Segmentation with SAM2 through transformers: every object of a picture, or what points and boxes mean.

Belongs here: loading and running the model. The processor that comes with it needs torchvision, so what
it does is done in ``sam2_masks.py``. Does not belong here: which of its nested masks are objects
(``core/curation/proposals.py``).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from resources.models.batching import Batches
from resources.models.normalising import IMAGENET_MEAN, IMAGENET_STD
from resources.models.sam2_masks import grid_points, in_square, masks_in_size, measured, prepare
from resources.models.torch_device import memory_errors
from resources.models.transformers_loading import load_transformer
from synth_assets.core.curation.proposals import objects_from_proposals, without_duplicates
from synth_assets.core.ports import RGB, Box, Instance

if TYPE_CHECKING:
    from pathlib import Path

    import torch

    from resources.models.entries import ModelEntry

_MODEL_TYPES = ("sam2", "sam2_video")
"""The published checkpoints say ``sam2_video``; their memory of former frames is left out."""
_USUAL = {"image_mean": IMAGENET_MEAN, "image_std": IMAGENET_STD}


def load_sam2(entry: ModelEntry, path: Path, device: str) -> Sam2:
    """Loads a SAM2 or SAM2.1 model onto the device.

    Arguments as of ``load_transformer``.

    Raises:
        OSError: no such model, or weights that are not safetensors.
        ValueError: a model of another kind, or a mean or deviation that is not three numbers.
    """
    model = load_transformer(entry, path, device, _MODEL_TYPES, "Sam2Model")
    mean, std = _normalisation(entry, path)
    return Sam2(model, mean, std, entry, Batches(entry.name, entry.batch_size))


def _normalisation(entry: ModelEntry, path: Path) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    file = path / "preprocessor_config.json"
    settings = json.loads(file.read_text()) if file.is_file() else {}
    mean, std = (np.asarray(settings.get(key, usual), np.float32) for key, usual in _USUAL.items())
    if mean.shape != (3,) or std.shape != (3,) or not (std > 0).all():
        raise ValueError(f"{entry.ref}: {file}: image_mean and image_std have to be three numbers each, std above 0")
    return mean, std


@dataclass(frozen=True)
class _Candidate:
    """One believed mask of the grid: (h, w) logits on the device, the model's score, its box in the picture."""

    logits: torch.Tensor
    score: float
    box: Box


@dataclass(frozen=True)
class Sam2:
    """Finds objects; one picture at a time, its prompts in batches.

    Attributes:
        model: the loaded ``transformers.Sam2Model``.
        mean: (3,) of the pictures it was trained on, in [0, 1].
        std: (3,) their deviation.
        entry: gives the name and the settings of the grid.
        batches: how many prompts fit at once.

    Source: N. Ravi et al., "SAM 2: Segment Anything in Images and Videos", 2024.
    """

    model: Any
    mean: NDArray[np.float32]
    std: NDArray[np.float32]
    entry: ModelEntry
    batches: Batches = field(repr=False)

    @property
    def name(self) -> str:
        """Reference with revision and a hash of the settings."""
        return self.entry.name

    @property
    def _side_px(self) -> int:
        return int(self.model.config.prompt_encoder_config.image_size)

    def segment(self, images: Sequence[RGB]) -> list[list[Instance]]:
        """Gives the whole objects of each picture, disjoint, largest first, scored as the model predicts.

        Raises:
            DeviceMemoryError: a picture with one prompt does not fit on the device.
            FloatingPointError: the model overflowed in its dtype.
        """
        return [self._segment(image) for image in images]

    def segment_prompts(
        self,
        image: RGB,
        points: ArrayLike | None = None,
        labels: ArrayLike | None = None,
        boxes: ArrayLike | None = None,
    ) -> list[Instance]:
        """Gives the mask of each prompt, in their order; masks may overlap or be empty.

        A prompt is a group of points, a box, or both. What a single point means is ambiguous: of the
        model's three answers to it the surest is taken.

        Args:
            image: (H, W, 3).
            points: (N, K, 2) x, y in pixels, K for each of N prompts.
            labels: (N, K), 1 = on the object, 0 = beside it; None = all on it.
            boxes: (N, 4) x0, y0, x1, y1 in pixels.

        Raises:
            ValueError: neither points nor boxes, or shapes that do not fit together.
            DeviceMemoryError, FloatingPointError: as of ``segment``.
        """
        import torch

        size_hw = (image.shape[0], image.shape[1])
        prompts = _prompts(points, labels, boxes)
        for key in prompts.keys() - {"labels"}:
            prompts[key] = in_square(prompts[key], size_hw, self._side_px)
        multimask = prompts.keys() == {"points", "labels"} and prompts["points"].shape[1] == 1
        features = self._features(image)

        def make(chunk: Sequence[int]) -> list[Instance]:
            some = {key: values[list(chunk)] for key, values in prompts.items()}
            with memory_errors(self.name, len(chunk)), torch.inference_mode():
                logits, scores = self._decode(features, some, multimask=multimask)
                best, chosen = scores.max(1)
                masks = masks_in_size(logits[torch.arange(len(chosen), device=chosen.device), chosen], size_hw)
                return [Instance(mask, score) for mask, score in zip(masks, best.tolist(), strict=True)]

        return self.batches.run(range(len(next(iter(prompts.values())))), make, "prompts")

    def _segment(self, image: RGB) -> list[Instance]:
        import torch

        size_hw, params = (image.shape[0], image.shape[1]), self.entry.segment
        features = self._features(image)
        points = list(grid_points(params.points_per_side) * np.float32(self._side_px))
        found = self.batches.run(points, lambda chunk: self._candidates(features, np.stack(chunk), size_hw), "grid")
        every = [candidate for candidates in found for candidate in candidates]
        kept = without_duplicates([item.box for item in every], [item.score for item in every], params.nms_iou)
        if not kept:
            return []
        with memory_errors(self.name, 1), torch.inference_mode():
            masks = masks_in_size(torch.stack([every[at].logits for at in kept]), size_hw)
        proposals = [Instance(mask, every[at].score) for at, mask in zip(kept, masks, strict=True)]
        return objects_from_proposals(proposals, params)

    def _features(self, image: RGB) -> list[torch.Tensor]:
        """The picture as the decoder reads it, for any number of prompts."""
        import torch

        pixels = prepare(image, self._side_px, self.mean, self.std)
        with memory_errors(self.name, 1), torch.inference_mode():
            return self.model.get_image_embeddings(
                torch.from_numpy(pixels[None]).to(self.model.device, self.model.dtype)
            )

    def _candidates(
        self, features: list[torch.Tensor], points: NDArray[np.float32], size_hw: tuple[int, int]
    ) -> list[list[_Candidate]]:
        """The believed masks of each point."""
        import torch

        params = self.entry.segment
        prompts = {"points": points, "labels": np.ones(points.shape[:2], np.int64)}
        found: list[list[_Candidate]] = [[] for _ in points]
        with memory_errors(self.name, len(points)), torch.inference_mode():
            logits, scores = self._decode(features, prompts, multimask=True)
            sure = scores > params.pred_iou
            believed, owners = logits[sure], torch.nonzero(sure)[:, 0].tolist()
            stability, boxes = measured(believed, size_hw)
            values = zip(owners, believed, scores[sure].tolist(), stability, boxes.tolist(), strict=True)
            for owner, own, score, stable, box in values:
                if stable > params.stability and box[2] > box[0]:
                    # A copy: a view would keep the logits of the whole batch.
                    found[owner].append(_Candidate(own.clone(), score, (box[0], box[1], box[2], box[3])))
        return found

    def _decode(
        self, features: list[torch.Tensor], prompts: dict[str, NDArray[Any]], *, multimask: bool
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """(N, M, h, w) logits and (N, M) scores of N prompts in the model's square; M is 3 with ``multimask``, or 1."""
        import torch

        inputs = {f"input_{key}": torch.from_numpy(value)[None].to(self.model.device) for key, value in prompts.items()}
        made = self.model(image_embeddings=features, multimask_output=multimask, **inputs)
        logits, scores = made.pred_masks[0], made.iou_scores[0].float()
        if not bool(torch.isfinite(logits).all() & torch.isfinite(scores).all()):
            raise FloatingPointError(
                f"{self.name}: the masks hold values that are no numbers; set dtype: bfloat16 or float32"
            )
        return logits, scores


def _prompts(points: ArrayLike | None, labels: ArrayLike | None, boxes: ArrayLike | None) -> dict[str, NDArray[Any]]:
    """The given prompts as arrays that fit together."""
    prompts: dict[str, NDArray[Any]] = {}
    if labels is not None and points is None:
        raise ValueError("labels say what points mean; give points too")
    if points is not None:
        prompts["points"] = np.asarray(points, np.float32)
        prompts["labels"] = np.asarray(np.ones(prompts["points"].shape[:2]) if labels is None else labels, np.int64)
    if boxes is not None:
        prompts["boxes"] = np.asarray(boxes, np.float32)
    shapes = {key: value.shape for key, value in prompts.items()}
    own, box = shapes.get("points", (0, 1, 2)), shapes.get("boxes", (0, 4))
    fits = len(own) == 3 and own[1:] >= (1, 2) and own[2] == 2 and shapes.get("labels", own[:2]) == own[:2]
    if not (shapes and fits and len(box) == 2 and box[1] == 4 and len({shape[0] for shape in shapes.values()}) == 1):
        raise ValueError(
            f"expected points (N, K, 2) with labels (N, K), boxes (N, 4), or both for the same N; found {shapes}"
        )
    return prompts
