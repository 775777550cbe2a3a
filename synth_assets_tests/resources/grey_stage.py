"""A stage of grey pictures, a mask and a text each, for the tests of the store."""

import numpy as np

from resources import files
from resources.store import Store
from synth_assets.core.items import Artifact, Item, Summary, run_items
from synth_assets.core.records import ImageRecord, ObjectRecord


def make_greys(batch: list[Item]) -> list[list[Artifact]]:
    results: list[list[Artifact]] = []
    for item in batch:
        image = np.full((8, 12, 3), item.payload, np.uint8)
        mask = np.zeros((8, 12), np.bool_)
        mask[2:5, 3:9] = True
        record = ImageRecord(objects=(ObjectRecord("thing", (3, 2, 9, 5), 1),), extra={"grey": int(item.payload)})
        text = {f"captions/{item.key}.txt": str(item.payload).encode()}
        results.append([Artifact(record, f"{item.key}.png", image, masks=[mask], files=text)])
    return results


def grey_items(values: dict[str, int]) -> list[Item]:
    return [Item(key, {"value": value}, value) for key, value in values.items()]


def run_greys(store: Store, values: dict[str, int], version: str = "1", **kwargs: object) -> Summary:
    with store.open("thing", "morning", version) as writer:
        return run_items(writer, grey_items(values), make_greys, **kwargs)  # pyright: ignore[reportArgumentType]


def stored_files(store: Store) -> set[str]:
    return set(files.list_files(store.root / "thing" / "morning"))
