"""Alignment of faces: exact transforms, and pasting that touches nothing else."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from resources.models.face_alignment import TEMPLATE, paste_back, sample, similarity


@given(st.floats(-3, 3), st.floats(0.1, 8), st.floats(-300, 300), st.floats(-300, 300))
def test_a_turned_scaled_and_shifted_face_is_set_upright(angle: float, scale: float, x: float, y: float) -> None:
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    points = TEMPLATE @ turn.T + (x, y)
    matrix = similarity(points, TEMPLATE)
    np.testing.assert_allclose(points @ matrix[:, :2].T + matrix[:, 2], TEMPLATE, atol=1e-6)
    assert np.linalg.det(matrix[:, :2]) > 0


def test_a_stretched_face_is_not_stretched_back() -> None:
    matrix = similarity(TEMPLATE * (1.0, 1.2), TEMPLATE)
    np.testing.assert_allclose(matrix[:, 0] @ matrix[:, 1], 0, atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(matrix[:, 0]), np.linalg.norm(matrix[:, 1]))


def _ramp(side: int) -> np.ndarray:
    ys, xs = np.indices((side, side))
    return np.stack([xs * 4, ys * 4, 128 + 0 * xs], axis=2).astype(np.uint8)


def test_sampling_shrinks_by_area_without_a_shift() -> None:
    """To a quarter, centre on centre: every pixel is the mean of 4 x 4."""
    image = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    matrix = np.array([[0.25, 0, -0.375], [0, 0.25, -0.375]])
    means = image.reshape(16, 4, 16, 4, 3).mean(axis=(1, 3))
    assert np.abs(sample(image, matrix, (16, 16)) - means).max() <= 1


def test_there_and_back_is_the_same_place() -> None:
    image = _ramp(60)
    matrix = np.array([[1.7, 0.9, -40.0], [-0.9, 1.7, 10.0]])
    back = paste_back(image * 0, sample(image, matrix, (96, 96)), matrix)
    centre = np.linalg.solve(matrix[:, :2], np.array([47.5, 47.5]) - matrix[:, 2])
    x, y = np.rint(centre).astype(int)
    near = np.s_[y - 8 : y + 9, x - 8 : x + 9]
    assert np.abs(back[near].astype(int) - image[near]).max() <= 3


def test_pasting_leaves_the_rest_and_fades_out() -> None:
    picture = np.full((80, 80, 3), 100, np.uint8)
    matrix = np.array([[2.0, 0, -40], [0, 2.0, -40]])  # the face's 64 pixels lie on 32, from 20 to 52
    pasted = paste_back(picture, np.full((64, 64, 3), 200, np.uint8), matrix)
    outside = np.ones((80, 80), np.bool_)
    outside[20:52, 20:52] = False
    assert (pasted[outside] == 100).all()
    assert (pasted[30:42, 30:42] == 200).all()
    line = pasted[36, :, 0].astype(int)
    assert 100 < line[21] < 200
    assert np.abs(np.diff(line)).max() <= 40
    assert (picture == 100).all()


def test_a_face_beyond_the_border_is_cut() -> None:
    picture = np.full((40, 40, 3), 100, np.uint8)
    bright = np.full((32, 32, 3), 200, np.uint8)
    half = paste_back(picture, bright, np.array([[1.0, 0, 16], [0, 1.0, 16]]))
    assert half[0, 0, 0] == 200
    assert (half[20:] == 100).all()
    assert np.array_equal(paste_back(picture, bright, np.array([[1.0, 0, 100], [0, 1.0, 0]])), picture)
