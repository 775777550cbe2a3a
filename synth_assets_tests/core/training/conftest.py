"""A store with a small source stage of each kind."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from resources.store import Store
from synth_assets.core.images import encode_png, resize
from synth_assets.core.items import Artifact, Item, run_items
from synth_assets.core.records import ImageRecord, ImageSet, ObjectRecord

Put = Callable[[str, str, Sequence[Artifact]], ImageSet]


def picture(seed: int, size_hw: tuple[int, int] = (48, 64)) -> np.ndarray:
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 8, 3)).astype(np.uint8)
    return resize(coarse, size_hw).astype(np.uint8)


def disc(size_hw: tuple[int, int], centre_yx: tuple[int, int], radius: int) -> np.ndarray:
    ys, xs = np.indices(size_hw)
    return (ys - centre_yx[0]) ** 2 + (xs - centre_yx[1]) ** 2 <= radius**2


def scene(name: str, seed: int, group: str, labels: Sequence[str] = ("dog",)) -> Artifact:
    """A picture with one disc per label, of radius 6, 10 px apart; the first touches the corner."""
    image = picture(seed)
    masks = [disc((48, 64), (4 + 9 * i, 4 + 14 * i), 6) for i in range(len(labels))]
    for mask in masks:
        image[mask] = 255
    objects = tuple(ObjectRecord(label, (0, 0, 64, 48), i + 1) for i, label in enumerate(labels))
    record = ImageRecord(
        group=group,
        parents=(f"background-{group}", "cutout"),
        objects=objects,
        licence="CC0",
        attribution="A. Nobody",
        prompt=f"a {labels[0]}" if labels else "",
        seed=seed,
        model="paste",
    )
    return Artifact(record, f"{name}.png", encode_png(image), masks)


def cutout(name: str, seed: int, group: str) -> Artifact:
    """An RGBA picture: a red disc over transparent green."""
    mask = disc((48, 64), (24, 20 + seed % 20), 10)
    rgba = np.zeros((48, 64, 4), np.uint8)
    rgba[..., 1] = 255
    rgba[mask] = (255, 0, 0, 255)
    record = ImageRecord(group=group, parents=(f"frame{seed}",), objects=(ObjectRecord("bunny", (0, 0, 1, 1), 1),))
    return Artifact(record, f"{name}.png", encode_png(rgba), [mask])


def plain(name: str, image: np.ndarray, group: str = "", **fields: object) -> Artifact:
    return Artifact(ImageRecord(group=group, licence="CC BY 3.0", **fields), f"{name}.png", encode_png(image))


def put_into(store: Store) -> Put:
    """Stores artifacts as a committed partition and gives it back."""

    def stored(asset: str, partition: str, artifacts: Sequence[Artifact]) -> ImageSet:
        with store.open(asset, partition) as writer:
            items = [Item(f"item{i:03d}", {"data": repr(a)[:4000]}, a) for i, a in enumerate(artifacts)]
            return run_items(writer, items, lambda batch: [[item.payload] for item in batch]).images

    return stored


@pytest.fixture
def put(store: Store) -> Put:
    return put_into(store)


@pytest.fixture(scope="module")
def shared_store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """One store for the tests of a module that only read."""
    return Store(tmp_path_factory.mktemp("shared") / "store")
