"""Near-duplicates: recompressed pictures go, similar ones stay."""

import numpy as np
import pytest

from synth_assets.core.images import decode_image, encode_jpeg, resize
from synth_assets.core.training.duplicates import near_duplicates, same_picture, signature, thumbnail


def picture(seed: int, size_hw: tuple[int, int] = (96, 128)) -> np.ndarray:
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 8, 3)).astype(np.uint8)
    return resize(coarse, size_hw).astype(np.uint8)


def twins_of(images: list[np.ndarray], preference: list[int] | None = None) -> dict[int, int]:
    return near_duplicates(
        [signature(image) for image in images],
        preference or [0] * len(images),
        lambda index: thumbnail(images[index]),
        distance_bits=2,
        mean_limit=2.0,
        peak_limit=12.0,
    )


def test_signature_of_a_ramp_is_all_ones_or_all_zeros() -> None:
    falling = np.repeat(np.repeat(np.arange(255, 0, -3, dtype=np.uint8)[None, :85], 32, 0)[..., None], 3, 2)
    assert signature(falling) == "f" * 64
    assert signature(falling[:, ::-1]) == "0" * 64


def test_recompressed_and_scaled_copies_are_twins() -> None:
    image = picture(1, (192, 256))
    recompressed = decode_image(encode_jpeg(image, 75), "a.jpg")
    halved = resize(image, (96, 128)).astype(np.uint8)
    assert twins_of([image, recompressed, halved]) == {1: 0, 2: 0}


def test_one_small_object_keeps_a_scene() -> None:
    image = picture(2, (192, 256))
    scene = image.copy()
    scene[100:116, 60:76] = 255 - scene[100:116, 60:76].mean().astype(np.uint8)
    assert twins_of([image, scene]) == {}


def test_mirrored_and_darkened_pictures_stay() -> None:
    image = picture(3)
    assert twins_of([image, image[:, ::-1].copy(), (image * 0.8).astype(np.uint8)]) == {}


def test_the_picture_with_more_objects_stays_then_the_earlier() -> None:
    image, other = picture(4), picture(5)
    assert twins_of([image, other, image, image], [0, 5, 2, 2]) == {0: 2, 3: 2}


def test_flat_pictures_of_different_grey_stay() -> None:
    flat = [np.full((20, 20, 3), value, np.uint8) for value in (10, 11, 60)]
    assert twins_of(flat) == {1: 0}


def test_same_picture_looks_at_mean_and_peak() -> None:
    zero = np.zeros((64, 64), np.float32)
    peak = zero.copy()
    peak[3, 3] = 13
    assert same_picture(zero, zero + 2, 2.0, 12.0)
    assert not same_picture(zero, zero + 2.1, 2.0, 12.0)
    assert not same_picture(zero, peak, 2.0, 12.0)


def test_ten_thousand_signatures_take_seconds() -> None:
    rng = np.random.default_rng(0)
    texts = [row.tobytes().hex() for row in rng.integers(0, 256, (10_000, 32), dtype=np.uint8)]
    texts[9_999] = texts[5]
    still = np.zeros((64, 64), np.float32)
    found = near_duplicates(texts, [0] * len(texts), lambda _: still, distance_bits=2, mean_limit=2, peak_limit=12)
    assert found == {9_999: 5}


def test_a_bad_signature_is_refused() -> None:
    with pytest.raises(ValueError, match="signature 0 is 'ab'"):
        near_duplicates(["ab"], [0], lambda _: np.zeros(1), distance_bits=2, mean_limit=2, peak_limit=12)


def test_no_pictures_no_twins() -> None:
    assert twins_of([]) == {}
