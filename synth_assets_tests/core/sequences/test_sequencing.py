import json
from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np
import pytest

from resources.store import Store
from synth_assets.core.items import Artifact, Item, Summary, run_items
from synth_assets.core.measure import TRAITS
from synth_assets.core.records import ImageRecord, ImageSet
from synth_assets.core.sequences.plans import SequencesConfig
from synth_assets.core.sequences.sequencing import make_sequences, read_features
from synth_assets_tests.core.sequences.small_models import NoModels, SmallModels


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


def made(
    store: Store, sources: dict[str, ImageSet], settings: SequencesConfig, models: NoModels | None = None
) -> Summary:
    with store.open("image_sequences") as writer:
        return make_sequences(writer, sources, settings, models or NoModels())


def order(store: Store, name: str = "sweep") -> list[str]:
    listing = json.loads(store.file("image_sequences", "", f"{name}.json").read_text())
    return [Path(entry["image"]).stem for entry in listing["order"]]


def test_a_plan_gives_a_gif_a_sheet_and_its_order(store: Store) -> None:
    sources = gray(store, [200, 50, 120])
    summary = made(store, sources, config())
    features, gif, sheet, board = summary.images
    assert (features.extra["kind"], features.path) == ("features", "")
    assert (gif.path, gif.width, gif.height) == ("image_sequences/images/sweep.gif", 32, 32)
    assert (gif.extra["kind"], gif.extra["frames"], gif.extra["trait_min"]) == ("gif", 3, 50.0)
    assert (gif.licence, gif.attribution) == ("CC0-1.0", "Ann")
    ids = {record.stem: record.id for record in sources["reference_images"]}
    assert gif.parents == (ids["grey_050"], ids["grey_120"], ids["grey_200"])
    assert sheet.path == "image_sequences/images/sweep_sheet.png"
    assert (board.path, board.extra["frames"]) == ("image_sequences/images/sweep_storyboard.jpg", 3)
    thumbs = [f"image_sequences/thumbs/sweep/0000{place}.jpg" for place in (1, 2, 3)]
    assert gif.files == (*(f"image_sequences/sweep.{ending}" for ending in ("json", "txt", "mp4")), *thumbs)
    assert summary.images.read_bytes(gif.files[1]).decode().splitlines() == [
        "sweep: 3 pictures by luminance, 50 to 200, mean 123.333",
        "    1     50.0000  reference_images/morning/images/grey_050.png",
        "    2    120.0000  reference_images/morning/images/grey_120.png",
        "    3    200.0000  reference_images/morning/images/grey_200.png",
    ]
    assert order(store) == ["grey_050", "grey_120", "grey_200"]
    assert summary.details["sequences"] == [
        {
            "sequence": "sweep",
            "title": "Sweep",
            "trait": "luminance",
            "smoothness": "",
            "left_out": 0,
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
    assert "not a readable picture" in listing["left_out"][broken.path]
    assert summary.details["unreadable"] == 1


def test_a_picture_that_became_unreadable_after_it_was_measured_is_left_out(store: Store) -> None:
    sources, both = (
        gray(store, [200, 50, 120, 80]),
        SequencesConfig.model_validate(
            {
                "plans": [
                    config().plans[0].model_dump(),
                    config(name="walk", order="smooth", trait=None).plans[0].model_dump(),
                ],
                "rendering": {"side_px": 32},
            }
        ),
    )
    made(store, sources, both, SmallModels())
    first, second = sources["reference_images"].records[:2]
    (store.root / first.path).write_bytes(b"not a picture")
    (store.root / second.path).unlink()
    smaller = both.model_copy(update={"rendering": both.rendering.model_copy(update={"side_px": 30})})
    summary = made(store, sources, smaller, SmallModels())
    assert not summary.images.reasons
    for name, left in (("sweep", ["grey_080", "grey_120"]), ("walk", ["grey_080", "grey_120"])):
        listing = json.loads(store.file("image_sequences", "", f"{name}.json").read_text())
        assert order(store, name) == left
        assert "not a readable picture" in listing["left_out"][first.path]
        assert "materialize reference_images again" in listing["left_out"][second.path]
        assert listing["frames"] == 2


def test_a_plan_whose_pictures_are_all_gone_is_a_rejected_row(store: Store) -> None:
    sources = gray(store, [200, 50])
    made(store, sources, config())
    for record in sources["reference_images"]:
        (store.root / record.path).unlink()
    summary = made(store, sources, config(name="other"))
    assert summary.images.reasons == {"no pictures: none of the 2 in reference_images could be read": 1}


def test_too_many_frames_are_thinned_out_evenly_and_the_gif_shows_some_of_the_film(store: Store) -> None:
    sources = gray(store, range(10, 130, 10))
    made(store, sources, config(max_frames=4))
    listing = json.loads(store.file("image_sequences", "", "sweep.json").read_text())
    assert [entry["place"] for entry in listing["order"] if entry["shown"]] == [1, 5, 8, 12]
    assert len(listing["order"]) == 12
    with av.open(str(store.file("image_sequences", "", "sweep.mp4"))) as film:
        assert film.streams.video[0].frames == 4


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
    for name in (
        "images/sweep.gif",
        "images/sweep_sheet.png",
        "sweep.json",
        "sweep.mp4",
        "features.parquet",
        "summary.json",
    ):
        path = f"image_sequences/{name}"
        assert (store.root / path).read_bytes() == (other.root / path).read_bytes(), name


def tinted(store: Store, degrees: Sequence[int]) -> dict[str, ImageSet]:
    """Reference images of one colour each, round a circle of hues; wide, with a red square in the first."""

    def make(batch: list[Item]) -> list[list[Artifact]]:
        return [[Artifact(ImageRecord(), f"{item.key}.png", _tint(item.payload))] for item in batch]

    with store.open("reference_images", "morning") as writer:
        return {
            "reference_images": run_items(writer, [Item(f"c{each:03d}", {}, each) for each in degrees], make).images
        }


def _tint(degrees: int) -> np.ndarray:
    angles = np.deg2rad(degrees - np.array([0, 120, 240]))
    return np.broadcast_to(np.uint8(128 + 60 * np.cos(angles)), (20, 40, 3)).copy()


def test_a_smooth_path_goes_round_the_colours(store: Store) -> None:
    sources = tinted(store, [0, 200, 40, 160, 80, 120])
    smooth = config(order="smooth", trait=None)
    models = SmallModels()
    summary = made(store, sources, smooth, models)
    assert order(store) == ["c000", "c040", "c080", "c120", "c160", "c200"]
    gif = next(record for record in summary.images if record.extra.get("kind") == "gif")
    assert gif.extra["trait"] == "step"
    assert 0 < float(str(gif.extra["smoothness"])) < 0.5
    assert "smoothness 0." in store.file("image_sequences", "", "sweep.txt").read_text()
    made(store, sources, config(order="smooth", trait=None, reverse=True), models)
    assert order(store)[0] == "c200"
    assert models.embedder.seen == 6 * 4


def test_only_new_content_is_embedded(store: Store) -> None:
    smooth, models = config(order="smooth", trait=None), SmallModels()
    made(store, tinted(store, [0, 40]), smooth, models)
    made(store, tinted(store, [0, 40, 80]), smooth, models)
    assert models.embedder.seen == 3 * 4
    models.embedder.name = "another"
    made(store, tinted(store, [0, 40, 80]), smooth, models)
    assert models.embedder.seen == 6 * 4


@pytest.mark.parametrize("count", [1, 2])
def test_one_picture_and_two_have_a_smooth_path(store: Store, count: int) -> None:
    summary = made(store, tinted(store, range(count)), config(order="smooth", trait=None), SmallModels())
    assert len(order(store)) == count
    assert next(iter(summary.details["sequences"]))["smoothness"] == 1


@pytest.mark.parametrize(
    ("plan", "role"), [({"order": "smooth", "trait": None}, "embed"), ({"trait": "face"}, "faces")]
)
def test_a_plan_without_its_model_is_a_rejected_row(store: Store, plan: dict[str, object], role: str) -> None:
    summary = made(store, tinted(store, [0, 40]), config(**plan))
    (reason,) = summary.images.reasons
    assert reason.startswith(f"no model: the set has none for role '{role}'")


def test_faces_are_sorted_by_the_share_of_the_largest(store: Store) -> None:
    sides = {"none": 0, "large": 16, "small": 4}

    def make(batch: list[Item]) -> list[list[Artifact]]:
        found: list[list[Artifact]] = []
        for item in batch:
            image = np.full((20, 40, 3), 9, np.uint8)
            image[: item.payload, : item.payload] = (255, 0, 0)
            found.append([Artifact(ImageRecord(), f"{item.key}.png", image)])
        return found

    with store.open("reference_images", "morning") as writer:
        images = run_items(writer, [Item(key, {}, side) for key, side in sides.items()], make).images
    made(store, {"reference_images": images}, config(trait="face", reverse=True), SmallModels())
    assert order(store) == ["large", "small", "none"]
    listing = json.loads(store.file("image_sequences", "", "sweep.json").read_text())
    assert [entry["value"] for entry in listing["order"]] == pytest.approx([256 / 800, 16 / 800, 0], abs=1e-3)


def film(store: Store, shifts: dict[int, Sequence[int]]) -> dict[str, ImageSet]:
    """Frames, four a second: by shot, how far a texture has moved."""
    texture = np.repeat(np.repeat(np.random.default_rng(0).integers(0, 256, (8, 24, 3), np.uint8), 8, 0), 8, 1)
    frames = [(shot, shift) for shot, moved in shifts.items() for shift in moved]

    def make(batch: list[Item]) -> list[list[Artifact]]:
        found: list[list[Artifact]] = []
        for item in batch:
            index, shot, shift = item.payload
            extra = {"video": "a.mp4", "shot": shot, "frame_index": index, "time_s": index / 4}
            picture = np.ascontiguousarray(texture[:, shift : shift + 128]) // (shot + 1)
            found.append([Artifact(ImageRecord(extra=extra), f"{item.key}.png", picture)])
        return found

    items = [Item(f"s{shot}_{index}", {}, (index, shot, shift)) for index, (shot, shift) in enumerate(frames)]
    with store.open("frames", "bunny") as writer:
        return {"frames": run_items(writer, items, make).images}


def test_shots_run_from_calm_to_wild_and_frames_without_neighbours_are_left_out(store: Store) -> None:
    sources = film(store, {0: [0, 6, 12], 1: [0, 1, 2], 2: [0]})
    summary = made(store, sources, config(source=["frames"], trait="motion", order="shots"))
    assert order(store) == ["s1_3", "s1_4", "s1_5", "s0_0", "s0_1", "s0_2"]
    listing = json.loads(store.file("image_sequences", "", "sweep.json").read_text())
    assert listing["left_out"] == {"frames/bunny/images/s2_6.png": "no value of motion"}
    # 6 of 128 pixels in a quarter of a second.
    assert listing["order"][-1]["value"] == pytest.approx(6 / 128 * 4, rel=0.25)
    assert summary.details["sequences"][0]["left_out"] == 1


def test_pictures_of_no_film_have_no_motion(store: Store) -> None:
    summary = made(store, gray(store, [10, 20]), config(trait="motion"))
    assert summary.images.reasons == {
        "no pictures: none of the 2 in reference_images has a value of motion; only frames of films have one": 1
    }


def test_the_manifest_is_kept_when_only_the_plans_shrink(store: Store) -> None:
    sources = gray(store, [200, 50])
    both = SequencesConfig.model_validate(
        {"plans": [config().plans[0].model_dump(), config(name="other", trait="hue").plans[0].model_dump()]}
    )
    made(store, sources, both)
    made(store, sources, config())
    assert not (store.root / "image_sequences/images/other.gif").exists()
    assert (store.root / "image_sequences/images/sweep.gif").exists()
