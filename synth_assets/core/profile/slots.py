"""Time slots: what a picture shows, morning to night; and the windows of time that they cut days into.

Belongs here: the names, their hours, and which slot and window a photo belongs to. Does not belong
here: the partition definitions (``synth_assets/partitions.py``) and reading EXIF (``exif.py``).
"""

from __future__ import annotations

from datetime import datetime, timedelta

SLOTS = ("morning", "midday", "afternoon", "evening", "night")

_STARTS = ((6, "morning"), (11, "midday"), (14, "afternoon"), (18, "evening"), (22, "night"))
"""Hour at which each slot begins, local time; it ends where the next begins, night at 6."""

WINDOW_FORMAT = "%Y-%m-%d-%H"
"""Of a window's key: the local time at which it begins. A window is one slot of one day."""
WINDOW_CRON = f"0 {','.join(str(hour) for hour, _ in _STARTS)} * * *"
FIRST_WINDOW = datetime(2024, 1, 1, _STARTS[0][0])
"""Photos that are older have no window; they count with their slot's folder."""


def slot_of_time(moment: datetime) -> str:
    """The slot of a local time; half-open, so 11:00 is midday and 05:59 is night."""
    begun = [slot for start, slot in _STARTS if moment.hour >= start]
    return begun[-1] if begun else "night"


def end_hour(slot: str) -> int:
    """The hour at which a slot ends and the next begins."""
    hours = [hour for hour, _ in _STARTS]
    return hours[(SLOTS.index(slot) + 1) % len(SLOTS)]


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


def window_of(slot: str, moment: datetime) -> str | None:
    """Key of the slot's latest window that had begun at a moment; None before FIRST_WINDOW.

    Where the moment lies in the slot, that is the window around it. A photo that was put into a
    slot by hand can be of another hour, and then counts with the slot's last window before it.

    Args:
        slot: one of SLOTS.
        moment: local time, naive.
    """
    if moment < FIRST_WINDOW:
        return None
    begins = next(hour for hour, name in _STARTS if name == slot)
    start = moment.replace(hour=begins, minute=0, second=0, microsecond=0)
    if start > moment:
        start -= timedelta(days=1)
    return start.strftime(WINDOW_FORMAT) if start >= FIRST_WINDOW else None


def slot_of_window(key: str) -> str:
    """The slot whose window a key names.

    Raises:
        ValueError: not a window's key.
    """
    try:
        start = datetime.strptime(key, WINDOW_FORMAT)
        return dict(_STARTS)[start.hour]
    except (ValueError, KeyError):
        hours = ", ".join(f"{hour:02d} ({name})" for hour, name in _STARTS)
        raise ValueError(f"{key!r} is no window; use YYYY-MM-DD-HH with HH one of {hours}") from None
