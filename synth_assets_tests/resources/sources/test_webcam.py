from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from resources.sources.webcam import CameraError, WebcamParams, capture_webcam
from synth_assets.core.images import decode_image
from synth_assets_tests.resources.sources.films import noisy, write_mjpg


class Clock:
    """Local time that passes only while the capture sleeps."""

    def __init__(self, start: datetime = datetime(2024, 5, 1, 10, 59, 58)) -> None:
        self.now, self.waits = start, list[float]()

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += timedelta(seconds=seconds)


class Scripted:
    """A camera whose driver hands out these frames one by one; None: it gives nothing."""

    def __init__(self, frames: list[np.ndarray | None]) -> None:
        self.frames: Iterator[np.ndarray | None] = iter(frames)
        self.settings: dict[int, float] = {}
        self.released = False

    def isOpened(self) -> bool:  # noqa: N802 - OpenCV's name
        return True

    def set(self, propId: int, value: float) -> bool:  # noqa: N803 - OpenCV's name
        self.settings[propId] = value
        return True

    def grab(self) -> bool:
        return next(self.frames, None) is not None

    def read(self) -> tuple[bool, np.ndarray]:
        frame = next(self.frames, None)
        return frame is not None, np.empty(0) if frame is None else frame

    def release(self) -> None:
        self.released = True


NO_DROPS = WebcamParams(warm_up_frames=0, stale_frames=0)


def test_frames_are_files_by_day_and_time_upright_in_colour_and_within_the_size(tmp_path: Path) -> None:
    red = [np.clip(noisy(0, seed, (96, 128)) + np.array([200, 0, 0]), 0, 255).astype(np.uint8) for seed in range(3)]
    film = write_mjpg(tmp_path / "camera.avi", red)
    clock = Clock()
    out = tmp_path / "out"
    done = capture_webcam(out, str(film), 3, 2.0, (48, 64), clock=clock, sleep=clock.sleep)
    assert done.saved == ("2024-05-01/105958_000.jpg", "2024-05-01/110000_000.jpg", "2024-05-01/110002_000.jpg")
    assert (done.present, done.skipped, clock.waits) == ((), (), [2.0, 2.0])
    image = decode_image((out / done.saved[1]).read_bytes(), "x")
    assert image.shape == (48, 64, 3)
    assert image.mean(axis=(0, 1)) == pytest.approx([201, 1, 1], abs=4)
    assert (out / done.saved[1]).stat().st_mtime == datetime(2024, 5, 1, 11).timestamp()
    assert sorted(path.name for path in out.rglob("*")) == [
        "105958_000.jpg",
        "110000_000.jpg",
        "110002_000.jpg",
        "2024-05-01",
    ]


def test_no_file_is_overwritten(tmp_path: Path) -> None:
    film = write_mjpg(tmp_path / "camera.avi", [noisy(90, seed) for seed in range(4)])
    first = capture_webcam(tmp_path, str(film), 2, 0.0, clock=Clock())
    before = (tmp_path / first.saved[0]).read_bytes()
    second = capture_webcam(tmp_path, str(film), 2, 0.0, clock=Clock())
    assert first.saved == ("2024-05-01/105958_000.jpg", "2024-05-01/105958_001.jpg")
    assert second.saved == ("2024-05-01/105958_002.jpg", "2024-05-01/105958_003.jpg")
    assert (tmp_path / first.saved[0]).read_bytes() == before


def test_black_and_frozen_frames_are_told_apart_and_skipped(tmp_path: Path) -> None:
    frames = [noisy(0, 0) // 2, noisy(90, 1), noisy(90, 2), noisy(90, 2), noisy(90, 3), np.zeros((48, 64, 3), np.uint8)]
    film = write_mjpg(tmp_path / "camera.avi", frames)
    clock = Clock(datetime(2024, 5, 1, 12))
    done = capture_webcam(tmp_path, str(film), 6, 1.0, clock=clock, sleep=clock.sleep)
    assert done.saved == ("2024-05-01/120001_000.jpg", "2024-05-01/120002_000.jpg", "2024-05-01/120004_000.jpg")
    assert [(name, reason.split(":")[0]) for name, reason in done.skipped] == [
        ("2024-05-01/120000_000.jpg", "black"),
        ("2024-05-01/120003_000.jpg", "frozen"),
        ("2024-05-01/120005_000.jpg", "black"),
    ]
    assert "mean 0.00 of 255 is below 4; is the lens covered" in done.skipped[2][1]


def test_a_still_scene_with_sensor_noise_is_not_frozen(tmp_path: Path) -> None:
    film = write_mjpg(tmp_path / "camera.avi", [noisy(20, seed) for seed in range(5)])
    assert capture_webcam(tmp_path, str(film), 5, 0.0, clock=Clock()).skipped == ()


def test_the_end_of_a_film_ends_the_capture(tmp_path: Path) -> None:
    film = write_mjpg(tmp_path / "camera.avi", [noisy(90, seed) for seed in range(3)])
    done = capture_webcam(tmp_path, str(film), 10, 0.0, clock=Clock())
    assert (len(done.saved), done.skipped) == (3, ())


@pytest.mark.parametrize(
    ("device", "message"),
    [
        (97, "camera 97 is not plugged in: there is no /dev/video97; plug it in, or set its `device`"),
        ("/dev/no_camera", "camera /dev/no_camera is not plugged in: there is no /dev/no_camera"),
    ],
)
def test_a_camera_that_is_not_plugged_in(tmp_path: Path, device: int | str, message: str) -> None:
    with pytest.raises(CameraError, match=message):
        capture_webcam(tmp_path / "out", device, 1, 0.0)
    assert not (tmp_path / "out").exists()


def test_a_camera_that_is_there_and_cannot_be_opened(tmp_path: Path) -> None:
    path = tmp_path / "camera.avi"
    path.write_bytes(b"no film" * 100)
    with pytest.raises(CameraError, match=r"camera\.avi is there but cannot be opened; close other programs"):
        capture_webcam(tmp_path, str(path), 1, 0.0)


def test_the_password_in_a_cameras_url_is_not_shown(tmp_path: Path) -> None:
    with pytest.raises(CameraError, match=r"camera rtsp://127\.0\.0\.1:9/live is there but") as caught:
        capture_webcam(tmp_path, "rtsp://anna:secret@127.0.0.1:9/live", 1, 0.0)
    assert "secret" not in str(caught.value)


def test_a_camera_that_is_lost_on_the_way_leaves_what_it_gave(tmp_path: Path) -> None:
    camera = Scripted([noisy(90, 1), None, noisy(90, 2), None, None, None])
    done = capture_webcam(tmp_path, 0, 9, 0.0, params=NO_DROPS, clock=Clock(), open_camera=lambda _device: camera)
    assert len(done.saved) == 2  # one missing frame is no loss, three in a row are
    assert done.skipped == (("camera 0", "lost after 2 of 9 frames; look at its cable and run again"),)
    assert all((tmp_path / name).exists() for name in done.saved)
    assert camera.released


def test_a_camera_that_opens_and_gives_nothing(tmp_path: Path) -> None:
    camera = Scripted([])
    with pytest.raises(CameraError, match="camera 0 was opened but gives no picture"):
        capture_webcam(tmp_path, 0, 9, 0.0, clock=Clock(), open_camera=lambda _device: camera)
    assert camera.released


def test_a_camera_is_asked_for_the_size_and_its_first_and_stale_frames_are_dropped(tmp_path: Path) -> None:
    camera = Scripted([noisy(level, level) for level in range(10, 200, 10)])
    params = WebcamParams(warm_up_frames=3, stale_frames=2)
    done = capture_webcam(
        tmp_path, 0, 3, 0.0, (48, 64), params=params, clock=Clock(), open_camera=lambda _device: camera
    )
    levels = [decode_image((tmp_path / name).read_bytes(), name).mean() for name in done.saved]
    assert levels == pytest.approx([40, 70, 100], abs=2)
    assert camera.settings == {3: 64, 4: 48}
