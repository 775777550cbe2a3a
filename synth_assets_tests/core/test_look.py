import threading
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from synth_assets.core.look import Look


def flat(colour, size_hw=(8, 8)):
    return np.full((*size_hw, 3), colour, np.uint8)


def halves(left, right, size_hw=(8, 8)):
    image = flat(left, size_hw)
    image[:, size_hw[1] // 2 :] = right
    return image


def test_refuses_what_is_no_rgb_picture():
    with pytest.raises(ValueError, match=r"float64 \(4, 4, 3\)"):
        Look(np.zeros((4, 4, 3)))
    with pytest.raises(ValueError, match=r"uint8 \(4, 4\)"):
        Look(np.zeros((4, 4), np.uint8))


def test_a_view_with_strides_is_measured_like_its_copy():
    image = halves((255, 0, 0), (0, 0, 255))[:, ::-1]
    assert Look(image).rgb_moments == Look(image.copy()).rgb_moments


def test_a_plane_is_computed_once():
    look = Look(halves(0, 255))
    assert look.gray is look.gray
    assert Look.gray.__doc__ == "(H, W) uint8 luma."


def test_threads_look_at_their_own_pictures_at_the_same_time(monkeypatch):
    """With a lock over all instances, both would wait for a partner that cannot come."""
    meeting, convert = threading.Barrier(2, timeout=5), cv2.cvtColor

    def slow(*arguments):
        meeting.wait()
        return convert(*arguments)

    monkeypatch.setattr(cv2, "cvtColor", slow)
    with ThreadPoolExecutor(2) as pool:
        planes = list(pool.map(lambda look: look.gray, [Look(flat(10)), Look(flat(20))]))
    assert [int(plane[0, 0]) for plane in planes] == [10, 20]


def test_channel_moments_equal_numpys():
    image = np.random.default_rng(1).integers(0, 256, (37, 53, 3), dtype=np.uint8)
    means, stds = Look(image).rgb_moments
    np.testing.assert_allclose(means, image.mean(axis=(0, 1)), rtol=1e-12)
    np.testing.assert_allclose(stds, image.std(axis=(0, 1)), rtol=1e-12)


def test_moments_of_black_and_white_halves():
    look = Look(halves(0, 255))
    assert look.gray_moments == pytest.approx((127.5, 127.5))
    assert look.brightness == pytest.approx(0.5)
    assert look.contrast == pytest.approx(127.5 / 128)


@settings(max_examples=25, deadline=None)
@given(hnp.arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.just(3)), elements=st.integers(0, 3)))
def test_unique_colours_are_counted(image):
    assert Look(image).unique_colours == len(np.unique(image.reshape(-1, 3), axis=0))


def test_unique_colours_are_counted_in_a_large_picture():
    image = np.random.default_rng(0).integers(0, 40, (330, 330, 3), dtype=np.uint8)
    assert Look(image).unique_colours == len(np.unique(image.reshape(-1, 3), axis=0))


@pytest.mark.parametrize(
    ("colour", "degrees"), [((255, 0, 0), 0), ((255, 255, 0), 60), ((0, 255, 0), 120), ((0, 0, 200), 240)]
)
def test_hue_of_pure_colours(colour, degrees):
    assert Look(flat(colour)).hue == pytest.approx(degrees, abs=1e-6)


def test_hue_is_a_circular_mean():
    # 350 and 10 degrees: the arithmetic mean would be 180, a cyan that is nowhere in the picture.
    hue = Look(halves((255, 0, 42), (255, 42, 0))).hue
    assert min(hue, 360 - hue) < 0.5


def test_gray_pixels_do_not_vote_on_hue():
    assert Look(halves((90, 90, 90), (0, 255, 0))).hue == pytest.approx(120)
    assert Look(flat(90)).hue == 0.0


def test_warmth_and_saturation():
    assert Look(flat((200, 100, 50))).warmth == pytest.approx(100)
    assert Look(halves((255, 0, 0), (255, 255, 255))).saturation == pytest.approx(0.5)
