"""Shots: frames that follow each other in a film, how much moves in them, and an order that keeps shots whole.

Belongs here: neighbours within a shot, motion from pairs, the order of shots. Does not belong here: finding shots
(``curation/shots.py``) and measuring a pair (``measure_motion.py``).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import cast

import numpy as np

from synth_assets.core.records import ImageRecord

Pair = tuple[ImageRecord, ImageRecord]


def by_shot(records: Sequence[ImageRecord]) -> list[list[ImageRecord]]:
    """Gives the frames of each shot in the order of the film, by film and shot; pictures of no film are left out."""
    shots: defaultdict[tuple[str, int], list[ImageRecord]] = defaultdict(list)
    for record in records:
        if record.extra.get("video"):
            shots[str(record.extra["video"]), _number(record, "shot")].append(record)
    return [sorted(shots[key], key=lambda record: (_number(record, "frame_index"), record.id)) for key in sorted(shots)]


def _number(record: ImageRecord, name: str) -> int:
    return int(cast("int", record.extra[name]))


def neighbours(records: Sequence[ImageRecord]) -> dict[str, Pair]:
    """Gives every two frames that follow each other in a shot, by a name made of their ids."""
    pairs = [pair for shot in by_shot(records) for pair in pairwise(shot)]
    return {f"{before.id}>{after.id}": (before, after) for before, after in pairs}


def motion_of(pairs: Mapping[str, Pair], moved: Mapping[str, float]) -> dict[str, float]:
    """Gives by id how fast things move in a frame, in widths of the picture a second.

    It is the mean over the frames before and after it in its shot; a frame alone in its shot has none.

    Args:
        pairs: from ``neighbours``.
        moved: motion of the pairs in widths; pairs that could not be read are missing.
    """
    speeds: defaultdict[str, list[float]] = defaultdict(list)
    for name, (before, after) in pairs.items():
        seconds = float(cast("float", after.extra["time_s"])) - float(cast("float", before.extra["time_s"]))
        if name in moved and seconds > 0:
            for record in (before, after):
                speeds[record.id].append(moved[name] / seconds)
    return {key: float(np.mean(values)) for key, values in speeds.items()}


def order_by_shot(records: Sequence[ImageRecord], values: Sequence[float], reverse: bool = False) -> list[int]:
    """Gives the indices of the frames shot by shot: shots in rising order of their mean value, frames as in the film.

    Args:
        records: frames of films only.
        values: of each, none NaN.
        reverse: falling order of shots; their frames still run forwards.
    """
    index = {id(record): place for place, record in enumerate(records)}
    shots = [[index[id(record)] for record in shot] for shot in by_shot(records)]
    sign = -1 if reverse else 1
    shots.sort(key=lambda shot: sign * math.fsum(values[place] for place in shot) / len(shot))
    return [place for shot in shots for place in shot]
