"""Placement keeps to the rows' ranges, the image and the overlap limit, for any seed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth_assets.core.boxes import iou, is_inside
from synth_assets.core.scenes.classes import ObjectClass
from synth_assets.core.scenes.ground import GroundBand
from synth_assets.core.scenes.placement import PlacementError, PlacementParams, place_box
from synth_assets.core.seeds import generator

SIZE_HW = (200, 300)
RATIO = ObjectClass(prompt="x", min_appear=0, max_appear=1, aspect_ratio_min=0.8, aspect_ratio_max=1.6)
SIZES = ObjectClass(prompt="x", min_appear=0, max_appear=1, width_min=10, height_min=20, width_max=30, height_max=60)
UNIFORM = PlacementParams(placement="uniform", max_iou=0.1)
GROUND = PlacementParams(placement="ground", max_iou=0.1)


def band(horizon: int = 100, top: int = 110) -> GroundBand:
    return GroundBand(SIZE_HW, horizon, np.full(SIZE_HW[1], top, np.int64))


@given(st.integers(0, 2**32), st.sampled_from([RATIO, SIZES]), st.sampled_from([UNIFORM, GROUND]))
def test_boxes_stay_inside_and_apart(seed: int, row: ObjectClass, params: PlacementParams) -> None:
    rng = generator(seed)
    taken = [place_box(row, SIZE_HW, [], rng, params, band())]
    taken.append(place_box(row, SIZE_HW, taken, rng, params, band()))
    assert all(is_inside(box, SIZE_HW) for box in taken)
    assert iou(*taken) <= 0.1


@given(st.integers(0, 2**32), st.sampled_from([UNIFORM, GROUND]))
def test_ratio_mode_keeps_ratio_and_long_side(seed: int, params: PlacementParams) -> None:
    x0, y0, x1, y1 = place_box(RATIO, SIZE_HW, [], generator(seed), params, band())
    width, height = x1 - x0, y1 - y0
    assert 49 <= max(width, height) <= 100  # a quarter to half of 200, cut to whole pixels
    assert 0.8 - 0.03 <= width / height <= 1.6 + 0.05


@given(st.integers(0, 2**32), st.sampled_from([UNIFORM, GROUND]))
def test_size_mode_keeps_sizes(seed: int, params: PlacementParams) -> None:
    x0, y0, x1, y1 = place_box(SIZES, SIZE_HW, [], generator(seed), params, band())
    assert 10 <= x1 - x0 <= 30
    assert 20 <= y1 - y0 <= 60


def test_uniform_sizes_are_spread_evenly() -> None:
    rng = generator(1)
    boxes = [place_box(SIZES, SIZE_HW, [], rng, UNIFORM) for _ in range(2000)]
    widths = np.array([box[2] - box[0] for box in boxes])
    lefts = np.array([box[0] / (SIZE_HW[1] - (box[2] - box[0])) for box in boxes])
    assert abs(widths.mean() - 20) < 0.6
    assert abs(lefts.mean() - 0.5) < 0.03
    assert abs(lefts.std() - 12**-0.5) < 0.02


def test_things_stand_on_the_ground_and_grow_towards_the_viewer() -> None:
    rng = generator(2)
    boxes = [place_box(SIZES, SIZE_HW, [], rng, GROUND, band()) for _ in range(200)]
    feet = np.array([box[3] for box in boxes])
    heights = np.array([box[3] - box[1] for box in boxes])
    assert feet.min() > 110
    assert feet.max() <= 194
    assert np.corrcoef(feet, heights)[0, 1] > 0.9


def test_columns_without_ground_are_avoided() -> None:
    top = np.full(SIZE_HW[1], 110, np.int64)
    top[:200] = SIZE_HW[0]
    ground = GroundBand(SIZE_HW, 100, top)
    params = PlacementParams(min_ground_share=1.0)
    rng = generator(3)
    assert all(place_box(SIZES, SIZE_HW, [], rng, params, ground)[0] >= 200 for _ in range(50))


def test_no_room_is_said() -> None:
    row = ObjectClass(
        prompt="wall", min_appear=0, max_appear=1, width_min=300, height_min=200, width_max=300, height_max=200
    )
    with pytest.raises(PlacementError, match="no room for 'wall' beside 1 others"):
        place_box(row, SIZE_HW, [(0, 0, 300, 200)], generator(0), UNIFORM)


def test_ground_placement_needs_ground() -> None:
    with pytest.raises(PlacementError, match="set placement to uniform"):
        place_box(SIZES, SIZE_HW, [], generator(0), GROUND, None)
