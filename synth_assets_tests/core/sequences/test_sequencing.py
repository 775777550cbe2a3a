import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from resources.store import Store
from synth_assets.core.items import Artifact, Item, Summary, run_items
from synth_assets.core.measure import TRAITS
from synth_assets.core.records import ImageRecord, ImageSet
from synth_assets.core.sequences.plans import SequencesConfig
from synth_assets.core.sequences.sequencing import make_sequences, read_features


def gray(store: Store, levels: Sequence[int], partition: str = "morning") -> dict[str, ImageSet]:
    """Reference images of one grey level each."""

    def make(batch: list[Item]) -> list[list[Artifact]]:
        record = ImageRecord(licence="CC0-1.0", attribution="Ann")
        return [[Artifact(record, f"{item.key}.png", np.full((12, 16, 3), item.payload, np.uint8))] for item in batch]

    with store.open("reference_images", partition) as writer:
        images = run_items(writer, [Item(f"grey_{level:03d}", {}, level) for level in levels], make).images
    return {"reference_images": images}


def config(**plan: object) -> SequencesConfig:
    base = {"name": "sweep", "title": "Sweep", "source": ["reference_images"], "trait": "luminance"}
    return SequencesConfig.model_validate({"plans": [{**base, **plan}], "rendering": {"side_px": 32}})


def made(store: Store, sources: dict[str, ImageSet], settings: SequencesConfig) -> Summary:
    with store.open("image_sequences") as writer:
        return make_sequences(writer, sources, settings)


def order(store: Store, name: str = "sweep") -> list[str]:
    listing = json.loads(store.file("image_sequences", "", f"{name}.json").read_text())
    return [Path(entry["image"]).stem for entry in listing["order"]]


def test_a_plan_gives_a_gif_a_sheet_and_its_order(store: Store) -> None:
    sources = gray(store, [200, 50, 120])
    summary = made(store, sources, config())
    features, gif, sheet = summary.images
    assert (features.extra["kind"], features.path) == ("features", "")
    assert (gif.path, gif.width, gif.height) == ("image_sequences/images/sweep.gif", 32, 32)
    assert (gif.extra["kind"], gif.extra["frames"], gif.extra["trait_min"]) == ("gif", 3, 50.0)
    assert (gif.licence, gif.attribution) == ("CC0-1.0", "Ann")
    ids = {record.stem: record.id for record in sources["reference_images"]}
    assert gif.parents == (ids["grey_050"], ids["grey_120"], ids["grey_200"])
    assert sheet.path == "image_sequences/images/sweep_sheet.png"
    assert order(store) == ["grey_050", "grey_120", "grey_200"]
    assert summary.details["sequences"] == [
        {
            "sequence": "sweep",
            "title": "Sweep",
            "trait": "luminance",
            "ordered": 3,
            "frames": 3,
            "count": 3,
            "min": 50.0,
            "max": 200.0,
            "span": 150.0,
            "mean": pytest.approx(123.3333),
        }
    ]
    assert [entry["value"] for entry in summary.details["order_sweep"]] == [50.0, 120.0, 200.0]
    assert [row["trait"] for row in summary.details["features"]] == list(TRAITS)


def test_reverse_and_filter(store: Store) -> None:
    made(store, gray(store, [200, 50, 120, 80]), config(reverse=True, filter={"at_most": {"luminance": 150}}))
    assert order(store) == ["grey_120", "grey_080", "grey_050"]


def test_nothing_changed_nothing_made(store: Store) -> None:
    sources = gray(store, [200, 50])
    assert made(store, sources, config()).made == 2
    again = made(store, sources, config())
    assert (again.made, again.reused) == (0, 2)


def test_only_new_content_is_measured(store: Store) -> None:
    first = gray(store, [200, 50])
    made(store, first, config())
    before = store.file("image_sequences", "", "features.parquet").read_bytes()
    # A picture that was measured needs not be read for its features again.
    more = gray(store, [200, 50, 100], "night")
    images = more["reference_images"]
    reads: list[str] = []

    class Counting(ImageSet):
        def read(self, record: ImageRecord) -> np.ndarray:
            reads.append(record.stem)
            return super().read(record)

    settings = config(filter={"at_least": {"luminance": 250}})
    summary = made(store, {"reference_images": Counting(images.root, images.records)}, settings)
    assert reads == ["grey_100"]
    assert summary.images.reasons == {"no pictures: of 3 in reference_images none passes the filter's limits": 1}
    features = read_features(summary.images)
    assert sorted(values["luminance"] for values in features.values.values()) == [50.0, 100.0, 200.0]
    assert store.file("image_sequences", "", "features.parquet").read_bytes() != before


def test_the_same_picture_of_two_sources_is_shown_once(store: Store) -> None:
    morning, night = gray(store, [200, 50]), gray(store, [200, 60], "night")
    both = (*morning["reference_images"], *night["reference_images"])
    made(store, {"reference_images": ImageSet(store.root, both)}, config())
    assert order(store) == ["grey_050", "grey_060", "grey_200"]


def test_an_unreadable_picture_is_named_and_left_out(store: Store) -> None:
    sources = gray(store, [200, 50])
    broken = sources["reference_images"].records[0]
    (store.root / broken.path).write_bytes(b"not a picture")
    summary = made(store, sources, config())
    listing = json.loads(store.file("image_sequences", "", "sweep.json").read_text())
    assert order(store) == ["grey_050"]
    assert "not a readable picture" in listing["unreadable"][broken.path]
    assert summary.details["unreadable"] == 1


def test_a_plan_without_pictures_is_a_rejected_row(store: Store) -> None:
    empty = {"reference_images": ImageSet(store.root, ())}
    summary = made(store, empty, config())
    assert summary.images.reasons == {
        "no pictures: reference_images hold none that pass the filter's partitions and name": 1
    }


def test_a_plan_whose_source_is_not_there_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="'frames' is not among reference_images"):
        made(store, gray(store, [10]), config(source=["frames"]))


def test_two_stores_get_the_same_bytes(store: Store, tmp_path: Path) -> None:
    other = Store(tmp_path / "other")
    for each in (store, other):
        made(each, gray(each, [200, 50, 120]), config())
    for name in ("images/sweep.gif", "images/sweep_sheet.png", "sweep.json", "features.parquet", "summary.json"):
        path = f"image_sequences/{name}"
        assert (store.root / path).read_bytes() == (other.root / path).read_bytes(), name


def test_the_manifest_is_kept_when_only_the_plans_shrink(store: Store) -> None:
    sources = gray(store, [200, 50])
    both = SequencesConfig.model_validate(
        {"plans": [config().plans[0].model_dump(), config(name="other", trait="hue").plans[0].model_dump()]}
    )
    made(store, sources, both)
    made(store, sources, config())
    assert not (store.root / "image_sequences/images/other.gif").exists()
    assert (store.root / "image_sequences/images/sweep.gif").exists()
