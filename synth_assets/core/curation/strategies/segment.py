"""segment: the character alone, its background without it, and both together again.

Belongs here: this strategy and its parameters. Does not belong here: finding the mask
(``analysis.py``) and making alpha (``cutout.py``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from pydantic import Field

from synth_assets.core import boxes
from synth_assets.core.config import Params
from synth_assets.core.curation.cutout import character_rgba, soft_alpha
from synth_assets.core.curation.strategies.frame import Frame, Output, artifacts, caption_text
from synth_assets.core.items import Artifact
from synth_assets.core.masks import blend, dilate
from synth_assets.core.ports import RGBA, Box, Models

CROP_MARGIN_SHARE = 0.05


class SegmentConfig(Params):
    """Parameters of segment."""

    enabled: bool = True
    min_instance_size: int = Field(default=64, ge=1, description="Smallest side of the character's box in pixels.")
    mask_dilation: int = Field(default=5, ge=0, description="Pixels by which the hole in the background is larger.")
    save_character: bool = True
    save_background: bool = True
    save_composite: bool = True
    generate_captions: bool = True
    caption_prefix: str = Field(default="a 3d animated character", description="{character} stands for its name.")
    background_caption_prefix: str = "a 3d animated scene"
    character_caption_suffix: str = ", isolated character, clean background"
    background_caption_suffix: str = ", environment only, no characters"
    composite_caption_suffix: str = ", in its scene"


class Segment:
    """Takes the character and its background apart."""

    name = "segment"

    def __init__(self, models: Models, config: SegmentConfig) -> None:
        self._models, self._config = models, config
        self.enabled = config.enabled
        filler = models.background_fill().name if config.save_background or config.save_composite else ""
        self.inputs: Mapping[str, Any] = {"config": config.model_dump(), "background_fill": filler}
        self.notes: Mapping[str, Any] = {}

    def process(self, frame: Frame) -> list[Artifact]:
        """Gives ``<stem>_character.png`` (RGBA, cut to its box), ``_background.png`` and ``_composite.png``.

        The composite is the cutout laid back onto the filled background: where it differs from the
        frame, the cut is at fault.

        Raises:
            ValueError: the character is smaller than ``min_instance_size``.
        """
        config = self._config
        check_size(frame, config.min_instance_size)
        alpha = soft_alpha(frame.image, frame.mask)
        rgba = character_rgba(frame.image, alpha)
        outputs: list[Output] = []
        if config.save_character:
            caption = self._caption(frame, config.caption_prefix, config.character_caption_suffix)
            outputs.append(cut_output(frame, rgba, f"{frame.stem}_character.png", caption))
        if config.save_background or config.save_composite:
            filler = self._models.background_fill()
            hole = dilate(frame.mask, config.mask_dilation)
            background = filler.fill([frame.image], [hole])[0]
            if config.save_background:
                caption = self._caption(frame, config.background_caption_prefix, config.background_caption_suffix)
                outputs.append(Output(f"{frame.stem}_background.png", background, caption, model=filler.name))
            if config.save_composite:
                caption = self._caption(frame, config.caption_prefix, config.composite_caption_suffix)
                picture = blend(background, rgba[..., :3], alpha)
                name = f"{frame.stem}_composite.png"
                outputs.append(Output(name, picture, caption, frame.mask, filler.name))
        return artifacts(frame, outputs)

    def _caption(self, frame: Frame, prefix: str, suffix: str) -> str:
        return caption_text(frame.character, prefix, suffix) if self._config.generate_captions else ""


def check_size(frame: Frame, min_side_px: int) -> None:
    """Returns where the character is large enough.

    Raises:
        ValueError: a side of its box is below ``min_side_px``.
    """
    x0, y0, x1, y1 = frame.box
    if min(x1 - x0, y1 - y0) < min_side_px:
        raise ValueError(
            f"{frame.record.path}: the character is {x1 - x0}x{y1 - y0} pixels, below min_instance_size {min_side_px}"
        )


def crop_box(frame: Frame) -> Box:
    """The character's box with a small margin."""
    x0, y0, x1, y1 = frame.box
    return boxes.expand(frame.box, round(CROP_MARGIN_SHARE * max(x1 - x0, y1 - y0)) + 2, frame.mask.shape)


def cut_output(frame: Frame, rgba: RGBA, name: str, caption: str) -> Output:
    """The cutout cropped to the character, with where the crop lies in the frame."""
    x0, y0, x1, y1 = crop_box(frame)
    crop = np.ascontiguousarray(rgba[y0:y1, x0:x1])
    where = {"crop_x0": x0, "crop_y0": y0, "crop_x1": x1, "crop_y1": y1}
    return Output(name, crop, caption, crop[..., 3] >= 128, extra=where)
