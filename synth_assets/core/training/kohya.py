"""Kohya: the folders and the TOML that LoRA trainers of the sd-scripts family read.

Belongs here: this layout and how often a set is repeated. Does not belong here: what it
has in common with the layouts of other trainers (``concepts.py``).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from synth_assets.core.contents import Content
from synth_assets.core.records import ImageRecord
from synth_assets.core.training.concepts import captioned_pictures, concepts_of, rows_of

FOLDER = "exports/kohya"
RESOLUTION_PX = 1024
_REPEATS = ((1, 20), (99, 15), (100, 12), (300, 10), (301, 10), (1000, 8))
"""(images, repeats): few pictures are shown more often; between two lines the value is interpolated."""
_HEAD = f"""# Paths are relative: start the trainer in this folder, e.g. accelerate launch .../train_network.py
# --dataset_config dataset.toml. Only the split "train" is listed; "val" lies beside it.
[general]
enable_bucket = true
bucket_no_upscale = true
caption_extension = ".txt"

[[datasets]]
resolution = {RESOLUTION_PX}
batch_size = 1
"""


def repeats_for(images: int) -> int:
    """Gives how often an epoch shows each of so many pictures: 20 to 15 below 100, 12 to 10 up to 300, 10 to 8 above.

    Source: SPEC S3.14.
    """
    below = max((line for line in _REPEATS if line[0] <= images), default=_REPEATS[0])
    above = min((line for line in _REPEATS if line[0] >= images), default=_REPEATS[-1])
    if below == above or above[0] == below[0]:
        return below[1]
    share = (images - below[0]) / (above[0] - below[0])
    return round(below[1] + share * (above[1] - below[1]))


def kohya_files(records: Sequence[ImageRecord]) -> Iterator[tuple[str, Content]]:
    """Gives one dataset a source partition (a character, a slot): folders, captions, ``dataset.toml``.

    ``<concept>/<repeats>_<concept>/`` holds the split "train" with one ``.txt`` a picture and
    ``<concept>/val/`` the split "val". A trainer that gets the TOML ignores the number in the
    folder's name, so the TOML says ``num_repeats`` too. Pictures without a caption have no text file;
    the trainer takes ``class_tokens`` for them.

    Args:
        records: rows of the training set with status ok, with ``extra`` "split" and "source_partition".

    Source: docs/config_README-en.md of kohya-ss/sd-scripts.
    """
    for concept, rows in concepts_of(records).items():
        train = rows_of(rows, "train")
        repeats = repeats_for(len(train))
        folder = f"{repeats}_{concept}"
        yield from captioned_pictures(f"{FOLDER}/{concept}/{folder}", train)
        yield from captioned_pictures(f"{FOLDER}/{concept}/val", rows_of(rows, "val"))
        if train:
            yield f"{FOLDER}/{concept}/dataset.toml", _toml(folder, concept, repeats).encode()


def _toml(folder: str, concept: str, repeats: int) -> str:
    # JSON's strings are TOML's basic strings.
    return (
        f"{_HEAD}\n[[datasets.subsets]]\nimage_dir = {json.dumps(folder)}\n"
        f"class_tokens = {json.dumps(concept)}\nnum_repeats = {repeats}\n"
    )
