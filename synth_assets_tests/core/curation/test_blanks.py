import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from synth_assets.core.curation.blanks import BlankParams, blank_reason, fade_flags, is_card, is_even
from synth_assets.core.curation.traits import frame_traits
from synth_assets_tests.core.curation.films import RED, picture


@pytest.mark.parametrize(("level", "reason"), [(0, "black frame"), (20, "black frame"), (200, "flat frame")])
def test_even_frames_are_blank(level: int, reason: str) -> None:
    traits = frame_traits(np.full((50, 80, 3), level, np.uint8))
    assert blank_reason(traits, BlankParams()) == reason
    assert is_even(traits, BlankParams())


def test_a_plain_sky_is_flat_but_no_fade_ends_in_it() -> None:
    sky = np.repeat(np.linspace(170, 190, 90).astype(np.uint8)[:, None, None], 160, axis=1).repeat(3, axis=2)
    traits = frame_traits(sky)
    assert blank_reason(traits, BlankParams()) == "flat frame"
    assert not is_even(traits, BlankParams())


def test_fades_in_and_out_end_where_the_range_stops_growing() -> None:
    out = [0.8, 0.8, 0.6, 0.4, 0.2, 0.0]
    assert fade_flags(out, [False] * 5 + [True]) == [False, False, True, True, True, False]
    assert fade_flags(out[::-1], [True] + [False] * 5) == [False, True, True, True, False, False]


def test_a_cut_to_black_fades_nothing() -> None:
    assert not any(fade_flags([0.8, 0.7, 0.75, 0.0, 0.0, 0.6, 0.7], [False] * 3 + [True] * 2 + [False] * 2))


def card(text: str, size_px: int, ink: str = "white", ground: str = "black") -> np.ndarray:
    image = Image.new("RGB", (1280, 720), ground)
    font = ImageFont.load_default(size_px)
    ImageDraw.Draw(image).multiline_text((640, 360), text, font=font, fill=ink, anchor="mm", align="center")
    return np.asarray(image)


@pytest.mark.parametrize(("ink", "ground"), [("white", "black"), ("black", "white"), ("#ffdd00", "#202060")])
@pytest.mark.parametrize(
    ("text", "size_px"),
    [("THE END", 150), ("Big Buck\nBunny", 180), ("Directed by\n\nSomebody", 60), ("Role:   Some Name\n" * 12, 36)],
)
def test_titles_and_credits_are_cards(text: str, size_px: int, ink: str, ground: str) -> None:
    assert is_card(card(text, size_px, ink, ground))


def _birds() -> np.ndarray:
    image = Image.new("RGB", (320, 180), "#80c0ff")
    for x, y in [(40, 30), (90, 100), (160, 50), (210, 140), (280, 80), (120, 160)]:
        ImageDraw.Draw(image).ellipse((x, y, x + 5, y + 9), fill="black")
    return np.asarray(image)


def _figure() -> np.ndarray:
    image = Image.new("RGB", (320, 180), "#80c0ff")
    ImageDraw.Draw(image).ellipse((120, 50, 180, 170), fill="#503010")
    return np.asarray(image)


@pytest.mark.parametrize("image", [picture(1, RED), _birds(), _figure(), np.zeros((90, 160, 3), np.uint8)])
def test_pictures_are_no_cards(image: np.ndarray) -> None:
    assert not is_card(image)
