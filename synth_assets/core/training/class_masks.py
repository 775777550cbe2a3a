"""Class masks: ``exports/npy``, the original generator's form of the labels.

Belongs here: this layout. Does not belong here: which pictures, labels and splits
(``planning.py``).

One bool array (H, W, n_classes) a picture, always of that dtype, ``[..., k]`` True where any object of
line k + 1 of ``classes.txt`` is. Uncompressed: a picture of 512x384 with 8 classes takes 1.6 MB, so the
layout is written only where ``formats`` asks for it.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from synth_assets.core.ports import Mask

FOLDER = "exports/npy"


def class_array(
    labels: Sequence[str], masks: Sequence[Mask], classes: Sequence[str], size_hw: tuple[int, int]
) -> NDArray[np.bool_]:
    """Gives (H, W, n_classes) bool: where objects of each class are.

    Args:
        labels: class of each object.
        masks: (H, W) bool of each object.
        classes: all classes, in order.
        size_hw: (height, width) of the picture.
    """
    array = np.zeros((*size_hw, len(classes)), np.bool_)
    for label, mask in zip(labels, masks, strict=True):
        array[..., classes.index(label)] |= mask
    return array


def array_file(array: NDArray[np.bool_], split: str, stem: str) -> dict[str, bytes]:
    """One picture's array as ``<split>/<stem>.npy``; path relative to the training set's folder → content."""
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return {f"{FOLDER}/{split}/{stem}.npy": buffer.getvalue()}


def classes_file(classes: Sequence[str]) -> dict[str, bytes]:
    """The order of the classes, one a line."""
    return {f"{FOLDER}/classes.txt": "".join(f"{name}\n" for name in classes).encode()}
