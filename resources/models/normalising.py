"""Normalising: pictures as nets were trained to see them.

Belongs here: ImageNet's mean and deviation, which most nets share, and the arithmetic. Does not belong
here: bringing a picture to a net's size (each engine's ``prepare``), and values in [0, 1] (``onnx_pictures.py``).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

IMAGENET_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
IMAGENET_STD = np.array([0.229, 0.224, 0.225], np.float32)


def normalised(
    image: NDArray[Any],
    mean: NDArray[np.float32] = IMAGENET_MEAN,
    std: NDArray[np.float32] = IMAGENET_STD,
    top: float = 255.0,
) -> NDArray[np.float32]:
    """Gives (3, H, W) float32: (image / top - mean) / std.

    Args:
        image: (H, W, 3) in [0, ``top``].
        mean: (3,) of the pictures that the net was trained on, in [0, 1].
        std: (3,) their deviation.
        top: value of white.
    """
    scaled = (image.astype(np.float32) / np.float32(top) - mean) / std
    return np.ascontiguousarray(scaled.transpose(2, 0, 1), np.float32)
