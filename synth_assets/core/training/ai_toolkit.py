"""ai-toolkit: ``exports/ai-toolkit``, folders of pictures with captions, and the block for a job's configuration.

Belongs here: this layout. Does not belong here: what it has in common with the layouts of other
trainers (``concepts.py``).

A dataset is a folder of .jpg and .png with one ``.txt`` of the same stem each. The trainer reads
folders with all that lies below them, so the splits have folders of their own.

Source: README.md ("Dataset Preparation") and config/examples of ostris/ai-toolkit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import yaml

from synth_assets.core.contents import Content
from synth_assets.core.records import ImageRecord
from synth_assets.core.training.concepts import captioned_pictures, concepts_of, rows_of
from synth_assets.core.training.kohya import repeats_for

FOLDER = "exports/ai-toolkit"
_RESOLUTIONS_PX = (512, 768, 1024)
_HEAD = """# Put this block into a job's configuration, under config.process. Paths are relative to this folder:
# make them absolute, or start the trainer here. Only the split "train" is listed; "val" lies beside it.
"""


def ai_toolkit_files(records: Sequence[ImageRecord]) -> Iterator[tuple[str, Content]]:
    """Gives ``train/<concept>`` and ``val/<concept>`` of each source partition, and ``datasets.yaml``.

    Args:
        records: rows of the training set with status ok, with ``extra`` "split" and "source_partition".
    """
    datasets: list[dict[str, Any]] = []
    for concept, rows in concepts_of(records).items():
        for split in ("train", "val"):
            yield from captioned_pictures(f"{FOLDER}/{split}/{concept}", rows_of(rows, split))
        train = rows_of(rows, "train")
        if train:
            datasets.append(
                {
                    "folder_path": f"train/{concept}",
                    "caption_ext": "txt",
                    "default_caption": concept,
                    "num_repeats": repeats_for(len(train)),
                    "resolution": list(_RESOLUTIONS_PX),
                }
            )
    yield f"{FOLDER}/datasets.yaml", (_HEAD + yaml.safe_dump({"datasets": datasets}, sort_keys=False)).encode()
