"""Full-size SDXL and FLUX with random weights: this project's stages against a plain diffusers loop.

Both ways run the very same pipeline object with the same settings and end with PNG files. "plain" is the
loop that every tutorial has: pipeline(prompts), save. "stages" is make_backgrounds and paint_scenes with
this project's engines, into a temporary store. A scene is one object painted into one background, found by
what changed, without retries; the plain loop inpaints as many boxes. Random weights paint noise, so that most
scenes are rejected: they are made, checked and stored all the same, and count.
Run from the project root, on a CUDA machine: python -m bench.diffusion (make bench-gpu).
--tiny runs the same code on a CPU with tiny models, to see that it works: its numbers mean nothing.
"""

from __future__ import annotations

import argparse
import gc
import platform
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import diffusers
import torch

from bench.diffusion_ways import Bench, Cell, Size

STAGES = ("backgrounds", "scenes")
STEPS = {"sdxl": 30, "flux": 28}
HEADER = (
    f"{'model':<6}{'stage':<13}{'blocks':<10}{'batch':>6}{'way':>8}{'images':>8}{'s':>9}{'images/s':>10}"
    f"{'to plain':>10}{'GPU busy':>10}{'peak GB':>9}"
)


@dataclass(frozen=True)
class Usual:
    """What is measured where the command says nothing; steps None = ``STEPS``."""

    batches: list[int]
    images: int
    side_px: int
    steps: int | None = None


USUAL = Usual([1, 4, 8, 16], 32, 1024)
TINY_USUAL = Usual([1, 2], 3, 64, 2)


def rows(model: str, size: Size, steps: int, batches: Sequence[int], folder: Path, *, compiled: bool) -> Iterator[Cell]:
    """All lines of one architecture, eager ones first: compiling is not undone."""
    bench = Bench(model, size, steps, folder)
    for compiles in (False, True) if compiled else (False,):
        blocks = bench.compile() if compiles else "eager"
        for stage in STAGES:
            for batch in batches:
                yield from bench.cells(stage, blocks, batch)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="+", choices=list(STEPS), default=list(STEPS))
    parser.add_argument("--batches", type=int, nargs="+", help="default: 1 4 8 16")
    parser.add_argument("--images", type=int, help="of every line, after a warm-up of one batch; default: 32")
    parser.add_argument("--steps", type=int, help="default: 30 for SDXL, 28 for FLUX")
    parser.add_argument("--side", type=int, help="height and width in pixels; default: 1024")
    parser.add_argument("--eager", action="store_true", help="leave out compiled blocks")
    parser.add_argument("--tiny", action="store_true", help="tiny models, on a CPU too; the numbers mean nothing")
    options = parser.parse_args(arguments)
    usual = TINY_USUAL if options.tiny else USUAL
    batches: list[int] = options.batches or usual.batches
    images, side = options.images or usual.images, options.side or usual.side_px
    device = "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cpu" and not options.tiny:
        print("no CUDA device: full-size models need one (--tiny tries the same code on a CPU)", file=sys.stderr)
        return 2
    diffusers.utils.logging.disable_progress_bar()
    size = Size(side, images, max(images, *batches), options.tiny, device)
    print(f"{_machine(device)}; {size.side_px} x {size.side_px} pixels{', TINY MODELS' if size.tiny else ''}")
    print(HEADER)
    complete = True
    for model in options.models:
        plain: Cell | None = None
        with tempfile.TemporaryDirectory() as folder:
            try:
                steps = options.steps or usual.steps or STEPS[model]
                for cell in rows(model, size, steps, batches, Path(folder), compiled=not options.eager):
                    plain = cell if cell.way == "plain" else plain
                    print(cell.line(plain), flush=True)
                    complete = complete and cell.images in (0, size.images)
            except torch.OutOfMemoryError as error:
                print(f"{model:<6}does not fit on the device: {str(error).splitlines()[0]}", flush=True)
        torch._dynamo.reset()  # graphs hold the weights
        gc.collect()
        torch.cuda.empty_cache()
    if not complete:
        print("a way made another number of images than it was asked for")
    return 0 if complete else 1


def _machine(device: str) -> str:
    """Device, versions and date, as a table of results has to name them."""
    name = torch.cuda.get_device_name() if device == "cuda" else f"CPU ({platform.machine()})"
    cuda = f", CUDA {torch.version.cuda}" if device == "cuda" else ""
    versions = f"torch {torch.__version__}{cuda}, diffusers {diffusers.__version__}"
    return f"{name}, {versions}, {datetime.now(UTC):%Y-%m-%d}"


if __name__ == "__main__":
    sys.exit(main())
