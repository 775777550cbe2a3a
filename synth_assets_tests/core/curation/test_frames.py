from collections.abc import Iterator

import numpy as np
import pytest

from resources.store import Store
from synth_assets.core.curation.frames import (
    FrameParams,
    Sample,
    blank_reason,
    extract_frames,
    fade_flags,
    frame_traits,
)
from synth_assets.core.images import encode_png


class Film:
    """A film in memory; ``decoded`` counts how often it was read."""

    licence, attribution = "CC-BY-3.0", "Somebody"

    def __init__(self, name: str, images: list[np.ndarray]) -> None:
        self.name, self.digest, self._images, self.decoded = name, f"digest of {name}", images, 0

    def frames(self, fps: float) -> Iterator[Sample]:
        self.decoded += 1
        for at, image in enumerate(self._images):
            yield Sample(at / fps, at * 12, image)


class Still:
    folder, licence, attribution, digest = "stills", "", "", "digest"

    def __init__(self, name: str, data: bytes) -> None:
        self.name, self._data = name, data

    def read(self) -> bytes:
        return self._data


def _picture(seed: int, tint: tuple[int, int, int]) -> np.ndarray:
    coarse = np.random.default_rng(seed).integers(0, 120, (9, 16, 1))
    return np.kron(np.clip(coarse + np.array(tint), 0, 255).astype(np.uint8), np.ones((10, 10, 1), np.uint8))


RED, BLUE = (130, 10, 10), (10, 10, 130)


def test_two_shots_with_duplicates_and_blanks(store: Store) -> None:
    black = np.zeros((90, 160, 3), np.uint8)
    images = [_picture(1, RED), _picture(1, RED), _picture(2, RED), _picture(3, BLUE), black]
    film = Film("clip.mp4", images)
    with store.open("frames", "bunny") as writer:
        summary = extract_frames(writer, [film], [], FrameParams())
    kept = summary.images.ok
    assert [record.path.rsplit("/", 1)[-1] for record in kept] == [
        "clip_f000000.png",
        "clip_f000024.png",
        "clip_f000036.png",
    ]
    assert [record.group for record in kept] == ["clip/shot_000", "clip/shot_000", "clip/shot_001"]
    assert kept[1].source == "clip.mp4@1.00s"
    assert summary.images.reasons == {"near-duplicate": 1, "black frame": 1}
    assert (summary.images.read(kept[2]) == images[3]).all()


def test_unchanged_film_is_not_decoded_again(store: Store) -> None:
    film = Film("clip.mp4", [_picture(1, RED)])
    for _ in range(2):
        with store.open("frames", "bunny") as writer:
            extract_frames(writer, [film], [], FrameParams())
    assert film.decoded == 1


def test_stills_are_taken_in_or_refused_with_a_reason(store: Store) -> None:
    stills = [
        Still("a.png", encode_png(_picture(1, RED))),
        Still("b.png", encode_png(np.full((90, 160, 3), 128, np.uint8))),
        Still("c.png", b"no picture"),
    ]
    with store.open("frames", "bunny") as writer:
        summary = extract_frames(writer, [], stills, FrameParams())
    assert [record.status for record in summary.images] == ["ok", "rejected", "rejected"]
    assert summary.images.records[1].reason == "flat frame"
    assert "not a readable picture" in summary.images.records[2].reason


@pytest.mark.parametrize(("level", "reason"), [(0, "black frame"), (20, "black frame"), (200, "flat frame")])
def test_even_frames_are_blank(level: int, reason: str) -> None:
    assert blank_reason(frame_traits(np.full((50, 80, 3), level, np.uint8)), FrameParams()) == reason


def test_fades_end_where_the_range_stops_shrinking() -> None:
    spreads = [0.8, 0.8, 0.6, 0.3, 0.02, 0.8, 0.8]
    blank = [False] * 4 + [True] + [False] * 2
    assert fade_flags(spreads, blank) == [False, False, True, True, False, False, False]
