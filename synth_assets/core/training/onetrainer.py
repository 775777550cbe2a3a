"""OneTrainer: ``exports/onetrainer``, a folder a concept and split with captions and masks, and ``concepts.json``.

Belongs here: this layout. Does not belong here: what it has in common with the layouts of other
trainers (``concepts.py``).

``<stem>.txt`` holds the caption ("prompt source: from text file per sample") and
``<stem>-masklabel.png`` the mask: white is learned, black is not. It covers all labelled objects; a
picture without any has none and is learned as a whole. Masks count only where masked training is on.

Source: docs/CaptioningAndMasking.md and ConceptConfig of Nerogar/OneTrainer.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np

from synth_assets.core.contents import Content
from synth_assets.core.items import bounded_map
from synth_assets.core.masks import encode_mask
from synth_assets.core.records import ImageRecord, ImageSet
from synth_assets.core.training.concepts import captioned_pictures, concepts_of, rows_of
from synth_assets.core.training.kohya import repeats_for
from synth_assets.core.training.labels import mask_of

FOLDER = "exports/onetrainer"
MASK_ENDING = "-masklabel.png"
_CONFIG_VERSION = 1
_READERS = 2


def onetrainer_files(images: ImageSet) -> Iterator[tuple[str, Content]]:
    """Gives ``<concept>/train`` and ``<concept>/val`` of each source partition, and ``concepts.json``.

    Args:
        images: the training set's rows, with ``extra`` "split" and "source_partition".
    """
    concepts: list[dict[str, Any]] = []
    for concept, rows in concepts_of(images.ok).items():
        for split in ("train", "val"):
            own = rows_of(rows, split)
            folder = f"{concept}/{split}"
            yield from captioned_pictures(f"{FOLDER}/{folder}", own)
            with_objects = [row for row in own if row.objects]
            masks = bounded_map(lambda row: _mask_label(images, row), with_objects, _READERS)
            for row, mask in zip(with_objects, masks, strict=True):
                yield f"{FOLDER}/{folder}/{row.stem}{MASK_ENDING}", mask
            if own:
                concepts.append(_concept(concept, folder, split, len(own)))
    yield f"{FOLDER}/concepts.json", (json.dumps(concepts, indent=2) + "\n").encode()


def _mask_label(images: ImageSet, row: ImageRecord) -> bytes:
    return encode_mask(np.logical_or.reduce([mask_of(images, row, item) for item in row.objects]))


def _concept(name: str, folder: str, split: str, pictures: int) -> dict[str, Any]:
    return {
        "__version": _CONFIG_VERSION,
        "name": name if split == "train" else f"{name} ({split})",
        "path": folder,
        "enabled": True,
        "validation_concept": split == "val",
        "include_subdirectories": False,
        "balancing": float(repeats_for(pictures)) if split == "train" else 1.0,
        "balancing_strategy": "REPEATS",
        "text": {"prompt_source": "sample"},
    }
