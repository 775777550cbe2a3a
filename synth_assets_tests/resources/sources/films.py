"""Films made in code, frame by frame."""

from pathlib import Path

import cv2
import numpy as np


def write_mjpg(path: Path, frames: list[np.ndarray], rate: int = 10) -> Path:
    """Frames are (H, W, 3) uint8 RGB; equal frames stay equal."""
    height, width = frames[0].shape[:2]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), rate, (width, height))
    assert writer.isOpened()
    for frame in frames:
        writer.write(np.ascontiguousarray(frame[..., ::-1]))
    writer.release()
    return path


def noisy(level: int, seed: int, size_hw: tuple[int, int] = (48, 64)) -> np.ndarray:
    """A grey wall as a sensor sees it."""
    noise = np.random.default_rng(seed).normal(0, 3, (*size_hw, 3))
    return np.clip(level + noise, 0, 255).astype(np.uint8)
