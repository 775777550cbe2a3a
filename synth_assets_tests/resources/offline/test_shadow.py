"""Shadows: dark under the feet, nothing at the border, and no grain of their own."""

import numpy as np
import pytest

from resources.offline.shadow import darken, shadow_of

SIZE = 120


def smooth_ground() -> np.ndarray:
    """A soft slope with a little grain that is the same in every channel, rounded once."""
    rows, columns = np.mgrid[:SIZE, :SIZE]
    level = np.rint(110 + rows * 0.21 + columns * 0.13 + np.random.default_rng(0).normal(0, 0.5, (SIZE, SIZE)))
    return np.dstack([level + 12, level, level - 20]).astype(np.uint8)


def grain(image: np.ndarray) -> np.ndarray:
    """Standard deviation of what four neighbours leave over: of green, and of red against green."""
    planes = np.dstack([image[..., 1], image[..., 0].astype(int) - image[..., 1]]).astype(float)
    square = planes[1:, 1:] - planes[1:, :-1] - planes[:-1, 1:] + planes[:-1, :-1]
    return square.std(axis=(0, 1))


@pytest.mark.parametrize("taken", [0.01, 0.03])
def test_darkening_brings_no_grain_of_its_own(taken: float) -> None:
    image = smooth_ground()
    slope = np.linspace(0, taken, SIZE, dtype=np.float32)[None].repeat(SIZE, axis=0)
    shaded = darken(image, slope)
    multiplied = np.rint(image * (1 - slope[..., None])).astype(np.uint8)
    assert grain(shaded)[0] / grain(image)[0] == pytest.approx(1, abs=0.1)
    assert grain(shaded)[1] < grain(multiplied)[1] / 2
    assert np.abs(shaded.mean(axis=(0, 1)) - multiplied.mean(axis=(0, 1))).max() < 0.25


def test_no_shadow_no_change() -> None:
    image = smooth_ground()
    assert (darken(image, np.zeros((SIZE, SIZE), np.float32)) == image).all()
    half = np.zeros((SIZE, SIZE), np.float32)
    half[:, 60:] = 0.5
    shaded = darken(image, half)
    assert (shaded[:, :60] == image[:, :60]).all()
    assert np.abs(shaded[:, 60:] - image[:, 60:] * 0.5).max() <= 3


def test_black_and_white_stay_in_range() -> None:
    image = np.random.default_rng(0).choice(np.array([0, 255], np.uint8), (40, 40, 3))
    shaded = darken(image, np.full((40, 40), 0.02, np.float32))
    assert (np.abs(shaded.astype(int) - image) <= 6).all()  # no wrap-around


def test_shadow_is_dark_at_the_feet_and_fades_to_nothing() -> None:
    alpha = np.zeros((SIZE, SIZE), np.float32)
    alpha[40:80, 45:75] = 1
    shadow = shadow_of(alpha, (45, 40, 75, 80), smooth_ground())
    assert shadow[80, 60] > 0.5
    assert 0 < shadow[98, 60] < 0.05
    border = np.concatenate([shadow[0], shadow[-1], shadow[:, 0], shadow[:, -1]])
    assert not border.any()
    # The last levels go softly: nowhere beyond the feet does a pixel lose more than two levels to its neighbour.
    below = shadow[92:, 60] * 110
    assert np.abs(np.diff(below)).max() < 2
