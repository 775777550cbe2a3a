"""The two ways of ``diffusion.py``: a plain loop over a diffusers pipeline, and this project's stages.

Belongs here: one architecture with both ways, and a line of the table. Does not belong here: the
architectures (``diffusion_models.py``), and the command.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from diffusers import AutoPipelineForInpainting
from PIL import Image

from bench.device_watch import DeviceWatch
from bench.diffusion_models import WORDS, build
from resources.models.diffusion import DiffusersInpainter, DiffusersTextToImage
from resources.models.diffusion_loading import keep_masks_soft
from resources.models.diffusion_placing import backbone, place
from resources.models.entries import ModelEntry
from resources.models.registry import GPU_LOCK, ModelHandle
from resources.models.warm import Warm
from resources.store import Store
from synth_assets.core.items import Artifact, Item, PartitionWriter, Summary, run_items
from synth_assets.core.ports import DeviceMemoryError
from synth_assets.core.records import ImageRecord, ImageSet
from synth_assets.core.scenes.backgrounds import BackgroundParams, BackgroundRow, make_backgrounds
from synth_assets.core.scenes.classes import ObjectClass
from synth_assets.core.scenes.inpainting import SceneParams, paint_scenes
from synth_assets.core.scenes.painting import PaintTools

SEED = 7
THREADS = 2
"""One waits for the device while the other measures and encodes."""
OBJECTS_A_SIDE = 4
"""An object is so many times shorter than the picture."""
GUIDANCE = {"sdxl": 5.0, "flux": 3.5}
STRENGTH = 0.99


@dataclass(frozen=True)
class Cell:
    """One line of the table; ``seconds`` is None where it did not fit on the device."""

    model: str
    stage: str
    blocks: str
    batch: int
    way: str
    images: int = 0
    seconds: float | None = None
    busy: float | None = None
    peak_gb: float | None = None

    def line(self, plain: Cell | None) -> str:
        start = f"{self.model:<6}{self.stage:<13}{self.blocks:<10}{self.batch:>6}{self.way:>8}"
        if self.seconds is None:
            return f"{start}   does not fit on the device"
        rate = self.images / self.seconds
        ratio = f"{rate * plain.seconds / plain.images:.2f}" if plain and plain.seconds else "-"
        busy = "-" if self.busy is None else f"{self.busy:.0%}"
        peak = "-" if self.peak_gb is None else f"{self.peak_gb:.1f}"
        return f"{start}{self.images:>8}{self.seconds:>9.1f}{rate:>10.3f}{ratio:>10}{busy:>10}{peak:>9}"


@dataclass(frozen=True)
class Size:
    """What is asked of every cell."""

    side_px: int
    images: int
    photos: int
    tiny: bool
    device: str


class Loaded:
    """Stands for a registry with one loaded model, so that a real handle queues the engine's callers."""

    def __init__(self, engine: Any, device: str) -> None:
        lease_path = GPU_LOCK if device.startswith("cuda") else None
        self._warm = Warm(engine, 0.0, frozenset(), lease_path, threading.RLock())

    def loaded(self, *_: object) -> Warm:
        return self._warm

    def exact(self, entry: ModelEntry) -> ModelEntry:
        return entry


class Bench:
    """One architecture on its device: both pipelines, which share their weights, and both ways."""

    def __init__(self, model: str, size: Size, steps: int, folder: Path) -> None:
        self.model, self.size, self._folder = model, size, folder
        self.entry = ModelEntry(
            ref=f"file:random/{model}",
            licence="Apache-2.0",
            dtype="bfloat16",
            steps=steps,
            guidance=GUIDANCE[model],
            strength=STRENGTH,
            channels_last=True,
        )
        pipeline = place(build(model, size.device, tiny=size.tiny), self.entry, size.device)
        inpainting = AutoPipelineForInpainting.from_pipe(pipeline)
        inpainting.set_progress_bar_config(disable=True)
        keep_masks_soft(inpainting)
        self._pipelines = {"backgrounds": pipeline, "scenes": inpainting}
        self._store = Store(folder / "store")
        self._photos = self._store_photos()
        self._runs = 0

    def compile(self) -> str:
        """Compiles the repeated blocks as an entry's ``compile`` does; a CPU only traces them."""
        compiler = "inductor" if self.size.device.startswith("cuda") else "eager"
        backbone(self._pipelines["backgrounds"]).compile_repeated_blocks(fullgraph=True, backend=compiler)
        return "compiled" if compiler == "inductor" else "traced"

    def cells(self, stage: str, blocks: str, batch: int) -> Iterator[Cell]:
        """Both ways, each warmed up with one batch; that also makes the compiled graphs of this size."""
        ways: dict[str, Callable[[str, int, int], int]] = {"plain": self.plain, "stages": self.stages}
        for way, run in ways.items():
            head = (self.model, stage, blocks, batch, way)
            try:
                run(stage, batch, batch)
                with DeviceWatch(self.size.device) as watch:
                    done = run(stage, batch, self.size.images)
            except RuntimeError as error:
                # Of torch in the plain loop; of the stage, which names the reason, where no picture fitted alone.
                if not isinstance(error, torch.OutOfMemoryError) and DeviceMemoryError.__name__ not in str(error):
                    raise
                gc.collect()
                torch.cuda.empty_cache()
                yield Cell(*head)
            else:
                yield Cell(*head, done, watch.seconds, watch.busy, watch.peak_gb)

    def plain(self, stage: str, batch: int, count: int) -> int:
        """The loop of a tutorial; gives the number of PNG files."""
        folder, side = self._new_folder(), self.size.side_px
        settings: dict[str, Any] = {"num_inference_steps": self.entry.steps, "guidance_scale": self.entry.guidance}
        for start in range(0, count, batch):
            seeds = range(start, min(start + batch, count))
            if stage == "scenes":
                photos = [self._photos.records[seed] for seed in seeds]
                mask = Image.new("L", (side, side))
                mask.paste(255, (0, 0, side // OBJECTS_A_SIDE, side // OBJECTS_A_SIDE))
                settings["image"] = [Image.fromarray(self._photos.read(photo)) for photo in photos]
                settings |= {"mask_image": [mask] * len(seeds), "strength": STRENGTH}
            with torch.inference_mode():  # as the engines do: compiled graphs are made for one mode
                images = self._pipelines[stage](
                    prompt=[WORDS[0]] * len(seeds),
                    generator=[torch.Generator("cpu").manual_seed(seed) for seed in seeds],
                    height=side,
                    width=side,
                    **settings,
                ).images
            for seed, image in zip(seeds, images, strict=True):
                image.save(folder / f"{seed:03d}.png")
        return len(list(folder.glob("*.png")))

    def stages(self, stage: str, batch: int, count: int) -> int:
        """The project's stage; gives the number of pictures its model made, whatever the checks say of them."""
        entry = self.entry.model_copy(update={"batch_size": batch})
        self._runs += 1
        with self._store.open(stage, f"run-{self._runs}") as writer:
            make = self._make_backgrounds if stage == "backgrounds" else self._paint_scenes
            rows = make(writer, entry, batch, count).images
        if rows.counts["failed"]:
            raise RuntimeError(f"{self.model}, {stage}: {rows.reasons}")
        return len(rows)

    def _make_backgrounds(self, writer: PartitionWriter, entry: ModelEntry, batch: int, count: int) -> Summary:
        side = self.size.side_px
        params = BackgroundParams(size_hw=(side, side), references_per_image=0, batch_size=batch, workers=THREADS)
        engine = self._handle(DiffusersTextToImage(self._pipelines["backgrounds"], entry))
        row = BackgroundRow(prompt=WORDS[0], num_imgs=count)
        return make_backgrounds(writer, ImageSet(self._store.root, ()), [row], None, engine, params, SEED)

    def _paint_scenes(self, writer: PartitionWriter, entry: ModelEntry, batch: int, count: int) -> Summary:
        side = self.size.side_px
        sizes = dict.fromkeys(("width_min", "width_max", "height_min", "height_max"), side // OBJECTS_A_SIDE)
        row = ObjectClass(prompt=WORDS[0], min_appear=1, max_appear=1, **sizes)
        params = SceneParams(
            scenes_per_background=1,
            max_retries=0,
            placement="uniform",
            context_px=side,  # the whole picture, as the plain loop: every crop has one size
            batch_size=batch,
            workers=THREADS,
        )
        tools = PaintTools(self._handle(DiffusersInpainter(self._pipelines["scenes"], entry, side)))
        photos = ImageSet(self._photos.root, self._photos.records[:count])
        return paint_scenes(writer, photos, [row], {}, None, tools, params, SEED)

    def _handle(self, engine: Any) -> Any:
        return ModelHandle(Loaded(engine, self.size.device), engine.entry, "")  # pyright: ignore[reportArgumentType]

    def _store_photos(self) -> ImageSet:
        """Backgrounds to paint into: smooth blobs, each different."""
        side = self.size.side_px
        items = [Item(f"photo_{number:03d}", {"number": number}) for number in range(self.size.photos)]

        def make(batch: list[Item]) -> list[list[Artifact]]:
            drawn = [
                np.random.default_rng(item.inputs["number"]).integers(0, 256, (6, 6, 3), np.uint8) for item in batch
            ]
            pictures = [cv2.resize(blobs, (side, side), interpolation=cv2.INTER_CUBIC) for blobs in drawn]
            return [
                [Artifact(ImageRecord(), f"{item.key}.png", one)] for item, one in zip(batch, pictures, strict=True)
            ]

        with self._store.open("photos") as writer:
            return run_items(writer, items, make).images

    def _new_folder(self) -> Path:
        self._runs += 1
        folder = self._folder / f"plain-{self._runs}"
        folder.mkdir()
        return folder
