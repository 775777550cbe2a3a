import numpy as np
import pytest

from synth_assets.core.curation.rules import FrameFacts
from synth_assets.core.curation.suitability import measured, strategy_names, suitability
from synth_assets.core.curation.thresholds import STRATEGIES, Thresholds

FACTS = FrameFacts(0.45, 0.5, 0.5, 0.9, 0.7, 3, 1, 0.1, 200, "medium")


def _fits(facts: FrameFacts) -> list[float]:
    return suitability([facts], STRATEGIES, Thresholds(), {})[0].tolist()


def test_values_follow_the_documented_confidences() -> None:
    # keep_full 0.4 * 0.55 + 0.4 * 0.5 + 0.2 * 0.5; segment half way from 0.6 to 0.8, as 0.45 lies half beyond 0.3
    assert _fits(FACTS) == pytest.approx([0.52, 0.7, 0.7 * 0.6, 0.3])


def test_several_characters_ask_for_a_cutout_whatever_else_is_segmented() -> None:
    several = FrameFacts(0.1, 0.5, 0.5, 0.9, 0.7, 3, 2, 0.1, 200)
    alone = FrameFacts(0.1, 0.5, 0.5, 0.9, 0.7, 3, 1, 0.1, 200)
    assert (_fits(several)[1], _fits(alone)[1]) == (0.8, 0.6)


def test_small_characters_are_only_kept_or_judged_by_custom_strategies() -> None:
    small = FrameFacts(0.6, 0.5, 0.5, 0.9, 0.9, 1, 1, 0.01, 63)
    names = strategy_names({}, {"crop": float})
    fits = suitability([small], names, Thresholds(), {"crop": lambda facts: facts.target_share})[0]
    assert np.isfinite(fits).tolist() == [True, False, False, False, True]
    assert fits[4] == 0.01


def test_custom_zero_is_impossible_and_more_than_one_is_refused() -> None:
    names = strategy_names({"crop": 0.1}, {"crop": float})
    assert names == (*STRATEGIES, "crop")
    assert suitability([FACTS], names, Thresholds(), {"crop": lambda _: 0.0})[0, 4] == -np.inf
    with pytest.raises(ValueError, match=r"strategy crop: suits\(\) gave 1\.5"):
        suitability([FACTS], names, Thresholds(), {"crop": lambda _: 1.5})


def test_a_target_without_a_strategy_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"unknown strategy 'cropp'.*create_occlusion, enhance_segment, crop"):
        strategy_names({"cropp": 1.0}, {"crop": float})


def test_words_hold_the_values_that_count() -> None:
    assert [measured(FACTS, name) for name in (*STRATEGIES, "crop")] == [
        " (complexity 0.45, lighting 0.50, occlusion 0.50)",
        " (complexity 0.45, characters 1)",
        " (the character covers 10%)",
        " (quality 0.90, sharpness 0.70)",
        "",
    ]
