import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from synth_assets.core.curation.balance import assign, quotas, suitability
from synth_assets.core.curation.rules import FrameFacts, decide
from synth_assets.core.curation.thresholds import STRATEGIES, DecisionThresholds

CONFIG = DecisionThresholds()


@given(st.integers(0, 3000))
def test_quotas_sum_and_differ_less_than_one_from_wish(count: int) -> None:
    parts = quotas(count, CONFIG)
    assert sum(parts) == count
    assert all(abs(part - share * count) < 1 for part, share in zip(parts, (0.3, 0.4, 0.15, 0.15), strict=True))


@given(st.integers(1, 60), st.integers(0, 2**32 - 1))
def test_assignment_meets_quotas(count: int, seed: int) -> None:
    scores = list(np.random.default_rng(seed).random((count, 4)))
    chosen = assign(scores, CONFIG)
    assert [chosen.count(at) for at in range(4)] == quotas(count, CONFIG)


def test_assignment_moves_the_frames_that_suit_best() -> None:
    scores = [np.array([0.1 * at, 0.8, 0.0, 0.0]) for at in range(10)]
    chosen = assign(scores, CONFIG)
    assert [at for at, strategy in enumerate(chosen) if STRATEGIES[strategy] == "keep_full"] == [7, 8, 9]


def test_small_characters_are_only_kept() -> None:
    facts = FrameFacts(0.6, 0.5, 0.5, 0.9, 0.9, 1, 0.01, 40)
    scores = suitability(facts, decide(facts, CONFIG.thresholds, CONFIG.dataset_needs), CONFIG)
    assert np.isfinite(scores).tolist() == [True, False, False, False]
    assert assign([scores] * 3, CONFIG) == [0, 0, 0]


def test_needs_favour_whole_frames_of_scarce_kinds() -> None:
    def keep(instances: int) -> float:
        facts = FrameFacts(0.2, 0.5, 0.5, 0.9, 0.9, instances, 0.3, 200)
        return float(suitability(facts, decide(facts, CONFIG.thresholds, CONFIG.dataset_needs), CONFIG)[0])

    assert keep(3) > keep(1)
