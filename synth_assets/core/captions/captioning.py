"""Captioning: every usable image of some sets gets a full and a short caption, and a score.

The rows are those of the sources, with the same id and path, so that captions can be joined to any
other table by id; where they came from stands in ``source_asset`` and ``source_partition``.

Belongs here: batches, what decides a caption, and its row. Does not belong here: how words are
cleaned and joined (``cleaning.py``, ``wording.py``), what is known of a row (``knowing.py``), what
is shown of a partition (``report.py``) and the models.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, cast

import numpy as np
from pydantic import Field, PositiveInt, field_validator

from synth_assets.core.captions.cleaning import CleaningParams
from synth_assets.core.captions.cutouts import is_cutout, object_alone
from synth_assets.core.captions.fitting import FitParams, fit_of
from synth_assets.core.captions.interrogation import InterrogationParams, interrogate_all
from synth_assets.core.captions.knowing import known_of
from synth_assets.core.captions.report import caption_csv, caption_details
from synth_assets.core.captions.wording import Known, compose
from synth_assets.core.config import Params
from synth_assets.core.images import decode_rgba, fit_within
from synth_assets.core.items import Artifact, Extras, Item, PartitionWriter, Summary, bounded_map, run_items
from synth_assets.core.ports import RGB, Captioner, Interrogator, TextScorer
from synth_assets.core.records import ImageRecord, ImageSet, record_to_dict

_SOURCE_FIELDS = ("asset", "partition", "key", "fingerprint", "extra", "files")
"""Fields of a source row that do not become part of the caption's row."""
_SCORE_DECIMALS = 4
_OPAQUE = 255


class CaptionParams(Params):
    """How images are captioned.

    Attributes:
        cleaning: what is taken out of a caption, and its length.
        name_classes: put the classes of labelled objects into the caption.
        trigger_words: character → word that its LoRA shall be called by, which its captions begin with; its name
            where none is given, "" = none.
        interrogation: complete what the captioner said by CLIP Interrogator's words, in this mode ("off" = do not).
            Artists are removed again by ``cleaning.drop_made_up``.
        interrogator: counts of the interrogation.
        fit: how captions are compared with shuffled ones.
        batch_size: images a call of the captioner.
        read_threads: threads that decode a batch.
        side_px: images are scaled down to this longest side before captioning.
    """

    cleaning: CleaningParams = CleaningParams()
    name_classes: bool = True
    trigger_words: dict[str, str] = Field(default_factory=dict)
    interrogation: Literal["off", "fast", "classic", "best"] = "off"
    interrogator: InterrogationParams = InterrogationParams()
    fit: FitParams = FitParams()
    batch_size: PositiveInt = 8
    read_threads: PositiveInt = 2
    side_px: int = Field(default=768, ge=32)

    @field_validator("trigger_words")
    @classmethod
    def _are_words(cls, value: dict[str, str]) -> dict[str, str]:
        if wrong := [word for word in value.values() if "," in word or word != " ".join(word.split())]:
            raise ValueError(f"{wrong[0]!r} is no trigger word: leave out commas and needless spaces")
        return value


@dataclass(frozen=True)
class CaptionModels:
    """The models of a captioning.

    Attributes:
        captioner: describes the pictures.
        scorer: says how well captions fit; None = they get no score.
        interrogator: completes captions where the parameters want it; None otherwise.
    """

    captioner: Captioner
    scorer: TextScorer | None = None
    interrogator: Interrogator | None = None


def caption_images(
    writer: PartitionWriter,
    sources: Sequence[ImageSet],
    models: CaptionModels,
    params: CaptionParams,
    characters: Sequence[str] = (),
) -> Summary:
    """Gives every ok image of the sources one row with captions "full" and "short".

    Words that a row brings along stay: see ``known_of``. Of a cut-out (a picture with transparency)
    the object alone is shown to the models. Rows hold ``caption_score``, how well the short caption
    fits the picture, and ``scorer``. Writes ``captions.csv``. Incremental by image, models and
    parameters.

    Args:
        writer: the opened partition.
        sources: image sets; rows that are not ok are left out.
        models: what describes, scores and completes.
        params: cleaning, batches.
        characters: names of all characters.

    Raises:
        ValueError: the parameters want an interrogation and there is no interrogator.
    """
    if params.interrogation != "off" and models.interrogator is None:
        raise ValueError(
            f"captions.interrogation is {params.interrogation!r}, but the model set has no model for role "
            "'interrogate'; choose a set that has one with SYNTH_MODELS, or set interrogation: off"
        )
    pairs = _keyed([(images, record) for images in sources for record in images.ok])
    work = _Work(models, params, _sample(list(pairs), params.fit.pictures))
    settings = params.model_dump(include={"cleaning", "side_px", "interrogation"})
    if params.interrogation != "off" and models.interrogator:
        settings |= {"interrogator": models.interrogator.name, "counts": params.interrogator.model_dump()}
    items: list[Item] = []
    for key, (images, record) in pairs.items():
        known = known_of(record, characters, params.trigger_words, name_classes=params.name_classes)
        inputs = {
            "image": {name: value for name, value in record_to_dict(record).items() if name not in _SOURCE_FIELDS},
            "captioner": models.captioner.name,
            "scorer": models.scorer.name if models.scorer else "",
            "known": {**asdict(known), "names": sorted(known.names)},
            "settings": settings,
        }
        items.append(Item(key, inputs, _Row(key, images, record, known)))

    def extras(rows: ImageSet) -> Extras:
        return Extras({"captions.csv": caption_csv(rows.ok)}, work.details(rows, pairs))

    return run_items(
        writer,
        items,
        work.make,
        batch_size=params.batch_size,
        extras=extras,
        extras_inputs=params.fit.model_dump() if models.scorer else None,
    )


@dataclass(frozen=True)
class _Row:
    key: str
    images: ImageSet
    record: ImageRecord
    known: Known


@dataclass(frozen=True)
class _Work:
    """One partition's captioning; keeps the few pictures that captions are shuffled over."""

    models: CaptionModels
    params: CaptionParams
    sample: frozenset[str]
    kept: dict[str, RGB] = field(default_factory=dict[str, "RGB"])

    def make(self, batch: list[Item]) -> list[list[Artifact]]:
        rows = [cast(_Row, item.payload) for item in batch]
        read = list(bounded_map(lambda row: _read(row.images, row.record, self.params), rows, self.params.read_threads))
        pictures = [picture for picture, _ in read]
        said = self._said(pictures)
        composed = [
            compose(text, replace(row.known, cutout=cutout), self.params.cleaning)
            for text, row, (_, cutout) in zip(said, rows, read, strict=True)
        ]
        scores = self._scores(pictures, [short for _, short in composed])
        self.kept.update(
            {row.key: picture for row, picture in zip(rows, pictures, strict=True) if row.key in self.sample}
        )
        return [
            [self._captioned(row, text, full, short, score)]
            for row, text, (full, short), score in zip(rows, said, composed, scores, strict=True)
        ]

    def details(self, rows: ImageSet, pairs: dict[str, tuple[ImageSet, ImageRecord]]) -> dict[str, Any]:
        scorer = self.models.scorer
        if scorer is None:
            return dict(caption_details(rows.ok, None))
        compared = [record for record in rows.ok if record.key in self.sample]
        pictures = [
            self.kept[record.key] if record.key in self.kept else _read(*pairs[record.key], self.params)[0]
            for record in compared
        ]
        texts = [record.captions["short"] for record in compared]
        return dict(caption_details(rows.ok, fit_of(pictures, texts, scorer, self.params.fit)))

    def _said(self, pictures: Sequence[RGB]) -> list[str]:
        said = self.models.captioner.caption(pictures)
        if self.params.interrogation == "off" or self.models.interrogator is None:
            return said
        mode, model = self.params.interrogation, self.models.interrogator
        return interrogate_all(pictures, said, mode, model, self.params.interrogator)

    def _scores(self, pictures: Sequence[RGB], shorts: Sequence[str]) -> list[float | None]:
        if self.models.scorer is None:
            return [None] * len(shorts)
        told = [place for place, short in enumerate(shorts) if short]
        scores = self.models.scorer.score([pictures[place] for place in told], [shorts[place] for place in told])
        found = dict(zip(told, scores, strict=True))
        return [round(found[place], _SCORE_DECIMALS) if place in found else None for place in range(len(shorts))]

    def _captioned(self, row: _Row, said: str, full: str, short: str, score: float | None) -> Artifact:
        record = replace(
            row.record,
            files=(),
            captions={"full": full, "short": short, "said": said},
            extra={
                "source_asset": row.record.asset,
                "source_partition": row.record.partition,
                "source_key": row.record.key,
                "captioner": self.models.captioner.name,
                "words": len(short.split()),
                "caption_score": score,
                "scorer": self.models.scorer.name if self.models.scorer else "",
            },
        )
        if short:
            return Artifact(record)
        return Artifact(replace(record, status="rejected", reason="the captioner gave no usable word"))


def _keyed(pairs: Sequence[tuple[ImageSet, ImageRecord]]) -> dict[str, tuple[ImageSet, ImageRecord]]:
    def key_of(record: ImageRecord) -> str:
        return f"{record.asset}.{record.partition}.{record.stem}"

    counts = Counter(key_of(record) for _, record in pairs)
    keyed: dict[str, tuple[ImageSet, ImageRecord]] = {}
    for images, record in pairs:
        key = key_of(record)
        # Two files may differ in nothing but their ending.
        keyed[key if counts[key] == 1 else f"{key}.{record.id}"] = (images, record)
    return keyed


def _sample(keys: Sequence[str], count: int) -> frozenset[str]:
    """Some keys that look drawn at random and hardly change when others come."""
    return frozenset(sorted(keys, key=lambda key: hashlib.sha256(key.encode()).digest())[:count])


def _read(images: ImageSet, record: ImageRecord, params: CaptionParams) -> tuple[RGB, bool]:
    """The picture as the models see it, and whether it is a cut-out object alone."""
    picture = decode_rgba(images.read_bytes(record.path), record.path)
    cutout = is_cutout(picture)
    if cutout:
        shown = object_alone(picture)
    else:
        is_opaque = bool((picture[..., 3] == _OPAQUE).all())
        shown = np.ascontiguousarray(picture[..., :3]) if is_opaque else images.read(record)
    return fit_within(shown, (params.side_px, params.side_px)), cutout
