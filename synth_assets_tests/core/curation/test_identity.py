from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from synth_assets.core.curation.identity import IdentityParams, Who, identify, likeness
from synth_assets.core.curation.matching import Description, describe
from synth_assets.core.ports import RGB, Mask

RED, BLUE, GREEN, VIOLET = (220, 40, 40), (40, 40, 220), (40, 200, 40), (150, 40, 150)
PARAMS = IdentityParams(match_score=0.9, sure_score=0.9)
Box = tuple[int, int, int, int]


class MeanColour:
    """Describes a crop by the mean colour of what is not grey, as a vector of length 1."""

    name = "mean-colour"

    def __init__(self) -> None:
        self.calls = 0

    def embed(self, images: Sequence[RGB]) -> NDArray[np.float32]:
        self.calls += 1
        means = [image[(image != 128).any(axis=2)].mean(axis=0) for image in images]
        return np.stack([mean / np.linalg.norm(mean) for mean in means]).astype(np.float32)


def _character(colour: tuple[int, int, int]) -> Description:
    image = np.full((32, 32, 3), colour, np.uint8)
    return describe([image], [np.ones((32, 32), np.bool_)], MeanColour(), mirrored=True)


CAST = {"blue": _character(BLUE), "red": _character(RED)}
LEFT, RIGHT = (15, 10, 55, 50), (55, 10, 75, 50)


def _mask(*boxes: Box) -> Mask:
    mask = np.zeros((60, 90), np.bool_)
    for x0, y0, x1, y1 in boxes:
        mask[y0:y1, x0:x1] = True
    return mask


def _scene(left: tuple[int, int, int] = RED, right: tuple[int, int, int] = BLUE) -> RGB:
    """Two boxes side by side on green."""
    image = np.full((60, 90, 3), GREEN, np.uint8)
    image[_mask(LEFT)], image[_mask(RIGHT)] = left, right
    return image


def _overlap(one: Mask, other: Mask) -> float:
    return float((one & other).sum() / (one | other).sum())


def _places(who: Who) -> dict[str, Mask]:
    return {found.name: found.candidate.mask for found in who.found}


def test_both_characters_are_taken_out_of_a_joined_blob() -> None:
    (who,) = identify([_scene()], [[_mask(LEFT, RIGHT)]], CAST, MeanColour(), PARAMS)
    places = _places(who)
    assert set(places) == {"red", "blue"}
    assert _overlap(places["red"], _mask(LEFT)) > 0.85
    assert _overlap(places["blue"], _mask(RIGHT)) > 0.85
    assert _overlap(places["red"], places["blue"]) < 0.05


def test_what_resembles_two_characters_alike_is_neither() -> None:
    image = _scene(VIOLET, GREEN)
    params = IdentityParams(match_score=0.5, search_count=0)
    (who,) = identify([image], [[_mask(LEFT)]], CAST, MeanColour(), params)
    assert who.found == ()
    assert who.best["blue"].score > params.match_score


def test_a_character_is_in_a_frame_once() -> None:
    boxes = [_mask(LEFT), _mask(RIGHT)]
    (who,) = identify([_scene(BLUE, BLUE)], [boxes], CAST, MeanColour(), PARAMS)
    assert [found.name for found in who.found] == ["blue"]


def test_an_overlooked_character_is_found_by_its_colours() -> None:
    (who,) = identify([_scene()], [[_mask(LEFT)]], CAST, MeanColour(), PARAMS)
    assert _overlap(_places(who)["blue"], _mask(RIGHT)) > 0.85


def test_frames_of_a_batch_share_two_calls_and_do_not_mix() -> None:
    images, blobs = [_scene(), _scene(GREEN, GREEN), _scene(BLUE, GREEN)], [[_mask(LEFT)], [], [_mask(LEFT)]]
    embedder = MeanColour()
    together = identify(images, blobs, CAST, embedder, PARAMS)
    assert embedder.calls <= 2
    alone = [
        identify([image], [some], CAST, MeanColour(), PARAMS)[0] for image, some in zip(images, blobs, strict=True)
    ]
    assert [set(_places(who)) for who in together] == [{"red", "blue"}, set(), {"blue"}]
    for one, other in zip(together, alone, strict=True):
        assert {name: found.score for name, found in one.best.items()} == {
            name: found.score for name, found in other.best.items()
        }


def test_without_blobs_and_colours_nobody_is_there() -> None:
    assert identify([_scene(GREEN, GREEN)], [[]], CAST, MeanColour(), PARAMS) == [Who()]
    assert identify([], [], CAST, MeanColour(), PARAMS) == []
    assert likeness([], [], CAST, MeanColour(), PARAMS) == []


def test_likeness_is_that_to_the_closest_character() -> None:
    red, green = likeness([_scene()] * 2, [_mask(LEFT), _mask((0, 0, 9, 9))], CAST, MeanColour(), PARAMS)
    assert red > 1 > green
