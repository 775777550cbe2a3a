"""Pictures from a camera, as files; a film stands in for one.

Belongs here: opening, pacing, and telling black and frozen frames and a lost camera apart. Does not
belong here: when a capture is due (the camera's schedule).
"""

import os
import re
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from pydantic import Field

from resources.sources.collecting import SIZE_HW, Collected, CollectError, save_picture
from synth_assets.core.config import Params
from synth_assets.core.images import encode_jpeg, fit_within
from synth_assets.core.ports import RGB


class CameraError(CollectError):
    """A camera that gives no picture; the message names the device and the way out."""


class Camera(Protocol):
    """What is used of ``cv2.VideoCapture``."""

    def isOpened(self) -> bool: ...  # noqa: D102, N802 - OpenCV's name
    def set(self, propId: int, value: float) -> bool: ...  # noqa: D102, N803 - OpenCV's name
    def grab(self) -> bool: ...  # noqa: D102
    def read(self) -> tuple[bool, np.ndarray]: ...  # noqa: D102
    def release(self) -> None: ...  # noqa: D102


class WebcamParams(Params):
    """How frames are judged and read."""

    black_mean: float = Field(default=4.0, ge=0, description="Grey level 0-255; a frame with a lower mean is black.")
    frozen_difference: float = Field(
        default=0.05,
        ge=0,
        description="Grey levels; a mean absolute difference to the last frame below it, which the noise of a sensor "
        "always exceeds, means that the same frame came again.",
    )
    warm_up_frames: int = Field(default=10, ge=0, description="Dropped at first, while a camera finds its exposure.")
    stale_frames: int = Field(default=4, ge=0, description="Dropped before each next one: a driver holds old ones.")
    read_tries: int = Field(default=3, ge=1, description="Frames in a row that may be missing.")
    quality: int = Field(default=95, ge=1, le=100, description="Of the JPEG files.")


def capture_webcam(
    folder: Path,
    device: int | str,
    count: int,
    interval_s: float,
    size_hw: tuple[int, int] = SIZE_HW,
    *,
    params: WebcamParams | None = None,
    clock: Callable[[], datetime] = datetime.now,
    sleep: Callable[[float], None] = time.sleep,
    open_camera: Callable[[int | str], Camera] | None = None,
) -> Collected:
    """The good ones of ``count`` frames lie in the folder as ``<YYYY-MM-DD>/<HHMMSS>_<nnn>.jpg``.

    Black and frozen frames are skipped, and so is what a camera that is lost on the way did not
    give, each with its reason. No file is overwritten; a file's time is the time of its frame.

    Args:
        folder: made if it is missing.
        device: index, device file or URL of a camera, or a film; of a film each frame counts, and
            its end ends the capture.
        count: frames to look at.
        interval_s: seconds between two frames.
        size_hw: asked of the camera; larger frames are scaled down to fit.
        params: how frames are judged and read.
        clock: local time now.
        sleep: waits so many seconds.
        open_camera: gives the camera; None for OpenCV's.

    Raises:
        CameraError: not plugged in, cannot be opened, or gives no first frame.
    """
    params = params or WebcamParams()
    shown = _shown(device)
    is_film = isinstance(device, str) and Path(device).is_file()
    camera = _opened(device, shown, size_hw, is_film, open_camera or _opencv)
    saved: list[str] = []
    skipped: list[tuple[str, str]] = []
    last: RGB | None = None
    try:
        for index in range(count):
            if index:
                sleep(interval_s)
            dropped = 0 if is_film else params.stale_frames if index else params.warm_up_frames
            frame = _read(camera, dropped, 1 if is_film else params.read_tries)
            if frame is None and last is None:
                raise CameraError(f"{shown} was opened but gives no picture; plug it in anew, or try another device")
            if frame is None:
                if not is_film:
                    skipped.append((shown, f"lost after {index} of {count} frames; look at its cable and run again"))
                break
            frame = fit_within(frame, size_hw)
            moment = clock()
            path = _free_path(folder, moment)
            name = path.relative_to(folder).as_posix()
            if reason := _fault(frame, last, params):
                skipped.append((name, reason))
            else:
                save_picture(path, encode_jpeg(frame, params.quality))
                os.utime(path, (moment.timestamp(), moment.timestamp()))
                saved.append(name)
            last = frame
    finally:
        camera.release()
    return Collected(tuple(saved), (), tuple(skipped))


def _shown(device: int | str) -> str:
    """The device's name for messages, without the password that a camera's URL may hold."""
    return f"camera {re.sub(r'//[^/@]*@', '//', str(device))}"


def _opencv(device: int | str) -> Camera:
    # OpenCV's stubs have an overload for each type and none for both.
    return cv2.VideoCapture(device)  # pyright: ignore[reportArgumentType, reportCallIssue]


def _opened(
    device: int | str,
    shown: str,
    size_hw: tuple[int, int],
    is_film: bool,
    open_camera: Callable[[int | str], Camera],
) -> Camera:
    camera = open_camera(device)
    if not camera.isOpened():
        camera.release()
        raise CameraError(f"{shown} {_why_not(device)}")
    if not is_film:
        camera.set(cv2.CAP_PROP_FRAME_HEIGHT, size_hw[0])
        camera.set(cv2.CAP_PROP_FRAME_WIDTH, size_hw[1])
    return camera


def _why_not(device: int | str) -> str:
    file = Path(f"/dev/video{device}") if isinstance(device, int) else Path(device)
    can_tell = sys.platform == "linux" if isinstance(device, int) else "://" not in device
    if can_tell and not file.exists():
        return f"is not plugged in: there is no {file}; plug it in, or set its `device` in configs/sources.yaml"
    return (
        "is there but cannot be opened; close other programs that use it, check that you may read it "
        "(on Linux: group video), or set another `device` in configs/sources.yaml"
    )


def _read(camera: Camera, dropped: int, tries: int) -> RGB | None:
    """The next frame as RGB after dropping some; None where none comes."""
    for _ in range(tries):
        if all(camera.grab() for _ in range(dropped)):
            ok, frame = camera.read()
            if ok:
                return cv2.cvtColor(frame, cv2.COLOR_BGR2RGB).astype(np.uint8, copy=False)
    return None


def _fault(frame: RGB, last: RGB | None, params: WebcamParams) -> str:
    """Why the frame is not to be kept; "" where it is."""
    mean = float(frame.mean())
    if mean < params.black_mean:
        return f"black: mean {mean:.2f} of 255 is below {params.black_mean:g}; is the lens covered or the light off?"
    if last is not None and last.shape == frame.shape:
        difference = float(cv2.absdiff(frame, last).mean())
        if difference < params.frozen_difference:
            return (
                f"frozen: differs by {difference:.3f} from the frame before, below {params.frozen_difference:g}; "
                "a sensor always has noise, so the camera gave the same frame again"
            )
    return ""


def _free_path(folder: Path, moment: datetime) -> Path:
    day, number = folder / f"{moment:%Y-%m-%d}", 0
    while (path := day / f"{moment:%H%M%S}_{number:03d}.jpg").exists():
        number += 1
    return path
