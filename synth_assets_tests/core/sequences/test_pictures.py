from pathlib import Path

import numpy as np
import pytest

from resources.store import Store
from synth_assets.core.images import BadImageError
from synth_assets.core.items import Artifact, Item, run_items
from synth_assets.core.records import ImageRecord, ImageSet
from synth_assets.core.sequences.pictures import Pictures
from synth_assets.core.sequences.plans import MOST_FRAMES

SIZES = {"small": (6, 8), "wide": (10, 40)}


@pytest.fixture
def images(tmp_path: Path) -> ImageSet:
    """One picture that fits a frame of 20, and one that does not."""

    def make(batch: list[Item]) -> list[list[Artifact]]:
        return [
            [Artifact(ImageRecord(), f"{item.key}.png", np.full((*item.payload, 3), 9, np.uint8))] for item in batch
        ]

    store = Store(tmp_path)
    with store.open("reference_images", "morning") as writer:
        return run_items(writer, [Item(key, {}, size) for key, size in SIZES.items()], make).images


def counting(images: ImageSet) -> tuple[ImageSet, list[str]]:
    """The set, and the names of those of its pictures that are decoded."""
    decoded: list[str] = []

    class Counting(ImageSet):
        def read(self, record: ImageRecord) -> np.ndarray:
            decoded.append(record.stem)
            return super().read(record)

    return Counting(images.root, images.records), decoded


def pictures_of(images: ImageSet, side_px: int) -> tuple[Pictures, list[str]]:
    """The pictures by their names, and the names of those that are decoded."""
    counted, decoded = counting(images)
    return Pictures({record.stem: (counted, record) for record in images}, side_px), decoded


def test_a_picture_is_decoded_once_and_once_more_where_all_its_pixels_are_asked_for_again(images: ImageSet) -> None:
    pictures, decoded = pictures_of(images, 20)
    for _ in range(2):
        assert pictures.whole("small").shape == pictures.fitted("small").shape == (6, 8, 3)
        assert pictures.fitted("wide").shape == (5, 20, 3)
    assert decoded == ["small", "wide"]
    assert pictures.whole("wide").shape == (10, 40, 3)
    assert decoded == ["small", "wide", "wide"]


def test_as_many_pictures_are_kept_as_one_plan_can_show(images: ImageSet) -> None:
    # Fitted to 10 x 40 and 5 x 20, square frames of 20 have room for four times 240 of the wide one.
    counted, decoded = counting(images)
    keys = [str(number) for number in range(4 * MOST_FRAMES + 1)]
    pictures = Pictures(dict.fromkeys(keys, (counted, images.records[1])), 20)
    for key in keys:
        pictures.fitted(key)
    decoded.clear()
    pictures.fitted(keys[-1])
    pictures.fitted(keys[1])
    assert decoded == []
    pictures.fitted(keys[0])
    assert decoded == ["wide"]


def test_what_cannot_be_read_is_named(images: ImageSet) -> None:
    small, wide = images.records
    (images.root / small.path).write_bytes(b"not a picture")
    (images.root / wide.path).unlink()
    pictures, _ = pictures_of(images, 20)
    reasons = pictures.unreadable(SIZES)
    assert "not a readable picture" in reasons["small"]
    assert "materialize reference_images again" in reasons["wide"]
    with pytest.raises(BadImageError, match="the file is gone"):
        pictures.whole("wide")
