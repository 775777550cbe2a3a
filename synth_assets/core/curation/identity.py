"""Identity: which instance of a frame is which known character.

Belongs here: scoring every candidate against every known character, and what an answer is worth.
Does not belong here: candidates (``candidates.py``), how two blobs are compared (``matching.py``),
which answers go together (``assignment.py``) and the table of frames (``analysis.py``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from synth_assets.core.colour import to_lab
from synth_assets.core.config import Params
from synth_assets.core.curation.assignment import assign
from synth_assets.core.curation.candidates import Candidate, blobs_and_parts, find_by_colour, without
from synth_assets.core.curation.matching import (
    Description,
    colour_agreement,
    colour_codes,
    describe,
    histogram_of,
    match_scores,
)
from synth_assets.core.ports import RGB, Embedder, Mask

_LEFT_WEIGHT, _LEFT_UNLIKE = 0.2, 0.35
_TORN = 0.05
_MAX_OVERLAP = 0.1
_LEAST_VALUE = 1e-3
NO_OTHER = -1.0
"""``other_score`` where no other character has references."""


class IdentityParams(Params):
    """What counts as a known character."""

    match_score: float = Field(default=0.59, ge=0, le=1.2, description="Score from which an instance is a character.")
    other_margin: float = Field(default=0.05, gt=0, le=1, description="Lead needed over every other character.")
    colour_weight: float = Field(default=0.1, ge=0, le=1, description="How far colours move the score.")
    part_penalty: float = Field(default=0.01, ge=0, le=1, description="What a part must gain over its whole blob.")
    min_part_share: float = Field(default=0.08, gt=0, lt=1, description="Smallest part of a blob, as a share of it.")
    min_rest_share: float = Field(default=0.3, gt=0, lt=1, description="Smallest rest of a blob without a character.")
    max_blobs: int = Field(default=6, ge=1, description="Largest blobs that are compared.")
    creature_score: float = Field(
        default=0.5, ge=0, le=1.2, description="Score from which an unknown instance is some character."
    )
    sure_score: float = Field(
        default=0.7, ge=0, le=1.2, description="Below it, a character is also searched for by its colours."
    )
    search_count: int = Field(default=2, ge=0, description="Places that a search by colour gives at most.")
    min_search_share: float = Field(default=0.005, gt=0, lt=1, description="Smallest such place, of the picture.")


@dataclass(frozen=True)
class Found:
    """A character and where it is.

    Attributes:
        name: of the character.
        candidate: its mask.
        score: likeness to its references.
        other_score: the largest likeness of the same mask to another character; NO_OTHER without others.
    """

    name: str
    candidate: Candidate
    score: float
    other_score: float


@dataclass(frozen=True)
class Who:
    """Who is in a frame.

    Attributes:
        found: the characters that are there, on disjoint candidates.
        best: of every known character the candidate most like it, there or not; empty without candidates.
    """

    found: tuple[Found, ...] = ()
    best: Mapping[str, Found] = field(default_factory=dict[str, Found])


@dataclass(frozen=True)
class _Scored:
    """Candidates of one frame with their (N, C) scores."""

    candidates: list[Candidate]
    scores: NDArray[np.float64]

    def plus(self, other: _Scored) -> _Scored:
        return _Scored([*self.candidates, *other.candidates], np.concatenate([self.scores, other.scores]))


def identify(
    images: Sequence[RGB],
    blobs: Sequence[Sequence[Mask]],
    characters: Mapping[str, Description],
    embedder: Embedder,
    params: IdentityParams,
) -> list[Who]:
    """Says of each frame which known characters are in it and where.

    Candidates are the largest blobs, their parts by colour and place, blobs without the parts that
    are another character, and places that a character's colours suggest. A candidate is a character
    with a score of ``match_score`` and a lead of ``other_margin`` over all other characters; of
    those, the disjoint set with the largest sum of scores is taken. Two calls of the embedder.

    Args:
        images: (H, W, 3) frames.
        blobs: (H, W) bool masks of each, disjoint, largest first.
        characters: all known characters, by name.
        embedder: describes candidates; the characters were described by the same one.
        params: limits.
    """
    largest = [list(masks[: params.max_blobs]) for masks in blobs]
    first = _score(
        images,
        [blobs_and_parts(image, masks, params.min_part_share) for image, masks in zip(images, largest, strict=True)],
        characters,
        embedder,
        params,
    )
    second = _score(
        images,
        [_second_look(*frame, characters, params) for frame in zip(images, largest, first, strict=True)],
        characters,
        embedder,
        params,
    )
    return [_who(image, a.plus(b), characters, params) for image, a, b in zip(images, first, second, strict=True)]


def likeness(
    images: Sequence[RGB],
    masks: Sequence[Mask],
    characters: Mapping[str, Description],
    embedder: Embedder,
    params: IdentityParams,
) -> list[float]:
    """The score of mask i of picture i for the character that it is most like; one call of the embedder."""
    candidates = [[Candidate(mask, None)] for mask in masks]
    return [float(scored.scores.max()) for scored in _score(images, candidates, characters, embedder, params)]


def _score(
    images: Sequence[RGB],
    candidates: Sequence[list[Candidate]],
    characters: Mapping[str, Description],
    embedder: Embedder,
    params: IdentityParams,
) -> list[_Scored]:
    """Scores the candidates of all frames with one call of the embedder."""
    shown = [image for image, items in zip(images, candidates, strict=True) for _ in items]
    masks = [item.mask for items in candidates for item in items]
    scores = np.zeros((0, len(characters)))
    if masks:
        described = describe(shown, masks, embedder)
        scores = np.stack([match_scores(described, one, params.colour_weight) for one in characters.values()], 1)
    starts = np.cumsum([0, *(len(items) for items in candidates)])
    return [
        _Scored(items, scores[start : start + len(items)]) for items, start in zip(candidates, starts[:-1], strict=True)
    ]


def _second_look(
    image: RGB,
    blobs: Sequence[Mask],
    first: _Scored,
    characters: Mapping[str, Description],
    params: IdentityParams,
) -> list[Candidate]:
    """Blobs without the parts that are a character, and places with the colours of those not surely found."""
    fits = _eligible(first.scores, params)
    found = [
        rest
        for item, fit in zip(first.candidates, fits, strict=True)
        if fit.any() and item.blob is not None and item.leaves is not None
        for rest in without(item, blobs[item.blob], params.min_rest_share)
    ]
    for at, description in enumerate(characters.values()):
        found.extend(_joined(first, fits[:, at], at, blobs))
        if not (fits[:, at] & (first.scores[:, at] >= params.sure_score)).any():
            places = find_by_colour(image, description, params.min_search_share, params.search_count)
            found.extend(Candidate(place, None) for place in places)
    return found


def _joined(first: _Scored, fits: NDArray[np.bool_], character: int, blobs: Sequence[Mask]) -> list[Candidate]:
    """Of each blob, the union of its disjoint parts that are each the same character: its lit and its dark side."""
    joined: list[Candidate] = []
    for at, blob in enumerate(blobs):
        parts = [
            index
            for index in np.argsort(-first.scores[:, character], kind="stable")
            if fits[index] and first.candidates[index].blob == at and first.candidates[index].leaves is not None
        ]
        union, count = np.zeros_like(blob), 0
        for index in parts:
            if _overlap(first.candidates[index].mask, union) <= _MAX_OVERLAP:
                union, count = union | first.candidates[index].mask, count + 1
        if count > 1:
            joined.append(Candidate(union, at, blob & ~union))
    return joined


def _rivals(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, C): the best score of another character for the same candidate."""
    columns = range(scores.shape[1])
    rest = [np.delete(scores, at, axis=1).max(axis=1, initial=NO_OTHER) for at in columns]
    return np.stack(rest, 1) if rest else scores


def _eligible(scores: NDArray[np.float64], params: IdentityParams) -> NDArray[np.bool_]:
    return (scores >= params.match_score) & (scores - _rivals(scores) >= params.other_margin)


def _who(image: RGB, scored: _Scored, characters: Mapping[str, Description], params: IdentityParams) -> Who:
    if not scored.candidates:
        return Who()
    names, rivals = list(characters), _rivals(scored.scores)

    def found(candidate: int, character: int) -> Found:
        score, other = float(scored.scores[candidate, character]), float(rivals[candidate, character])
        return Found(names[character], scored.candidates[candidate], score, other)

    values = _values(image, scored, list(characters.values()), params)
    chosen = assign([candidate.mask for candidate in scored.candidates], values)
    best = {name: found(int(np.argmax(scored.scores[:, at])), at) for at, name in enumerate(names)}
    there = tuple(found(candidate, character) for character, candidate in chosen.items())
    return Who(there, best | {one.name: one for one in there})


def _values(
    image: RGB, scored: _Scored, characters: Sequence[Description], params: IdentityParams
) -> NDArray[np.float64]:
    """(N, C): what it is worth to say that a candidate is a character; 0 where it is not.

    A part must gain the more over its blob, the more the colours of what it leaves behind are the
    character's too: that would be its shadowed side.
    """
    fits = _eligible(scored.scores, params)
    values = np.where(fits, np.maximum(scored.scores - params.match_score, _LEAST_VALUE), 0.0)
    left_by = {int(at): scored.candidates[at].leaves for at in np.flatnonzero(fits.any(axis=1))}
    torn = {at: leaves for at, leaves in left_by.items() if leaves is not None and leaves.any()}
    codes = colour_codes(to_lab(image)) if torn else np.zeros(0, np.int16)
    for at, leaves in torn.items():
        left = histogram_of(codes, leaves)[None]
        agreement = np.array([float(colour_agreement(left, character)[0]) for character in characters])
        penalty = params.part_penalty + _LEFT_WEIGHT * np.maximum(0.0, agreement - _LEFT_UNLIKE)
        penalty += _TORN * _leaves_fitting_part(scored, fits, at)
        values[at] = np.where(fits[at], np.maximum(values[at] - penalty, _LEAST_VALUE), 0.0)
    return values


def _leaves_fitting_part(scored: _Scored, fits: NDArray[np.bool_], at: int) -> NDArray[np.bool_]:
    """(C,): whether another part of the same blob, disjoint from this one, is the same character too."""
    item = scored.candidates[at]
    others = [
        index
        for index in np.flatnonzero((fits & fits[at]).any(axis=1))
        if scored.candidates[index].blob == item.blob
        and scored.candidates[index].leaves is not None
        and _overlap(scored.candidates[index].mask, item.mask) <= _MAX_OVERLAP
    ]
    return np.asarray(fits[others].any(axis=0), np.bool_)


def _overlap(one: Mask, other: Mask) -> float:
    return float((one & other).sum()) / max(1, min(int(one.sum()), int(other.sum())))
