from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from synth_assets.core.curation.matching import Description, describe
from synth_assets.core.curation.target import TargetParams, find_target
from synth_assets.core.ports import RGB

RED, BLUE, GREEN = (220, 40, 40), (40, 40, 220), (40, 200, 40)


class MeanColour:
    """Describes a crop by the mean colour of what is not grey, as a vector of length 1."""

    name = "mean-colour"

    def embed(self, images: Sequence[RGB]) -> NDArray[np.float32]:
        means = [image[(image != 128).any(axis=2)].mean(axis=0) for image in images]
        return np.stack([mean / np.linalg.norm(mean) for mean in means]).astype(np.float32)


def _reference(colour: tuple[int, int, int]) -> Description:
    image = np.full((32, 32, 3), colour, np.uint8)
    return describe([image], [np.ones((32, 32), np.bool_)], MeanColour())


def _scene() -> tuple[np.ndarray, np.ndarray]:
    """A blob that is red on its left two thirds and blue on the right third."""
    image = np.zeros((60, 90, 3), np.uint8)
    image[:] = GREEN
    image[10:50, 15:55], image[10:50, 55:75] = RED, BLUE
    blob = np.zeros((60, 90), np.bool_)
    blob[10:50, 15:75] = True
    return image, blob


def test_target_is_taken_out_of_a_joined_blob() -> None:
    image, blob = _scene()
    params = TargetParams(match_score=0.9)
    target = find_target(image, [blob], _reference(BLUE), [_reference(RED)], MeanColour(), params)
    assert target is not None
    wanted = np.zeros_like(blob)
    wanted[10:50, 55:75] = True
    red_in_it = (target.candidate.mask & blob & ~wanted).sum()
    assert red_in_it / blob.sum() < 0.1


def test_other_character_is_not_the_target() -> None:
    image, blob = _scene()
    red = blob.copy()
    red[:, 55:] = False
    target = find_target(image, [red], _reference(BLUE), [_reference(RED)], MeanColour(), TargetParams())
    assert target is not None
    assert not target.found


def test_no_blobs_no_target() -> None:
    assert find_target(_scene()[0], [], _reference(BLUE), [], MeanColour(), TargetParams()) is None
