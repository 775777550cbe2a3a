from collections import Counter
from itertools import pairwise

import numpy as np

from synth_assets.core.curation.strategies.occlusion import Kind, OcclusionConfig, plan_kinds
from synth_assets.core.ports import Mask
from synth_assets.core.seeds import generator

KINDS: tuple[Kind, ...] = ("edge_blur", "overlay", "object")


def mask(top: int, bottom: int, left: int, right: int) -> Mask:
    drawn = np.zeros((80, 80), np.bool_)
    drawn[top:bottom, left:right] = True
    return drawn


def plans(where: Mask, kinds: tuple[Kind, ...] = KINDS, count: int = 3, frames: int = 40) -> list[list[str]]:
    config = OcclusionConfig(variations_per_image=count)
    return [plan_kinds(where, kinds, config, generator(seed)) for seed in range(frames)]


def test_a_frame_gets_each_kind_once_before_any_twice() -> None:
    wide = mask(0, 80, 5, 75)
    for plan in plans(wide):
        assert {"overlay", "object"} < set(plan)
        assert len(set(plan) & {"left", "right", "bottom"}) == 1
    for plan in plans(wide, count=9):
        assert Counter(plan)["left"] == Counter(plan)["right"] == Counter(plan)["bottom"] == 1
        assert Counter(plan)["overlay"] == Counter(plan)["object"] == 3


def test_over_a_set_all_kinds_and_all_edges_occur_also_with_one_variation() -> None:
    assert {plan for (plan,) in plans(mask(0, 80, 5, 75), count=1)} == {"overlay", "object", "left", "right", "bottom"}


def test_edges_that_miss_the_character_or_hide_nearly_all_of_it_are_not_used() -> None:
    middle = mask(20, 50, 30, 50)
    assert all(set(plan) == {"overlay", "object"} for plan in plans(middle))
    at_the_left = mask(20, 50, 0, 18)
    assert all("left" not in plan for plan in plans(at_the_left))
    assert plans(middle, ("edge_blur",)) == [[]] * 40
    assert plans(mask(0, 80, 0, 80), ("edge_blur",), count=1)[0] != []


def test_plans_follow_the_seed() -> None:
    drawn = plans(mask(0, 80, 5, 75))
    assert drawn == plans(mask(0, 80, 5, 75))
    assert any(first != second for first, second in pairwise(drawn))
