"""Values laid into a character's threshold file: the rest of the file stays as it is."""

import pytest
import yaml

from synth_assets.core.curation.threshold_file import threshold_changes, with_values
from synth_assets.core.curation.thresholds import DecisionThresholds, Thresholds

CHANGES = {"thresholds": {"low_occlusion": 0.35, "poor_quality": 0.6}}


def test_only_what_differs_is_a_change() -> None:
    before = DecisionThresholds()
    after = before.model_copy(update={"thresholds": Thresholds(low_occlusion=0.35)})
    assert threshold_changes(before, after) == {"thresholds": {"low_occlusion": 0.35}}
    assert threshold_changes(before, before) == {}


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("", "thresholds:\n  poor_quality: 0.6\n  low_occlusion: 0.35\n"),
        (
            "# frank\nthresholds: # mine\n  low_occlusion: 0.2 # was 0.1\n  low_sharpness: 0.1\n",
            "# frank\nthresholds: # mine\n  poor_quality: 0.6\n  low_occlusion: 0.35 # was 0.1\n  low_sharpness: 0.1\n",
        ),
        (
            "dataset_needs:\n    occlusion: 0.1  # none",
            "dataset_needs:\n    occlusion: 0.1  # none\nthresholds:\n  poor_quality: 0.6\n  low_occlusion: 0.35\n",
        ),
    ],
)
def test_values_are_put_in_their_place_and_comments_stay(text: str, result: str) -> None:
    assert with_values(text, CHANGES) == (result, True)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("thresholds: {low_sharpness: 0.1} # mine\n", False),
        ("thresholds: {low_sharpness: 0.1}\n", True),
        ("{thresholds: {low_sharpness: 0.1}}", True),
        ("thresholds:\nstrategy_targets: # none\n  segment: 1\n", False),
    ],
)
def test_a_file_of_another_form_is_written_anew_and_that_is_told(text: str, kept: bool) -> None:
    found, comments_kept = with_values(text, CHANGES)
    before, after = yaml.safe_load(text), yaml.safe_load(found)
    assert after["thresholds"] == {**(before["thresholds"] or {}), **CHANGES["thresholds"]}
    assert {**after, "thresholds": None} == {**before, "thresholds": None}
    assert comments_kept is kept
