"""Shot types: how near the camera is to the character, told from its mask.

Belongs here: the four types, their limits and the rule. Does not belong here: finding the character
(``identity.py``) and cuts between the shots of a film (``shots.py``).
"""

from __future__ import annotations

from typing import Literal, get_args

from pydantic import Field, model_validator

from synth_assets.core.config import Params
from synth_assets.core.masks import tight_box
from synth_assets.core.ports import Mask

ShotType = Literal["close_up", "medium", "full_body", "far"]
SHOT_TYPES: tuple[ShotType, ...] = get_args(ShotType)
BORDER_SHARE = 0.01
"""Of the picture's height: a mask that ends so near the border reaches it, for masks are a little tight there."""


class ShotTypeParams(Params):
    """Limits between the shot types, tuned by eye on the sample film."""

    close_up_from: float = Field(
        default=0.76, gt=0, le=1, description="A cut figure that fills at least so much of the height is a close-up."
    )
    far_below: float = Field(
        default=0.33, gt=0, le=1, description="A figure shorter than so much of the height is far, cut or not."
    )
    cut_from: float = Field(
        default=0.25,
        gt=0,
        le=1,
        description="Share of the figure's width on the lower or upper border from which it is cut; less is an ear.",
    )

    @model_validator(mode="after")
    def _ordered(self) -> ShotTypeParams:
        if self.far_below >= self.close_up_from:
            raise ValueError(f"far_below ({self.far_below:g}) must be below close_up_from ({self.close_up_from:g})")
        return self


def shot_type(mask: Mask, params: ShotTypeParams) -> ShotType | Literal[""]:
    """Gives the shot type of the figure under the mask; "" for an empty mask.

    Far: neither its height nor, as it may lie or fly, its width comes to much of the picture's height. Else full body:
    the lower and upper border cut nothing off. Else it is cut: a close-up where it fills most of the height, a medium
    shot otherwise. The sides do not count, as a shot's name says how much of a standing figure it shows.

    Args:
        mask: (H, W) bool, the whole picture; True = the figure.
        params: limits.
    """
    box = tight_box(mask)
    if box is None:
        return ""
    left, top, right, bottom = box
    height = mask.shape[0]
    if max(bottom - top, right - left) < params.far_below * height:
        return "far"
    margin = max(1, round(BORDER_SHARE * height))
    on_border = max(int(rows.any(axis=0).sum()) for rows in (mask[:margin], mask[-margin:]))
    if on_border < params.cut_from * (right - left):
        return "full_body"
    return "close_up" if bottom - top >= params.close_up_from * height else "medium"
