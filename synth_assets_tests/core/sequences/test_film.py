import io

import av
import numpy as np

from synth_assets.core.ports import RGB
from synth_assets.core.sequences.film import render_mp4

COLOURS = [(200, 40, 40), (40, 200, 40), (40, 40, 200)]


def pictures() -> list[RGB]:
    return [np.full((24, 48, 3), colour, np.uint8) for colour in COLOURS]


def test_a_film_plays_with_its_time_its_colours_and_bars() -> None:
    with av.open(io.BytesIO(render_mp4(pictures(), 220, 64)), "r") as film:
        stream = film.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert (stream.width, stream.height, stream.frames) == (64, 64, 3)
        assert float(stream.duration * stream.time_base) == 0.66  # pyright: ignore[reportOptionalOperand, reportOperatorIssue]
        frames = [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]
    for frame, colour in zip(frames, COLOURS, strict=True):
        assert np.abs(frame[24:40, 8:56].mean(axis=(0, 1)) - colour).max() <= 6
        assert frame[:12].max() <= 10
        assert frame[52:].max() <= 10


def test_the_same_frames_give_the_same_bytes() -> None:
    assert render_mp4(pictures(), 220, 64) == render_mp4(pictures(), 220, 64)


def test_one_frame_is_a_film_too() -> None:
    with av.open(io.BytesIO(render_mp4(pictures()[:1], 100, 32)), "r") as film:
        assert len(list(film.decode(video=0))) == 1
