"""Encoding: an artifact's picture as the bytes that are stored.

Belongs here: choosing the encoder by the file's ending, and the size of what is stored. Does not belong here: encoders
(``synth_assets/core/images.py``) and where files go (``store.py``).
"""

import numpy as np

from synth_assets.core.images import encode_jpeg, encode_png, image_size
from synth_assets.core.items import Artifact


def encoded(artifact: Artifact) -> bytes | None:
    """The bytes to store; None for a row without a picture of its own.

    Raises:
        ValueError: an array whose name ends neither in .png nor in .jpg.
    """
    if artifact.image is None or isinstance(artifact.image, bytes):
        return artifact.image
    ending = artifact.name.rsplit(".", 1)[-1].lower()
    if ending == "png":
        return encode_png(artifact.image)
    if ending in ("jpg", "jpeg"):
        return encode_jpeg(artifact.image)
    raise ValueError(f"{artifact.name}: arrays are stored as .png or .jpg, not as .{ending}; encode it and give bytes")


def size_of(artifact: Artifact, data: bytes) -> tuple[int, int]:
    """(height, width) of the picture that was encoded to ``data``."""
    if isinstance(artifact.image, np.ndarray):
        return artifact.image.shape[0], artifact.image.shape[1]
    return image_size(data, artifact.name)
