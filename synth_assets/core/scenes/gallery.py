"""Gallery: what the cutouts of every class look like to the embedder.

Belongs here: describing cutouts once, and the likeness of an object to each class. Does not belong
here: the limits (``verification.py``) and loading cutouts (``cutouts.py``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from synth_assets.core.colour import from_lab, to_lab
from synth_assets.core.curation.matching import masked_crop
from synth_assets.core.images import resize
from synth_assets.core.ports import RGB, RGBA, Embedder, Mask
from synth_assets.core.scenes.cutouts import Cutout
from synth_assets.core.scenes.verification import straight_share

SIDES_PX = (32, 48, 72, 108, 160, 240)
"""Longer sides at which cutouts are described: an object is compared with cutouts about as small as
itself, else a small one is like anything that is blurred."""
MAX_CUTOUTS = 16
"""Cutouts of a class that are described; more say little more and cost time."""
_SOLID = 128
_LIGHT, _LIGHT_SPREAD, _CHROMA = 55.0, 22.0, 18.0
"""Mean and spread of lightness, and mean chroma (CIELAB), that views are given."""
_LEAST_SPREAD = 4.0
_CHROMA_GAIN = (0.5, 3.0)


@dataclass(frozen=True)
class Gallery:
    """The classes that have cutouts, as the embedder sees them.

    Attributes:
        vectors: label → for each of SIDES_PX (N, D) float32, rows of length 1.
        straight: label → largest ``straight_share`` of its cutouts.
    """

    vectors: Mapping[str, Sequence[NDArray[np.float32]]]
    straight: Mapping[str, float]

    def likeness(self, vector: NDArray[np.float32], side_px: int) -> dict[str, float]:
        """Label → cosine with the nearest cutout of that class.

        Args:
            vector: (D,) of the object's ``view_of``.
            side_px: longer side of the object's bounds.
        """
        place = int(np.argmin([abs(np.log(side / max(side_px, 1))) for side in SIDES_PX]))
        return {label: float((sized[place] @ vector).max()) for label, sized in self.vectors.items()}


class GalleryOnDemand:
    """Describes cutouts at the first call, once for all partitions and threads."""

    def __init__(self, cutouts: Mapping[str, Sequence[Cutout]], embedder: Embedder | None) -> None:
        self._cutouts, self._embedder = cutouts, embedder
        self._made: Gallery | None = None
        self._making = Lock()

    def __call__(self) -> Gallery:
        """The gallery of ``make_gallery``."""
        with self._making:
            self._made = self._made or make_gallery(self._cutouts, self._embedder)
            return self._made


def make_gallery(cutouts: Mapping[str, Sequence[Cutout]], embedder: Embedder | None) -> Gallery:
    """Describes the cutouts of every class, upright and mirrored; without an embedder, by shape only."""
    present = {label: _some(found) for label, found in cutouts.items() if found}
    straight = {
        label: max(straight_share(cutout.image[..., 3] >= _SOLID) for cutout in found)
        for label, found in present.items()
    }
    if embedder is None:
        return Gallery({}, straight)
    vectors = {
        label: [
            embedder.embed([view for cutout in found for view in _views(_scaled(cutout.image, side))])
            for side in SIDES_PX
        ]
        for label, found in present.items()
    }
    return Gallery(vectors, straight)


def _some(cutouts: Sequence[Cutout]) -> list[Cutout]:
    places = np.linspace(0, len(cutouts) - 1, min(len(cutouts), MAX_CUTOUTS)).round().astype(int)
    return [cutouts[int(place)] for place in places]


def _scaled(image: RGBA, side_px: int) -> RGBA:
    """The cutout with this longer side; premultiplied while scaling, so that no colour bleeds in."""
    scale = side_px / max(image.shape[:2])
    size_hw = (max(1, round(image.shape[0] * scale)), max(1, round(image.shape[1] * scale)))
    alpha = image[..., 3:].astype(np.float32) / 255
    premultiplied = np.dstack([image[..., :3].astype(np.float32) * alpha, alpha]).astype(np.float32)
    small = resize(premultiplied, size_hw)
    solid = np.clip(small[..., 3:], 0, 1)
    colours = np.clip(small[..., :3] / np.maximum(small[..., 3:], 1e-3), 0, 255)
    return np.rint(np.dstack([colours, solid * 255])).astype(np.uint8)


def view_of(image: RGB, mask: Mask) -> RGB:
    """The masked object alone on grey, as it would look in even light: what is compared.

    At dusk everything is dark and of one colour, and objects would be as like the background that
    was there as like their own cutouts.

    Args:
        image: (h, w, 3) picture.
        mask: (h, w) bool, not empty.
    """
    lab = to_lab(image)
    own = lab[mask]
    gain = _LIGHT_SPREAD / max(float(own[:, 0].std()), _LEAST_SPREAD)
    lab[..., 0] = np.clip((lab[..., 0] - own[:, 0].mean()) * gain + _LIGHT, 0, 100)
    chroma = float(np.hypot(own[:, 1], own[:, 2]).mean())
    lab[..., 1:] *= float(np.clip(_CHROMA / max(chroma, 1.0), *_CHROMA_GAIN))
    return masked_crop(from_lab(lab), mask)


def _views(image: RGBA) -> list[RGB]:
    mask: Mask = image[..., 3] >= _SOLID
    if not mask.any():
        mask = np.ones_like(mask)
    return [view_of(np.ascontiguousarray(view[..., :3]), inside) for view, inside in _mirrored(image, mask)]


def _mirrored(image: RGBA, mask: Mask) -> list[tuple[RGBA, Mask]]:
    return [(image, mask), (image[:, ::-1], mask[:, ::-1])]
