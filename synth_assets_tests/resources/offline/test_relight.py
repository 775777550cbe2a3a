"""Relighting: each word does what it says, by strength; others are refused."""

import numpy as np
import pytest

from resources.offline.relight import EFFECTS, ToneEditor
from synth_assets.core.colour import to_lab
from synth_assets.core.ports import EditRequest

IMAGE = np.random.default_rng(0).integers(60, 200, (32, 40, 3)).astype(np.uint8)


def shift(words: str, strength: float = 0.8) -> np.ndarray:
    edited = ToneEditor().edit([EditRequest(IMAGE, words, strength, 1)])[0]
    assert edited.shape == IMAGE.shape
    return (to_lab(edited) - to_lab(IMAGE)).mean(axis=(0, 1))


def test_words() -> None:
    assert shift("make it Golden Hour")[2] > 5
    assert shift("warm light")[2] > 5
    assert shift("cool light")[2] < -5
    assert shift("moonlight")[0] < -15
    assert shift("darker")[0] < -10
    assert shift("brighter")[0] > 10
    assert shift("neon green glow")[1] < -3
    assert shift("fog")[0] > 5


def test_strength_is_a_knob() -> None:
    assert (ToneEditor().edit([EditRequest(IMAGE, "warm", 0, 1)])[0] == IMAGE).all()
    assert 0 < shift("warm", 0.3)[2] < shift("warm", 0.9)[2]


@pytest.mark.parametrize("words", sorted(EFFECTS))
def test_every_effect_takes_any_size(words: str) -> None:
    for size in ((1, 1), (2, 7)):
        tiny = np.full((*size, 3), 128, np.uint8)
        assert ToneEditor().edit([EditRequest(tiny, words, 1, 1)])[0].shape == tiny.shape


def test_unknown_instruction_names_the_known_words() -> None:
    with pytest.raises(ValueError, match=r"'add a towel': .*it knows brighter, cool.*warm\)"):
        shift("add a towel")
    with pytest.raises(ValueError, match="strength"):
        shift("warm", 1.5)
