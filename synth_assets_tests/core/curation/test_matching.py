from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from synth_assets.core.curation.matching import (
    Description,
    colour_histogram,
    describe,
    largest_component,
    masked_crop,
    match_scores,
)
from synth_assets.core.ports import RGB


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
    references = Description(vectors[:, None], np.stack([same, same, same]))
    blobs = Description(np.array([[[1.0, 0.0]], [[1.0, 0.0]]], np.float32), np.stack([same, other]))
    assert match_scores(blobs, references, 0.1) == pytest.approx([0.8 + 0.05, 0.8 - 0.05])


class HalfBrightness:
    """Describes a crop by the brightness of its left and right half."""

    name = "half-brightness"

    def embed(self, images: Sequence[RGB]) -> NDArray[np.float32]:
        halves = np.array([[half.mean() for half in np.array_split(image, 2, axis=1)] for image in images])
        return (halves / np.linalg.norm(halves, axis=1, keepdims=True)).astype(np.float32)


def test_a_mirrored_blob_matches_a_reference_seen_from_both_sides() -> None:
    image, mask = np.zeros((20, 20, 3), np.uint8), np.ones((20, 20), np.bool_)
    image[:, 10:] = 255
    flipped = np.ascontiguousarray(image[:, ::-1])
    blob = describe([flipped], [mask], HalfBrightness())
    alike = describe([image], [mask], HalfBrightness(), mirrored=True)
    one_sided = describe([image], [mask], HalfBrightness())
    assert match_scores(blob, alike, 0.0)[0] == pytest.approx(1.0, abs=0.01)
    assert match_scores(blob, one_sided, 0.0)[0] < 0.6


def test_histogram_sums_to_one() -> None:
    image = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
    assert colour_histogram(image, np.ones((16, 16), np.bool_)).sum() == pytest.approx(1)


def test_largest_component() -> None:
    mask = np.zeros((8, 8), np.bool_)
    mask[0, 0] = mask[4:6, 4:6] = True
    assert largest_component(mask).sum() == 4
    assert not largest_component(np.zeros((3, 3), np.bool_)).any()
