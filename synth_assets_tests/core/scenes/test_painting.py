"""Scenes painted together: exact masks, hidden objects, retries, drops; batch and order change nothing."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resources.models.diffusion import load_inpaint
from resources.models.entries import ModelEntry
from resources.offline.cut_paste import CutPaste
from synth_assets.core.boxes import iou
from synth_assets.core.masks import box_mask, soft_rim, tight_box
from synth_assets.core.ports import Inpainted, Inpainter, InpaintRequest, Instance, UnsupportedRequestError
from synth_assets.core.scenes.attempts import Attempt, make_attempts
from synth_assets.core.scenes.classes import ObjectClass
from synth_assets.core.scenes.cutouts import Cutout, CutoutParams, classes_left_out, load_cutouts
from synth_assets.core.scenes.gallery import Gallery
from synth_assets.core.scenes.painting import (
    PaintParams,
    PaintTools,
    Scene,
    bounds,
    paint_scenes_together,
)
from synth_assets_tests.resources.tiny_pipelines import save_sd15

PARAMS = PaintParams(placement="uniform", max_iou=1.0, min_object_px=20)


class FillEngine:
    """Fills the box's middle with the seed's grey; knows its mask or not."""

    name = "test:fill@1"
    resolution_px: int | None = None
    needs_references = False

    def __init__(self, *, exact: bool = True, fail_first: bool = False) -> None:
        self.exact, self.fail_first, self.seeds = exact, fail_first, list[int]()
        self.calls: list[int] = []

    def inpaint(self, requests: Sequence[InpaintRequest]) -> list[Inpainted]:
        self.calls.append(len(requests))
        return [self._one(request) for request in requests]

    def _one(self, request: InpaintRequest) -> Inpainted:
        self.seeds.append(request.seed)
        if self.fail_first and len(self.seeds) == 1:
            return Inpainted(request.image.copy(), np.zeros(request.mask.shape, np.bool_), request.mask > 0)
        x0, y0, x1, y1 = request.box
        mask = np.zeros(request.mask.shape, np.bool_)
        mask[y0 + 2 : y1 - 2, x0 + 2 : x1 - 2] = True
        image = request.image.copy()
        image[mask] = 20 + request.seed % 60
        if self.exact:
            return Inpainted(image, mask, mask)
        return Inpainted(np.clip(image.astype(int) + 6, 0, 255).astype(np.uint8))


def row(count: int = 1, low: int = 20, high: int = 30) -> ObjectClass:
    return ObjectClass(
        prompt="block",
        min_appear=count,
        max_appear=count,
        width_min=low,
        height_min=low,
        width_max=high,
        height_max=high,
    )


def background() -> np.ndarray:
    return np.random.default_rng(0).integers(160, 220, (96, 128, 3)).astype(np.uint8)


def paint(engine: FillEngine, rows: list[ObjectClass], params: PaintParams = PARAMS, seed: int = 3) -> Scene:
    return paint_scenes_together([background()], [seed], rows, {}, PaintTools(engine), params)[0]


def test_pixels_outside_the_objects_keep_their_bytes() -> None:
    scene = paint(FillEngine(), [row(3)], PARAMS.model_copy(update={"max_iou": 0.0}))
    changed = (scene.image != background()).any(axis=2)
    assert (changed == np.any([item.mask for item in scene.objects], axis=0)).all()
    assert [tight_box(item.mask) for item in scene.objects] == [bounds(item) for item in scene.objects]


def test_masks_are_disjoint_and_nearer_objects_hide() -> None:
    for seed in range(20):
        scene = paint(FillEngine(), [row(4, 30, 50)], seed=seed)
        total = sum(item.mask.astype(int) for item in scene.objects)
        assert np.max(total) <= 1
        changed = (scene.image != background()).any(axis=2)
        assert (changed == (np.asarray(total) == 1)).all()  # nothing visible is without a label
        assert scene.requested == 4
        assert len(scene.objects) + sum(scene.dropped.values()) == 4
        assert all(item.mask.sum() >= 0.4 * item.full_px for item in scene.objects)


def test_classes_without_cutouts_are_left_out_where_the_engine_only_pastes() -> None:
    smoke = row(2).model_copy(update={"prompt": "smoke"})
    cutouts = {"block": [Cutout("1", np.full((20, 20, 4), 255, np.uint8), "block.png")]}
    engine = FillEngine()
    engine.needs_references = True
    tools = PaintTools(engine)
    scene = paint_scenes_together([background()], [3], [row(1), smoke], cutouts, tools, PARAMS)[0]
    assert [item.row.label for item in scene.objects] == ["block"]
    assert scene.requested == 1
    assert classes_left_out([smoke, row(1)], cutouts, engine) == ["smoke"]
    assert classes_left_out([smoke, row(1)], {}, FillEngine()) == []
    with pytest.raises(UnsupportedRequestError, match=r"references column of classes\.csv"):
        paint_scenes_together([background()], [3], [smoke], cutouts, tools, PARAMS)


def test_hidden_objects_are_dropped_counted_and_shown() -> None:
    big = ObjectClass(
        prompt="wall", min_appear=1, max_appear=1, width_min=120, height_min=84, width_max=120, height_max=84
    )
    engine = FillEngine()
    scenes = paint_scenes_together([background()] * 20, range(20), [row(1), big], {}, PaintTools(engine), PARAMS)
    hidden = [scene for scene in scenes if scene.dropped["hidden"] == 1]
    assert hidden
    for scene in hidden:
        assert [reject.reason for reject in scene.rejects] == ["hidden by nearer objects"]
        assert [item.row.label for item in scene.objects] == ["wall"]


def test_painting_again_without_hidden_objects_repeats_no_call() -> None:
    big = ObjectClass(
        prompt="wall", min_appear=1, max_appear=1, width_min=60, height_min=60, width_max=60, height_max=60
    )
    small = PARAMS.model_copy(update={"context_px": 2, "context_share": 0.0})
    repeated_of: list[tuple[int, int]] = []
    for seed in range(30):
        engine = FillEngine()
        scene = paint(engine, [row(3), big], small, seed)
        if scene.dropped["hidden"]:
            repeated_of.append((len(engine.seeds) - len(set(engine.seeds)), len(scene.objects)))
    assert all(repeated <= kept for repeated, kept in repeated_of)
    assert any(repeated < kept for repeated, kept in repeated_of)  # only what the hidden object's pixels reach


def test_retry_with_another_seed_then_counted() -> None:
    engine = FillEngine(fail_first=True)
    scene = paint(engine, [row(1)])
    assert (scene.attempts, dict(scene.invalid), len(scene.objects)) == (2, {"too small": 1}, 1)
    assert len(set(engine.seeds)) == 2


def test_invisible_objects_are_invalid_and_dropped() -> None:
    engine = FillEngine()
    flat = np.full((96, 128, 3), 50, np.uint8)
    params = PARAMS.model_copy(update={"min_contrast": 90.0})
    scene = paint_scenes_together([flat], [3], [row(1)], {}, PaintTools(engine), params)[0]
    assert (scene.attempts, dict(scene.invalid), dict(scene.dropped)) == (3, {"cannot be seen": 3}, {"invalid": 1})
    assert [(reject.number, reject.attempt, reject.label) for reject in scene.rejects] == [
        (0, attempt, "block") for attempt in range(3)
    ]
    assert all(reject.reason == "cannot be seen" and max(reject.picture.shape) <= 192 for reject in scene.rejects)
    assert ((scene.rejects[0].picture == (255, 0, 80)).all(axis=2)).any()  # the outline of what was refused
    assert (scene.image == flat).all()


def test_drifting_engine_is_pasted_back_and_segmented() -> None:
    exact = paint(FillEngine(), [row(1)])
    scene = paint(FillEngine(exact=False), [row(1)])
    mask = scene.objects[0].mask
    overlap = (mask & exact.objects[0].mask).sum() / (mask | exact.objects[0].mask).sum()
    assert overlap > 0.85
    x0, y0, x1, y1 = bounds(exact.objects[0])
    far = np.ones((96, 128), np.bool_)
    far[max(0, y0 - 12) : y1 + 12, max(0, x0 - 12) : x1 + 12] = False
    assert (scene.image[far] == background()[far]).all()


def test_no_ground_leaves_no_object() -> None:
    params = PARAMS.model_copy(update={"placement": "ground"})
    halves = np.zeros((96, 128, 3), np.uint8)
    halves[:, 64:] = 255
    scene = paint_scenes_together([halves], [3], [row(2)], {}, PaintTools(FillEngine()), params)[0]
    assert dict(scene.dropped) == {"no ground to stand on": 2}
    assert scene.objects == []


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


def test_no_two_instances_of_a_class_are_merged_and_boxes_keep_their_overlap_limit() -> None:
    limit = 0.1
    params = PARAMS.model_copy(update={"max_iou": limit})
    scenes = paint_scenes_together(
        [background()] * 30, range(30), [row(4, 20, 44)], {}, PaintTools(FillEngine(exact=False)), params
    )
    for scene in scenes:
        boxes = [bounds(item) for item in scene.objects]
        assert all(iou(one, two) <= limit + 0.05 for n, one in enumerate(boxes) for two in boxes[:n])
        assert all(box[2] - box[0] <= 46 and box[3] - box[1] <= 46 for box in boxes)
        assert np.sum([item.mask for item in scene.objects], axis=0).max(initial=0) <= 1


class TwoHalves:
    """Sees the left and the right half of every picture as two things."""

    name = "test:two-halves@1"

    def segment(self, images: Sequence[np.ndarray]) -> list[list[Instance]]:
        found: list[list[Instance]] = []
        for image in images:
            dark = image.mean(axis=2) < 100
            left, right = dark.copy(), dark.copy()
            middle = int(np.flatnonzero(dark.any(axis=0)).mean())
            left[:, middle:] = False
            right[:, :middle] = False
            found.append([Instance(left, 0.9), Instance(right, 0.9)])
        return found


def test_two_new_instances_in_one_box_are_refused_as_more_than_one() -> None:
    tools = PaintTools(FillEngine(exact=False), TwoHalves())
    scene = paint_scenes_together([background()], [3], [row(1, 40, 44)], {}, tools, PARAMS)[0]
    assert dict(scene.invalid) == {"more than one object": 3}
    assert scene.objects == []
