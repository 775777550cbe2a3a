"""A remembering embedder gives what its embedder gives, and asks it once a picture."""

from collections.abc import Sequence

import numpy as np

from resources.models.remembering import RememberingEmbedder
from synth_assets.core.ports import RGB


def picture(seed: int, size_hw: tuple[int, int] = (9, 13)) -> RGB:
    return np.random.default_rng(seed).integers(0, 256, (*size_hw, 3)).astype(np.uint8)


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
