"""Films in memory, for tests of the curation."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from synth_assets.core.curation.films import SCAN_HW, Moment, Sample, VideoError
from synth_assets.core.images import resize

RED, GREEN, BLUE = (130, 10, 10), (10, 130, 10), (10, 10, 130)
RATE = 24


def picture(seed: int, tint: tuple[int, int, int]) -> np.ndarray:
    """Coarse squares in a tint, (90, 160, 3)."""
    coarse = np.random.default_rng(seed).integers(0, 120, (9, 16, 1))
    return np.kron(np.clip(coarse + np.array(tint), 0, 255).astype(np.uint8), np.ones((10, 10, 1), np.uint8))


class Film:
    """A film of so many frames at 24 a second, each made when it is asked for.

    Attributes:
        scans: how often it was looked through.
        fetched: numbers of the frames that were asked for.
    """

    licence, attribution = "CC-BY-3.0", "Somebody"

    def __init__(self, name: str, count: int, frame: Callable[[int], np.ndarray], damaged_at: int = -1) -> None:
        self.name, self.digest = name, f"digest of {name}"
        self._count, self._frame, self._damaged_at = count, frame, damaged_at
        self.scans, self.fetched = 0, list[int]()

    def scan(self) -> Iterator[Sample]:
        self.scans += 1
        for index in range(self._count):
            if index == self._damaged_at:
                raise VideoError(f"{self.name}: damaged after frame {index - 1}")
            yield Sample(index / RATE, index, resize(self._frame(index), SCAN_HW))

    def pictures(self, moments: Sequence[Moment]) -> Iterator[np.ndarray]:
        for moment in moments:
            self.fetched.append(moment.index)
            yield self._frame(moment.index)


def film_of(name: str, images: Sequence[np.ndarray], each: int = RATE // 2) -> Film:
    """A film that shows each picture for half a second, so that each is sampled once."""
    return Film(name, len(images) * each, lambda index: images[index // each])
