"""Partitions: time slots are static, characters are dynamic.

Belongs here: the partition definitions and what names are valid. Does not belong here: which slot
a photo belongs to (``core/profile/slots.py``) and when a character is added (``sensors.py``).
"""

import re

from dagster import DynamicPartitionsDefinition, StaticPartitionsDefinition

from synth_assets.core.profile.slots import SLOTS

slots = StaticPartitionsDefinition(list(SLOTS))
"""What a picture shows: morning … night."""

characters = DynamicPartitionsDefinition(name="characters")
"""One a character; added by ``synth add-character`` or by a folder under ``data/characters``."""

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
