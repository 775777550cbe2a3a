"""segment: the character alone, its background without it, and both together again.

Belongs here: this strategy and its parameters. Does not belong here: finding the mask
(``analysis.py``) and making alpha (``cutout.py``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
from pydantic import Field

from synth_assets.core import boxes
from synth_assets.core.curation.cutout import character_rgba, soft_alpha
from synth_assets.core.curation.strategies.frame import Frame, Kit, Output, StrategyConfig, caption_text
from synth_assets.core.masks import blend, dilate
from synth_assets.core.ports import RGBA, Box

CROP_MARGIN_SHARE = 0.05


class SegmentConfig(StrategyConfig):
    """Parameters of segment."""

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
    """The character cut out, the background filled, and both together again."""

    name: ClassVar[str] = "segment"
    Config: ClassVar[type[StrategyConfig]] = SegmentConfig

    def __init__(self, kit: Kit, config: SegmentConfig) -> None:
        self._models, self._config = kit.models, config
        filler = kit.models.background_fill().name if config.save_background or config.save_composite else ""
        self.inputs: Mapping[str, Any] = {"background_fill": filler}

    def process(self, frame: Frame) -> list[Output]:
        """Gives ``<stem>_character.png`` (RGBA, cut to its box), ``_background.png`` and ``_composite.png``.

        The composite is the cutout laid back over the fill, in its frame: where it differs from the frame,
        the cut is at fault. Other characters stay in the background and are labelled there;
        its caption then names them instead of saying that there is none.

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
            others = [replace(found, mask=found.mask & ~hole) for found in frame.others]
            if config.save_background:
                left = ", ".join(found.label for found in frame.others)
                suffix = f", with {left}" if left else config.background_caption_suffix
                caption = self._caption(frame, config.background_caption_prefix, suffix)
                name = f"{frame.stem}_background.png"
                outputs.append(Output(name, background, caption, others=others, model=filler.name))
            if config.save_composite:
                caption = self._caption(frame, config.caption_prefix, config.composite_caption_suffix)
                # The hole is wider than the character: its ring shows the frame again, or a poor fill would outline it.
                picture = blend(blend(frame.image, background, alpha), rgba[..., :3], alpha)
                name = f"{frame.stem}_composite.png"
                outputs.append(Output(name, picture, caption, frame.mask, others, filler.name))
        return outputs

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
