import numpy as np

from synth_assets.core.curation.candidates import Candidate, blobs_and_parts, find_by_colour, split_blob, without
from synth_assets.core.curation.matching import Description, colour_histogram
from synth_assets.core.ports import RGB, Mask

RED, BLUE, GREEN = (220, 40, 40), (40, 40, 220), (40, 200, 40)


def _overlap(one: Mask, other: Mask) -> float:
    return float((one & other).sum() / (one | other).sum())


def _two_colours() -> tuple[RGB, Mask]:
    """A picture that is red on the left and blue on the right, and its left half."""
    image = np.zeros((64, 64, 3), np.uint8)
    image[:, :32], image[:, 32:] = RED, BLUE
    left = np.zeros((64, 64), np.bool_)
    left[:, :32] = True
    return image, left


def _character(colour: tuple[int, int, int]) -> Description:
    crop, mask = np.full((16, 16, 3), colour, np.uint8), np.ones((16, 16), np.bool_)
    return Description(np.ones((1, 1, 1), np.float32), colour_histogram(crop, mask)[None])


def test_blob_of_two_colours_is_split() -> None:
    image, left = _two_colours()
    parts = split_blob(image, np.ones((64, 64), np.bool_), 200)
    assert max(_overlap(part, left) for part in parts) > 0.9


def test_a_part_knows_what_it_leaves() -> None:
    image, _ = _two_colours()
    blob = np.ones((64, 64), np.bool_)
    whole, *parts = blobs_and_parts(image, [blob], 0.1)
    assert whole.leaves is None
    assert parts
    for part in parts:
        assert part.leaves is not None
        assert np.array_equal(part.mask | part.leaves, blob)
        assert not (part.mask & part.leaves).any()


def test_the_rest_of_a_blob_keeps_clear_of_the_part() -> None:
    _, left = _two_colours()
    blob = np.ones((64, 64), np.bool_)
    (rest,) = without(Candidate(left, 0, blob & ~left), blob, 0.3)
    assert rest.mask.sum() == 64 * 29  # the right half less three columns
    assert without(Candidate(left, 0, blob & ~left), blob, 0.5) == []


def test_a_character_is_found_by_its_colours() -> None:
    image = np.full((120, 160, 3), GREEN, np.uint8)
    image[40:90, 30:80], image[10:30, 110:150] = BLUE, RED
    wanted = np.zeros((120, 160), np.bool_)
    wanted[40:90, 30:80] = True
    (place,) = find_by_colour(image, _character(BLUE), 0.01, 2)
    assert _overlap(place, wanted) > 0.9


def test_nothing_is_found_where_the_colours_are_not() -> None:
    image = np.full((60, 80, 3), GREEN, np.uint8)
    assert find_by_colour(image, _character(BLUE), 0.01, 2) == []
