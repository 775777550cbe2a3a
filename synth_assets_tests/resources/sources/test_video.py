from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from resources.sources.video import VideoFile
from synth_assets.core.curation.films import Moment, VideoError
from synth_assets_tests.resources.sources.films import noisy, write_mjpg

PORTRAIT = [0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30]
"""Display matrix of a phone held upright: to be turned clockwise by a quarter."""


def write_film(path: Path, frames: list[np.ndarray], rate: int = 8, pts: list[int] | None = None, **how: Any) -> Path:
    with av.open(str(path), "w", options=how.get("options", {})) as container:
        stream = container.add_stream(how.get("codec", "mpeg4"), rate=rate)
        stream.width, stream.height, stream.pix_fmt = frames[0].shape[1], frames[0].shape[0], "yuv420p"
        stream.bit_rate, stream.gop_size = 4_000_000, how.get("gop", 12)
        stream.max_b_frames = how.get("b_frames", 0)
        stream.set_display_matrix(how.get("matrix"))
        if "pixel" in how:
            stream.sample_aspect_ratio = stream.codec_context.sample_aspect_ratio = how["pixel"]
        for at, image in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts, frame.time_base = (pts or range(len(frames)))[at], Fraction(1, rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def flats(count: int, step: int = 5, size_hw: tuple[int, int] = (32, 32)) -> list[np.ndarray]:
    return [np.full((*size_hw, 3), step * level, np.uint8) for level in range(count)]


def test_every_gives_evenly_spaced_pictures_with_their_colours(tmp_path: Path) -> None:
    film = VideoFile(write_film(tmp_path / "ramp.mp4", flats(24, 10)))
    times, pictures = zip(*film.every(0.5), strict=True)
    assert times == pytest.approx([0, 0.5, 1, 1.5, 2, 2.5])
    assert [picture.mean() for picture in pictures] == pytest.approx([0, 40, 80, 120, 160, 200], abs=6)


def test_a_step_shorter_than_a_frame_gives_every_frame(tmp_path: Path) -> None:
    assert len(list(VideoFile(write_film(tmp_path / "a.mp4", flats(5))).every(1 / 60))) == 5


def test_a_scan_gives_every_frame_small(tmp_path: Path) -> None:
    samples = list(VideoFile(write_film(tmp_path / "a.mp4", flats(6, 40))).scan())
    assert [sample.index for sample in samples] == list(range(6))
    assert {sample.image.shape for sample in samples} == {(180, 320, 3)}
    assert [sample.image.mean() for sample in samples] == pytest.approx([40 * at for at in range(6)], abs=6)


@pytest.mark.parametrize("ending", ["mp4", "mkv"])
def test_times_come_from_the_frames_not_from_the_rate(tmp_path: Path, ending: str) -> None:
    ticks = [0, 1, 2, 10, 11, 30, 31, 32]  # tenths of a second: a telephone that took pauses
    film = VideoFile(write_film(tmp_path / f"vfr.{ending}", flats(8, 20), 10, ticks))
    assert [sample.time_s for sample in film.scan()] == pytest.approx([tick / 10 for tick in ticks])
    assert [time_s for time_s, _ in film.every(1.0)] == pytest.approx([0, 1, 3])
    (picture,) = film.pictures([Moment(5, 3.0)])
    assert picture.mean() == pytest.approx(100, abs=6)


def test_portrait_films_stand_upright(tmp_path: Path) -> None:
    lying = np.zeros((32, 64, 3), np.uint8)
    lying[:, :16, 0] = 255  # red on the left: above, once turned clockwise
    film = VideoFile(write_film(tmp_path / "phone.mp4", [lying] * 3, matrix=PORTRAIT))
    picture = next(film.pictures([Moment(0, 0.0)]))
    assert picture.shape == (64, 32, 3)
    assert picture[2:12, :, 0].mean() > 200
    assert picture[20:, :, 0].mean() < 30


def test_pixels_become_square(tmp_path: Path) -> None:
    film = VideoFile(write_film(tmp_path / "dv.mkv", flats(2, size_hw=(48, 60)), pixel=Fraction(16, 15)))
    assert next(film.every(1.0))[1].shape == (48, 64, 3)


@pytest.mark.parametrize(
    ("ending", "codec"), [("mp4", "mpeg4"), ("avi", "mpeg4"), ("mkv", "mpeg4"), ("ts", "mpeg2video")]
)
@pytest.mark.parametrize("b_frames", [0, 2])
def test_single_frames_are_those_of_the_scan(tmp_path: Path, ending: str, codec: str, b_frames: int) -> None:
    frames = flats(60, 4)
    film = VideoFile(write_film(tmp_path / f"long.{ending}", frames, 10, codec=codec, b_frames=b_frames))
    samples = list(film.scan())
    assert len(samples) == 60
    wanted = [samples[at] for at in (11, 12, 13, 35, 36, 37, 48, 59)]
    pictures = film.pictures([Moment(sample.index, sample.time_s) for sample in wanted])
    for sample, picture in zip(wanted, pictures, strict=True):
        assert picture.mean() == pytest.approx(4 * sample.index, abs=1.9)


def test_a_frame_that_no_scan_saw_is_an_error(tmp_path: Path) -> None:
    film = VideoFile(write_film(tmp_path / "short.mp4", flats(8), 8))
    with pytest.raises(VideoError, match=r"short\.mp4: no frame at 9\.000 s"):
        list(film.pictures([Moment(0, 0.0), Moment(72, 9.0)]))


def damaged_film(path: Path) -> VideoFile:
    """80 frames at 10 a second; one of them, behind three quarters of the file, is wiped out."""
    write_mjpg(path, [noisy(90, seed) for seed in range(80)])
    data = bytearray(path.read_bytes())
    frame = data.index(b"00dc", len(data) * 5 // 8) + 8  # behind the chunk's name and size
    data[frame : frame + 500] = bytes(500)
    path.write_bytes(data)
    return VideoFile(path)


def test_damage_is_told_behind_the_last_good_frame(tmp_path: Path) -> None:
    film, seen = damaged_film(tmp_path / "bad.avi"), []
    with pytest.raises(VideoError, match=r"bad\.avi: damaged after frame \d+ at \d\.\d\d s \(Invalid data"):
        seen.extend(film.scan())
    assert 20 < len(seen) < 65


def test_far_frames_are_jumped_to_without_decoding_what_lies_between(tmp_path: Path) -> None:
    film = damaged_film(tmp_path / "bad.avi")
    assert [time_s for time_s, _ in film.every(3.5)] == pytest.approx([0, 3.5, 7.0])  # the damage is between


@pytest.mark.parametrize("ending", ["mp4", "avi"])
def test_a_film_that_breaks_off_says_so(tmp_path: Path, ending: str) -> None:
    frames, path = [noisy(90, seed) for seed in range(60)], tmp_path / f"cut.{ending}"
    if ending == "avi":
        write_mjpg(path, frames)
    else:
        write_film(path, frames, 10, options={"movflags": "faststart"})
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(VideoError, match=r"cut\.\w+: breaks off after frame \d+ at \d\.\d+ s of 6\.00 s"):
        list(VideoFile(path).scan())


@pytest.mark.parametrize("content", [b"", b"not a film at all" * 50])
def test_unreadable_file_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.mp4"
    path.write_bytes(content)
    with pytest.raises(VideoError, match=r"broken\.mp4: not a readable film \([A-Z][^:]*\); convert"):
        list(VideoFile(path).scan())
