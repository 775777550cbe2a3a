"""Small model sets for edits: each engine does something that a test can see in the pixels."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from synth_assets.core.ports import (
    RGB,
    BackgroundFiller,
    Editor,
    EditRequest,
    Inpainted,
    Inpainter,
    InpaintRequest,
    Instance,
    Mask,
    RoleUnavailableError,
    Segmenter,
    SoftMask,
    TextMasker,
)


class Inverter:
    """Edits by inverting the whole picture, more at more strength; remembers what it was asked."""

    name = "test:invert"

    def __init__(self) -> None:
        self.asked: list[list[EditRequest]] = []

    def edit(self, requests: Sequence[EditRequest]) -> list[RGB]:
        self.asked.append(list(requests))
        return [np.rint(one.image + one.strength * (255.0 - 2.0 * one.image)).astype(np.uint8) for one in requests]


class DiscPainter:
    """Paints a disc into the box and lets everything else drift, as a model with an autoencoder does."""

    name = "test:disc"
    resolution_px: int | None = None
    needs_references = False

    def inpaint(self, requests: Sequence[InpaintRequest]) -> list[Inpainted]:
        return [Inpainted(self._paint(request)) for request in requests]

    def _paint(self, request: InpaintRequest) -> RGB:
        x0, y0, x1, y1 = request.box
        ys, xs = np.indices(request.image.shape[:2])
        radius = min(x1 - x0, y1 - y0) / 2 - 2
        inside = (ys - (y0 + y1) / 2) ** 2 + (xs - (x0 + x1) / 2) ** 2 <= radius**2
        drifted = np.clip(request.image.astype(np.int16) + 3, 0, 255).astype(np.uint8)
        return np.where(inside[..., None], np.array([250, 20, 20], np.uint8), drifted).astype(np.uint8)


class Corner:
    """Segments, names and blackens the upper left corner, of the given share of the sides."""

    def __init__(self, share: float) -> None:
        self.share = share
        self.name = f"test:corner-{share}"

    def segment(self, images: Sequence[RGB]) -> list[list[Instance]]:
        return [[Instance(self._mask(image), 1.0)] if self.share else [] for image in images]

    def find(self, images: Sequence[RGB], texts: Sequence[str]) -> list[SoftMask]:
        sure = [0.9 if "towel" in text else 0.1 for text in texts]
        return [
            (self._mask(image) * np.float32(score)).astype(np.float32)
            for image, score in zip(images, sure, strict=True)
        ]

    def fill(self, images: Sequence[RGB], masks: Sequence[Mask]) -> list[RGB]:
        return [
            np.where(mask[..., None], 0, image // 2).astype(np.uint8) for image, mask in zip(images, masks, strict=True)
        ]

    def _mask(self, image: RGB) -> Mask:
        mask = np.zeros(image.shape[:2], np.bool_)
        mask[: int(image.shape[0] * self.share), : int(image.shape[1] * self.share)] = True
        return mask


@dataclass
class EditModels:
    """A model set that has the roles it is given an engine for."""

    engines: dict[str, object] = field(default_factory=dict[str, object])

    def has(self, role: str) -> bool:
        return role in self.engines

    def _engine(self, role: str) -> object:
        if role not in self.engines:
            raise RoleUnavailableError(f"the set has no model for {role}; choose another set")
        return self.engines[role]

    def edit(self) -> Editor:
        return self._engine("edit")  # pyright: ignore[reportReturnType]

    def inpaint(self) -> Inpainter:
        return self._engine("inpaint")  # pyright: ignore[reportReturnType]

    def segment(self) -> Segmenter:
        return self._engine("segment")  # pyright: ignore[reportReturnType]

    def text_mask(self) -> TextMasker:
        return self._engine("text_mask")  # pyright: ignore[reportReturnType]

    def background_fill(self) -> BackgroundFiller:
        return self._engine("background_fill")  # pyright: ignore[reportReturnType]
