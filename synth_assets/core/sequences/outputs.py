"""Outputs: what is made of pictures in order: pictures, a film, lists, and their rows.

Belongs here: artifacts of one plan. Does not belong here: the order (``sequencing.py``) and drawing (``rendering.py``,
``film.py``, ``storyboard.py``).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from synth_assets.core.images import encode_jpeg, fit_within
from synth_assets.core.items import Artifact
from synth_assets.core.ports import RGB
from synth_assets.core.records import ImageRecord, ImageSet, Scalar
from synth_assets.core.sequences.film import render_mp4
from synth_assets.core.sequences.ordering import evenly, summarise
from synth_assets.core.sequences.plans import SequencePlan
from synth_assets.core.sequences.rendering import RenderingParams, render_gif, render_sheet
from synth_assets.core.sequences.storyboard import draw_storyboard

_DIGITS = 4
_THUMB_QUALITY, _STORYBOARD_QUALITY = 85, 90


@dataclass(frozen=True)
class Ordered:
    """Pictures in order.

    Attributes:
        pairs: at least one.
        values: what put each in its place.
        left_out: path → why it has none.
        smoothness: of a smooth path, the mean step relative to that of a random order.
    """

    pairs: Sequence[tuple[ImageSet, ImageRecord]]
    values: Sequence[float]
    left_out: Mapping[str, str]
    smoothness: float | None = None

    @property
    def ids(self) -> list[str]:
        """The pictures' ids in order."""
        return [record.id for _, record in self.pairs]

    def shown(self, most: int) -> list[int]:
        """Places of at most so many pictures, evenly spread."""
        return evenly(len(self.pairs), most)


def outputs(
    plan: SequencePlan, ordered: Ordered, read: Callable[[str], RGB], params: RenderingParams
) -> list[Artifact]:
    """Gives the GIF with the film, the lists and the thumbnails as its files, the contact sheet and the storyboard.

    The film and the storyboard show ``plan.max_frames`` pictures at most; the GIF as many of them as its size allows.

    Args:
        plan: how many, and for how long.
        ordered: the pictures.
        read: gives the picture of an id, in the size of a frame or larger.
        params: how they are drawn.
    """
    ids = ordered.ids
    thumbs: dict[int, RGB] = {}
    shown = ordered.shown(plan.max_frames)

    def frames() -> Iterator[RGB]:
        for place in shown:
            picture = read(ids[place])
            thumbs[place] = fit_within(picture, params.cell_hw)
            yield picture

    film = render_mp4(frames(), plan.frame_ms, params.side_px)
    on_sheet = [shown[index] for index in evenly(len(shown), params.sheet_pictures)]
    few = [thumbs[place] for place in on_sheet]
    gif, in_gif = render_gif(len(shown), lambda index: read(ids[shown[index]]), few, plan.frame_ms, params)
    places = [shown[index] for index in in_gif]
    captions = [(str(place + 1), _short(ordered.values[place])) for place in shown]
    board = draw_storyboard([thumbs[place] for place in shown], captions, params.sheet_columns, params.cell_hw)
    small = {place: f"thumbs/{plan.name}/{place + 1:05d}.jpg" for place in on_sheet}
    listing = _listing(plan, ordered, places, small)
    files = {
        f"{plan.name}.json": json.dumps(listing, indent=1).encode(),
        f"{plan.name}.txt": order_text(listing).encode(),
        f"{plan.name}.mp4": film,
        **{path: encode_jpeg(thumbs[place], _THUMB_QUALITY) for place, path in small.items()},
    }
    base: dict[str, Scalar] = {"plan": plan.name, "title": plan.title, "trait": plan.metric, "ordered": len(ids)}
    numbers = {f"trait_{name}": value for name, value in listing["summary"].items() if name != "count"}
    gif_facts = {"kind": "gif", "frames": len(places), "frame_ms": plan.frame_ms, "smoothness": ordered.smoothness}
    return [
        Artifact(_row(ordered, places, {**base, **numbers, **gif_facts}), f"{plan.name}.gif", gif, files=files),
        Artifact(
            _row(ordered, on_sheet, {**base, "kind": "sheet", "frames": len(few)}),
            f"{plan.name}_sheet.png",
            render_sheet(few, params),
        ),
        Artifact(
            _row(ordered, shown, {**base, "kind": "storyboard", "frames": len(shown)}),
            f"{plan.name}_storyboard.jpg",
            encode_jpeg(board, _STORYBOARD_QUALITY),
        ),
    ]


def order_text(listing: Mapping[str, Any]) -> str:
    """Gives the order for people: a line for the sequence, then place, value and path of every picture."""
    plan, summary = listing["plan"], listing["summary"]
    score = "" if listing["smoothness"] is None else f", smoothness {listing['smoothness']:g} of random order"
    head = f"{plan['name']}: {summary['count']} pictures by {listing['metric']}, "
    head += f"{summary['min']:g} to {summary['max']:g}, mean {summary['mean']:g}{score}"
    lines = [f"{entry['place']:5d}  {entry['value']:10.4f}  {entry['image']}" for entry in listing["order"]]
    return "\n".join([head, *lines, ""])


def _short(value: float) -> str:
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.3f}"


def _listing(plan: SequencePlan, ordered: Ordered, places: Sequence[int], small: Mapping[int, str]) -> dict[str, Any]:
    shown = frozenset(places)
    return {
        "plan": plan.model_dump(mode="json"),
        "metric": plan.metric,
        "summary": summarise(ordered.values).rounded(),
        "smoothness": None if ordered.smoothness is None else round(ordered.smoothness, _DIGITS),
        "frames": len(places),
        "left_out": dict(ordered.left_out),
        "order": [
            {
                "place": place + 1,
                "value": round(value, _DIGITS),
                "image": record.path,
                "id": record.id,
                "shown": place in shown,
                "thumbnail": small.get(place, ""),
            }
            for place, ((_, record), value) in enumerate(zip(ordered.pairs, ordered.values, strict=True))
        ],
    }


def _row(ordered: Ordered, places: Sequence[int], extra: Mapping[str, Scalar]) -> ImageRecord:
    frames = [ordered.pairs[place][1] for place in places]
    return ImageRecord(
        parents=tuple(record.id for record in frames),
        licence=" AND ".join(sorted({record.licence for record in frames if record.licence})),
        attribution="; ".join(sorted({record.attribution for record in frames if record.attribution})),
        extra=extra,
    )
