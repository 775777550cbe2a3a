"""Patterns over the hours of the day and the seasons: how bright, colourful and warm photos are when.

Belongs here: sums by hour and by month, adding them up, and reading means off them. Does not belong
here: when a photo was taken (``core/exif.py``) and the five time slots (``slots.py``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from pydantic import Field

from synth_assets.core.config import Params
from synth_assets.core.records import Scalar

HOURS, MONTHS = 24, 12
Season = Literal["winter", "spring", "summer", "autumn"]
SEASONS: tuple[Season, ...] = ("winter", "spring", "summer", "autumn")
_MONTHS_A_SEASON = MONTHS // len(SEASONS)


class Sums(Params):
    """Weighted sums over the photos of one hour or month.

    Attributes:
        images: sum of the photos' weights; their number where all weigh 1.
        brightness: of ``brightness_mean``, 0..1 each.
        saturation: of ``saturation``, 0..1 each.
        warmth: of ``warmth``, -255..255 each.
    """

    images: float = Field(default=0.0, ge=0)
    brightness: float = 0.0
    saturation: float = 0.0
    warmth: float = 0.0

    def plus(self, other: Sums, factor: float = 1.0) -> Sums:
        """These sums and ``factor`` times the others."""
        return Sums(
            images=self.images + factor * other.images,
            brightness=self.brightness + factor * other.brightness,
            saturation=self.saturation + factor * other.saturation,
            warmth=self.warmth + factor * other.warmth,
        )


class Calendar(Params):
    """Sums by the hour (0..23) and by the month (1..12) of local time; empty ones are left out."""

    hours: dict[int, Sums] = Field(default_factory=dict)
    months: dict[int, Sums] = Field(default_factory=dict)


def calendar_of(rows: Sequence[tuple[datetime, Mapping[str, float], float]]) -> Calendar:
    """Sums photos up.

    Args:
        rows: local time, metrics (``brightness_mean``, ``saturation``, ``warmth``) and weight of
            each photo.

    Raises:
        KeyError: a metric is missing.
    """
    hours: dict[int, Sums] = {}
    months: dict[int, Sums] = {}
    for taken, metrics, weight in rows:
        photo = Sums(
            images=1.0,
            brightness=metrics["brightness_mean"],
            saturation=metrics["saturation"],
            warmth=metrics["warmth"],
        )
        hours[taken.hour] = hours.get(taken.hour, Sums()).plus(photo, weight)
        months[taken.month] = months.get(taken.month, Sums()).plus(photo, weight)
    return Calendar(hours=dict(sorted(hours.items())), months=dict(sorted(months.items())))


def merge_calendars(calendars: Sequence[Calendar], factors: Sequence[float] | None = None) -> Calendar:
    """Gives the calendar of the pooled photos, those of calendar i weighing ``factors[i]`` times as much.

    Args:
        calendars: any number; none gives an empty calendar.
        factors: one a calendar; None for 1 each.
    """
    scale = [1.0] * len(calendars) if factors is None else factors
    return Calendar(
        hours=_added([calendar.hours for calendar in calendars], scale),
        months=_added([calendar.months for calendar in calendars], scale),
    )


def _added(parts: Sequence[Mapping[int, Sums]], factors: Sequence[float]) -> dict[int, Sums]:
    total: dict[int, Sums] = {}
    for part, factor in zip(parts, factors, strict=True):
        for key, sums in part.items():
            total[key] = total.get(key, Sums()).plus(sums, factor)
    return dict(sorted(total.items()))


def season_of(month: int, northern: bool = True) -> Season:
    """The meteorological season of a month: December to February is winter in the north, summer in the south.

    Source: K. E. Trenberth, "What are the seasons?", Bulletin of the AMS 64(11), 1983.

    Raises:
        ValueError: not a month, 1..12.
    """
    if not 1 <= month <= MONTHS:
        raise ValueError(f"month {month} is not in 1..{MONTHS}")
    index = month % MONTHS // _MONTHS_A_SEASON + (0 if northern else 2)
    return SEASONS[index % len(SEASONS)]


def patterns(calendar: Calendar, northern: bool = True) -> list[dict[str, Scalar]]:
    """Reads the means off: one row an hour, then one a season, of those with photos.

    Columns are ``period`` ("hour 07", "summer"), ``images`` (sum of weights), ``brightness``,
    ``saturation`` and ``warmth`` (means).

    Args:
        calendar: the sums.
        northern: which half of the Earth the photos are from.
    """
    seasons: dict[str, list[Mapping[int, Sums]]] = {season: [] for season in SEASONS}
    for month, sums in calendar.months.items():
        seasons[season_of(month, northern)].append({0: sums})
    by_season = {season: _added(parts, [1.0] * len(parts)).get(0, Sums()) for season, parts in seasons.items()}
    by_hour = {f"hour {hour:02d}": sums for hour, sums in calendar.hours.items()}
    return [_means(period, sums) for period, sums in [*by_hour.items(), *by_season.items()] if sums.images > 0]


def _means(period: str, sums: Sums) -> dict[str, Scalar]:
    return {
        "period": period,
        "images": sums.images,
        "brightness": sums.brightness / sums.images,
        "saturation": sums.saturation / sums.images,
        "warmth": sums.warmth / sums.images,
    }
