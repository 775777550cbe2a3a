"""Near-duplicates: recompressed pictures go, similar ones stay."""

import base64

import numpy as np
import pytest

from synth_assets.core.images import decode_image, encode_jpeg, resize
from synth_assets.core.training.duplicates import near_duplicates, signature
from synth_assets.core.training.planning import DuplicateParams


def picture(seed: int, size_hw: tuple[int, int] = (96, 128)) -> np.ndarray:
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 8, 3)).astype(np.uint8)
    return resize(coarse, size_hw).astype(np.uint8)


def twins_of(images: list[np.ndarray], preference: list[int] | None = None) -> dict[int, int]:
    values = DuplicateParams().model_dump()
    return near_duplicates([signature(image) for image in images], preference or [0] * len(images), **values)


def flat(value: int, corner: int | None = None) -> str:
    image = np.full((32, 32, 3), value, np.uint8)
    image[:1, :1] = value if corner is None else corner
    return signature(image)


def test_limits_of_bits_mean_and_peak() -> None:
    def found(a: str, b: str, bits: int, mean: float, peak: float) -> bool:
        return bool(near_duplicates([a, b], [0, 0], distance_bits=bits, mean_limit=mean, peak_limit=peak))

    assert found(flat(100), flat(102), 0, 2.0, 2.0)
    assert not found(flat(100), flat(103), 0, 2.0, 3.0)
    assert not found(flat(100), flat(103), 0, 3.0, 2.0)
    assert found(flat(100), flat(100, corner=110), 1, 0.01, 10)  # the level falls once: one bit
    assert not found(flat(100), flat(100, corner=110), 0, 0.01, 10)
    assert not found(flat(100), flat(100, corner=110), 1, 0.01, 9)


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
    assert twins_of([np.full((20, 20, 3), value, np.uint8) for value in (10, 60, 10)]) == {2: 0}


def test_ten_thousand_signatures_take_seconds() -> None:
    rng = np.random.default_rng(0)
    texts = [base64.b64encode(row.tobytes()).decode() for row in rng.integers(0, 256, (10_000, 1024), dtype=np.uint8)]
    texts[9_999] = texts[5]
    assert near_duplicates(texts, [0] * len(texts), **DuplicateParams().model_dump()) == {9_999: 5}


def test_a_bad_signature_is_refused() -> None:
    with pytest.raises(ValueError, match="signature 0 is 'abcd'…; expected 1024 bytes"):
        near_duplicates(["abcd"], [0], **DuplicateParams().model_dump())


def test_no_pictures_no_twins() -> None:
    assert twins_of([]) == {}
