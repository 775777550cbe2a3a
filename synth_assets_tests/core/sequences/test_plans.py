import math
from pathlib import Path
from typing import get_args

import pytest

from synth_assets.core.config import ConfigError, load_yaml
from synth_assets.core.measure import TRAITS
from synth_assets.core.records import ImageRecord
from synth_assets.core.sequences.plans import SequenceFilter, SequencesConfig, Trait, check_sources


def test_the_five_default_plans(project_root: Path) -> None:
    config = load_yaml(project_root / "configs" / "sequences.yaml", SequencesConfig)
    traits = [plan.trait for plan in config.plans if plan.order == "trait"]
    assert traits == ["luminance", "hue", "colorfulness", "subject_scale", "edge_density"]
    assert {*TRAITS, "face", "motion"} == set(get_args(Trait))
    assert [(plan.order, plan.metric) for plan in config.plans[5:]] == [("smooth", "step"), ("shots", "motion")]
    assert {(plan.max_frames, plan.frame_ms) for plan in config.plans} == {(240, 220)}
    assert config.rendering.side_px == 720


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("  trait: loudness", ":4: plans.0.trait"),
        ("  trait: hue\n  sorce: [frames]", ":5: plans.0.sorce"),
        ("  trait: hue\n  max_frames: 241", ":5: plans.0.max_frames"),
        ("  trait: hue\n  frame_ms: 225", ":5: plans.0.frame_ms"),
        ("  order: shots", "trait is missing; take one of luminance,"),
        ("  order: smooth\n  trait: hue", "a smooth path is not sorted by a trait; take out trait: hue"),
        ("  trait: hue\n- name: a\n  source: [frames]\n  trait: hue", "two plans are named 'a'"),
    ],
)
def test_a_wrong_plan_is_refused_with_file_and_line(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "sequences.yaml"
    path.write_text(f"plans:\n- name: a\n  source: [frames]\n{line}\n")
    with pytest.raises(ConfigError, match=r"sequences\.yaml") as error:
        load_yaml(path, SequencesConfig)
    assert message in str(error.value)


@pytest.mark.parametrize("name", ["summary", "features", "embeddings", "../a", "A", ""])
def test_names_that_cannot_be_files_are_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "sequences.yaml"
    path.write_text(f"plans:\n- name: '{name}'\n  source: [frames]\n  trait: hue\n")
    with pytest.raises(ConfigError, match="name"):
        load_yaml(path, SequencesConfig)


def test_filters() -> None:
    row = ImageRecord(path="segment/bunny/images/f1_character.png", partition="bunny")
    assert SequenceFilter().takes(row)
    assert SequenceFilter(name="*_character", partitions=("bunny",)).takes(row)
    assert not SequenceFilter(name="*_background").takes(row)
    assert not SequenceFilter(partitions=("frank",)).takes(row)
    limits = SequenceFilter(at_least={"hue": 10}, at_most={"hue": 20})
    assert [limits.takes_values({"hue": value}) for value in (9.0, 10.0, 20.0, 21.0, math.nan)] == [
        *(False, True, True, False, False)
    ]


def test_a_source_may_be_an_added_strategy_and_must_exist(tmp_path: Path) -> None:
    plan = {"name": "a", "source": ["frames", "silhouette"], "trait": "hue"}
    config = SequencesConfig.model_validate({"plans": [{**plan, "name": "b", "source": ["frames"]}, plan]})
    check_sources(tmp_path, config, ["segment", "silhouette"])
    with pytest.raises(
        ConfigError, match=r"plans\.1\.source of 'a'.*under the name 'silhouette'; there are: .*segment$"
    ):
        check_sources(tmp_path, config, ["segment"])
