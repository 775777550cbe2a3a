"""Statistics in words, on flat and two-coloured pictures."""

import numpy as np
import pytest

from synth_assets.core.captions.statistics import WordingParams, colour_name, colour_shares, describe_look
from synth_assets.core.measure import Look

PARAMS = WordingParams()


@pytest.mark.parametrize(
    ("colour", "name"),
    [
        ((0, 0, 0), "black"),
        ((255, 255, 255), "white"),
        ((128, 128, 128), "grey"),
        ((220, 20, 20), "red"),
        ((250, 140, 0), "orange"),
        ((240, 230, 40), "yellow"),
        ((40, 180, 60), "green"),
        ((120, 130, 60), "green"),
        ((110, 70, 40), "brown"),
        ((230, 205, 170), "beige"),
        ((40, 200, 200), "turquoise"),
        ((60, 110, 230), "blue"),
        ((140, 60, 220), "purple"),
        ((250, 120, 190), "pink"),
        ((220, 20, 30), "red"),
    ],
)
def test_colour_name(colour: tuple[int, int, int], name: str) -> None:
    assert colour_name(colour) == name


def _flat(*colours: tuple[int, int, int]) -> np.ndarray:
    """Equal horizontal stripes, 60 px high in all."""
    rows = np.array(colours, np.uint8).repeat(60 // len(colours), axis=0)
    return np.ascontiguousarray(np.broadcast_to(rows[:, None], (60, 40, 3)))


def test_shares_add_up_by_name() -> None:
    shares = colour_shares(Look(_flat((60, 110, 230), (90, 140, 240), (250, 250, 250))))
    assert list(shares) == ["blue", "white"]
    assert shares["blue"] == pytest.approx(2 / 3)
    assert shares["white"] == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("image", "phrases"),
    [
        (
            _flat((150, 190, 250), (250, 250, 250)),
            ["in bright daylight", "blue and white", "cool tones", "soft detail"],
        ),
        (_flat((20, 20, 20)), ["in low light", "black", "soft detail"]),
        (_flat((250, 180, 60)), ["bright", "orange", "golden light", "soft detail"]),
        (_flat((128, 128, 128)), ["grey", "soft detail"]),
    ],
)
def test_phrases(image: np.ndarray, phrases: list[str]) -> None:
    assert describe_look(Look(image), PARAMS) == phrases


def test_fine_detail_is_seen() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    assert describe_look(Look(noise), PARAMS)[-1] == "fine detail"
