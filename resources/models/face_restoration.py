"""Face restoration: faces are found, set upright, restored by a net and laid back.

Belongs here: the engine ``codeformer-onnx``, for CodeFormer and for nets that take no fidelity, such as GFPGAN.
Does not belong here: finding faces (``faces.py``), geometry (``face_alignment.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from resources.models.entries import ModelEntry
from resources.models.face_alignment import TEMPLATE, TEMPLATE_PX, Matrix, paste_back, sample, similarity
from resources.models.faces import CenterFace, Face
from resources.models.onnx import NetInput, OnnxNet, onnx_file
from resources.models.onnx_pictures import as_batch, as_picture, fixed_hw, is_picture, said
from synth_assets.core.ports import RGB


@dataclass(frozen=True)
class FaceRestorer:
    """Restores the faces that are found; a picture without any comes back as it is.

    Source: S. Zhou et al., Towards Robust Blind Face Restoration with Codebook Lookup Transformer (CodeFormer),
    NeurIPS 2022; X. Wang et al., GFP-GAN, CVPR 2021.

    Attributes:
        name: of the model with its parts.
        net: takes (1, 3, s, s) RGB in [-1, 1] and gives the same.
        detector: finds faces.
        picture: place of the picture among the net's inputs.
        fidelity: what its other input gets, if it has one: 0 = as clear as can be, 1 = as faithful.
        side_px: of the net's square.
    """

    name: str
    net: OnnxNet
    detector: CenterFace
    picture: int
    fidelity: float
    side_px: int

    def restore(self, images: Sequence[RGB]) -> list[RGB]:
        """Gives pictures of the same size; only pixels in and around faces differ."""
        return [self._restore(image) for image in images]

    def _restore(self, image: RGB) -> RGB:
        restored = image.copy()
        for face in self.detector.find([image])[0]:
            matrix = self._upright(face)
            aligned = sample(image, matrix, (self.side_px, self.side_px))
            restored = paste_back(restored, self._run(aligned), matrix)
        return restored

    def _upright(self, face: Face) -> Matrix:
        return similarity(face.points, (TEMPLATE + 0.5) * (self.side_px / TEMPLATE_PX) - 0.5)

    def _run(self, face: RGB) -> RGB:
        values = [self._value(place, one, face) for place, one in enumerate(self.net.inputs)]
        return as_picture(np.asarray(self.net.run(*values)[0] + 1, np.float32), top=2.0)

    def _value(self, place: int, one: NetInput, face: RGB) -> np.ndarray:
        if place == self.picture:
            return as_batch(face) * 2 - 1
        return np.full([size or 1 for size in one.shape], self.fidelity)


def load_face_restorer(entry: ModelEntry, path: Path, device: str, detector: CenterFace | None = None) -> FaceRestorer:
    """Loads the net; the entry's ``parts`` bring the ``detector``.

    Raises:
        ModelFileError: the entry's folder has no such ONNX file.
        ValueError: no detector, or a net that does not take one square RGB picture and at most one number.
    """
    if detector is None:
        raise ValueError(f"{entry.ref}: faces have to be found first; give the entry parts: {{detector: *centerface}}")
    net = OnnxNet(onnx_file(entry, path), device)
    pictures = [place for place, one in enumerate(net.inputs) if is_picture(one)]
    others = [one for place, one in enumerate(net.inputs) if place not in pictures]
    if len(pictures) != 1 or len(others) > 1 or any(len(one.shape) > 1 for one in others):
        raise ValueError(
            f"{entry.ref}: expected a net of one picture (1, 3, side, side) and at most one number (the fidelity), "
            f"found {said(net.inputs)}"
        )
    height, width = fixed_hw(net.inputs[pictures[0]]) or (TEMPLATE_PX, TEMPLATE_PX)
    if height != width:
        raise ValueError(f"{entry.ref}: faces are aligned in squares, the net takes {height} x {width}")
    return FaceRestorer(entry.name, net, detector, pictures[0], entry.fidelity, height)
