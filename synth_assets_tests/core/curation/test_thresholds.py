from pathlib import Path

import pytest

from synth_assets.core.config import ConfigError
from synth_assets.core.curation.thresholds import DecisionThresholds, load_thresholds


def test_own_file_overrides_value_by_value(project_root: Path, tmp_path: Path) -> None:
    own = tmp_path / "luca.yaml"
    own.write_text("thresholds:\n  simple_background: 0.25\n")
    merged = load_thresholds(project_root / "configs" / "decision_thresholds.yaml", own)
    assert merged.thresholds.simple_background == 0.25
    assert merged.thresholds.good_lighting == 0.7


def test_shipped_file_holds_the_defaults(project_root: Path) -> None:
    assert load_thresholds(project_root / "configs" / "decision_thresholds.yaml") == DecisionThresholds()


def test_misspelt_name_is_refused_with_file(project_root: Path, tmp_path: Path) -> None:
    own = tmp_path / "luca.yaml"
    own.write_text("thresholds:\n  simple_backgrund: 0.25\n")
    with pytest.raises(ConfigError, match=r"luca\.yaml: thresholds\.simple_backgrund"):
        load_thresholds(project_root / "configs" / "decision_thresholds.yaml", own)


def test_targets_must_sum_to_one(tmp_path: Path) -> None:
    file = tmp_path / "t.yaml"
    file.write_text("strategy_targets: {keep_full: 0.5, segment: 0.4, create_occlusion: 0.15, enhance_segment: 0.15}\n")
    with pytest.raises(ConfigError, match=r"t\.yaml:1: strategy_targets: .*sum to 1\.2.*keep_full: 0\.5"):
        load_thresholds(file)


def test_targets_of_a_character_are_laid_over_share_by_share(project_root: Path, tmp_path: Path) -> None:
    common, own = project_root / "configs" / "decision_thresholds.yaml", tmp_path / "luca.yaml"
    own.write_text("strategy_targets: {enhance_segment: 0, far_crop: 0.15}\n")
    targets = {"keep_full": 0.3, "segment": 0.4, "create_occlusion": 0.15, "enhance_segment": 0, "far_crop": 0.15}
    assert load_thresholds(common, own).strategy_targets == targets
    own.write_text("strategy_targets: {keep_full: 0.4}\n")
    with pytest.raises(
        ConfigError, match=r"luca\.yaml: strategy_targets: .*sum to 1\.1.*keep_full: 0\.4, segment: 0\.4"
    ):
        load_thresholds(common, own)


def test_targets_that_cannot_be_shares_are_refused() -> None:
    with pytest.raises(ValueError, match=r"share of segment is not in 0\.\.1"):
        DecisionThresholds(strategy_targets={"segment": -0.5, "keep_full": 1.5})
    with pytest.raises(ValueError, match="what a review says"):
        DecisionThresholds(strategy_targets={"drop": 1.0})
