"""enhance_segment: a poor frame's character, enlarged, denoised, sharpened and cut out.

Belongs here: this strategy, its parameters and sharpening. Does not belong here: models (``resources``), making alpha
(``cutout.py``) and colours (``colour_keeping.py``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, Literal

import cv2
import numpy as np
from pydantic import Field

from synth_assets.core.curation.colour_keeping import difference, keep_colours, largest_hue_shift, limit_hue
from synth_assets.core.curation.cutout import character_rgba, soft_alpha
from synth_assets.core.curation.strategies.frame import Frame, Kit, Output, StrategyConfig, caption_text
from synth_assets.core.curation.strategies.segment import check_size, crop_box
from synth_assets.core.images import resize
from synth_assets.core.measure import Look, frame_metrics
from synth_assets.core.ports import RGB, Mask
from synth_assets.core.records import Scalar

Step = Literal["upscale", "denoise", "face_enhance", "sharpen"]
_ROLES: dict[Step, str] = {"upscale": "upscale", "denoise": "denoise", "face_enhance": "face_restore"}


class EnhanceConfig(StrategyConfig):
    """Parameters of enhance_segment."""

    enhancement_steps: tuple[Step, ...] = ("upscale", "denoise", "face_enhance", "sharpen")
    sharpen_amount: float = Field(default=0.6, ge=0, le=3, description="Weight of what the blur takes away.")
    sharpen_radius_px: float = Field(default=1.5, gt=0, description="Sigma of that blur.")
    match_colours: bool = Field(
        default=True, description="Take colours from the source and keep the limits below; else they are measured only."
    )
    colour_sigma_px: float = Field(
        default=4.0, gt=0, description="Coarser lightness is the source's too: sigma in pixels of the source."
    )
    max_delta_e: float = Field(default=2.0, gt=0, description="Limit of the mean CIEDE2000 to the source.")
    max_hue_shift_deg: float = Field(default=8.0, gt=0, le=180, description="Limit for every pixel with colour.")
    min_hue_chroma: float = Field(default=5.0, ge=0, description="CIELAB chroma from which a pixel has colour.")
    apply_segmentation: bool = True
    min_instance_size: int = Field(default=64, ge=1, description="Smallest side of the character's box in pixels.")
    generate_caption: bool = True
    caption_prefix: str = Field(default="a 3d animated character", description="{character} stands for its name.")
    caption_suffix: str = ", high quality, enhanced"


class EnhanceSegment:
    """The character of a poor frame enlarged, denoised and sharpened in its own colours, then cut out."""

    name: ClassVar[str] = "enhance_segment"
    Config: ClassVar[type[StrategyConfig]] = EnhanceConfig

    def __init__(self, kit: Kit, config: EnhanceConfig) -> None:
        self._models, self._config = kit.models, config
        self._steps: list[Step] = [
            step for step in config.enhancement_steps if step not in _ROLES or kit.models.has(_ROLES[step])
        ]
        skipped: list[Step] = [step for step in config.enhancement_steps if step not in self._steps]
        self._names = {step: getattr(kit.models, _ROLES[step])().name for step in self._steps if step in _ROLES}
        self.inputs: Mapping[str, Any] = {"models": self._names}
        self.notes: Mapping[str, Any] = {
            "steps": ", ".join(self._steps),
            **{f"skipped_{step}": f"the model set has no model for role {_ROLES[step]}" for step in skipped},
        }

    def process(self, frame: Frame) -> list[Output]:
        """Gives ``<stem>_enhanced_character.png``: the character's crop, enhanced, RGBA.

        Columns: ``delta_e`` and ``delta_e_max`` (CIEDE2000 to the source) and ``sharpness_before`` and
        ``sharpness_after`` (corrected sharpness of the crop), all with the result scaled back to the
        source's size, so that its mere size gains nothing; ``max_hue_shift`` (degrees, against the
        source scaled to the result's size); and where the crop lies.

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
        large, enlarged = _enlarged(mask, image.shape[:2]), np.asarray(resize(source, image.shape[:2]), np.uint8)
        if config.match_colours:
            image = keep_colours(image, source, mask, config.colour_sigma_px, config.max_delta_e)
            image = limit_hue(image, enlarged, config.max_hue_shift_deg, config.min_hue_chroma)
        picture, shown, others = image, large, []
        if config.apply_segmentation:
            picture = character_rgba(image, soft_alpha(image, large))
            shown = picture[..., 3] >= 128
        else:
            others = [
                replace(found, mask=_enlarged(found.mask[y0:y1, x0:x1], image.shape[:2])) for found in frame.others
            ]
        caption = caption_text(frame.character, config.caption_prefix, config.caption_suffix)
        apart = difference(image, source, mask)
        columns: dict[str, Scalar] = {
            "delta_e": round(apart.mean, 3),
            "delta_e_max": round(apart.largest, 3),
            "max_hue_shift": round(largest_hue_shift(image, enlarged, large, config.min_hue_chroma), 3),
            "sharpness_before": _sharpness(source),
            "sharpness_after": _sharpness(np.asarray(resize(image, source.shape[:2]), np.uint8)),
            **{"crop_x0": x0, "crop_y0": y0, "crop_x1": x1, "crop_y1": y1},
        }
        return [
            Output(
                f"{frame.stem}_enhanced_character.png",
                picture,
                caption if config.generate_caption else "",
                shown,
                others,
                " + ".join(self._names.values()),
                extra=columns,
            )
        ]

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


def _sharpness(image: RGB) -> float:
    return round(frame_metrics(Look(image))["sharpness_corrected"], 4)
