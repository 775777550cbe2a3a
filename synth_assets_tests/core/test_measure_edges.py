import math

import av
import cv2
import numpy as np
import pytest

from synth_assets.core.images import decode_image
from synth_assets.core.look import Look
from synth_assets.core.measure_edges import edge_blur, edge_sharpness
from synth_assets_tests.core.drawings import blurred, flat_drawing, noisy

SIGMAS_PX = (0.5, 1.0, 1.5, 2.0, 4.0)
SHAPES = (1, 4, 20)


@pytest.fixture(scope="module")
def film_frames(sample):
    """Crisp frames of the sample film: a close-up on plain sky and a tree in leaf."""
    with av.open(str(sample / "video/bbb_118s_45s.mp4")) as film:
        frames = [frame.to_ndarray(format="rgb24") for _, frame in zip(range(121), film.decode(video=0), strict=False)]
    return [frames[0], frames[120]]


@pytest.mark.parametrize("shapes", SHAPES)
@pytest.mark.parametrize("sigma_px", SIGMAS_PX)
def test_finds_the_blur_of_a_drawing(shapes, sigma_px):
    # The drawing's own pixels are 0.5 px soft.
    found = edge_blur(Look(blurred(flat_drawing(shapes, shapes), sigma_px)))
    assert found == pytest.approx(math.hypot(sigma_px, 0.5), rel=0.05)


@pytest.mark.parametrize("shapes", SHAPES)
def test_a_crisp_drawing_is_sharp_however_few_edges_it_has(shapes):
    drawing = Look(flat_drawing(shapes, shapes))
    assert edge_sharpness(drawing) == pytest.approx(0.945, abs=0.015)
    if shapes == 1:
        assert drawing.sharpness < 0.2  # the documented value calls it blurred


def test_pictures_get_less_sharp_the_more_they_are_blurred(sample, film_frames):
    photo = decode_image((sample / "reference/afternoon/venice_04.jpg").read_bytes(), "venice")
    for image in [*film_frames, photo, flat_drawing(4), flat_drawing(4)[:64, 60:124]]:
        values = [edge_sharpness(Look(image)), *(edge_sharpness(Look(blurred(image, sigma))) for sigma in SIGMAS_PX)]
        assert values == sorted(values, reverse=True)
        assert values[-1] < 0.07


def test_film_and_drawing_are_called_soft_from_the_same_blur_on(film_frames):
    for image in [*film_frames, flat_drawing(4), flat_drawing(20)]:
        assert edge_sharpness(Look(image)) > 0.8
        assert edge_sharpness(Look(blurred(image, 1.5))) == pytest.approx(0.4, abs=0.05)


@pytest.mark.parametrize("shapes", SHAPES)
def test_noise_neither_sharpens_nor_softens(shapes):
    drawing = flat_drawing(shapes, shapes)
    for sigma in (5, 10):
        assert edge_sharpness(Look(noisy(drawing, sigma))) > 0.9
        assert edge_sharpness(Look(noisy(blurred(drawing, 2), sigma))) < 0.4
        plain = np.full_like(drawing, 128)
        assert edge_sharpness(Look(noisy(plain, sigma))) == 0.0


def test_compression_does_not_sharpen():
    soft = blurred(flat_drawing(4), 2)
    _, data = cv2.imencode(".jpg", soft, [cv2.IMWRITE_JPEG_QUALITY, 25])
    assert edge_sharpness(Look(decode_image(data.tobytes(), "soft.jpg"))) < 0.3


def test_without_an_edge_nothing_is_sharp():
    ramp = np.tile(np.linspace(60, 200, 96).astype(np.uint8)[None, :, None], (64, 1, 3))
    for image in [np.full((64, 64, 3), 90, np.uint8), ramp]:
        assert edge_blur(Look(image)) == math.inf
        assert edge_sharpness(Look(image)) == 0.0


def test_a_picture_full_of_texture_keeps_its_edges():
    checks = np.kron(np.indices((20, 20)).sum(axis=0) % 2, np.ones((8, 8))) * 100 + 60
    image = np.repeat(checks.astype(np.uint8)[..., None], 3, axis=2)
    assert edge_sharpness(Look(image)) > 0.9
    assert edge_sharpness(Look(blurred(image, 2))) < 0.4


@pytest.mark.parametrize("turned", [False, True])
def test_crisp_black_bars_do_not_count(turned):
    soft = blurred(flat_drawing(4), 2)
    barred = soft.copy()
    barred[:16] = barred[-16:] = 0
    if turned:
        soft, barred = soft.transpose(1, 0, 2), barred.transpose(1, 0, 2)
    assert edge_sharpness(Look(barred)) == pytest.approx(edge_sharpness(Look(soft)), abs=0.05)


@pytest.mark.parametrize("size_hw", [(1, 1), (1, 9), (9, 1), (3, 3), (12, 12)])
def test_tiny_and_black_pictures_have_a_value(size_hw):
    for level in (0, 255):
        assert edge_sharpness(Look(np.full((*size_hw, 3), level, np.uint8))) == 0.0
