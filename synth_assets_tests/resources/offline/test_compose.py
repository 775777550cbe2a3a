"""Composed backgrounds: exact size, never a copy, the same for a seed."""

import numpy as np
import pytest

from resources.offline.compose import PhotoComposer
from synth_assets.core.images import resize
from synth_assets.core.ports import TextToImageRequest


def photo(height: int = 90, width: int = 120, seed: int = 0) -> np.ndarray:
    coarse = np.random.default_rng(seed).integers(40, 215, (9, 12, 3)).astype(np.uint8)
    return resize(coarse, (height, width))


def make(seed: int, photos: list[np.ndarray], size_hw: tuple[int, int] = (48, 64)) -> np.ndarray:
    return PhotoComposer().generate([TextToImageRequest("x", "", seed, size_hw, photos)])[0]


@pytest.mark.parametrize("shape", [(90, 120), (300, 100), (50, 400), (600, 800)])
def test_any_photo_gives_the_asked_size(shape: tuple[int, int]) -> None:
    picture = make(3, [photo(*shape)])
    assert picture.shape == (48, 64, 3)
    assert picture.dtype == np.uint8


@pytest.mark.parametrize("seed", range(8))
def test_never_a_copy(seed: int) -> None:
    source = photo()
    picture = make(seed, [source]).astype(int)
    for same in (source, source[:, ::-1]):
        assert np.abs(picture - resize(np.ascontiguousarray(same), (48, 64)).astype(int)).mean() > 5


def test_seed_decides() -> None:
    assert (make(5, [photo()]) == make(5, [photo()])).all()
    assert (make(5, [photo()]) != make(6, [photo()])).any()


def test_second_photo_lends_its_light_only() -> None:
    red = np.full((90, 120, 3), (200, 60, 60), np.uint8)
    plain, lit = make(5, [photo()]).astype(float), make(5, [photo(), red]).astype(float)
    assert (lit[..., 0] - lit[..., 2]).mean() > (plain[..., 0] - plain[..., 2]).mean() + 2
    assert np.corrcoef(plain[..., 1].ravel(), lit[..., 1].ravel())[0, 1] > 0.95


def test_no_invented_borders() -> None:
    white = np.full((90, 120, 3), 255, np.uint8)
    assert all(make(seed, [white]).min() > 240 for seed in range(5))


def test_no_photos_is_refused() -> None:
    with pytest.raises(ValueError, match="add photos to the slot"):
        make(1, [])
