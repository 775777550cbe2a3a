import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from synth_assets.core.curation.balance import FREE, Problem, apportion, assign
from synth_assets.core.curation.needs import KINDS, NEED_BONUS, Need, fill_needs, kinds_added, needs_left
from synth_assets.core.curation.rules import FrameFacts
from synth_assets.core.curation.thresholds import STRATEGIES, DatasetNeeds, Thresholds

FAR_GROUP = FrameFacts(0.2, 0.5, 0.5, 0.9, 0.9, character_count=2, shot_type="far")
BUSY = FrameFacts(0.5, 0.5, 0.5, 0.9, 0.9, instance_count=9, shot_type="medium")
NEEDS = DatasetNeeds(occlusion=0.8, multi_character=0.9, far_shot=0.7, complex_bg=0.6, enough=0.2)


def test_whole_frames_add_what_they_show_and_cutouts_nothing() -> None:
    added = kinds_added([FAR_GROUP, BUSY], [*STRATEGIES, "crop"], Thresholds())
    assert added.shape == (2, 5, len(KINDS))
    by_name = {name: added[:, at].astype(int).tolist() for at, name in enumerate([*STRATEGIES, "crop"])}
    assert by_name["keep_full"] == [[0, 1, 1, 0], [0, 0, 0, 1]]
    assert by_name["create_occlusion"] == [[1, 1, 1, 0], [1, 0, 0, 1]]
    assert not any(np.any(by_name[name]) for name in ("segment", "enhance_segment", "crop"))


def test_needs_fall_in_proportion_and_end_at_enough() -> None:
    held = np.array([0.0, 0.05, 0.2, 0.9])
    assert needs_left(NEEDS, held) == pytest.approx([0.8, 0.9 * 0.75, 0.0, 0.0])


def test_bonus_falls_once_the_set_holds_enough() -> None:
    seen: list[float] = []

    def solve(bonus: NDArray[np.float64]) -> NDArray[np.intp]:
        seen.append(float(bonus[0, 0]))
        return np.array([0, 1])  # the far group is kept: half of the set

    _, needs = fill_needs(kinds_added([FAR_GROUP, BUSY], STRATEGIES, Thresholds()), NEEDS, solve)
    assert seen == pytest.approx([NEED_BONUS * 1.6, 0.0])
    assert needs == [
        Need("occlusion", 0.8, 0.0, 0.8),
        Need("multi_character", 0.9, 0.5, 0.0),
        Need("far_shot", 0.7, 0.5, 0.0),
        Need("complex_bg", 0.6, 0.0, 0.6),
    ]


def _filled(facts: list[FrameFacts], needs: DatasetNeeds) -> tuple[NDArray[np.intp], list[Need]]:
    scores = np.tile([0.6, 0.65, 0.4, 0.3], (len(facts), 1))
    quotas, shots = apportion(len(facts), [0.3, 0.4, 0.15, 0.15]), np.zeros(len(facts), dtype=np.intp)
    return fill_needs(
        kinds_added(facts, STRATEGIES, Thresholds()),
        needs,
        lambda bonus: assign(Problem(scores + bonus, quotas, shots, np.full(len(facts), FREE))),
    )


def test_scarce_kinds_are_shown_whole() -> None:
    plain = FrameFacts(0.2, 0.5, 0.5, 0.9, 0.9, shot_type="medium")
    chosen, needs = _filled([plain] * 36 + [FAR_GROUP] * 4, NEEDS)
    assert set(chosen[36:].tolist()) <= {0, 2}
    assert needs[1].held == pytest.approx(0.1)
    assert needs[1].left == pytest.approx(0.9 * 0.5)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from([FAR_GROUP, BUSY]), min_size=1, max_size=30))
def test_a_rerun_decides_the_same(facts: list[FrameFacts]) -> None:
    first, second = _filled(facts, NEEDS), _filled(facts, NEEDS)
    assert first[0].tolist() == second[0].tolist()
    assert first[1] == second[1]
    assert all(need.left == pytest.approx(need.configured * max(0, 1 - need.held / 0.2)) for need in first[1])
