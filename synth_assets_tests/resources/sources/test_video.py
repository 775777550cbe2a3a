from pathlib import Path

import av
import numpy as np
import pytest

from resources.sources.video import VideoError, VideoFile


def write_film(path: Path, frames: list[np.ndarray], rate: int = 8) -> VideoFile:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=rate)
        stream.width, stream.height, stream.pix_fmt = frames[0].shape[1], frames[0].shape[0], "yuv420p"
        stream.bit_rate = 4_000_000
        for image in frames:
            for packet in stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return VideoFile(path)


def test_samples_are_evenly_spaced_with_their_colours(tmp_path: Path) -> None:
    levels = list(range(0, 240, 10))
    film = write_film(tmp_path / "ramp.mp4", [np.full((64, 64, 3), level, np.uint8) for level in levels])
    samples = list(film.frames(2.0))
    assert [sample.index for sample in samples] == [0, 4, 8, 12, 16, 20]
    assert [sample.time_s for sample in samples] == pytest.approx([0, 0.5, 1, 1.5, 2, 2.5])
    assert [sample.image.mean() for sample in samples] == pytest.approx([levels[s.index] for s in samples], abs=6)


def test_rate_above_the_films_gives_every_frame(tmp_path: Path) -> None:
    film = write_film(tmp_path / "a.mp4", [np.full((32, 32, 3), 90, np.uint8)] * 5)
    assert len(list(film.frames(60.0))) == 5


@pytest.mark.parametrize("content", [b"", b"not a film at all" * 50])
def test_unreadable_file_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.mp4"
    path.write_bytes(content)
    with pytest.raises(VideoError, match=r"broken\.mp4: not a readable film \([A-Z][^:]*\); convert"):
        list(VideoFile(path).frames(2.0))
