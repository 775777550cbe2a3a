import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_assets.core.curation.rules import corrected_facts, decide
from synth_assets.core.curation.thresholds import STRATEGIES, DecisionThresholds, Thresholds
from synth_assets.core.curation.tuning import ChangedFrame, Tuned, tune_thresholds, tuned_yaml
from synth_assets.core.records import ImageRecord
from synth_assets_tests.core.curation.decision_rows import analysed

CONFIG = DecisionThresholds()


def _frames(count: int, seed: int = 1) -> list[ImageRecord]:
    made = np.random.default_rng(seed)
    return [
        analysed(f"f{at:04d}", *made.uniform(0.1, 0.9, 5).tolist(), character_count=int(made.integers(1, 4)))
        for at in range(count)
    ]


def _reviewed(frames: list[ImageRecord], config: DecisionThresholds) -> dict[str, str]:
    return {
        frame.key: decide(corrected_facts(frame.extra), config.thresholds, config.dataset_needs).strategy
        for frame in frames
    }


def test_one_threshold_is_found_between_the_frames_it_parts() -> None:
    # Light enough, little occluded, complexity 0.35 ... 0.65: people keep the frames up to 0.50.
    frames = [analysed(f"f{at}", 0.35 + 0.05 * at, 0.9, 0.1, 0.9, 0.9) for at in range(7)]
    reviews = {frame.key: "keep_full" if at < 4 else "segment" for at, frame in enumerate(frames)}
    tuned = tune_thresholds(frames, reviews, CONFIG)
    assert tuned.after.thresholds == Thresholds(simple_background=0.52)
    assert (tuned.agreement_before, tuned.agreement_after) == (3 / 7, 1.0)
    assert tuned.changed == [ChangedFrame(f"f{at}", "keep_full", "segment", "keep_full") for at in range(4)]
    assert tuned_yaml(tuned) == "thresholds:\n  simple_background: 0.52 # was 0.3\n"


def test_one_review_moves_nothing() -> None:
    tuned = tune_thresholds([analysed("f", 0.35, 0.9, 0.1, 0.9, 0.9)], {"f": "keep_full"}, CONFIG)
    assert tuned.after == CONFIG
    assert (tuned.agreement_before, tuned.agreement_after, tuned.cross_validated) == (0.0, 0.0, None)
    assert (tuned.changed, tuned_yaml(tuned)) == ([], "")


def test_all_thresholds_are_recovered_from_enough_reviews() -> None:
    true = Thresholds(simple_background=0.55, good_lighting=0.45, low_occlusion=0.5, poor_quality=0.4)
    true = true.model_copy(update={"low_sharpness": 0.3, "multi_character": 3})
    frames = _frames(400)
    tuned = tune_thresholds(frames, _reviewed(frames, DecisionThresholds(thresholds=true)), CONFIG)
    assert tuned.agreement_before < 0.7
    assert tuned.agreement_after > 0.99
    assert tuned.cross_validated is not None
    assert 0.95 < tuned.cross_validated <= 1
    for name, value in true.model_dump().items():
        assert getattr(tuned.after.thresholds, name) == pytest.approx(value, abs=0.03)
    assert Thresholds(**yaml.safe_load(tuned_yaml(tuned))["thresholds"]) == tuned.after.thresholds


def test_noise_does_not_pass_for_knowledge() -> None:
    frames = _frames(60)
    made = np.random.default_rng(2)
    tuned = tune_thresholds(frames, {frame.key: STRATEGIES[made.integers(4)] for frame in frames}, CONFIG)
    assert tuned.cross_validated is not None
    assert tuned.agreement_after - tuned.cross_validated > 0.05


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 1000), st.integers(1, 30))
def test_agreement_never_falls_and_what_no_rule_gives_is_ignored(seed: int, count: int) -> None:
    frames = _frames(count, seed)
    made = np.random.default_rng(seed)
    reviews = {frame.key: STRATEGIES[made.integers(4)] for frame in frames}
    tuned: Tuned = tune_thresholds(frames, reviews, CONFIG)
    assert tuned.agreement_after >= tuned.agreement_before
    more = [*frames, analysed("x"), analysed("y"), ImageRecord(key="w", status="failed")]
    ignored = {"x": "drop", "y": "far_crop", "z": "segment", "w": "segment"}
    assert tune_thresholds(more[::-1], {**reviews, **ignored}, CONFIG) == tuned


def test_without_reviews_the_way_out_is_named() -> None:
    with pytest.raises(ValueError, match="synth review NAME"):
        tune_thresholds(_frames(2), {"f0000": "drop"}, CONFIG)
