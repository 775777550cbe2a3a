"""Painting scenes through the real stage and store, against a bare loop over the same model calls.

The stage draws, crops, paints, pastes back, verifies, measures, encodes and stores; the loop hands the
very same lists of requests to the very same engine and throws the results away. The engine is a Stable
Diffusion 1.5 of a few thousand weights that runs at a real resolution, on one core, as a GPU would run
beside the processor. Run from the project root: python -m bench.scenes [--scenes 200] [--repeats 1]
"""

import argparse
import os
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import torch

from resources.models.diffusion import load_inpaint
from resources.models.entries import ModelEntry
from resources.store import Store
from synth_assets.core.items import Artifact, Item, Summary, run_items
from synth_assets.core.ports import Inpainted, Inpainter, InpaintRequest
from synth_assets.core.records import ImageRecord, ImageSet
from synth_assets.core.scenes.classes import ObjectClass
from synth_assets.core.scenes.inpainting import SceneParams, paint_scenes
from synth_assets.core.scenes.painting import PaintTools
from synth_assets_tests.resources.tiny_pipelines import save_sd15

SIZE_HW = (384, 512)
RESOLUTION_PX, STEPS = 256, 1
BATCH_SIZE = 8
SCENES_PER_BACKGROUND = 4
MOST = 1.05
"""How much longer than the bare loop the stage may take."""
PASSING = {
    "max_cut_share": 1.0,
    "max_detail_ratio": 99.0,
    "max_second_share": 99.0,
    "min_contrast": 0.0,
    "max_outside_share": 9.0,
}
"""Random weights paint noise; limits that let it pass, so that no time is spent on retries."""


class Recording:
    """An engine that lets one caller in at a time, as the registry's handles do, and keeps the lists of requests."""

    def __init__(self, engine: Inpainter) -> None:
        self._engine, self._turn = engine, threading.Lock()
        self.lists: list[list[InpaintRequest]] = []
        self.busy_s = 0.0

    @property
    def name(self) -> str:
        return self._engine.name

    @property
    def resolution_px(self) -> int | None:
        return self._engine.resolution_px

    @property
    def needs_references(self) -> bool:
        return self._engine.needs_references

    def inpaint(self, requests: Sequence[InpaintRequest]) -> list[Inpainted]:
        with self._turn:
            started = time.perf_counter()
            made = self._engine.inpaint(requests)
            self.busy_s += time.perf_counter() - started
            self.lists.append(list(requests))
        return made


def make_backgrounds(store: Store, count: int) -> ImageSet:
    """Stores pictures of coloured blobs under noise, each different."""

    def make(batch: list[Item]) -> list[list[Artifact]]:
        return [[Artifact(ImageRecord(), f"{item.key}.png", _blobs(int(item.key[2:])))] for item in batch]

    with store.open("backgrounds", "bench") as writer:
        return run_items(writer, [Item(f"bg{number:04d}", {}) for number in range(count)], make).images


def _blobs(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    size_wh = (SIZE_HW[1], SIZE_HW[0])
    blobs = cv2.resize(rng.integers(60, 200, (6, 8, 3), dtype=np.uint8), size_wh, interpolation=cv2.INTER_CUBIC)
    return np.clip(blobs + rng.normal(0, 6, blobs.shape), 0, 255).astype(np.uint8)


def one_pass(store: Store, backgrounds: ImageSet, engine: Recording, batch_size: int) -> Summary:
    """The stage as the asset runs it, but for placement on ground, which blobs do not have."""
    rows = [
        ObjectClass(prompt=prompt, min_appear=1, max_appear=2, aspect_ratio_min=0.7, aspect_ratio_max=1.4)
        for prompt in ("a red fox", "an elephant")
    ]
    params = SceneParams(
        placement="uniform",
        allow_border=True,
        scenes_per_background=SCENES_PER_BACKGROUND,
        batch_size=batch_size,
        **PASSING,
    )
    with store.open("inpainted_scenes", "bench") as writer:
        return paint_scenes(writer, backgrounds, rows, {}, None, PaintTools(engine), params, 1)


def bare_loop(engine: Inpainter, lists: Sequence[Sequence[InpaintRequest]]) -> float:
    """Seconds that the same calls take with nothing around them."""
    started = time.perf_counter()
    for requests in lists:
        engine.inpaint(requests)
    return time.perf_counter() - started


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints seconds and their ratio; 1 where the stage takes longer than MOST allows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenes", type=int, default=200)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--batch", type=int, default=BATCH_SIZE)
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    ratios: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        path = save_sd15(Path(folder) / "sd15")
        entry = ModelEntry(
            ref="file:sd15", licence="Apache-2.0", steps=STEPS, strength=1.0, resolution_px=RESOLUTION_PX
        )
        engine = load_inpaint(entry, str(path), "cpu")
        backgrounds = make_backgrounds(Store(f"{folder}/made"), -(-options.scenes // SCENES_PER_BACKGROUND))
        one_pass(Store(f"{folder}/warm"), ImageSet(backgrounds.root, backgrounds.records[:2]), Recording(engine), 4)
        print(
            f"{options.scenes} scenes of {SIZE_HW[1]}x{SIZE_HW[0]}, {os.cpu_count()} cores, batches of {options.batch}"
        )
        print(f"{'stage s':>9}{'in engine':>11}{'loop s':>9}{'ratio':>8}{'calls':>7}{'requests':>10}{'ms each':>9}")
        for repeat in range(options.repeats):
            recording = Recording(engine)
            started = time.perf_counter()
            made = one_pass(Store(f"{folder}/scenes{repeat}"), backgrounds, recording, options.batch)
            stage_s = time.perf_counter() - started
            loop_s = bare_loop(engine, recording.lists)
            requests = sum(len(one) for one in recording.lists)
            ratios.append(stage_s / loop_s)
            print(
                f"{stage_s:>9.1f}{recording.busy_s:>11.1f}{loop_s:>9.1f}{ratios[-1]:>8.3f}{len(recording.lists):>7}"
                f"{requests:>10}{1000 * loop_s / requests:>9.1f}",
                flush=True,
            )
            if len(made.images.ok) < options.scenes:
                print(f"only {len(made.images.ok)} of {options.scenes} scenes came out: {made.images.reasons}")
                return 1
    middle = float(np.median(ratios))
    print(f"median ratio {middle:.3f}; at most {MOST} is wanted")
    return 0 if middle <= MOST else 1


if __name__ == "__main__":
    sys.exit(main())
