"""Image embeddings and ImageNet scores from EfficientNet-lite0 in onnxruntime.

Belongs here: pre-processing, the net, its conversion from the packaged weights. Does not belong
here: turning scores into labels (``labelling.py``) and matching vectors (core).
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from resources.models.entries import ModelEntry
from resources.models.normalising import normalised
from resources.models.onnx import OnnxNet
from synth_assets.core.ports import RGB

_SIDE_PX = 224
_CROP_PADDING_PX = 32
_HALF = np.full(3, 0.5, np.float32)
"""Its mean and its deviation: it was trained on [-1, 1]."""
_ONNX_OPSET = 17


def load_efficientnet(entry: ModelEntry, path: Path, device: str) -> EfficientNet:
    """Loads the converted net; the CPU is fast enough for it."""
    return EfficientNet(entry.name, OnnxNet(path))


class EfficientNet:
    """Embedder of 1,280 pooled features, and a classifier of the 1,000 ImageNet classes."""

    def __init__(self, name: str, net: OnnxNet) -> None:
        self.name = name
        self._net = net

    def embed(self, images: Sequence[RGB]) -> NDArray[np.float32]:
        """Returns (N, 1280) float32, each row of length 1."""
        features = np.stack([self._run(image)[0] for image in images]) if images else np.zeros((0, 1280), np.float32)
        lengths = np.linalg.norm(features, axis=1, keepdims=True)
        return (features / np.maximum(lengths, np.finfo(np.float32).tiny)).astype(np.float32)

    def class_logits(self, images: Sequence[RGB]) -> NDArray[np.float32]:
        """Returns (N, 1000) float32 logits of the ImageNet classes."""
        return np.stack([self._run(image)[1] for image in images]) if images else np.zeros((0, 1000), np.float32)

    def _run(self, image: RGB) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        features, logits = self._net.run(prepare(image)[None])
        return features[0], logits[0]


def prepare(image: RGB) -> NDArray[np.float32]:
    """Gives (3, 224, 224) float32 in [-1, 1]: the central square, less a margin of 32 in 256.

    Source: the evaluation pre-processing of TensorFlow's EfficientNet-lite (Apache-2.0).
    """
    height, width = image.shape[:2]
    side = max(1, round(min(height, width) * _SIDE_PX / (_SIDE_PX + _CROP_PADDING_PX)))
    top, left = (height - side) // 2, (width - side) // 2
    crop = image[top : top + side, left : left + side]
    shrinking = side > _SIDE_PX
    resized = cv2.resize(crop, (_SIDE_PX, _SIDE_PX), interpolation=cv2.INTER_AREA if shrinking else cv2.INTER_CUBIC)
    return normalised(resized, _HALF, _HALF)


def convert_efficientnet_lite0(source: Path, target: Path) -> None:
    """Writes the packaged PyTorch weights as an ONNX net with outputs ``features`` and ``logits``.

    Args:
        source: state dict; only tensors are read from it.
        target: the ONNX file to write.
    """
    import torch
    from efficientnet_lite_pytorch import EfficientNet as Architecture

    net = Architecture.from_name("efficientnet-lite0")
    net.load_state_dict(torch.load(source, map_location="cpu", weights_only=True))

    class Pooled(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = net

        def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            features = self.net.extract_features(image).mean((2, 3))
            return features, self.net.get_submodule("_fc")(features)

    names = ["image", "features", "logits"]
    with warnings.catch_warnings():
        # The exporter that needs no further packages is called legacy, and says so at every step.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Pooled().eval(),
            (torch.zeros(1, 3, _SIDE_PX, _SIDE_PX),),
            str(target),
            dynamo=False,
            input_names=names[:1],
            output_names=names[1:],
            dynamic_axes={name: {0: "batch"} for name in names},
            opset_version=_ONNX_OPSET,
        )
