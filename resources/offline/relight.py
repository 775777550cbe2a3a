"""Relighting by words: tone shifts that instructions name (``builtin:relight``).

Belongs here: the words and what each does to the light. Does not belong here: edits that change
what a picture shows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from synth_assets.core.colour import from_lab, to_lab
from synth_assets.core.ports import RGB, EditRequest, UnsupportedRequestError

Lab = NDArray[np.float32]

_GLOW_BLUR_SHARE = 0.04
_FOG_COLOUR = (84.0, -0.5, -2.0)
_FOG_FAR, _FOG_NEAR = 0.85, 0.2


def _cast(a: float, b: float, gain: float = 1.0, chroma: float = 1.0) -> Callable[[Lab], Lab]:
    """A shift of colour, lightness × gain and colourfulness × chroma; black and white stay."""

    def apply(lab: Lab) -> Lab:
        light = np.clip(lab[..., :1] / 100, 0, 1)
        weight = 4 * light * (1 - light) * 0.7 + 0.3
        moved = lab.copy()
        moved[..., :1] = 100 * (1 - (1 - light) ** gain) if gain > 1 else 100 * light * gain
        moved[..., 1:] = lab[..., 1:] * chroma + weight * np.array([a, b], np.float32)
        return moved

    return apply


def _golden_hour(lab: Lab) -> Lab:
    """Warm from above the horizon: highlights turn golden, shadows stay cool."""
    light = np.clip(lab[..., 0] / 100, 0, 1)
    moved = lab.copy()
    moved[..., 0] = 100 * light**1.12
    moved[..., 1] += 9 * light
    moved[..., 2] += 30 * light - 4
    return moved


def _moonlight(lab: Lab) -> Lab:
    """Dark, blue, with little colour, and darker where it was bright above."""
    light = np.clip(lab[..., 0] / 100, 0, 1)
    moved = lab.copy()
    moved[..., 0] = 42 * light**1.25
    moved[..., 1:] = lab[..., 1:] * 0.25 + np.array([1.0, -16.0], np.float32) * (0.4 + 0.6 * light[..., None])
    return moved


def _green_glow(lab: Lab) -> Lab:
    """A dark scene whose lights shine green into their surroundings."""
    light = np.clip(lab[..., 0] / 100, 0, 1)
    sigma = max(1.0, _GLOW_BLUR_SHARE * max(lab.shape[:2]))
    glow = cv2.GaussianBlur(light**2, (0, 0), sigma)[..., None]
    moved = lab * np.array([0.6, 0.5, 0.5], np.float32)
    return (moved + glow * np.array([26.0, -62.0, 48.0], np.float32)).astype(np.float32)


def _fog(lab: Lab) -> Lab:
    """Grey veil, denser towards the upper half, where things are further away."""
    height = lab.shape[0]
    rise = 1 - np.arange(height, dtype=np.float32) / max(1, height - 1)
    veil = _FOG_NEAR + (_FOG_FAR - _FOG_NEAR) * np.clip(rise * 1.6, 0, 1)
    weight = np.repeat(veil[:, None], lab.shape[1], axis=1)[..., None]
    return (lab * (1 - weight) + np.array(_FOG_COLOUR, np.float32) * weight).astype(np.float32)


EFFECTS: dict[str, Callable[[Lab], Lab]] = {
    "golden hour": _golden_hour,
    "moonlight": _moonlight,
    "neon green": _green_glow,
    "fog": _fog,
    "warm": _cast(6.0, 20.0),
    "cool": _cast(-3.0, -20.0),
    "darker": _cast(0.0, 0.0, gain=0.5),
    "brighter": _cast(0.0, 0.0, gain=1.9),
}
"""Words that an instruction may hold, and what each does to (H, W, 3) CIELAB at full strength."""


class ToneEditor:
    """Changes the light of a picture as the known words of its instruction say."""

    name = "builtin:relight@1"
    resolution_px: int | None = None

    def edit(self, requests: Sequence[EditRequest]) -> list[RGB]:
        """Gives each picture in its new light; at strength 0 unchanged.

        Raises:
            UnsupportedRequestError: an instruction without a known word, or to change more than light.
            ValueError: a strength outside 0..1.
        """
        return [_relight(request) for request in requests]


def _relight(request: EditRequest) -> RGB:
    if not 0 <= request.strength <= 1:
        raise ValueError(f"{ToneEditor.name}: strength must lie in [0, 1], got {request.strength}")
    text = request.instruction.lower()
    effects = [effect for words, effect in EFFECTS.items() if words in text]
    if request.changes_content or not effects:
        raise UnsupportedRequestError(
            f"{ToneEditor.name} cannot follow {request.instruction!r}: it changes only light (method relight; it knows "
            f"{', '.join(sorted(EFFECTS))}); for anything else role edit needs an instruction-editing model: set it in "
            "configs/models.yaml or choose another set with SYNTH_MODELS"
        )
    if request.strength == 0:
        return request.image.copy()
    before = to_lab(request.image)
    after = before
    for effect in effects:
        after = effect(after)
    return from_lab((before + np.float32(request.strength) * (after - before)).astype(np.float32))
