"""Statistics in words: light, colours and detail of a picture as short phrases.

Belongs here: from measured values to everyday words, and the thresholds between them. Does not
belong here: measuring (``core/measure.py``) and what a picture shows (a labeller).
"""

from __future__ import annotations

import colorsys

from pydantic import Field

from synth_assets.core.config import Params
from synth_assets.core.measure import Colour, Look, palette

_HUES = ((15, "red"), (45, "orange"), (70, "yellow"), (165, "green"), (195, "turquoise"), (250, "blue"))
_LATE_HUES = ((290, "purple"), (345, "pink"), (361, "red"))
_WARM = frozenset({"red", "orange", "yellow", "beige", "brown"})
_PALETTE_COLOURS = 40


class WordingParams(Params):
    """Where one word ends and the next begins.

    Attributes:
        dark: brightness (0 to 1) below which a picture is called dark.
        bright: brightness from which it is called bright.
        tone: difference of warm and cool channels (0 to 255) that makes a tone.
        golden: share of warm colours that makes warm light golden.
        named_share: share of the picture from which a colour is named.
        soft: share of edge pixels below which detail is called soft.
        fine: share of edge pixels from which it is called fine.
    """

    dark: float = Field(default=0.34, ge=0, le=1)
    bright: float = Field(default=0.58, ge=0, le=1)
    tone: float = Field(default=18, ge=0, le=255)
    golden: float = Field(default=0.4, ge=0, le=1)
    named_share: float = Field(default=0.15, gt=0, le=1)
    soft: float = Field(default=0.03, ge=0, le=1)
    fine: float = Field(default=0.09, ge=0, le=1)


def describe_look(look: Look, params: WordingParams) -> list[str]:
    """Gives phrases for light, colours, tone and detail; what is ordinary is not mentioned.

    For example ``["bright daylight", "blue and green", "cool tones", "soft detail"]``.
    """
    shares = colour_shares(look)
    named = [name for name, share in shares.items() if share >= params.named_share][:2]
    detail = "soft detail" if look.edge_density < params.soft else ""
    if look.edge_density >= params.fine:
        detail = "fine detail"
    phrases = [_light(look, shares, params), " and ".join(named), _tone(look, shares, params), detail]
    return [phrase for phrase in phrases if phrase]


def colour_shares(look: Look) -> dict[str, float]:
    """Gives the share of the picture by colour name, largest first."""
    shares: dict[str, float] = {}
    for colour, share in palette(look, _PALETTE_COLOURS):
        name = colour_name(colour)
        shares[name] = shares.get(name, 0.0) + share
    return dict(sorted(shares.items(), key=lambda item: (-item[1], item[0])))


def colour_name(colour: Colour) -> str:
    """The everyday name of an (R, G, B) colour in 0..255."""
    hue, saturation, value = colorsys.rgb_to_hsv(*(channel / 255 for channel in colour))
    degrees = hue * 360
    if value < 0.2:
        return "black"
    if saturation < 0.14:
        return "white" if value > 0.85 else "grey"
    name = next(name for limit, name in (*_HUES, *_LATE_HUES) if degrees < limit)
    if name in ("orange", "yellow", "red") and value < 0.65:
        return "brown" if degrees < 55 or degrees >= 345 else "green"
    if name in ("orange", "yellow") and saturation < 0.4:
        return "beige"
    return name


def _light(look: Look, shares: dict[str, float], params: WordingParams) -> str:
    if look.brightness < params.dark:
        return "in low light"
    if look.brightness < params.bright:
        return ""
    blue_and_white = shares.get("blue", 0) + shares.get("white", 0) + shares.get("turquoise", 0)
    return "in bright daylight" if blue_and_white >= 2 * params.named_share else "bright"


def _tone(look: Look, shares: dict[str, float], params: WordingParams) -> str:
    if look.warmth <= -params.tone:
        return "cool tones"
    if look.warmth < params.tone:
        return ""
    warm = sum(share for name, share in shares.items() if name in _WARM)
    return "golden light" if warm >= params.golden and look.brightness >= params.dark else "warm tones"
