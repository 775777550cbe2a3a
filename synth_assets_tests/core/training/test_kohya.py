"""The kohya layout, read back by the trainer's documented rules."""

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from resources.store import Store
from synth_assets.core.training.kohya import repeats_for
from synth_assets.core.training.merging import merge_training_set
from synth_assets.core.training.planning import TrainingSetParams
from synth_assets.core.training.splits import SplitShares
from synth_assets_tests.core.training.conftest import cutout, scene


@pytest.mark.parametrize(
    ("images", "repeats"), [(0, 20), (1, 20), (50, 18), (99, 15), (100, 12), (300, 10), (301, 10), (650, 9), (5000, 8)]
)
def test_few_pictures_are_repeated_more_often(images: int, repeats: int) -> None:
    assert repeats_for(images) == repeats


def test_a_concept_is_a_folder_with_captions_and_a_toml_that_names_its_repeats(store: Store, put: Callable) -> None:
    bunny = put("segment", "bunny", [cutout(f"b{index}", index, f"shot{index}") for index in range(8)])
    morning = put("inpainted_scenes", "morning", [scene(f"s{index}", 40 + index, f"bg{index}") for index in range(4)])
    params = TrainingSetParams(formats=("kohya",), shares=SplitShares(train=0.5, val=0.25, test=0.25))
    with store.open("training_set") as writer:
        summary = merge_training_set(writer, [bunny, morning], [], [], params)
    seen = {"train": 0, "val": 0}
    for concept, prompt in (("bunny", ""), ("morning", "a dog")):
        rows = [row for row in summary.images.ok if row.extra["source_partition"] == concept]
        folder = Path(str(store.root)) / "training_set/exports/kohya" / concept
        (dataset,) = tomllib.loads((folder / "dataset.toml").read_text())["datasets"]
        (subset,) = dataset["subsets"]
        assert subset["image_dir"] == f"{subset['num_repeats']}_{concept}"
        assert (subset["class_tokens"], subset["num_repeats"]) == (concept, 20)
        for split, place in (("train", folder / subset["image_dir"]), ("val", folder / "val")):
            wanted = {Path(row.path).name: row for row in rows if row.extra["split"] == split}
            seen[split] += len(wanted)
            found = sorted(place.glob("*.png"))
            assert [path.name for path in found] == sorted(wanted)
            for path in found:
                assert path.read_bytes() == summary.images.read_bytes(wanted[path.name].path)
                # sd-scripts stops at an empty caption file, and takes class_tokens where there is none.
                caption = path.with_suffix(".txt")
                assert (caption.read_text() if caption.exists() else "") == (f"{prompt}\n" if prompt else "")
    assert all(seen.values())
