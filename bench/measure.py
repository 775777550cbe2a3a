"""All metrics through one Look against single-metric code written from their formulas: same values, time a frame.

Frames are 1280x720: photos cut to that size, and stills of the sample film enlarged to it. The
plain code converts the frame anew for every metric. In the group "frame", the plain time is that of the seven
documented formulas alone, the Look's that of all fourteen values; all fourteen are compared. "One pass" compares all
of the plain code with one Look that serves the three groups. Run from the project root:
python -m bench.measure [--frames 6]
"""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from itertools import chain, islice, zip_longest
from pathlib import Path

import av
import cv2
from threadpoolctl import threadpool_limits

from synth_assets.core.images import decode_image, resize
from synth_assets.core.measure import Look, channel_histograms, frame_metrics, palette, photo_metrics, traits
from synth_assets.core.ports import RGB
from synth_assets_tests.core.plain_frame_metrics import (
    complexity,
    corrected_metrics,
    documented_metrics,
    lighter_metrics,
)
from synth_assets_tests.core.plain_photo_metrics import flattened, plain_photo_metrics
from synth_assets_tests.core.plain_traits import plain_traits

SAMPLE = Path(__file__).resolve().parent.parent / "data/sample"
FRAME_HW = (720, 1280)
TOLERANCE = 1e-6
TARGET = 15.0
ROUNDS = 3

Values = dict[str, float]


def photo_values(look: Look) -> Values:
    return photo_metrics(look) | flattened(channel_histograms(look), palette(look))


GROUPS: dict[str, tuple[Callable[[RGB], Values], Callable[[Look], Values]]] = {
    "frame": (documented_metrics, frame_metrics),
    "photo": (plain_photo_metrics, photo_values),
    "traits": (plain_traits, traits),
}
FURTHER: dict[str, Callable[[RGB], Values]] = {"frame": corrected_metrics}
"""Plain code of a group's values that no document asks for: compared, not timed."""


def read_frames(count: int) -> list[RGB]:
    """Photos and film stills in turn, as many as there are up to ``count``."""
    height, width = FRAME_HW
    photos: list[RGB] = []
    for path in sorted((SAMPLE / "reference").rglob("*_by_*.jpg")):
        photo = decode_image(path.read_bytes(), path.name)
        fitting = resize(photo, (round(photo.shape[0] * width / photo.shape[1]), width))
        if photo.shape[1] >= width and photo.shape[1] > photo.shape[0] and fitting.shape[0] >= height:
            top = (fitting.shape[0] - height) // 2
            photos.append(fitting[top : top + height])
    with av.open(str(SAMPLE / "video/bbb_118s_45s.mp4")) as film:
        frames = islice(film.decode(video=0), 0, None, 72)
        stills = [resize(frame.to_ndarray(format="rgb24"), FRAME_HW) for frame in islice(frames, count)]
    return [frame for frame in chain(*zip_longest(photos, stills)) if frame is not None][:count]


def timed(function: Callable[[RGB], Values], frames: Sequence[RGB]) -> tuple[float, list[Values]]:
    """Best of several rounds in milliseconds of processor time a frame, and the values; neighbours do not count."""
    best, values = float("inf"), []
    for _ in range(ROUNDS):
        started = time.process_time()
        values = [function(frame) for frame in frames]
        best = min(best, 1000 * (time.process_time() - started) / len(frames))
    return best, values


def largest_difference(plain: Sequence[Values], looked: Sequence[Values]) -> tuple[float, str]:
    """Relative for values above 1; a corrected value without a formula of its own equals the documented one."""
    differences = []
    for expected, found in zip(plain, looked, strict=True):
        for name, value in found.items():
            truth = expected[name if name in expected else name.removesuffix("_corrected")]
            differences.append((abs(value - truth) / max(1.0, abs(truth)), name))
    return max(differences)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=6)
    frames = read_frames(parser.parse_args(arguments).frames)
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    with threadpool_limits(1):
        wrong = compare(frames)
    cv2.setNumThreads(threads)
    return 1 if wrong else 0


def compare(frames: Sequence[RGB]) -> bool:
    """Prints the table; True if a value is wrong."""
    print(f"{len(frames)} frames of {FRAME_HW[1]}x{FRAME_HW[0]}, one core, best of {ROUNDS} rounds, CPU ms a frame")
    print(f"{'group':<24}{'values':>8}{'plain':>10}{'look':>10}{'ratio':>8}   largest difference")
    # np.unique over rows is most of the plain time and counted in S3 and in S1: say what is left without it.
    plain_colours, _ = timed(lambda frame: {"": complexity(frame)}, frames)
    look_colours, _ = timed(lambda frame: {"": Look(frame).unique_colours}, frames)
    total_plain, worst, slow = 0.0, 0.0, False
    for name, (plain_code, code) in GROUPS.items():
        plain_ms, plain = timed(plain_code, frames)
        look_ms, looked = timed(lambda frame, code=code: code(Look(frame)), frames)
        if name in FURTHER:
            plain = [values | FURTHER[name](frame) for values, frame in zip(plain, frames, strict=True)]
        difference, metric = largest_difference(plain, looked)
        total_plain, worst = total_plain + plain_ms, max(worst, difference)
        _row(name, len(looked[0]), plain_ms, look_ms, f"{difference:.1e} ({metric})")
        if name == "frame":
            slow = plain_ms / look_ms < TARGET
            lighter_ms, _ = timed(lighter_metrics, frames)
            _row("frame, no complexity", len(looked[0]) - 2, lighter_ms, look_ms - look_colours, "")

    def all_of_one_look(frame: RGB) -> Values:
        look = Look(frame)
        return {f"{name}.{key}": value for name, (_, code) in GROUPS.items() for key, value in code(look).items()}

    look_ms, looked = timed(all_of_one_look, frames)
    _row("one pass", len(looked[0]), total_plain, look_ms, f"{worst:.1e}")
    _row("one pass, no complexity", len(looked[0]) - 3, total_plain - 2 * plain_colours, look_ms - look_colours, "")
    slow = slow or total_plain / look_ms < TARGET
    print(f"target: frame and one pass at least {TARGET:.0f} times: {'NOT met' if slow else 'met'}")
    if worst > TOLERANCE:
        print(f"values differ by more than {TOLERANCE}")
    return worst > TOLERANCE


def _row(name: str, values: int, plain_ms: float, look_ms: float, difference: str) -> None:
    print(f"{name:<24}{values:>8}{plain_ms:>10.1f}{look_ms:>10.1f}{plain_ms / look_ms:>8.1f}   {difference}")


if __name__ == "__main__":
    sys.exit(main())
