import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_assets.core.colour import hue_shift_deg, to_lab
from synth_assets.core.curation.colour_keeping import (
    difference,
    keep_colours,
    largest_hue_shift,
    limit_hue,
)
from synth_assets.core.images import resize
from synth_assets.core.ports import RGB

ALL = np.ones((24, 32), np.bool_)


def picture(seed: int) -> RGB:
    """Smooth colours with an edge and a little noise."""
    random = np.random.default_rng(seed)
    coarse = resize(random.integers(40, 216, (3, 4, 3), np.uint8), (24, 32)).astype(int)
    coarse[:, 16:] += 30
    return np.clip(coarse + random.integers(-4, 5, (24, 32, 3)), 0, 255).astype(np.uint8)


def test_a_colour_cast_goes_and_detail_stays() -> None:
    source = picture(0)
    large = resize(source, (48, 64)).astype(int)
    stripes = np.where(np.arange(64) % 4 < 2, 12, -12)[None, :, None]
    enhanced = np.clip(large + stripes + np.array([30, -20, 10]), 0, 255).astype(np.uint8)
    assert difference(enhanced, source, ALL).mean > 8
    kept = keep_colours(enhanced, source, ALL, sigma_px=4, max_delta_e=2)
    assert difference(kept, source, ALL).mean < 2
    rows = to_lab(kept)[..., 0].mean(axis=0)
    assert rows[4:60].reshape(-1, 4)[:, :2].mean() - rows[4:60].reshape(-1, 4)[:, 2:].mean() > 4


def test_too_much_detail_is_taken_back_until_the_limit_holds() -> None:
    source = picture(1)
    noisy = np.clip(source + np.random.default_rng(2).normal(0, 40, (24, 32, 1)), 0, 255).astype(np.uint8)
    free = difference(keep_colours(noisy, source, ALL, 4, max_delta_e=100), source, ALL).mean
    assert free > 5
    assert 1 < difference(keep_colours(noisy, source, ALL, 4, max_delta_e=2), source, ALL).mean <= 2


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([1.0, 8.0, 30.0]))
def test_no_pixel_with_colour_is_turned_beyond_the_limit(seed: int, limit: float) -> None:
    random = np.random.default_rng(seed)
    source, image = (random.integers(0, 256, (24, 32, 3), np.uint8) for _ in range(2))
    limited = limit_hue(image, source, limit, min_chroma=5)
    assert largest_hue_shift(limited, source, ALL, 5) <= limit
    changed = (limited != image).any(axis=2)
    assert (hue_shift_deg(to_lab(image), to_lab(source), 5)[changed] > limit).all()


def test_gray_pixels_are_let_be() -> None:
    source, image = np.full((4, 4, 3), 128, np.uint8), np.full((4, 4, 3), (200, 30, 30), np.uint8)
    assert (limit_hue(image, source, 8, min_chroma=5) == image).all()
    assert largest_hue_shift(image, source, np.ones((4, 4), np.bool_), 5) == 0


def test_difference_of_black_and_white_is_100_and_counts_inside_the_mask_only() -> None:
    black, half = np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4), np.bool_)
    white = black + 255
    half[:2] = True
    mixed = np.concatenate([white[:2], black[2:]])
    assert difference(white, black, half).mean == pytest.approx(100, abs=0.1)
    assert difference(mixed, black, ~half).largest == 0
    assert difference(mixed, black, half | ~half).mean == pytest.approx(50, abs=0.1)
    assert difference(white, black, np.zeros_like(half)).mean == 0
