"""One scene: exact masks, hidden objects, retries, drops, and what no object touches."""

from collections.abc import Sequence

import numpy as np

from synth_assets.core.masks import tight_box
from synth_assets.core.ports import Inpainted, InpaintRequest
from synth_assets.core.scenes.classes import ObjectClass
from synth_assets.core.scenes.painting import PaintParams, Scene, bounds, paint_scene

PARAMS = PaintParams(placement="uniform", max_iou=1.0, min_object_px=20)


class FillEngine:
    """Fills the box's middle with the seed's grey; knows its mask or not."""

    name = "test:fill@1"
    resolution_px: int | None = None

    def __init__(self, *, exact: bool = True, fail_first: bool = False) -> None:
        self.exact, self.fail_first, self.seeds = exact, fail_first, list[int]()

    def inpaint(self, requests: Sequence[InpaintRequest]) -> list[Inpainted]:
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
    return paint_scene(background(), rows, {}, engine, None, params, seed)


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


def test_hidden_objects_are_dropped_and_counted() -> None:
    big = ObjectClass(
        prompt="wall", min_appear=1, max_appear=1, width_min=120, height_min=90, width_max=120, height_max=90
    )
    dropped = [paint(FillEngine(), [row(1), big], seed=seed).dropped for seed in range(20)]
    assert any(entry["hidden"] == 1 for entry in dropped)


def test_retry_with_another_seed_then_counted() -> None:
    engine = FillEngine(fail_first=True)
    scene = paint(engine, [row(1)])
    assert (scene.attempts, dict(scene.invalid), len(scene.objects)) == (2, {"too small": 1}, 1)
    assert len(set(engine.seeds)) == 2


def test_invisible_objects_are_invalid_and_dropped() -> None:
    engine = FillEngine()
    flat = np.full((96, 128, 3), 50, np.uint8)
    params = PARAMS.model_copy(update={"min_contrast": 90.0})
    scene = paint_scene(flat, [row(1)], {}, engine, None, params, 3)
    assert (scene.attempts, dict(scene.invalid), dict(scene.dropped)) == (3, {"cannot be seen": 3}, {"invalid": 1})
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
    scene = paint_scene(halves, [row(2)], {}, FillEngine(), None, params, 3)
    assert dict(scene.dropped) == {"no ground to stand on": 2}
    assert scene.objects == []


def test_seed_decides() -> None:
    first, again, other = (paint(FillEngine(), [row(3)], seed=seed).image for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()
