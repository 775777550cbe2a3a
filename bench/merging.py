"""Merging a training set of made-up scenes: seconds and memory by size, first and second run.

The manifests are those of painted scenes in five slots with a mask, a caption and twenty metrics a
picture; the pictures are small, because the question is what the rows cost. Every size runs in a process
of its own, so that its peak of memory is its own. Run from the project root:
python -m bench.merging [--sizes 1000 3000], and with 10000 30000 100000 for some half an hour.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from resources.manifest import MANIFEST, Manifest
from resources.store import Store
from synth_assets.assets.stage import existing
from synth_assets.core.images import encode_png
from synth_assets.core.masks import encode_mask
from synth_assets.core.profile.slots import SLOTS
from synth_assets.core.records import ImageRecord, ImageSet, ObjectRecord
from synth_assets.core.training.merging import merge_training_set
from synth_assets.core.training.planning import TrainingSetParams, only_captions

SIDE_PX, OBJECT_PX = 32, 10
SCENES_PER_BACKGROUND = 20
METRICS = 20
MOST_MEMORY_MB = 1000
MOST_GROWTH = 1.3
"""How much more time a picture of the largest set may take than one of the smallest."""


def make_sources(root: Path, count: int) -> None:
    """Writes scenes and their captions as their stages would have, ``count`` over all slots."""
    for number, slot in enumerate(SLOTS):
        scenes: list[ImageRecord] = []
        captions: list[ImageRecord] = []
        for at in range(number, count, len(SLOTS)):
            scene = _scene(root, slot, at)
            scenes.append(scene)
            told = {"short": f"a photo of a deer {at}", "full": f"a photo of a deer {at}, brown", "said": "a photo"}
            captions.append(
                ImageRecord(
                    id=scene.id,
                    key=f"inpainted_scenes.{scene.key}",
                    asset="scene_captions",
                    partition=slot,
                    path=scene.path,
                    captions=told,
                    extra={"caption_score": 0.3, "scorer": "made up"},
                )
            )
        for asset, records in (("inpainted_scenes", scenes), ("scene_captions", captions)):
            path = root / asset / slot / MANIFEST
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(Manifest(records, "made up", {}).to_bytes())


def _scene(root: Path, slot: str, at: int) -> ImageRecord:
    background = at // (SCENES_PER_BACKGROUND * len(SLOTS))
    coarse = np.random.default_rng([SLOTS.index(slot), background]).integers(0, 256, (4, 4, 3)).astype(np.uint8)
    picture = np.asarray(cv2.resize(coarse, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_CUBIC), np.uint8)
    rng = np.random.default_rng(at)
    x, y = (int(value) for value in rng.integers(0, SIDE_PX - OBJECT_PX, 2))
    mask = np.zeros((SIDE_PX, SIDE_PX), np.bool_)
    mask[y : y + OBJECT_PX, x : x + OBJECT_PX] = True
    picture[mask] = rng.integers(0, 256, 3)
    stem, base = f"bg{background:05d}_{at:06d}_s0", f"inpainted_scenes/{slot}"
    image_path, mask_path = f"{base}/images/{stem}.png", f"{base}/masks/{stem}_1.png"
    for path, data in ((image_path, encode_png(picture)), (mask_path, encode_mask(mask))):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    return ImageRecord(
        id=f"{at:032x}",
        key=stem,
        asset="inpainted_scenes",
        partition=slot,
        path=image_path,
        width=SIDE_PX,
        height=SIDE_PX,
        parents=(f"{background:016x}{slot:>16}", "cutout"),
        source=f"reference/{slot}/photo_{background}.jpg",
        group=f"reference/{slot}/photo_{background}.jpg",
        licence="CC0-1.0",
        attribution="made up by bench.merging",
        seed=at,
        prompt=f"a wide open place with ground to stand on, {slot} light; a deer number {at}",
        model="builtin:compose@1 + builtin:cut-paste@2",
        objects=(ObjectRecord("deer", (x, y, x + OBJECT_PX, y + OBJECT_PX), 1, mask_path, 0.9),),
        fingerprint="f" * 32,
        extra={f"metric_{name}": float(value) for name, value in enumerate(rng.random(METRICS))},
    )


def merge_once(root: Path) -> None:
    """Merges as the asset does, and prints what it took as JSON."""
    started, store = time.perf_counter(), Store(str(root))
    scenes, _ = existing(store, ["inpainted_scenes"], SLOTS, ImageSet.without_extras)
    captions, _ = existing(store, ["scene_captions"], SLOTS, only_captions)
    with store.open("training_set") as writer:
        summary = merge_training_set(writer, scenes, captions, [], TrainingSetParams())
    used = resource.getrusage(resource.RUSAGE_SELF)
    found = {
        "made": summary.made,
        "pictures": len(summary.images.ok),
        "wall_s": time.perf_counter() - started,
        "cpu_s": used.ru_utime + used.ru_stime,
        "memory_mb": used.ru_maxrss / 1024,
    }
    print(json.dumps(found))


def _in_own_process(root: Path) -> dict[str, float]:
    call = f"from pathlib import Path; from bench.merging import merge_once; merge_once(Path({str(root)!r}))"
    done = subprocess.run([sys.executable, "-c", call], stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints a line a size and run; 1 where time grows faster than the set, or memory beyond the limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 3000])
    parser.add_argument("--folder", type=Path, help="where the temporary sets are made, for many files")
    options = parser.parse_args(arguments)
    first: list[dict[str, float]] = []
    most_mb = 0.0
    print(f"{'pictures':>9}{'run':>8}{'made':>8}{'wall s':>9}{'cpu s':>8}{'ms each':>9}{'memory MB':>11}")
    for size in options.sizes:
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            make_sources(Path(folder), size)
            for run in ("first", "second"):
                found = _in_own_process(Path(folder))
                print(
                    f"{size:>9}{run:>8}{found['made']:>8}{found['wall_s']:>9.1f}{found['cpu_s']:>8.1f}"
                    f"{1000 * found['cpu_s'] / size:>9.2f}{found['memory_mb']:>11.0f}",
                    flush=True,
                )
                most_mb = max(most_mb, found["memory_mb"])
                if run == "first":
                    first.append({**found, "size": size})
    growth = (first[-1]["cpu_s"] / first[-1]["size"]) / (first[0]["cpu_s"] / first[0]["size"])
    print(f"a picture of the largest set takes {growth:.2f} of one of the smallest, of {MOST_GROWTH} allowed;")
    print(f"{most_mb:.0f} MB of {MOST_MEMORY_MB} allowed")
    return 0 if growth <= MOST_GROWTH and most_mb <= MOST_MEMORY_MB else 1


if __name__ == "__main__":
    sys.exit(main())
