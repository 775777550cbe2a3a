"""Features: the traits of every picture, measured once per content.

Belongs here: measuring what is not known yet, and the table that remembers it. Does not belong
here: the traits themselves (``core/measure.py``) and sorting (``ordering.py``).
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from synth_assets.core.images import BadImageError, fit_within
from synth_assets.core.items import bounded_map
from synth_assets.core.measure import TRAITS, Look, traits
from synth_assets.core.ports import RGB
from synth_assets.core.sequences.pictures import THREADS


@dataclass(frozen=True)
class Features:
    """Traits by picture.

    Attributes:
        values: image id → trait → value.
        unreadable: image id → why it could not be measured.
    """

    values: Mapping[str, dict[str, float]]
    unreadable: Mapping[str, str]

    def without(self, unreadable: Mapping[str, str]) -> Features:
        """Gives the features without those of pictures that cannot be read any more: image id → why."""
        values = {key: value for key, value in self.values.items() if key not in unreadable}
        return Features(values, {**self.unreadable, **unreadable})

    def to_parquet(self) -> bytes:
        """Gives the table: id, the traits, and the reason where there are none; sorted by id."""
        rows = [{"id": key, **values, "reason": ""} for key, values in self.values.items()]
        rows += [{"id": key, "reason": reason} for key, reason in self.unreadable.items()]
        table = pd.DataFrame(rows, columns=["id", *TRAITS, "reason"]).sort_values("id")
        buffer = io.BytesIO()
        table.to_parquet(buffer, index=False)
        return buffer.getvalue()

    @classmethod
    def from_parquet(cls, data: bytes) -> Features:
        """Reads the table back; the inverse of ``to_parquet``."""
        table = pd.read_parquet(io.BytesIO(data))
        values: dict[str, dict[str, float]] = {}
        unreadable: dict[str, str] = {}
        for row in table.to_dict("records"):
            if row["reason"]:
                unreadable[str(row["id"])] = str(row["reason"])
            else:
                values[str(row["id"])] = {name: float(row[name]) for name in TRAITS}
        return cls(values, unreadable)


def measure_features(image_ids: Iterable[str], read: Callable[[str], RGB], known: Features, side_px: int) -> Features:
    """Gives the features of these images, and of no others, measuring only those not known.

    Args:
        image_ids: whose.
        read: gives the picture of an id; called from several threads.
        known: measured before with the same ``side_px``.
        side_px: pictures are scaled down to this longest side.
    """

    def measured(image_id: str) -> dict[str, float] | str:
        try:
            return known.values.get(image_id) or traits(Look(fit_within(read(image_id), (side_px, side_px))))
        except BadImageError as error:
            return str(error)

    keys = list(image_ids)
    found = dict(zip(keys, bounded_map(measured, keys, THREADS), strict=True))
    values = {key: value for key, value in found.items() if not isinstance(value, str)}
    return Features(values, {key: reason for key, reason in found.items() if isinstance(reason, str)})
