import json
from dataclasses import asdict

import numpy as np
import pytest

from synth_assets.core.profile.distance import DISTANCE_METRICS
from synth_assets.core.profile.mixing import Misfit, MixingParams, mixed_content
from synth_assets.core.profile.slots import SLOTS

PLAIN = dict.fromkeys(DISTANCE_METRICS, 0.5)


def photos(prefix, warmths, brightness=0.5):
    return [
        (f"{prefix}{index}", {**PLAIN, "warmth": float(warmth), "brightness_mean": brightness})
        for index, warmth in enumerate(warmths)
    ]


def statuses(rows_by_slot, params=None):
    return {slot: item.status for slot, item in mixed_content(rows_by_slot, params).items()}


def test_two_slots_apart_fit_with_worked_out_numbers():
    found = mixed_content({"morning": photos("m", range(12)), "evening": photos("e", range(200, 220))})
    morning = found["morning"]
    assert (morning.status, morning.images, morning.own_share) == ("fits", 12, 1.0)
    assert morning.chance_share == pytest.approx(11 / 31)
    assert morning.p == pytest.approx(0.001)  # of 999 shuffles none is as good
    assert morning.misfits == ()
    assert "100% of the most similar photos lie in morning itself, 35% would by chance" in morning.reason


def test_alternating_photos_are_mixed_and_a_stranger_is_named():
    found = mixed_content({"morning": photos("m", range(0, 40, 2)), "evening": photos("e", range(1, 41, 2))})
    assert {item.status for item in found.values()} == {"mixed"}
    assert "the photos of morning look hardly more like each other" in found["morning"].reason

    chance_only = MixingParams(min_agreement=0.0)
    rng = np.random.default_rng(5)
    shuffled = {slot: photos(slot, rng.uniform(0, 400, 20)) for slot in SLOTS}
    assert set(statuses(shuffled, chance_only).values()) == {"mixed"}

    rows = {"morning": photos("m", [*range(12), 206.5]), "evening": photos("e", range(200, 220))}
    found = mixed_content(rows)
    assert found["morning"].status == "fits"
    assert found["morning"].misfits == (Misfit("m12", "evening"),)


def test_a_certain_but_slight_preference_is_mixed():
    rng = np.random.default_rng(3)
    rows = {
        slot: [
            (f"{slot}{index}", {metric: float(value) for metric, value in zip(DISTANCE_METRICS, row, strict=True)})
            for index, row in enumerate(rng.normal(shift, 1, (300, len(DISTANCE_METRICS))))
        ]
        for slot, shift in (("morning", 0), ("afternoon", 0.4))
    }
    found = mixed_content(rows)["morning"]
    assert found.p < 0.01
    assert found.status == "mixed"
    assert statuses(rows, MixingParams(min_agreement=0.0))["morning"] == "fits"


def test_what_cannot_be_judged_says_why():
    found = mixed_content({"morning": photos("m", range(30)), "midday": photos("d", range(3)), "night": []})
    assert [item.status for item in found.values()] == ["not judged"] * 3
    assert found["morning"].reason == "3 photos in other slots to compare with; at least 12 are needed"
    assert found["midday"].reason == "3 photos; at least 12 are needed"
    assert found["night"].images == 0
    assert statuses({"night": photos("n", range(40))}) == {"night": "not judged"}
    assert mixed_content({}) == {}


def test_night_brighter_than_midday_is_misplaced():
    rows = {"midday": photos("d", range(15), 0.2), "night": photos("n", range(100, 115), 0.7)}
    found = mixed_content(rows)
    assert {slot: item.status for slot, item in found.items()} == {"midday": "misplaced", "night": "misplaced"}
    assert "night is brighter than midday (median brightness 0.70 against 0.20" in found["night"].reason
    assert found["night"].own_share == 1.0
    assert set(statuses(rows, MixingParams(darker_than=())).values()) == {"fits"}


def test_the_slot_that_explains_several_reversals_is_the_one_named():
    light = {"morning": 0.6, "midday": 0.7, "afternoon": 0.55, "evening": 0.4, "night": 0.9}
    rows = {slot: photos(slot, range(6), brightness) for slot, brightness in light.items()}
    found = mixed_content(rows)
    assert found["night"].status == "misplaced"
    assert {item.status for slot, item in found.items() if slot != "night"} == {"not judged"}


def test_the_order_of_photos_and_slots_does_not_matter_and_the_result_is_json(sample_rows):
    found = mixed_content(sample_rows)
    turned = mixed_content({slot: sample_rows[slot][::-1] for slot in reversed(SLOTS)})
    assert turned == found
    assert list(found) == list(sample_rows)
    json.dumps({slot: asdict(item) for slot, item in found.items()})


def test_the_sample_fits(sample_rows):
    assert statuses(sample_rows) == dict.fromkeys(SLOTS, "fits")


def test_the_sample_shuffled_into_wrong_slots_is_mixed_everywhere(sample_rows):
    pool = [row for slot in SLOTS for row in sample_rows[slot]]
    rng = np.random.default_rng(0)
    flagged = 0
    for _ in range(10):
        order = iter(rng.permutation(len(pool)))
        shuffled = {slot: [pool[next(order)] for _ in sample_rows[slot]] for slot in SLOTS}
        flagged += sum(status != "fits" for status in statuses(shuffled).values())
    assert flagged >= 49


@pytest.mark.parametrize("turn", [1, 2, 3, 4])
def test_whole_slots_in_turn_are_noticed(sample_rows, turn):
    turned = {slot: sample_rows[SLOTS[(index + turn) % 5]] for index, slot in enumerate(SLOTS)}
    assert "misplaced" in statuses(turned).values()


def test_night_and_midday_exchanged_are_named(sample_rows):
    found = statuses({**sample_rows, "night": sample_rows["midday"], "midday": sample_rows["night"]})
    assert (found["night"], found["midday"]) == ("misplaced", "misplaced")
