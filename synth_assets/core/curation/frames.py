"""Frames: rows and pictures of a character's films and stills.

Belongs here: turning plans into rows, one picture at a time, and what is told about them. Does not
belong here: the plan of a film (``sampling.py``), opening files (``resources/sources/video.py``) and
measuring what is kept (``analysis.py``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from synth_assets.core.curation.blanks import CARD, blank_reason, is_card
from synth_assets.core.curation.expansion import context_name, expansion_files, numbered, still_neighbours
from synth_assets.core.curation.films import StillSource, VideoSource, stem_of
from synth_assets.core.curation.sampling import (
    OVER_LIMIT,
    FrameParams,
    PlannedFrame,
    even_places,
    plan_film,
    share_out,
)
from synth_assets.core.curation.sharing import Elsewhere, film_of_other, is_intact
from synth_assets.core.curation.traits import FrameTraits, colour_distance, frame_traits
from synth_assets.core.images import BadImageError, decode_image
from synth_assets.core.items import Artifact, Extras, Item, PartitionWriter, Summary, fingerprint, run_items
from synth_assets.core.ports import RGB
from synth_assets.core.records import ImageRecord, ImageSet, Scalar


@dataclass(frozen=True)
class _Film:
    video: VideoSource
    quota: int | None


@dataclass(frozen=True)
class _Still:
    still: StillSource
    neighbours: Sequence[tuple[int, StillSource]]
    over_limit: bool


def extract_frames(
    writer: PartitionWriter,
    videos: Sequence[VideoSource],
    stills: Sequence[StillSource],
    params: FrameParams,
    all_frames: Sequence[StillSource] = (),
    others: Iterable[ImageSet] = (),
) -> Summary:
    """Stores the frames worth keeping of all films and stills.

    A film is one item: it is looked through once, then its kept frames are fetched and stored one by
    one. Dropped frames are rejected rows without a picture, so that their reasons are counted; so is
    the damage of a film that breaks off, whose frames before it are kept. A film that another character's
    partition holds, made from equal inputs, is copied from there under its own licence, not decoded. A
    still is one item; stills are checked for blankness only.

    Rows have the columns ``time_s``, ``frame_index``, ``shot`` and ``video``, and ``context_of`` (stem of
    the curated frame, "" for others) and ``context_offset`` (in frames, 0 for others). With
    ``params.expand`` the partition holds the files of ``expansion.expansion_files``.

    Args:
        writer: the opened partition of ``frames``.
        videos: films; their stems must differ.
        stills: pictures; their stems must differ.
        params: sampling, dropping and adding.
        all_frames: folder of frames in which neighbours of the stills are looked for, by number.
        others: other characters' committed partitions of ``frames``; read only if a film is to be made.

    Raises:
        ValueError: two sources share a stem, which names their frames.
    """
    values = params.model_dump(mode="json", exclude={"limit"})
    *film_quotas, still_quota = share_out(params.limit, [*(None for _ in videos), len(stills)])
    chosen = {stills[place].name for place in even_places(len(stills), still_quota)}
    near = still_neighbours(stills, all_frames, params.window) if params.expand else {}

    def inputs(source: VideoSource | StillSource, **others: Any) -> dict[str, Any]:
        return {"source": source.name, "content": source.digest, "params": values, **others}

    items = [
        Item(stem_of(video.name), inputs(video, quota=quota), _Film(video, quota))
        for video, quota in zip(videos, film_quotas, strict=True)
    ]
    for still in stills:
        neighbours = near.get(still.name, [])
        content = [[other.name, other.digest] for _, other in neighbours]
        over = still.name not in chosen
        items.append(
            Item(stem_of(still.name), inputs(still, neighbours=content, over=over), _Still(still, neighbours, over))
        )

    prints = {fingerprint(writer.code_version, item) for item in items if isinstance(item.payload, _Film)}
    elsewhere = Elsewhere(others, lambda row: row.fingerprint if row.fingerprint in prints else None, len(prints))

    def film(item: Item) -> Iterator[Artifact]:
        found = elsewhere.find(fingerprint(writer.code_version, item))
        return film_of_other(found, item.payload.video) if found and is_intact(found) else _film(item.payload, params)

    def make(batch: list[Item]) -> list[Iterable[Artifact]]:
        return [film(item) if isinstance(item.payload, _Film) else _still(item.payload, params) for item in batch]

    return run_items(writer, items, make, extras=lambda images: _extras(images, params))


def _film(film: _Film, params: FrameParams) -> Iterator[Artifact]:
    video, plan = film.video, plan_film(film.video, params, film.quota)
    pictures = video.pictures([item.moment for item in plan.frames if not item.reason])
    for item in plan.frames:
        record = _film_row(video, item)
        if item.reason:
            yield Artifact(replace(record, status="rejected", reason=item.reason))
        else:
            yield Artifact(record, _film_name(video, item), next(pictures))
    if plan.damage:
        extra: dict[str, Scalar] = {"video": video.name}
        record = ImageRecord(source=video.name, licence=video.licence, attribution=video.attribution, extra=extra)
        yield Artifact(replace(record, status="rejected", reason=plan.damage))


def _film_stem(video: VideoSource, frame: int) -> str:
    return f"{stem_of(video.name)}_f{frame:06d}"


def _film_name(video: VideoSource, item: PlannedFrame) -> str:
    if item.context_of is None:
        return f"{_film_stem(video, item.moment.index)}.png"
    return context_name(_film_stem(video, item.context_of), item.moment.index)


def _film_row(video: VideoSource, item: PlannedFrame) -> ImageRecord:
    moment, of = item.moment, item.context_of
    extra: dict[str, Scalar] = {
        "time_s": round(moment.time_s, 3),
        "frame_index": moment.index,
        "shot": item.shot,
        "video": video.name,
        "context_of": "" if of is None else _film_stem(video, of),
        "context_offset": 0 if of is None else moment.index - of,
    }
    return ImageRecord(
        source=f"{video.name}@{moment.time_s:.2f}s",
        group=f"{stem_of(video.name)}/shot_{item.shot:03d}",
        licence=video.licence,
        attribution=video.attribution,
        extra=extra,
    )


def _still(given: _Still, params: FrameParams) -> Iterator[Artifact]:
    record = _still_row(given.still)
    if given.over_limit:
        yield Artifact(replace(record, status="rejected", reason=OVER_LIMIT))
        return
    try:
        image = decode_image(given.still.read(), given.still.name)
    except BadImageError as error:
        yield Artifact(replace(record, status="rejected", reason=str(error)))
        return
    traits = frame_traits(image)
    if reason := _still_reason(image, traits, params):
        yield Artifact(replace(record, status="rejected", reason=reason))
        return
    yield Artifact(record, f"{stem_of(given.still.name)}.png", image)
    place = numbered(given.still.name)
    if place:
        yield from _around(given, place[1], traits, params)


def _still_reason(image: RGB, traits: FrameTraits, params: FrameParams) -> str:
    return CARD if params.blanks.cards and is_card(image) else blank_reason(traits, params.blanks)


def _around(given: _Still, number: int, traits: FrameTraits, params: FrameParams) -> Iterator[Artifact]:
    """Neighbours of a still, outwards on each side until another shot begins."""
    stem = stem_of(given.still.name)
    before = [pair for pair in reversed(given.neighbours) if pair[0] < number]
    behind = [pair for pair in given.neighbours if pair[0] > number]
    for side in (before, behind):
        last = traits
        for place, neighbour in side:
            base = _still_row(neighbour)
            extra = {**base.extra, "context_of": stem, "context_offset": place - number}
            # Where the folder holds the curated still's shot only, its rows stay on its side of a split.
            record = replace(base, group=_still_row(given.still).group, extra=extra)
            try:
                image = decode_image(neighbour.read(), neighbour.name)
            except BadImageError as error:
                yield Artifact(replace(record, status="rejected", reason=str(error)))
                continue
            now = frame_traits(image)
            if colour_distance(last, now) >= params.shots.colours:
                break
            last = now
            if reason := _still_reason(image, now, params):
                yield Artifact(replace(record, status="rejected", reason=reason))
            else:
                yield Artifact(record, context_name(stem, place), image)


def _still_row(still: StillSource) -> ImageRecord:
    extra: dict[str, Scalar] = {"shot": 0, "video": "", "context_of": "", "context_offset": 0}
    return ImageRecord(
        source=f"{still.folder}/{still.name}",
        group=f"{still.folder}/{stem_of(still.name)}",
        licence=still.licence,
        attribution=still.attribution,
        extra=extra,
    )


def _extras(images: ImageSet, params: FrameParams) -> Extras:
    dropped = [record.reason for record in images if record.status == "rejected"]
    added = sum(bool(record.extra.get("context_of")) for record in images.ok)
    by_film: dict[str, list[ImageRecord]] = {}
    for record in images:
        if record.extra.get("video"):
            by_film.setdefault(str(record.extra["video"]), []).append(record)
    details: dict[str, Any] = {
        "looked_at": sum(not record.extra.get("context_of") for record in images),
        "kept": len(images.ok) - added,
        "shots": len({record.group for record in images if record.group}),
        "dropped": [{"reason": reason, "frames": dropped.count(reason)} for reason in sorted(set(dropped))],
        "films": [
            {
                "film": name,
                "shots": 1 + max(int(row.extra.get("shot") or 0) for row in rows),
                "kept": sum(row.status == "ok" and not row.extra.get("context_of") for row in rows),
                "neighbours": sum(row.status == "ok" and bool(row.extra.get("context_of")) for row in rows),
            }
            for name, rows in by_film.items()
        ],
    }
    if not params.expand:
        return Extras(details=details)
    return Extras(expansion_files(images, params.window), {**details, "neighbours": added})
