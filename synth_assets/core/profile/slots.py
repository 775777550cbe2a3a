"""Time slots: what a picture shows, morning to night.

Belongs here: the names, their hours, and which slot a photo belongs to. Does not belong here: the
partition definition (``synth_assets/partitions.py``) and reading EXIF (``images.py``).
"""

from __future__ import annotations

from datetime import datetime

SLOTS = ("morning", "midday", "afternoon", "evening", "night")

_STARTS = ((6, "morning"), (11, "midday"), (14, "afternoon"), (18, "evening"), (22, "night"))
"""Hour at which each slot begins, local time; it ends where the next begins, night at 6."""


def slot_of_time(moment: datetime) -> str:
    """The slot of a local time; half-open, so 11:00 is midday and 05:59 is night."""
    begun = [slot for start, slot in _STARTS if moment.hour >= start]
    return begun[-1] if begun else "night"


def slot_for(
    explicit: str | None,
    folder_name: str | None,
    exif_datetime: datetime | None,
    capture_time: datetime,
) -> str:
    """The slot of a photo: the explicit one, else the folder's, else EXIF's, else the capture time's.

    Args:
        explicit: a slot set for the whole source; None for none.
        folder_name: name of the folder it lies in; counts only if it is a slot's name, any case.
        exif_datetime: DateTimeOriginal, local time; None where the file tells none.
        capture_time: when it was captured or, failing that, written; local time.

    Raises:
        ValueError: the explicit slot is not one of SLOTS.
    """
    if explicit:
        if explicit not in SLOTS:
            raise ValueError(f"slot {explicit!r} is unknown; use one of {', '.join(SLOTS)}")
        return explicit
    if folder_name and folder_name.lower() in SLOTS:
        return folder_name.lower()
    return slot_of_time(exif_datetime or capture_time)
