"""Partitions: time slots are static, characters are dynamic, the history of profiles is time windows.

Belongs here: the partition definitions and what names are valid. Does not belong here: which slot
a photo belongs to (``core/profile/slots.py``) and when a character is added (``sensors.py``).
"""

import re

from dagster import DynamicPartitionsDefinition, StaticPartitionsDefinition, TimeWindowPartitionsDefinition
from tzlocal import get_localzone_name

from synth_assets.core.profile.slots import FIRST_WINDOW, SLOTS, WINDOW_CRON, WINDOW_FORMAT

slots = StaticPartitionsDefinition(list(SLOTS))
"""What a picture shows: morning … night."""

characters = DynamicPartitionsDefinition(name="characters")
"""One a character; added by ``synth add-character`` or by a folder under ``data/characters``."""

LOCAL_ZONE = get_localzone_name() or "UTC"
"""Name of the machine's time zone: slots are hours of local time."""

windows = TimeWindowPartitionsDefinition(
    cron_schedule=WINDOW_CRON,
    fmt=WINDOW_FORMAT,
    start=FIRST_WINDOW.strftime(WINDOW_FORMAT),
    timezone=LOCAL_ZONE,
    end_offset=1,  # the window that has begun takes captures in already
)
"""One slot of one day, for what cameras and people bring in over time."""

_CHARACTER = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


def check_character(name: str) -> str:
    """Gives the name back if it can be a partition key.

    Dagster takes any dynamic key, and some break things later (``/``, ``,``, ``...``).

    Raises:
        ValueError: the name is not 1-64 of a-z, 0-9, _ and -, beginning with a letter or digit.
    """
    if not _CHARACTER.fullmatch(name):
        raise ValueError(
            f"character name {name!r}: use 1 to 64 of a-z, 0-9, '_' and '-', beginning with a letter or a digit"
        )
    return name
