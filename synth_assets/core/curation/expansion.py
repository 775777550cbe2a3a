"""Temporal expansion: the frames right before and behind a curated one, and the record of them.

Belongs here: which frames those are, in films and in folders of numbered frames, and the two JSON
files. Does not belong here: reading them (``frames.py``).

Expansion is off unless asked for: neighbours are near-twins of their frame.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from synth_assets.core.curation.films import StillSource, stem_of
from synth_assets.core.records import ImageRecord, ImageSet

NEIGHBOUR_MAP, STATS = "temporal_neighbor_map.json", "expansion_stats.json"
_NUMBERED = re.compile(r"(.*?)(\d+)$")


def neighbours_of(curated: Sequence[int], shots: Sequence[int], usable: Sequence[bool], window: int) -> dict[int, int]:
    """Maps each frame to be added to the curated frame that it is nearest to, the earlier of two.

    Frames of other shots, frames outside of the film and curated frames are not added, and none twice.

    Args:
        curated: numbers of the curated frames.
        shots: of every frame of the film, the number of its shot.
        usable: of every frame, whether it shows anything.
        window: frames to look at before and behind each.
    """
    taken = set(curated)
    found: dict[int, int] = {}
    for distance in range(1, window + 1):
        for frame in sorted(curated):
            for place in (frame - distance, frame + distance):
                if not 0 <= place < len(shots) or place in taken:
                    continue
                if shots[place] == shots[frame] and usable[place]:
                    taken.add(place)
                    found[place] = frame
    return found


def numbered(name: str) -> tuple[str, int] | None:
    """Splits a file name into what stands before the number at its stem's end, and that number."""
    match = _NUMBERED.fullmatch(stem_of(name))
    return (match[1], int(match[2])) if match else None


def still_neighbours(
    curated: Sequence[StillSource], all_frames: Sequence[StillSource], window: int
) -> dict[str, list[tuple[int, StillSource]]]:
    """Maps names of curated stills to number and still of their neighbours in a folder of all frames.

    Neighbours have the same name up to the number and one that is at most ``window`` away; the rules
    of ``neighbours_of`` hold. A still whose name ends in no number has none.
    """
    places = {place: still for still in all_frames if (place := numbered(still.name))}
    found: dict[str, list[tuple[int, StillSource]]] = {still.name: [] for still in curated}
    numbers = [(place, still.name) for still in curated if (place := numbered(still.name))]
    taken = {place for place, _ in numbers}
    for distance in range(1, window + 1):
        for (prefix, number), name in numbers:
            for place in ((prefix, number - distance), (prefix, number + distance)):
                if place in places and place not in taken:
                    taken.add(place)
                    found[name].append((place[1], places[place]))
    return {name: sorted(near, key=lambda pair: pair[0]) for name, near in found.items()}


def context_name(stem: str, number: int) -> str:
    """File name of a neighbour."""
    return f"{stem}_ctx{number:06d}.png"


def expansion_files(images: ImageSet, window: int) -> Mapping[str, bytes]:
    """Gives the two JSON files of a partition of ``frames``.

    ``temporal_neighbor_map.json``: stem of each curated frame → offset in frames, as text, → stem of the
    neighbour. A neighbour of two curated frames is one picture and stands with both.

    ``expansion_stats.json``: ``curated_frames``, ``expanded_frames`` (the added ones), ``total_frames``,
    ``window``, ``expansion_ratio`` (total over curated, 0 without any) and ``frames_lacking_neighbors``
    (curated frames with fewer than two windows full).
    """
    curated = [record for record in images.ok if not record.extra.get("context_of")]
    added = [record for record in images.ok if record.extra.get("context_of")]
    by_place = {_place(record): record.stem for record in added}
    by_frame: dict[str, dict[str, str]] = {}
    for record in curated:
        clip, number = _place(record)
        around = {offset: (clip, number + offset) for offset in range(-window, window + 1)}
        by_frame[record.stem] = {str(offset): by_place[at] for offset, at in around.items() if at in by_place}
    stats = {
        "curated_frames": len(curated),
        "expanded_frames": len(added),
        "total_frames": len(curated) + len(added),
        "window": window,
        "expansion_ratio": round((len(curated) + len(added)) / len(curated), 3) if curated else 0.0,
        "frames_lacking_neighbors": sum(len(near) < 2 * window for near in by_frame.values()),
    }
    return {NEIGHBOUR_MAP: _json(by_frame), STATS: _json(stats)}


def _place(record: ImageRecord) -> tuple[str, int]:
    """The shot of a film, or the name of a still up to its number, and the number."""
    if record.extra.get("video"):
        return record.group, int(record.extra["frame_index"] or 0)
    name = record.source.rsplit("/", 1)[-1]
    return numbered(name) or (name, 0)


def _json(values: Mapping[str, object]) -> bytes:
    return (json.dumps(values, indent=2, ensure_ascii=False) + "\n").encode()
