"""Learned upscaling and denoising: any image-to-image net in onnxruntime, in tiles.

Belongs here: the engines ``esrgan-onnx`` and ``denoise-onnx``. Does not belong here: restoration without a
model (``resources/offline/restoration.py``), faces (``face_restoration.py``), and keeping a frame's
colours (``synth_assets/core/curation/strategies/enhance.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from resources.models.entries import ModelEntry
from resources.models.onnx import OnnxNet, onnx_file
from resources.models.onnx_pictures import as_batch, as_picture, fixed_hw, full_scale, grey, is_picture, said
from resources.models.tiling import run_tiled
from synth_assets.core.ports import RGB

_OVERLAP_PX = 32
_STEP_PX = 64
"""Sides of tiles are multiples of this: windows and pooling of all the usual nets divide it."""


@dataclass(frozen=True)
class TiledNet:
    """A net that takes (1, 3, h, w) RGB in [0, 1] and gives the same, ``factor`` times as large.

    Attributes:
        name: of the model.
        net: the opened file.
        factor: measured, from what the net makes of a grey picture.
        top: what white is in its output, 1 or 255, measured too.
        tile_hw: the only (height, width) it takes, or the largest tile where it takes any.
    """

    name: str
    net: OnnxNet
    factor: int
    top: float
    tile_hw: tuple[int, int]

    def run(self, images: Sequence[RGB]) -> list[RGB]:
        """Gives each picture restored, (H * factor, W * factor, 3).

        Raises:
            DeviceMemoryError: a single tile does not fit on the device.
        """
        return [self._run(image) for image in images]

    def _run(self, image: RGB) -> RGB:
        tile_hw = self._tile_hw(image)
        overlap_px = min(_OVERLAP_PX, *(side // 2 for side in tile_hw))
        return run_tiled(image, self._run_tile, self.factor, tile_hw, overlap_px)

    def _run_tile(self, tile: RGB) -> RGB:
        return as_picture(self.net.run(as_batch(tile))[0], self.top)

    def _tile_hw(self, image: RGB) -> tuple[int, int]:
        """No larger than the picture asks for, where the net leaves that open."""
        if fixed_hw(self.net.inputs[0]):
            return self.tile_hw
        margin_px = _OVERLAP_PX // 2
        height, width = (-(-(side + margin_px) // _STEP_PX) * _STEP_PX for side in image.shape[:2])
        return min(self.tile_hw[0], height), min(self.tile_hw[1], width)


@dataclass(frozen=True)
class OnnxUpscaler:
    """Enlarges pictures with a net, e.g. Real-ESRGAN."""

    tiled: TiledNet

    @property
    def name(self) -> str:
        """Reference with revision and a hash of the settings."""
        return self.tiled.name

    @property
    def factor(self) -> int:
        """How many times larger pictures become."""
        return self.tiled.factor

    def upscale(self, images: Sequence[RGB]) -> list[RGB]:
        """Gives pictures of ``factor`` times the height and width."""
        return self.tiled.run(images)


@dataclass(frozen=True)
class OnnxRestorer:
    """Denoises pictures with a net that keeps their size, e.g. SCUNet, DnCNN or NAFNet."""

    tiled: TiledNet

    @property
    def name(self) -> str:
        """Reference with revision and a hash of the settings."""
        return self.tiled.name

    def restore(self, images: Sequence[RGB]) -> list[RGB]:
        """Gives pictures of the same size."""
        return self.tiled.run(images)


def load_upscaler(entry: ModelEntry, path: Path, device: str) -> OnnxUpscaler:
    """Loads an upscaling net and measures its factor.

    Raises:
        ModelFileError: the entry's folder has no such ONNX file.
        ValueError: the net does not take one RGB picture, or makes it smaller or no larger.
    """
    tiled = _load(entry, path, device)
    if tiled.factor == 1:
        raise ValueError(f"{entry.ref}: the net keeps a picture's size; for that there is role denoise")
    return OnnxUpscaler(tiled)


def load_denoiser(entry: ModelEntry, path: Path, device: str) -> OnnxRestorer:
    """Loads a net that gives pictures of the same size.

    Raises:
        ModelFileError: the entry's folder has no such ONNX file.
        ValueError: the net does not take one RGB picture, or changes its size.
    """
    tiled = _load(entry, path, device)
    if tiled.factor != 1:
        raise ValueError(f"{entry.ref}: the net enlarges {tiled.factor} times; for that there is role upscale")
    return OnnxRestorer(tiled)


def _load(entry: ModelEntry, path: Path, device: str) -> TiledNet:
    net = OnnxNet(onnx_file(entry, path), device)
    if len(net.inputs) != 1 or not is_picture(net.inputs[0]):
        raise ValueError(
            f"{entry.ref}: expected a net of one input (1, 3, height, width), found {said(net.inputs)}; "
            "export it for RGB pictures and without further inputs"
        )
    fixed = fixed_hw(net.inputs[0])
    probe = grey(fixed or (_STEP_PX, _STEP_PX))
    answer = net.run(probe)[0]
    factor = answer.shape[-1] // probe.shape[-1]
    wanted = (1, 3, probe.shape[2] * factor, probe.shape[3] * factor)
    if factor < 1 or answer.shape != wanted:
        raise ValueError(
            f"{entry.ref}: of a picture {probe.shape} the net makes {answer.shape}; "
            "expected RGB of the same size, or a whole number of times larger"
        )
    return TiledNet(entry.name, net, factor, full_scale(answer), fixed or (entry.tile_px, entry.tile_px))
