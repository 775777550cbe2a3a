"""Face alignment: a face in its picture, and the same face upright in a square, there and back.

Belongs here: similarity transforms, sampling by them, pasting back. Does not belong here: finding faces
(``faces.py``) and restoring them (``face_restoration.py``).
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from synth_assets.core.masks import blend
from synth_assets.core.ports import RGB, SoftMask

Matrix = NDArray[np.float64]
"""(2, 3): takes x, y of a pixel's centre to another picture."""

TEMPLATE_PX = 512
TEMPLATE = np.array(
    [
        [192.98138, 239.94708],
        [318.90277, 240.1936],
        [256.63416, 314.01935],
        [201.26117, 371.41043],
        [313.08905, 371.15118],
    ]
)
"""Eyes, nose and corners of the mouth of an FFHQ face in a square of 512 pixels. Source: facexlib (MIT)."""
_SOFT_SHARE = 0.2
"""Of the half side: how wide the pasted face fades out."""
_ROUNDNESS = 4
"""Power of the superellipse that the pasted face fills: 2 is a circle, more is squarer."""


def similarity(points: NDArray[np.floating], wanted: NDArray[np.floating]) -> Matrix:
    """The turn, scale and shift that takes points nearest to the wanted ones (least squares, no mirroring).

    Args:
        points: (N, 2) x, y, N at least 2, not all in one place.
        wanted: (N, 2).
    """
    x, y = points.T.astype(np.float64)
    one, none = np.ones_like(x), np.zeros_like(x)
    equations = np.concatenate([np.stack([x, -y, one, none], 1), np.stack([y, x, none, one], 1)])
    a, b, shift_x, shift_y = np.linalg.lstsq(equations, wanted.T.astype(np.float64).ravel(), rcond=None)[0]
    return np.array([[a, -b, shift_x], [b, a, shift_y]])


def sample(image: RGB, matrix: Matrix, size_hw: tuple[int, int]) -> RGB:
    """The picture moved by the matrix into (height, width), mirrored beyond its borders; shrinks by area."""
    zoom = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    if zoom < 1:
        height, width = image.shape[:2]
        small_hw = max(1, round(height * zoom)), max(1, round(width * zoom))
        image = np.asarray(cv2.resize(image, (small_hw[1], small_hw[0]), interpolation=cv2.INTER_AREA), np.uint8)
        x, y = width / small_hw[1], height / small_hw[0]
        back = np.array([[x, 0, (x - 1) / 2], [0, y, (y - 1) / 2], [0, 0, 1]])
        matrix = matrix @ back
    moved = cv2.warpAffine(
        image, matrix, (size_hw[1], size_hw[0]), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101
    )
    return np.asarray(moved, np.uint8)


def paste_back(picture: RGB, face: RGB, matrix: Matrix) -> RGB:
    """The picture with the aligned face laid over its place, fading out; all else keeps its bytes.

    Args:
        picture: (H, W, 3).
        face: (s, s, 3), aligned.
        matrix: that took the picture to the face.
    """
    side = face.shape[0]
    inverse = np.asarray(cv2.invertAffineTransform(matrix), np.float64)
    corners = np.array([[0, 0, 1], [side, 0, 1], [0, side, 1], [side, side, 1]]) @ inverse.T
    height, width = picture.shape[:2]
    x0, y0 = np.clip(np.floor(corners.min(axis=0)), 0, (width, height)).astype(int)
    x1, y1 = np.clip(np.ceil(corners.max(axis=0)) + 1, 0, (width, height)).astype(int)
    if x0 >= x1 or y0 >= y1:
        return picture
    local = inverse - np.array([[0, 0, x0], [0, 0, y0]])
    pasted = picture.copy()
    laid = sample(face, local, (y1 - y0, x1 - x0))
    ys, xs = np.mgrid[y0:y1, x0:x1]
    pasted[y0:y1, x0:x1] = blend(picture[y0:y1, x0:x1], laid, _weight(matrix, xs, ys, side))
    return pasted


def _weight(matrix: Matrix, xs: NDArray[np.int_], ys: NDArray[np.int_], side: int) -> SoftMask:
    """1 in the middle of the face, 0 from its superellipse on."""
    u, v = np.moveaxis(np.stack([xs, ys, np.ones_like(xs)], -1) @ matrix.T, -1, 0)
    half = side / 2
    across, along = np.abs((u + 0.5) / half - 1), np.abs((v + 0.5) / half - 1)
    distance = (across**_ROUNDNESS + along**_ROUNDNESS) ** (1 / _ROUNDNESS)
    return np.clip((1 - distance) / _SOFT_SHARE, 0, 1).astype(np.float32)
