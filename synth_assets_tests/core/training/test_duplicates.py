"""Near-duplicates: recompressed pictures go, similar ones stay."""

import io

import numpy as np

from synth_assets.core.images import decode_image, encode_jpeg, resize
from synth_assets.core.training.duplicates import near_duplicates
from synth_assets.core.training.planning import DuplicateParams
from synth_assets.core.training.signatures import (
    SIDE,
    noise_signature,
    read_signatures,
    signature,
    write_signatures,
)


def picture(seed: int, size_hw: tuple[int, int] = (96, 128)) -> np.ndarray:
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 8, 3)).astype(np.uint8)
    return resize(coarse, size_hw).astype(np.uint8)


def twins_of(images: list[np.ndarray], preference: list[int] | None = None) -> dict[int, int]:
    values = DuplicateParams().model_dump()
    return near_duplicates(stacked([signature(image) for image in images]), preference or [0] * len(images), **values)


def stacked(greys: list[np.ndarray]) -> np.ndarray:
    return np.array(greys, np.uint8).reshape(-1, SIDE, SIDE)


def flat(value: int, corner: int | None = None) -> np.ndarray:
    image = np.full((32, 32, 3), value, np.uint8)
    image[:1, :1] = value if corner is None else corner
    return signature(image)


def test_limits_of_bits_mean_and_peak() -> None:
    def found(a: np.ndarray, b: np.ndarray, bits: int, mean: float, peak: float) -> bool:
        return bool(near_duplicates(stacked([a, b]), [0, 0], distance_bits=bits, mean_limit=mean, peak_limit=peak))

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
    greys = np.random.default_rng(0).integers(0, 256, (10_000, SIDE, SIDE), dtype=np.uint8)
    greys[9_999] = greys[5]
    assert near_duplicates(greys, [0] * len(greys), **DuplicateParams().model_dump()) == {9_999: 5}


def test_many_equal_pictures_cost_no_pair_each() -> None:
    greys = np.repeat(flat(90, corner=7)[None], 5000, axis=0)
    assert near_duplicates(greys, [0] * 5000, **DuplicateParams().model_dump()) == dict.fromkeys(range(1, 5000), 0)


def test_signatures_are_remembered_by_content_except_those_without_a_name() -> None:
    greys = stacked([flat(1), flat(2), flat(3)])
    file = io.BytesIO()
    write_signatures(file, ["a" * 32, "", "b"], greys)
    assert {name: grey[0, 0] for name, grey in read_signatures(file)} == {"a" * 32: 1, "b": 3}


def test_a_picture_that_cannot_be_read_is_nobodys_twin() -> None:
    greys = stacked([noise_signature("a"), noise_signature("b"), flat(128)])
    assert near_duplicates(greys, [0] * 3, **DuplicateParams().model_dump()) == {}
    assert np.array_equal(noise_signature("a"), greys[0])


def test_no_pictures_no_twins() -> None:
    assert twins_of([]) == {}
