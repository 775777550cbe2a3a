"""Background filling by diffusion: an inpainting pipeline paints an empty scene into the hole.

Belongs here: the engine ``diffusers-fill``, its words and seeds. Does not belong here: running the pipeline
(``diffusion.py``), crops and putting back (``filling.py``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from resources.models.diffusion import load_inpaint
from resources.models.filling import fill_holes
from synth_assets.core.masks import soft_rim, tight_box
from synth_assets.core.ports import RGB, Inpainter, InpaintRequest, Mask
from synth_assets.core.scenes.seams import settle
from synth_assets.core.seeds import derive_seed

if TYPE_CHECKING:
    from pathlib import Path

    from resources.models.entries import ModelEntry

PROMPT = "empty scene, background only, continuing the surroundings, nobody there"
NEGATIVE_PROMPT = "person, animal, character, figure, creature, object, text, watermark"
_SIDE_PX = 512
_REACH_PX = 8
"""Latents are cells of 8 x 8 pixels: what the model may repaint reaches that far out of the hole."""
_GUESS_RADIUS_PX = 4


@dataclass(frozen=True)
class DiffusionFiller:
    """Fills holes with an inpainting model that is told of an empty scene.

    Tones are matched on the ring around the hole, and only the hole is put back. Seeds come from the crops, so
    the same picture and hole give the same filling.

    Attributes:
        inpainter: the loaded engine.
        prompt: what to show.
        negative_prompt: what to avoid.
    """

    inpainter: Inpainter
    prompt: str
    negative_prompt: str

    @property
    def name(self) -> str:
        """Reference with revision and a hash of the settings."""
        return self.inpainter.name

    def fill(self, images: Sequence[RGB], masks: Sequence[Mask]) -> list[RGB]:
        """Gives copies whose masked pixels are repainted; all others keep their bytes.

        Raises:
            ValueError: a mask's size is not its picture's, or it covers the whole picture.
            DeviceMemoryError: one crop alone does not fit on the device.
        """
        return fill_holes(images, masks, self.inpainter.resolution_px or _SIDE_PX, self._paint)

    def _paint(self, crops: Sequence[RGB], holes: Sequence[Mask]) -> list[RGB]:
        softs = [soft_rim(hole, _REACH_PX) for hole in holes]
        requests = [
            InpaintRequest(
                # Below full strength a model starts from what is there, and would paint the object again.
                image=_guess(crop, hole),
                box=tight_box(hole) or (0, 0, 0, 0),
                mask=soft,
                prompt=self.prompt,
                negative_prompt=self.negative_prompt,
                seed=_seed(crop, hole),
            )
            for crop, hole, soft in zip(crops, holes, softs, strict=True)
        ]
        painted = self.inpainter.inpaint(requests)
        return [settle(crop, one, soft) for crop, one, soft in zip(crops, painted, softs, strict=True)]


def _guess(crop: RGB, hole: Mask) -> RGB:
    return np.asarray(cv2.inpaint(crop, hole.astype(np.uint8), _GUESS_RADIUS_PX, cv2.INPAINT_TELEA), np.uint8)


def _seed(crop: RGB, hole: Mask) -> int:
    content = hashlib.sha256(crop.tobytes() + hole.tobytes() + str(crop.shape).encode()).hexdigest()
    return derive_seed(0, "background_fill", "", content)


def load_diffusion_filler(entry: ModelEntry, path: str, device: str, adapters: Sequence[Path] = ()) -> DiffusionFiller:
    """Loads an inpainting pipeline as a filler; arguments and errors as of ``diffusion.load_inpaint``.

    The entry's ``prompt`` and ``negative_prompt`` replace those of this module.
    """
    inpainter = load_inpaint(entry, path, device, adapters)
    return DiffusionFiller(inpainter, entry.prompt or PROMPT, entry.negative_prompt or NEGATIVE_PROMPT)
