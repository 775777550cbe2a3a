"""Cast: all known characters by their reference pictures, described once for any number of partitions.

Belongs here: what references look like, and what tells two sets of them apart. Does not belong here: reading files and
comparing with frames (``identity.py``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np

from synth_assets.core.contents import content_id
from synth_assets.core.curation.matching import Description, describe
from synth_assets.core.ports import RGB, Models


class Cast:
    """The characters that have a reference picture, by name; the models are asked when first needed.

    Args:
        references: (H, W, 3) crops that show a character, by character. One is needed; two or more match better.
        models: roles ``segment`` and ``embed`` are used.
    """

    def __init__(self, references: Mapping[str, Sequence[RGB]], models: Models) -> None:
        self._references = {name: crops for name, crops in sorted(references.items()) if crops}
        self._models = models

    @cached_property
    def digests(self) -> dict[str, list[str]]:
        """Of each character the hashes of its references."""
        return {name: [_digest(crop) for crop in crops] for name, crops in self._references.items()}

    @cached_property
    def descriptions(self) -> dict[str, Description]:
        """Of each character how its references look, each without what is around it."""
        return {name: self._describe(crops) for name, crops in self._references.items()}

    def _describe(self, crops: Sequence[RGB]) -> Description:
        found = self._models.segment().segment(crops)
        masks = [
            instances[0].mask if instances else np.ones(crop.shape[:2], np.bool_)
            for crop, instances in zip(crops, found, strict=True)
        ]
        return describe(crops, masks, self._models.embed(), mirrored=True)


def _digest(image: RGB) -> str:
    return content_id(f"{image.shape}".encode() + image.tobytes())
