"""enhance_segment: a poor frame's character, enlarged, denoised, sharpened and cut out.

Belongs here: this strategy, its parameters, sharpening and keeping colours. Does not belong here:
models (``resources``) and making alpha (``cutout.py``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from synth_assets.core.colour import from_lab, to_lab
from synth_assets.core.config import Params
from synth_assets.core.curation.cutout import character_rgba, soft_alpha
from synth_assets.core.curation.strategies.frame import Frame, Output, artifacts, caption_text
from synth_assets.core.curation.strategies.segment import check_size, crop_box
from synth_assets.core.images import resize
from synth_assets.core.items import Artifact
from synth_assets.core.ports import RGB, Mask, Models

Step = Literal["upscale", "denoise", "face_enhance", "sharpen"]
_ROLES: dict[Step, str] = {"upscale": "upscale", "denoise": "denoise", "face_enhance": "face_restore"}


class EnhanceConfig(Params):
    """Parameters of enhance_segment."""

    enabled: bool = True
    enhancement_steps: tuple[Step, ...] = ("upscale", "denoise", "face_enhance", "sharpen")
    sharpen_amount: float = Field(default=0.6, ge=0, le=3, description="Weight of what the blur takes away.")
    sharpen_radius_px: float = Field(default=1.5, gt=0, description="Sigma of that blur.")
    match_colours: bool = Field(default=True, description="Give the result the source's Lab mean and spread.")
    apply_segmentation: bool = True
    min_instance_size: int = Field(default=64, ge=1, description="Smallest side of the character's box in pixels.")
    generate_caption: bool = True
    caption_prefix: str = Field(default="a 3d animated character", description="{character} stands for its name.")
    caption_suffix: str = ", high quality, enhanced"


class EnhanceSegment:
    """Enhances the character and cuts it out."""

    name = "enhance_segment"

    def __init__(self, models: Models, config: EnhanceConfig) -> None:
        self._models, self._config = models, config
        self.enabled = config.enabled
        self._steps: list[Step] = [
            step for step in config.enhancement_steps if step not in _ROLES or models.has(_ROLES[step])
        ]
        skipped: list[Step] = [step for step in config.enhancement_steps if step not in self._steps]
        self._names = {step: getattr(models, _ROLES[step])().name for step in self._steps if step in _ROLES}
        self.inputs: Mapping[str, Any] = {"config": config.model_dump(mode="json"), "models": self._names}
        self.notes: Mapping[str, Any] = {
            "steps": ", ".join(self._steps),
            **{f"skipped_{step}": f"the model set has no model for role {_ROLES[step]}" for step in skipped},
        }

    def process(self, frame: Frame) -> list[Artifact]:
        """Gives ``<stem>_enhanced_character.png``: the character's crop, enhanced, RGBA.

        Raises:
            ValueError: the character is smaller than ``min_instance_size``.
        """
        config = self._config
        check_size(frame, config.min_instance_size)
        x0, y0, x1, y1 = crop_box(frame)
        source, mask = np.ascontiguousarray(frame.image[y0:y1, x0:x1]), frame.mask[y0:y1, x0:x1]
        image = source
        for step in self._steps:
            image = self._step(step, image)
        large = _enlarged(mask, image.shape[:2])
        if config.match_colours:
            image = match_colours(image, large, source, mask)
        picture, shown = image, large
        if config.apply_segmentation:
            picture = character_rgba(image, soft_alpha(image, large))
            shown = picture[..., 3] >= 128
        caption = caption_text(frame.character, config.caption_prefix, config.caption_suffix)
        output = Output(
            f"{frame.stem}_enhanced_character.png",
            picture,
            caption if config.generate_caption else "",
            shown,
            " + ".join(self._names.values()),
            extra={
                "delta_e": round(mean_delta_e(resize(image, source.shape[:2]), source, mask), 3),
                **{"crop_x0": x0, "crop_y0": y0, "crop_x1": x1, "crop_y1": y1},
            },
        )
        return artifacts(frame, [output])

    def _step(self, step: Step, image: RGB) -> RGB:
        match step:
            case "upscale":
                return self._models.upscale().upscale([image])[0]
            case "denoise":
                return self._models.denoise().restore([image])[0]
            case "face_enhance":
                return self._models.face_restore().restore([image])[0]
            case "sharpen":
                return unsharp(image, self._config.sharpen_amount, self._config.sharpen_radius_px)


def _enlarged(mask: Mask, size_hw: tuple[int, int]) -> Mask:
    soft = cv2.resize(mask.astype(np.float32), (size_hw[1], size_hw[0]), interpolation=cv2.INTER_CUBIC)
    return np.asarray(soft) > 0.5


def unsharp(image: RGB, amount: float, radius_px: float) -> RGB:
    """Adds ``amount`` times the difference to a Gaussian blur of sigma ``radius_px``."""
    blurred = cv2.GaussianBlur(image, (0, 0), radius_px)
    return np.asarray(cv2.addWeighted(image, 1 + amount, blurred, -amount, 0), np.uint8)


def match_colours(image: RGB, mask: Mask, source: RGB, source_mask: Mask) -> RGB:
    """Gives the picture the source's mean and spread of L, a and b inside the masks.

    Source: E. Reinhard et al., Color Transfer between Images, 2001, in CIELAB.
    """
    lab, wished = to_lab(image), to_lab(source)[source_mask]
    present = lab[mask]
    if not present.size or not wished.size:
        return image
    gain = wished.std(axis=0) / np.maximum(present.std(axis=0), 1e-3)
    matched = (lab - present.mean(axis=0)) * gain + wished.mean(axis=0)
    return from_lab(matched.astype(np.float32))


def mean_delta_e(image: RGB, source: RGB, mask: Mask) -> float:
    """Mean CIE76 colour difference inside the mask; 0 for an empty one."""
    difference: NDArray[np.float32] = (to_lab(image) - to_lab(source))[mask]
    return float(np.linalg.norm(difference, axis=1).mean()) if difference.size else 0.0
