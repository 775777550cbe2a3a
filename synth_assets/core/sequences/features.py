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
from synth_assets.core.measure import TRAITS, Look, traits
from synth_assets.core.ports import RGB

_THREADS = 2
"""Decoding and filtering happen outside Python; memory holds twice as many pictures."""


@dataclass(frozen=True)
class Features:
    """Traits by picture.

    Attributes:
        values: image id → trait → value.
        unreadable: image id → why it could not be measured.
    """

    values: Mapping[str, dict[str, float]]
    unreadable: Mapping[str, str]

    def __contains__(self, image_id: str) -> bool:
        return image_id in self.values or image_id in self.unreadable

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


def measure_features(images: Mapping[str, Callable[[], RGB]], known: Features, side_px: int) -> Features:
    """Gives the features of these images, and of no others, measuring only those not known.

    Args:
        images: id → how to read it.
        known: measured before with the same ``side_px``.
        side_px: pictures are scaled down to this longest side.
    """
    return _joined(
        (key, _known(known, key) if key in known else _measured(read, side_px)) for key, read in images.items()
    )


def _known(known: Features, image_id: str) -> dict[str, float] | str:
    return known.values[image_id] if image_id in known.values else known.unreadable[image_id]


def _measured(read: Callable[[], RGB], side_px: int) -> dict[str, float] | str:
    try:
        return traits(Look(fit_within(read(), (side_px, side_px))))
    except BadImageError as error:
        return str(error)


def _joined(found: Iterable[tuple[str, dict[str, float] | str]]) -> Features:
    values: dict[str, dict[str, float]] = {}
    unreadable: dict[str, str] = {}
    for key, result in found:
        if isinstance(result, str):
            unreadable[key] = result
        else:
            values[key] = result
    return Features(values, unreadable)
