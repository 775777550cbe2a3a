import pytest

from synth_assets.core.curation.rules import FrameFacts, corrected_facts, decide, documented_facts
from synth_assets.core.curation.thresholds import DatasetNeeds, Thresholds
from synth_assets.core.records import Scalar

CALM = FrameFacts(complexity=0.2, lighting=0.8, occlusion=0.1, quality=0.9, sharpness=0.9)


def _facts(**changes: float) -> FrameFacts:
    return FrameFacts(**{**vars(CALM), **changes})  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("facts", "strategy", "confidence"),
    [
        (CALM, "keep_full", 0.4 * 0.8 + 0.4 * 0.8 + 0.2 * 0.9),
        (_facts(character_count=2), "keep_full", 0.82),
        (_facts(lighting=0.7, character_count=2), "segment", 0.8),
        (_facts(lighting=0.7, instance_count=9), "create_occlusion", 0.7),
        (_facts(complexity=0.31), "segment", 0.8),
        (_facts(complexity=0.3), "create_occlusion", 0.7),
        (_facts(occlusion=0.2, quality=0.45), "enhance_segment", 0.55),
        (_facts(occlusion=0.2, sharpness=0.39), "enhance_segment", 0.1),
        (_facts(occlusion=0.2), "create_occlusion", 0.7),
        (_facts(complexity=0.31, quality=0.1), "segment", 0.8),
    ],
)
def test_first_rule_that_holds_decides(facts: FrameFacts, strategy: str, confidence: float) -> None:
    decision = decide(facts, Thresholds(), DatasetNeeds())
    assert decision.strategy == strategy
    assert decision.confidence == pytest.approx(confidence)


def test_without_need_for_occlusion_segmenting_is_the_default() -> None:
    decision = decide(_facts(occlusion=0.5), Thresholds(), DatasetNeeds(occlusion=0.5))
    assert (decision.strategy, decision.confidence) == ("segment", 0.6)


def test_reasons_hold_the_numbers_of_every_condition() -> None:
    reasoning = decide(_facts(lighting=0.5, character_count=3, complexity=0.42), Thresholds(), DatasetNeeds()).reasoning
    assert "several characters (3 >= 2)" in reasoning
    assert "0.42 > 0.3" in reasoning
    assert reasoning.count(" | ") == 1


def test_documented_values_always_have_one_instance_and_character() -> None:
    names = ("complexity", "lighting", "occlusion", "quality", "sharpness")
    values = dict.fromkeys(names, 0.1) | {f"{name}_corrected": 0.2 for name in names}
    values |= {"instance_count": 4, "character_count": 2, "target_share": 0.3, "target_side_px": 70}
    columns: dict[str, Scalar] = {**values, "shot_type": "far"}
    assert documented_facts(columns) == FrameFacts(0.1, 0.1, 0.1, 0.1, 0.1, 1, 1, 0.3, 70, "far")
    assert corrected_facts(columns) == FrameFacts(0.2, 0.2, 0.2, 0.2, 0.2, 4, 2, 0.3, 70, "far")
