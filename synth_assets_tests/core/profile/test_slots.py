from datetime import datetime

import pytest

from synth_assets.core.profile.slots import SLOTS, slot_for, slot_of_time, window_of


@pytest.mark.parametrize(
    ("clock", "slot"),
    [
        ("05:59", "night"),
        ("06:00", "morning"),
        ("10:59", "morning"),
        ("11:00", "midday"),
        ("14:00", "afternoon"),
        ("17:59", "afternoon"),
        ("18:00", "evening"),
        ("21:59", "evening"),
        ("22:00", "night"),
        ("00:00", "night"),
    ],
)
def test_slots_are_half_open_and_night_wraps(clock, slot):
    assert slot_of_time(datetime.fromisoformat(f"2024-05-01T{clock}")) == slot


def test_every_hour_has_a_slot():
    assert {slot_of_time(datetime(2024, 5, 1, hour)) for hour in range(24)} == set(SLOTS)


MORNING, EVENING = datetime(2024, 5, 1, 7), datetime(2024, 5, 1, 19)


def test_priority():
    assert slot_for("night", "midday", MORNING, EVENING) == "night"
    assert slot_for(None, "Midday", MORNING, EVENING) == "midday"
    assert slot_for(None, "holiday", MORNING, EVENING) == "morning"
    assert slot_for(None, None, None, EVENING) == "evening"


def test_unknown_explicit_slot_is_refused():
    with pytest.raises(ValueError, match="'dusk' is unknown; use one of morning"):
        slot_for("dusk", None, None, EVENING)


def test_a_clock_that_was_never_set_gives_no_window():
    assert window_of("night", datetime(1, 1, 1)) is None
    assert window_of("night", datetime(2024, 1, 1, 5, 59)) is None
    assert window_of("morning", datetime(2024, 1, 1, 6)) == "2024-01-01-06"
