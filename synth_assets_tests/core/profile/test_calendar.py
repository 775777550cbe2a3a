"""Patterns over hours and seasons: sums that add up, and means read off them."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth_assets.core.profile.calendar import Calendar, Sums, calendar_of, merge_calendars, patterns, season_of


def metrics(brightness: float, saturation: float = 0.5, warmth: float = 0.0) -> dict[str, float]:
    return {"brightness_mean": brightness, "saturation": saturation, "warmth": warmth, "contrast": 0.3}


def test_sums_by_hour_and_month() -> None:
    calendar = calendar_of(
        [
            (datetime(2026, 12, 24, 7, 59), metrics(0.2, 0.4, -10), 1.0),
            (datetime(2025, 1, 3, 7, 0), metrics(0.6, 0.2, 20), 3.0),
            (datetime(2026, 7, 3, 23, 0), metrics(0.1), 1.0),
        ]
    )
    assert list(calendar.hours) == [7, 23]
    assert list(calendar.months) == [1, 7, 12]
    assert calendar.hours[7] == Sums(images=4, brightness=0.2 + 3 * 0.6, saturation=0.4 + 3 * 0.2, warmth=50)
    assert patterns(calendar) == [
        {"period": "hour 07", "images": 4.0, "brightness": pytest.approx(0.5), "saturation": 0.25, "warmth": 12.5},
        {"period": "hour 23", "images": 1.0, "brightness": 0.1, "saturation": 0.5, "warmth": 0.0},
        {"period": "winter", "images": 4.0, "brightness": pytest.approx(0.5), "saturation": 0.25, "warmth": 12.5},
        {"period": "summer", "images": 1.0, "brightness": 0.1, "saturation": 0.5, "warmth": 0.0},
    ]
    assert [row["period"] for row in patterns(calendar, northern=False)[2:]] == ["winter", "summer"]
    assert patterns(calendar, northern=False)[2]["images"] == 1.0


def test_seasons() -> None:
    assert [season_of(month) for month in (12, 1, 2)] == ["winter"] * 3
    assert [season_of(month) for month in (3, 5, 6, 8, 9, 11)] == [
        *("spring", "spring", "summer", "summer", "autumn", "autumn"),
    ]
    assert [season_of(month, northern=False) for month in (1, 4, 7, 10)] == ["summer", "autumn", "winter", "spring"]
    for month in (0, 13):
        with pytest.raises(ValueError, match=f"month {month} is not in 1..12"):
            season_of(month)


def test_no_photos() -> None:
    assert calendar_of([]) == merge_calendars([]) == Calendar()
    assert patterns(Calendar()) == []


def test_json_round_trip() -> None:
    calendar = calendar_of([(datetime(2026, 3, 1, 0, 5), metrics(0.25), 2.0)])
    assert Calendar.model_validate_json(calendar.model_dump_json()) == calendar


Row = tuple[datetime, dict[str, float], float]
ROWS: st.SearchStrategy[list[Row]] = st.lists(
    st.tuples(
        st.datetimes(datetime(2024, 1, 1), datetime(2026, 12, 31)),
        st.builds(metrics, st.floats(0, 1), st.floats(0, 1), st.floats(-255, 255)),
        st.floats(0.1, 5),
    ),
    max_size=8,
)
PARTS = st.lists(st.tuples(ROWS, st.floats(0.01, 10)), max_size=4)


def flat(calendar: Calendar) -> dict[tuple[str, int, str], float]:
    groups = {"hour": calendar.hours, "month": calendar.months}
    return {
        (kind, key, name): value
        for kind, group in groups.items()
        for key, sums in group.items()
        for name, value in sums.model_dump().items()
    }


@given(PARTS)
def test_merging_with_factors_is_pooling_weighted_photos(parts: list[tuple[list[Row], float]]) -> None:
    merged = merge_calendars([calendar_of(rows) for rows, _ in parts], [factor for _, factor in parts])
    pooled = calendar_of([(taken, row, weight * factor) for rows, factor in parts for taken, row, weight in rows])
    assert flat(merged) == pytest.approx(flat(pooled), rel=1e-9, abs=1e-9)


@given(PARTS)
def test_order_does_not_matter_and_no_photo_is_lost(parts: list[tuple[list[Row], float]]) -> None:
    calendars = [calendar_of(rows) for rows, _ in parts]
    merged = merge_calendars(calendars)
    assert flat(merge_calendars(calendars[::-1])) == pytest.approx(flat(merged), rel=1e-9, abs=1e-9)
    weight = sum(weight for rows, _ in parts for _, _, weight in rows)
    for group in (merged.hours, merged.months):
        assert sum(sums.images for sums in group.values()) == pytest.approx(weight)
    rows = patterns(merged)
    assert sum(float(row["images"] or 0) for row in rows) == pytest.approx(2 * weight)
