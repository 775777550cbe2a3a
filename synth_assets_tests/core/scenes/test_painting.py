"""Scenes painted together: exact masks, hidden objects, retries, drops, no two objects in one mask."""

from collections.abc import Sequence

import numpy as np
import pytest

from synth_assets.core.boxes import iou
from synth_assets.core.masks import tight_box
from synth_assets.core.ports import Instance, UnsupportedRequestError
from synth_assets.core.scenes.classes import ObjectClass
from synth_assets.core.scenes.cutouts import Cutout, classes_left_out
from synth_assets.core.scenes.painting import (
    PaintTools,
    bounds,
    paint_scenes_together,
)
from synth_assets_tests.core.scenes.fill_engine import PARAMS, FillEngine, background, paint, row


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
