"""Planning: which rows of the sources come into the training set, under which name and split.

Belongs here: choosing rows, their names, captions, twins and splits. Does not belong here: making
the files (``merging.py``) and the layouts trainers read (``layouts.py``).
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from synth_assets.core.config import Params
from synth_assets.core.images import BadImageError
from synth_assets.core.items import bounded_map
from synth_assets.core.ports import RGB
from synth_assets.core.records import ImageRecord, ImageSet
from synth_assets.core.training.duplicates import near_duplicates
from synth_assets.core.training.flattening import ending_of, pixels_of
from synth_assets.core.training.signatures import SIDE, Grey, noise_signature, signature
from synth_assets.core.training.splits import SplitShares, group_rows, split_groups

Layout = Literal[
    "coco",
    "yolo",
    "yolo-seg",
    "voc",
    "imagefolder",
    "kohya",
    "onetrainer",
    "ai-toolkit",
    "captions",
    "webdataset",
    "npy",
]
_OPT_IN = ("webdataset", "npy")
_CAPTION_KINDS = ("short", "full")
_READERS = 2


class DuplicateParams(Params):
    """When two pictures count as one; see ``duplicates.near_duplicates``.

    Measured on 89 photos: recompression (JPEG quality 50) and halving change at most 16 bits, 0.3
    grey levels on average and 4 in a cell; an object of 1/16 of the side changes 24 in a cell;
    different photos differ in 58 bits or more.
    """

    distance_bits: int = Field(default=20, ge=0, le=240)
    mean_limit: float = Field(default=0.5, ge=0, le=255)
    peak_limit: float = Field(default=5.0, ge=0, le=255)


class TrainingSetParams(Params):
    """What the training set holds.

    Attributes:
        name: title in the exports and the data card.
        assets: assets whose rows are merged.
        exclude: patterns on ``<asset>/<file stem>``; matching rows stay out. The filled backgrounds of cutouts
            stay out by default, because what is left of another character there has no box.
        shares: of the splits.
        large_group_share: a group with more than this share of the images goes to train.
        duplicates: when two pictures count as one.
        seed: of the splits.
        formats: layouts to write. All but two hold links to the pictures and are on by default; ``webdataset``
            copies them, and ``npy`` takes as many bytes as pixels times classes.
        shard_pictures: most pictures in a shard of ``webdataset``.
    """

    name: str = Field(default="synth_assets training set", min_length=1)
    assets: tuple[str, ...] = (
        "inpainted_scenes",
        "edited_images",
        "keep_full",
        "segment",
        "create_occlusion",
        "enhance_segment",
    )
    exclude: tuple[str, ...] = ("segment/*_background",)
    shares: SplitShares = SplitShares()
    large_group_share: float = Field(default=0.2, gt=0, le=1)
    duplicates: DuplicateParams = DuplicateParams()
    seed: int = 42
    formats: tuple[Layout, ...] = tuple(name for name in get_args(Layout) if name not in _OPT_IN)
    shard_pictures: int = Field(default=1000, ge=1)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One source row on its way into the training set.

    Attributes:
        images: the set it comes from.
        record: the row.
        name: file name in the training set, unique also without its ending.
        captions: its captions by kind, those of the caption assets first.
        captioner: who made them; "" where that is not known.
        caption_score: how well the short one fits the picture; None where nobody scored it.
    """

    images: ImageSet
    record: ImageRecord
    name: str
    captions: Mapping[str, str]
    captioner: str = ""
    caption_score: float | None = None

    @property
    def stem(self) -> str:
        """The name without its ending."""
        return self.name.rsplit(".", 1)[0]

    @property
    def caption(self) -> str:
        """The text a trainer reads; "" where nothing describes the picture."""
        kinds = (*_CAPTION_KINDS, *sorted(self.captions))
        return next((text for kind in kinds if (text := self.captions.get(kind, ""))), self.record.prompt)


def choose(sources: Sequence[ImageSet], captions: Sequence[ImageSet], params: TrainingSetParams) -> list[Candidate]:
    """Lists the usable rows of the chosen assets, in order, with names and captions."""
    # Two characters' sets can hold one frame: then the path says which caption is whose.
    rows = [row for images in captions for row in images if row.captions]
    told = {name: row for row in rows for name in (row.id, row.path) if name}
    used: set[str] = set()
    chosen: list[Candidate] = []
    for images in sources:
        for record in images.ok:
            if not record.path or not is_wanted(record, params):
                continue
            stem = _free_stem(record, used)
            teller = told.get(record.path) or told.get(record.id) or record
            score = teller.extra.get("caption_score")
            chosen.append(
                Candidate(
                    images,
                    record,
                    stem + ending_of(record.path),
                    {**record.captions, **teller.captions} if record.captions else teller.captions,
                    str(teller.extra.get("captioner") or ""),
                    float(score) if isinstance(score, int | float) else None,
                )
            )
    return chosen


def only_captions(images: ImageSet) -> ImageSet:
    """What ``choose`` needs of a caption asset's rows: objects and origins are those of the rows they describe."""
    names = ("captioner", "caption_score")
    rows = (
        ImageRecord(
            id=row.id,
            path=row.path,
            captions=row.captions,
            extra={name: row.extra[name] for name in names if name in row.extra},
        )
        for row in images
    )
    return ImageSet(images.root, tuple(rows))


def is_wanted(record: ImageRecord, params: TrainingSetParams) -> bool:
    """True if the row's asset is merged and no pattern keeps the row out."""
    name = f"{record.asset}/{record.stem}"
    return record.asset in params.assets and not any(fnmatchcase(name, pattern) for pattern in params.exclude)


def _free_stem(record: ImageRecord, used: set[str]) -> str:
    base = "__".join(part for part in (record.asset, record.partition, record.stem) if part)
    stem, number = base, 1
    # Labels are named by the stem, and some file systems fold case: both must stay unique.
    while stem.casefold() in used:
        number += 1
        stem = f"{base}__{number}"
    used.add(stem.casefold())
    return stem


def signatures_of(
    candidates: Sequence[Candidate], known: Iterable[tuple[str, Grey]]
) -> tuple[NDArray[np.uint8], dict[int, Exception]]:
    """Gives (N, 32, 32), each candidate's picture signature, and which candidates could not be read.

    Args:
        candidates: the pictures; one that cannot be read gets a signature that is like no other.
        known: content hash and signature of pictures that are not to be read again; taken one at a time.
    """
    greys = np.empty((len(candidates), SIDE, SIDE), np.uint8)
    damaged: dict[int, Exception] = {}
    unread = np.ones(len(candidates), np.bool_)
    first: dict[str, int] = {}
    alike = [first.setdefault(candidate.record.id, index) for index, candidate in enumerate(candidates)]
    for name, grey in known:
        if name in first:
            greys[first[name]], unread[first[name]] = grey, False
    for index, other in enumerate(alike):  # one picture can be a candidate of several sources
        greys[index], unread[index] = greys[other], unread[other]

    def one(index: int) -> None:
        candidate = candidates[index]
        try:
            greys[index] = signature(_pixels(candidate))
        except (OSError, BadImageError) as error:
            greys[index], damaged[index] = noise_signature(candidate.name), error

    deque(bounded_map(one, np.flatnonzero(unread).tolist(), workers=_READERS), maxlen=0)
    return greys, damaged


def find_twins(candidates: Sequence[Candidate], greys: NDArray[np.uint8], params: DuplicateParams) -> dict[int, int]:
    """Maps each near-duplicate to the candidate that stays: more objects first, then the earlier."""
    return near_duplicates(
        greys,
        [len(candidate.record.objects) for candidate in candidates],
        distance_bits=params.distance_bits,
        mean_limit=params.mean_limit,
        peak_limit=params.peak_limit,
    )


def _pixels(candidate: Candidate) -> RGB:
    return pixels_of(candidate.images.read_bytes(candidate.record.path), candidate.record.path)


def assign_splits(
    candidates: Sequence[Candidate], twins: Mapping[int, int], params: TrainingSetParams
) -> tuple[list[str], list[str]]:
    """Gives the group and the split of each candidate; a twin has its partner's group and no split."""
    groups = group_rows([candidate.record for candidate in candidates], twins.items())
    sizes = Counter(group for index, group in enumerate(groups) if index not in twins)
    splits = split_groups(sizes, params.shares, params.seed, params.large_group_share)
    return groups, ["" if index in twins else splits[group] for index, group in enumerate(groups)]
