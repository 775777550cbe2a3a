"""Frame metrics through Look against the same formulas written plainly: same values, time a frame.

Run from the project root: python -m bench.measure [--frames 12]
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import av
import cv2
import numpy as np

from synth_assets.core.measure import Look, frame_metrics
from synth_assets.core.ports import RGB
from synth_assets_tests.core.plain_frame_metrics import plain_frame_metrics

ROOT = Path(__file__).resolve().parent.parent
TOLERANCE = 1e-6
ROUNDS = 3


def read_frames(path: Path, count: int) -> list[RGB]:
    """Evenly spaced frames of a film."""
    with av.open(str(path)) as film:
        frames = [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)][:: 24 * 3]
    return frames[:count]


def timed(function: Callable[[RGB], dict[str, float]], frames: list[RGB]) -> tuple[float, list[dict[str, float]]]:
    """Best of several rounds in seconds a frame, and the values."""
    best, values = float("inf"), []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        values = [function(frame) for frame in frames]
        best = min(best, (time.perf_counter() - started) / len(frames))
    return best, values


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=12)
    cv2.setNumThreads(1)
    frames = read_frames(ROOT / "data/sample/video/bbb_118s_45s.mp4", parser.parse_args().frames)
    plain_s, plain = timed(plain_frame_metrics, frames)
    look_s, looked = timed(lambda frame: frame_metrics(Look(frame)), frames)
    worst = max(abs(a[name] - b[name]) for a, b in zip(plain, looked, strict=True) for name in a)
    height, width = np.shape(frames[0])[:2]
    print(f"{len(frames)} frames of {width}x{height}, one thread")
    print(f"plain {1000 * plain_s:7.1f} ms a frame")
    print(f"look  {1000 * look_s:7.1f} ms a frame")
    print(f"ratio {plain_s / look_s:7.1f}   largest difference {worst:.1e}")
    if worst > TOLERANCE:
        print(f"values differ by more than {TOLERANCE}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
