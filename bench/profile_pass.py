"""Taking in and profiling N photos through the real stages and store: is time linear, is memory flat?

Each N runs in a process of its own, so that its peak memory is its own. The last line is of large
photos: small ones spend much of their time in Python, where threads wait for one another. Run from
the project root: python -m bench.profile_pass [--images 250 500 1000] [--large 150]
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import psutil

from resources.store import Store
from synth_assets.core.images import encode_jpeg
from synth_assets.core.profile.profiling import profile_references
from synth_assets.core.profile.references import ReferenceFile, take_in_references

SMALL_WH, LARGE_WH = (160, 120), (1280, 720)
SLOT = "midday"
SAMPLING_S = 0.01
WARM_UP = 40
"""Photos profiled before measuring: imports, thread pools and plotting fonts are no growth."""
HEADER = (
    f"{'N':>7}{'size':>12}{'take in s':>11}{'profile s':>11}{'images/s':>10}{'again s':>9}{'busy':>7}{'all':>6}"
    f"{'start MB':>10}{'peak MB':>9}{'kB a photo':>12}"
)
_ROOT = Path(__file__).resolve().parent.parent


def make_photos(folder: Path, count: int, size_wh: tuple[int, int]) -> list[ReferenceFile]:
    """Writes JPEGs of coloured blobs under noise, each different."""
    files = []
    for number in range(count):
        rng = np.random.default_rng(number)
        blobs = cv2.resize(rng.integers(0, 256, (6, 8, 3), dtype=np.uint8), size_wh, interpolation=cv2.INTER_CUBIC)
        noise = rng.normal(0, 6, blobs.shape)
        data = encode_jpeg(np.clip(blobs + noise, 0, 255).astype(np.uint8))
        path = folder / f"photo_{number:06d}.jpg"
        path.write_bytes(data)
        content = hashlib.sha256(data).hexdigest()[:32]
        files.append(ReferenceFile(path.name, path.read_bytes, content, "bench", "CC0-1.0"))
    return files


def one_pass(store: Store, files: Sequence[ReferenceFile]) -> tuple[float, float, int]:
    """Takes in and profiles the files; seconds of each stage and the number of profiled photos."""
    started = time.perf_counter()
    with store.open("reference_images", SLOT) as writer:
        references = take_in_references(writer, files).images
    taken_in = time.perf_counter()
    with store.open("image_profile", SLOT) as writer:
        profiled = profile_references(writer, references, SLOT)
    return taken_in - started, time.perf_counter() - taken_in, len(profiled.images.ok)


class PeakMemory:
    """Resident memory of this process at the start and at its highest, in MB."""

    def __enter__(self) -> "PeakMemory":
        self._process, self._done = psutil.Process(), threading.Event()
        self.start_mb = self.peak_mb = self._now_mb()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()
        self.end_mb = self._now_mb()

    def _now_mb(self) -> float:
        return self._process.memory_info().rss / 1e6

    def _watch(self) -> None:
        while not self._done.wait(SAMPLING_S):
            self.peak_mb = max(self.peak_mb, self._now_mb())


def measure(count: int, size_wh: tuple[int, int]) -> dict[str, float]:
    """One pass over ``count`` new photos in this process, and a second one that has nothing to do."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "photos").mkdir()
        files = make_photos(root / "photos", max(count, WARM_UP), size_wh)
        one_pass(Store(str(root / "warm")), files[:WARM_UP])
        store = Store(str(root / "store"))
        with PeakMemory() as memory:
            psutil.cpu_percent()
            started, worked = time.perf_counter(), time.process_time()
            take_in_s, profile_s, done = one_pass(store, files[:count])
            machine = psutil.cpu_percent() / 100
            wall_s, work_s = time.perf_counter() - started, time.process_time() - worked
        started = time.perf_counter()
        one_pass(store, files[:count])
        again_s = time.perf_counter() - started
    return {
        "images": count,
        "done": done,
        "take_in_s": take_in_s,
        "profile_s": profile_s,
        "again_s": again_s,
        "machine": machine,
        "busy": work_s / wall_s / (os.cpu_count() or 1),
        "start_mb": memory.start_mb,
        "peak_mb": memory.peak_mb,
    }


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, nargs="+", default=[250, 500, 1000])
    parser.add_argument("--large", type=int, default=150)
    parser.add_argument("--one", type=int, nargs=3, help="N, width, height: measure in this process, print JSON")
    options = parser.parse_args(arguments)
    if options.one:
        count, *size = options.one
        print(json.dumps(measure(count, (size[0], size[1]))))
        return 0
    print(f"profile pass over N photos, {os.cpu_count()} cores; busy = share of them by the pass, and by all programs")
    print(HEADER)
    cases = [
        *((count, SMALL_WH) for count in options.images),
        *((count, LARGE_WH) for count in [options.large] if count),
    ]
    complete = True
    for count, (width, height) in cases:
        command = [sys.executable, "-m", "bench.profile_pass", "--one", str(count), str(width), str(height)]
        run = json.loads(subprocess.run(command, cwd=_ROOT, check=True, stdout=subprocess.PIPE).stdout)
        rate = count / (run["take_in_s"] + run["profile_s"])
        growth_kb = 1000 * (run["peak_mb"] - run["start_mb"]) / count
        seconds = f"{run['take_in_s']:>11.1f}{run['profile_s']:>11.1f}{rate:>10.1f}{run['again_s']:>9.2f}"
        memory = f"{run['start_mb']:>10.0f}{run['peak_mb']:>9.0f}{growth_kb:>12.1f}"
        print(f"{count:>7}{width:>7}x{height:<4}{seconds}{run['busy']:>7.0%}{run['machine']:>6.0%}{memory}", flush=True)
        complete = complete and run["done"] == count
    if not complete:
        print("not every photo was profiled")
    return 0 if complete else 1


if __name__ == "__main__":
    sys.exit(main())
