import numpy as np
import pytest

from synth_assets.core.colour import from_lab, hex_of, to_lab


def test_lab_of_known_colours():
    image = np.array([[[255, 255, 255], [0, 0, 0], [255, 0, 0]]], np.uint8)
    expected = [[[100, 0, 0], [0, 0, 0], [53.24, 80.09, 67.20]]]
    np.testing.assert_allclose(to_lab(image), expected, atol=0.3)


def test_there_and_back_changes_no_byte():
    image = np.random.default_rng(1).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    assert np.abs(from_lab(to_lab(image)).astype(int) - image).max() <= 1


@pytest.mark.parametrize(("colour", "name"), [((255, 0, 9.6), "#FF000A"), ((300, -4, 0), "#FF0000")])
def test_hex(colour, name):
    assert hex_of(colour) == name
