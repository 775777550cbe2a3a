import numpy as np
import pytest

from synth_assets.core.curation.matching import (
    Description,
    colour_histogram,
    largest_component,
    masked_crop,
    match_scores,
    split_blob,
)


def test_crop_is_square_grey_outside_the_mask() -> None:
    image = np.full((20, 30, 3), 200, np.uint8)
    mask = np.zeros((20, 30), np.bool_)
    mask[5:9, 10:20] = True
    crop = masked_crop(image, mask)
    assert crop.shape == (12, 12, 3)
    assert int((crop == 200).all(axis=2).sum()) == 40
    assert int((crop == 128).all(axis=2).sum()) == 144 - 40


def test_empty_mask_is_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        masked_crop(np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4), np.bool_))


def test_score_is_mean_of_two_best_moved_by_colour() -> None:
    vectors = np.array([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]], np.float32)
    same, other = np.array([1.0, 0.0], np.float32), np.array([0.0, 1.0], np.float32)
    references = Description(vectors, np.stack([same, same, same]))
    blobs = Description(np.array([[1.0, 0.0], [1.0, 0.0]], np.float32), np.stack([same, other]))
    assert match_scores(blobs, references, 0.1) == pytest.approx([0.8 + 0.05, 0.8 - 0.05])


def test_histogram_sums_to_one() -> None:
    image = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
    assert colour_histogram(image, np.ones((16, 16), np.bool_)).sum() == pytest.approx(1)


def test_blob_of_two_colours_is_split() -> None:
    image = np.zeros((64, 64, 3), np.uint8)
    image[:, :32], image[:, 32:] = (220, 40, 40), (40, 40, 220)
    parts = split_blob(image, np.ones((64, 64), np.bool_), 200)
    left = np.zeros((64, 64), np.bool_)
    left[:, :32] = True
    assert max((part & left).sum() / (part | left).sum() for part in parts) > 0.9


def test_largest_component() -> None:
    mask = np.zeros((8, 8), np.bool_)
    mask[0, 0] = mask[4:6, 4:6] = True
    assert largest_component(mask).sum() == 4
    assert not largest_component(np.zeros((3, 3), np.bool_)).any()
