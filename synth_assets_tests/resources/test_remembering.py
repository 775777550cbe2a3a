"""A remembering segmenter gives what its segmenter gives, and asks it once a picture."""

from collections.abc import Sequence

import numpy as np

from resources.models.remembering import RememberingEmbedder, RememberingSegmenter
from synth_assets.core.ports import RGB, Instance


class Counting:
    """Finds what is brighter than 128 and counts the pictures it was asked for."""

    name = "counting@1"

    def __init__(self) -> None:
        self.asked = 0

    def segment(self, images: Sequence[RGB]) -> list[list[Instance]]:
        self.asked += len(images)
        found = [image[..., 0] > 128 for image in images]
        return [[Instance(mask, float(mask.mean()))] if mask.any() else [] for mask in found]


def picture(seed: int, size_hw: tuple[int, int] = (9, 13)) -> RGB:
    return np.random.default_rng(seed).integers(0, 256, (*size_hw, 3)).astype(np.uint8)


def same(left: list[list[Instance]], right: list[list[Instance]]) -> bool:
    flat = [[(item.mask.tobytes(), item.mask.shape, item.score) for item in found] for found in left]
    return flat == [[(item.mask.tobytes(), item.mask.shape, item.score) for item in found] for found in right]


def test_a_picture_is_asked_for_once_whatever_the_company() -> None:
    engine = Counting()
    remembering = RememberingSegmenter(engine)
    first, second, dark = picture(1), picture(2, (13, 9)), np.zeros((5, 7, 3), np.uint8)
    assert same(remembering.segment([first, first, dark]), Counting().segment([first, first, dark]))
    assert engine.asked == 2
    assert same(remembering.segment([dark, second, first]), Counting().segment([dark, second, first]))
    assert engine.asked == 3
    assert remembering.segment([]) == []
    assert remembering.name == "counting@1"


def test_a_caller_that_changes_a_mask_changes_only_its_own() -> None:
    remembering = RememberingSegmenter(Counting())
    remembering.segment([picture(1)])[0][0].mask[:] = False
    assert remembering.segment([picture(1)])[0][0].mask.any()


def test_the_least_recently_seen_goes_first() -> None:
    engine = Counting()
    remembering = RememberingSegmenter(engine, memory_bytes=2 * 15)  # a packed mask of 9 x 13 has 15 bytes
    for seed in (1, 2, 1, 3, 1):
        remembering.segment([picture(seed)])
    assert engine.asked == 3
    remembering.segment([picture(2)])
    assert engine.asked == 4


class CountingEmbedder:
    """Embeds a picture as its mean colour and counts the pictures it was asked for."""

    name = "means@1"

    def __init__(self) -> None:
        self.asked = 0

    def embed(self, images: Sequence[RGB]) -> np.ndarray:
        self.asked += len(images)
        return np.array([image.reshape(-1, 3).mean(axis=0) for image in images], np.float32).reshape(len(images), 3)


def test_an_embedder_is_asked_once_a_picture_and_forgets_the_oldest() -> None:
    engine = CountingEmbedder()
    remembering = RememberingEmbedder(engine, kept=2)
    first, second, third = picture(1), picture(2, (13, 9)), picture(3)
    wanted = CountingEmbedder().embed([first, first, second])
    assert np.array_equal(remembering.embed([first, first, second]), wanted)
    assert np.array_equal(remembering.embed([second, first]), wanted[[2, 0]])
    assert engine.asked == 2
    remembering.embed([third])  # the second was seen before the first
    remembering.embed([first])
    assert engine.asked == 3
    assert np.array_equal(remembering.embed([second]), wanted[[2]])
    assert engine.asked == 4
    assert remembering.embed([]).shape == (0, 3)
    assert remembering.name == "means@1"
