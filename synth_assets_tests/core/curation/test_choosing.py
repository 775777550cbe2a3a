import random

import pytest

from synth_assets.core.curation.choosing import Plan, choose
from synth_assets.core.curation.thresholds import DecisionThresholds
from synth_assets_tests.core.curation.decision_rows import analysed

CONFIG = DecisionThresholds()
# Ten frames that the rules all send to segment, ever more complex and ever blurrier.
BUSY = [analysed(f"f{at}", 0.4 + 0.02 * at, 0.6, 0.5, 0.9, 0.9 - 0.05 * at) for at in range(10)]


def _got(plan: Plan) -> dict[str, int]:
    return {share.strategy: share.got for share in plan.shares}


def test_targets_are_met_by_the_frames_that_suit_them() -> None:
    plan = choose(BUSY, CONFIG, {}, {})
    # 10 frames: 3, 4, 1.5 and 1.5; the first of equal remainders gets the frame
    assert _got(plan) == {"keep_full": 3, "segment": 4, "create_occlusion": 2, "enhance_segment": 1}
    assert plan.choices["f9"].final.strategy == "enhance_segment"
    assert not any(share.note for share in plan.shares)
    assert all(0 <= choice.final.confidence <= 1 for choice in plan.choices.values())


def test_a_moved_frame_says_from_where_to_where_and_why() -> None:
    choice = choose(BUSY, CONFIG, {}, {}).choices["f9"]
    assert choice.moved
    assert choice.final.reasoning == (
        "moved from segment to enhance_segment: the rules gave segment 10 (target 4) and enhance_segment 0 (target 1) "
        "of 10 frames; this one suits enhance_segment with 0.55 (quality 0.90, sharpness 0.45) and segment with 0.79 "
        "(complexity 0.58, characters 1) | by the rules segment: complex background (complexity 0.58 > 0.3)"
    )
    assert choice.final.confidence == 0.55


def test_the_order_of_the_rows_changes_nothing() -> None:
    mixed = [*BUSY, *(analysed(f"g{at}", shot_type="far", character_count=2) for at in range(7))]
    plan = choose(mixed, CONFIG, {}, {"f3": "keep_full"})
    random.Random(3).shuffle(mixed)
    assert choose(mixed, CONFIG, {}, {"f3": "keep_full"}) == plan


def test_too_small_characters_are_kept_and_the_shortfall_is_explained() -> None:
    small = [analysed(f"s{at}", target_side_px=40) for at in range(28)]
    large = [analysed(f"l{at:02d}") for at in range(12)]
    plan = choose([*small, *large], CONFIG, {}, {})
    notes = {share.strategy: share.note for share in plan.shares}
    assert _got(plan)["keep_full"] == 28
    assert notes["keep_full"] == "keep_full: 28 of 40 frames, 12 wished: 28 of 40 frames can serve nothing else"
    reason = "only 12 of 40 frames show the character large enough to cut out (64 px)"
    assert notes["segment"] == f"segment: {_got(plan)['segment']} of 40 frames, 16 wished: {reason}"
    assert [share.at_most for share in plan.shares] == [40, 12, 12, 12]
    assert "only 40 px wide or high, below 64" in plan.choices["s0"].final.reasoning


def test_reviews_stay_and_count() -> None:
    reviews = {"f0": "enhance_segment", "f1": "enhance_segment", "f2": "segment", "elsewhere": "segment"}
    plan = choose(BUSY, CONFIG, {}, reviews)
    assert [plan.choices[f"f{at}"].final.strategy for at in range(3)] == [
        "enhance_segment",
        "enhance_segment",
        "segment",
    ]
    assert [key for key, choice in plan.choices.items() if choice.reviewed] == ["f0", "f1", "f2"]
    choice = plan.choices["f0"]
    assert (choice.moved, choice.final.confidence) == (False, 1.0)
    assert choice.final.reasoning.startswith("chosen by a person in review | by the rules segment: complex")
    assert _got(plan) == {"keep_full": 3, "segment": 4, "create_occlusion": 1, "enhance_segment": 2}
    notes = [share.note for share in plan.shares if share.note]
    assert notes[1].endswith("1 wished: reviews fixed 2 frames to it and 1 to others")


def test_custom_strategies_get_their_share_of_the_frames_that_suit_them() -> None:
    config = DecisionThresholds(strategy_targets={"segment": 0.5, "far_crop": 0.5})
    frames = [analysed(f"f{at}", shot_type="far" if at < 3 else "medium") for at in range(10)]
    plan = choose(frames, config, {"far_crop": lambda facts: float(facts.shot_type == "far")}, {})
    assert [key for key, choice in plan.choices.items() if choice.final.strategy == "far_crop"] == ["f0", "f1", "f2"]
    assert plan.choices["f9"].scores["far_crop"] is None
    assert plan.shares[4].note == "far_crop: 3 of 10 frames, 5 wished: only 3 of 10 frames suit it"


def test_unknown_names_are_refused() -> None:
    with pytest.raises(ValueError, match=r"review of frame f0: unknown strategy 'segmnt'.*review\.csv"):
        choose(BUSY, CONFIG, {}, {"f0": "segmnt"})
    with pytest.raises(ValueError, match="strategy_targets: unknown strategy 'crop'"):
        choose([], DecisionThresholds(strategy_targets={"crop": 1.0}), {}, {})
