"""Cut-outs: what a captioner is shown of a picture with transparency.

Belongs here: the picture that stands for an object alone. Does not belong here: cutting objects out
(``core/curation``) and words (``cleaning.py`` removes those about a background that is none).
"""

from __future__ import annotations

import numpy as np

from synth_assets.core.masks import tight_box
from synth_assets.core.ports import RGB, RGBA

_MARGIN = 0.06
"""Room around an object, in lengths of its longer side: captioners crop the middle."""
_SEEN = 128
"""Alpha from which a pixel belongs to the object."""


def is_cutout(image: RGBA) -> bool:
    """True if some of the picture is transparent and some is not."""
    seen = image[..., 3] >= _SEEN
    return bool(seen.any() and not seen.all())


def object_alone(image: RGBA) -> RGB:
    """The object's box with some room, laid on the median colour of the object.

    So neither the colours nor the light of anything else are described: white or grey around an
    object would be named as its colour, and as daylight.

    Args:
        image: a cut-out, see ``is_cutout``.
    """
    seen = image[..., 3] >= _SEEN
    box = tight_box(seen)
    if box is None:
        raise ValueError("the picture is transparent everywhere; there is no object in it")
    x0, y0, x1, y1 = box
    margin = round(_MARGIN * max(x1 - x0, y1 - y0))
    ground = np.median(image[seen][:, :3], axis=0)
    crop = np.pad(image[y0:y1, x0:x1], ((margin, margin), (margin, margin), (0, 0)))
    alpha = crop[..., 3:].astype(np.float32) / 255
    return np.rint(crop[..., :3] * alpha + ground * (1 - alpha)).astype(np.uint8)
