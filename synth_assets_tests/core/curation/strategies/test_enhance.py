import numpy as np
import pytest

from synth_assets.core.curation.strategies.enhance import match_colours, mean_delta_e, unsharp


def test_colours_return_to_the_sources_mean_and_spread() -> None:
    random = np.random.default_rng(0)
    source = np.clip(random.normal((120, 100, 80), 15, (32, 32, 3)), 0, 255).astype(np.uint8)
    shifted = np.clip(source.astype(int) + np.array([25, -10, 5]), 0, 255).astype(np.uint8)
    mask = np.ones((32, 32), np.bool_)
    assert mean_delta_e(shifted, source, mask) > 8
    assert mean_delta_e(match_colours(shifted, mask, source, mask), source, mask) < 1.5


def test_delta_e_of_black_and_white_is_100() -> None:
    black, mask = np.zeros((4, 4, 3), np.uint8), np.ones((4, 4), np.bool_)
    assert mean_delta_e(black, black + 255, mask) == pytest.approx(100, abs=0.1)
    assert mean_delta_e(black, black + 255, ~mask) == 0


def test_unsharp_leaves_even_areas_and_steepens_edges() -> None:
    image = np.full((16, 16, 3), 100, np.uint8)
    assert (unsharp(image, 0.6, 1.5) == image).all()
    image[:, 8:] = 150
    sharp = unsharp(image, 0.6, 1.5)
    assert sharp[8, 7, 0] < 100
    assert sharp[8, 8, 0] > 150
