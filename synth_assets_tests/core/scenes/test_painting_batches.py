"""Scenes painted together: the seed alone decides; rounds, batches and order change nothing."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resources.models.diffusion import load_inpaint
from resources.models.entries import ModelEntry
from resources.offline.cut_paste import CutPaste
from synth_assets.core.masks import box_mask, soft_rim
from synth_assets.core.ports import Inpainter
from synth_assets.core.scenes.attempts import Attempt, make_attempts
from synth_assets.core.scenes.cutouts import Cutout, CutoutParams, load_cutouts
from synth_assets.core.scenes.gallery import Gallery
from synth_assets.core.scenes.painting import (
    PaintTools,
    Scene,
    paint_scenes_together,
)
from synth_assets_tests.core.scenes.fill_engine import PARAMS, FillEngine, background, paint, row
from synth_assets_tests.resources.tiny_pipelines import save_sd15


def test_seed_decides() -> None:
    first, again, other = (paint(FillEngine(), [row(3)], seed=seed).image for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()


def test_rounds_take_all_objects_whose_turn_it_is() -> None:
    near = PARAMS.model_copy(update={"max_iou": 0.0, "context_px": 1, "context_share": 0.0})
    engine = FillEngine()
    scenes = paint_scenes_together([background()] * 3, [1, 2, 3], [row(2, 12, 16)], {}, PaintTools(engine), near)
    assert [len(scene.objects) for scene in scenes] == [2, 2, 2]
    assert sum(engine.calls) == 6
    assert engine.calls[0] > 3  # more than one object a scene at once


def test_rounds_give_what_one_object_after_another_gives() -> None:
    """With context over the whole picture every object waits for all earlier ones."""
    wide = PARAMS.model_copy(update={"context_px": 500})
    narrow = PARAMS.model_copy(update={"context_px": 10, "context_share": 0.0})
    for seed in range(12):
        one, two = (FillEngine(), FillEngine())
        strict, rounds = paint(one, [row(4, 20, 40)], wide, seed), paint(two, [row(4, 20, 40)], narrow, seed)
        assert max(one.calls) == 1
        assert (strict.image == rounds.image).all()
        assert [item.number for item in strict.objects] == [item.number for item in rounds.objects]
        for first, second in zip(strict.objects, rounds.objects, strict=True):
            assert (first.mask == second.mask).all()


LOOSE = PARAMS.model_copy(
    update={"max_cut_share": 1.0, "max_second_share": 9.0, "min_contrast": 0.0, "max_outside_share": 9.0}
)
"""For a net with random weights, whose objects are patches of noise."""


@pytest.fixture(scope="module")
def diffusion(tmp_path_factory: pytest.TempPathFactory) -> Inpainter:
    folder = save_sd15(tmp_path_factory.mktemp("models") / "sd15")
    entry = ModelEntry(ref=f"file:{folder.name}", licence="Apache-2.0", steps=1, strength=1.0, resolution_px=64)
    return load_inpaint(entry, str(folder), "cpu")


def in_batches(
    tools: PaintTools, cutouts: dict[str, list[Cutout]], order: Sequence[int], size: int
) -> dict[int, Scene]:
    rows = [row(1, 24, 36).model_copy(update={"class_name": label, "max_appear": 2}) for label in cutouts or ("block",)]
    painted: dict[int, Scene] = {}
    for start in range(0, len(order), size):
        seeds = list(order[start : start + size])
        scenes = paint_scenes_together([background()] * len(seeds), seeds, rows, cutouts, tools, LOOSE)
        painted |= dict(zip(seeds, scenes, strict=True))
    return painted


def orders() -> Iterator[tuple[list[int], int]]:
    seeds = list(range(7))
    yield seeds, 7
    yield [3, 6, 0, 2, 5, 1, 4], 4


def same(one: dict[int, Scene], other: dict[int, Scene], difference: int) -> None:
    for seed, scene in one.items():
        again = other[seed]
        assert [item.number for item in scene.objects] == [item.number for item in again.objects]
        assert np.abs(scene.image.astype(int) - again.image).max() <= difference
        assert (scene.attempts, scene.invalid, scene.dropped) == (again.attempts, again.invalid, again.dropped)


def test_batch_and_order_change_nothing_by_diffusion(diffusion: Inpainter) -> None:
    alone = in_batches(PaintTools(diffusion), {}, range(7), 1)
    assert sum(len(scene.objects) for scene in alone.values()) >= 7
    for order, size in orders():
        same(alone, in_batches(PaintTools(diffusion), {}, order, size), 3)
    images = [scene.image for scene in alone.values()]
    assert all((images[0] != image).any() for image in images[1:])


def test_batch_and_order_change_nothing_by_pasting(sample: Path) -> None:
    cutouts = load_cutouts(
        sample / "classes.csv",
        [row().model_copy(update={"references": "cutouts/{dog,taxi}.webp", "class_name": "dog"})],
        sample,
        None,
        CutoutParams(),
    )
    tools = PaintTools(CutPaste())
    alone = in_batches(tools, cutouts, range(7), 1)
    assert sum(len(scene.objects) for scene in alone.values()) >= 7
    for order, size in orders():
        same(alone, in_batches(tools, cutouts, order, size), 0)


@given(
    height=st.integers(20, 72),
    width=st.integers(20, 72),
    corner=st.tuples(st.floats(0, 0.6), st.floats(0, 0.6)),
    feather=st.integers(0, 8),
    seed=st.integers(0, 2**20),
)
@settings(max_examples=12, deadline=None)
def test_diffusion_keeps_every_byte_outside_the_soft_mask(
    diffusion: Inpainter, height: int, width: int, corner: tuple[float, float], feather: int, seed: int
) -> None:
    crop = np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)
    box = (int(corner[0] * width), int(corner[1] * height), int(corner[0] * width) + 8, int(corner[1] * height) + 8)
    tried = Attempt(crop, box, row(), None, seed, (False, False, False, False))
    params = LOOSE.model_copy(update={"feather_px": feather})
    outcome = make_attempts([tried], PaintTools(diffusion), Gallery({}, {}), ["block"], params)[0]
    outside = soft_rim(box_mask(box, (height, width)), feather) == 0
    assert (outcome.image[outside] == crop[outside]).all()
    assert not (outcome.mask & outside).any()
