"""Labels: the mask of one labelled object, read from the store.

Belongs here: what every layout needs of an object. Does not belong here: the layouts.
"""

from __future__ import annotations

from synth_assets.core.masks import box_mask, decode_mask
from synth_assets.core.ports import Mask
from synth_assets.core.records import ImageRecord, ImageSet, ObjectRecord


def mask_of(images: ImageSet, record: ImageRecord, item: ObjectRecord) -> Mask:
    """Gives an object's (H, W) mask; its box where it has no mask file.

    Raises:
        ValueError: the mask's size differs from the picture's.
    """
    size_hw = (record.height, record.width)
    if not item.mask_path:
        return box_mask(item.xyxy, size_hw)
    mask = decode_mask(images.read_bytes(item.mask_path), item.mask_path)
    if mask.shape != size_hw:
        raise ValueError(
            f"{item.mask_path}: the mask is {mask.shape[1]}x{mask.shape[0]}, its picture {record.path} is "
            f"{record.width}x{record.height}; materialize {record.asset} again"
        )
    return mask
