import csv
import io
from collections.abc import Sequence
from dataclasses import replace

import pytest

from resources.store import Store
from synth_assets.core.captions.clusters import cluster_captions
from synth_assets.core.captions.report import CSV_COLUMNS
from synth_assets.core.captions.topics import ClusterParams
from synth_assets.core.images import image_size
from synth_assets.core.ports import RGB
from synth_assets.core.records import ImageSet, ObjectRecord
from synth_assets_tests.core.captions.small_captions import ColourCaptioner, captioned, painted, scored, stored


def test_every_ok_image_gets_a_row_of_its_own_id(store: Store) -> None:
    photos = stored(
        store,
        "reference_images",
        "morning",
        [painted(200, licence="CC0-1.0", group="clip"), painted(90, 2), painted(50, status="rejected", reason="dark")],
    )
    summary = captioned(store, [photos], ColourCaptioner())
    first, second = summary.images
    assert (first.id, first.path, first.width, first.height) == (photos.ok[0].id, photos.ok[0].path, 24, 16)
    assert (first.licence, first.group, first.asset) == ("CC0-1.0", "clip", "some_captions")
    assert first.captions == {"full": "red wall", "short": "red wall", "said": "arafed red wall, by Judith Brown"}
    assert second.captions["short"] == "blue wall"
    assert first.extra["source_asset"] == "reference_images"
    assert first.extra["source_partition"] == "morning"
    assert first.key == "reference_images.morning.picture_200"
    assert summary.details["made_up_words_removed_from"] == 2
    assert summary.details["artists_removed_from"] == 2


def test_words_of_the_strategy_and_painted_classes_are_kept(store: Store) -> None:
    curated = painted(10, captions={"short": "bunny, pixar style", "suffix": "clean background"})
    fox = (ObjectRecord("fox", (0, 0, 4, 4), 1),)
    sets = [stored(store, "segment", "bunny", [curated]), stored(store, "inpainted_scenes", "night", [painted(20)])]
    scene = sets[1].records[0]
    sets[1] = ImageSet(sets[1].root, (replace(scene, objects=fox),))
    shorts = [record.captions["short"] for record in captioned(store, sets, ColourCaptioner()).images]
    assert shorts == ["bunny pixar style red wall clean background", "red wall with a fox"]


def test_only_new_images_are_captioned_again(store: Store) -> None:
    pictures = [painted(value) for value in range(10, 15)]
    captioned(store, [stored(store, "frames", "bunny", pictures[:4])], ColourCaptioner())
    captioner = ColourCaptioner()
    summary = captioned(store, [stored(store, "frames", "bunny", pictures)], captioner)
    assert (summary.made, summary.reused, captioner.batches) == (1, 4, [1])
    assert captioned(store, [summary_source(store)], captioner).made == 0
    assert captioned(store, [summary_source(store)], captioner, cleaning={"max_words": 1}).made == 5


def summary_source(store: Store) -> ImageSet:
    images = store.read("frames", "bunny")
    assert images is not None
    return images


def test_images_are_captioned_in_batches(store: Store) -> None:
    captioner = ColourCaptioner()
    captioned(store, [stored(store, "frames", "bunny", [painted(v) for v in range(10, 17)])], captioner, batch_size=3)
    assert captioner.batches == [3, 3, 1]


def test_a_lost_picture_fails_alone(store: Store) -> None:
    photos = stored(store, "frames", "bunny", [painted(10), painted(20)])
    (store.root / photos.records[0].path).unlink()
    summary = captioned(store, [photos], ColourCaptioner())
    assert [record.status for record in summary.images] == ["failed", "ok"]


def test_same_picture_in_two_partitions_gives_two_rows(store: Store) -> None:
    sets = [stored(store, "frames", name, [painted(10)]) for name in ("bunny", "frank")]
    rows = captioned(store, sets, ColourCaptioner()).images.ok
    assert rows[0].id == rows[1].id
    assert [row.key for row in rows] == ["frames.bunny.picture_10", "frames.frank.picture_10"]


def test_a_captioner_that_says_nothing_gives_a_rejected_row(store: Store) -> None:
    class Silent(ColourCaptioner):
        def caption(self, images: Sequence[RGB]) -> list[str]:
            return ["arafed, by Judith Brown"] * len(images)

    summary = captioned(store, [stored(store, "frames", "bunny", [painted(10)])], Silent())
    assert summary.images.reasons == {"the captioner gave no usable word": 1}


def test_the_table_has_the_columns_of_the_original(store: Store) -> None:
    captioned(store, [stored(store, "reference_images", "night", [painted(10)])], ColourCaptioner())
    rows = list(csv.reader(io.StringIO(store.file("some_captions", "morning", "captions.csv").read_text())))
    assert tuple(rows[0]) == CSV_COLUMNS
    expected = ["reference_images", "night", "picture_10.png", "reference_images/night/images", "red wall"]
    assert rows[1][1:] == expected


def test_no_captioner_is_asked_for_an_empty_partition(store: Store) -> None:
    captioner = ColourCaptioner()
    rejected = stored(store, "frames", "film", [painted(20, status="rejected", reason="dark")])
    summary = scored(store, [rejected], captioner)
    assert (len(summary.images), captioner.batches) == (0, [])
    assert "nothing to make" in summary.details["note"]


def test_what_a_captioner_cannot_do_fails_alone(store: Store) -> None:
    class Picky(ColourCaptioner):
        def caption(self, images: Sequence[RGB]) -> list[str]:
            if any(image[0, 0, 0] == 20 for image in images):
                raise RuntimeError("the server refuses: too red")
            return ["" if image[0, 0, 0] == 30 else "a wall" for image in images]

    photos = stored(store, "frames", "film", [painted(value) for value in (10, 20, 30)])
    summary = scored(store, [photos], Picky())
    assert [record.status for record in summary.images] == ["ok", "failed", "rejected"]
    assert summary.images.reasons == {
        "RuntimeError: the server refuses: too red": 1,
        "the captioner gave no usable word": 1,
    }


def test_clusters_give_every_caption_a_row_files_and_plots(store: Store) -> None:
    pictures = [painted(value, channel) for value, channel in ((10, 0), (11, 0), (12, 0), (20, 2), (21, 2))]
    captions = captioned(store, [stored(store, "frames", "bunny", pictures)], ColourCaptioner()).images
    with store.open("caption_clusters") as writer:
        summary = cluster_captions(writer, [captions], ClusterParams())
    rows = summary.images.ok
    assert [row.extra["cluster"] for row in rows] == [0, 0, 0, 1, 1]
    assert [row.id for row in rows] == [record.id for record in captions]
    assert [str(row.extra["cluster_name"]).split()[0] for row in rows] == ["red"] * 3 + ["blue"] * 2
    assert summary.details["k"] == 2
    assert sum(cluster["captions"] for cluster in summary.details["clusters"]) == 5
    assert set(store.plots("caption_clusters")) == {"elbow", "map_by_cluster", "map_by_class", "map_by_kind"}
    for plot in store.plots("caption_clusters").values():
        assert min(image_size(plot, "plot")) > 300
    with store.open("caption_clusters") as writer:
        assert cluster_captions(writer, [captions], ClusterParams()).made == 0


@pytest.mark.parametrize("count", [1, 2])
def test_one_or_two_captions_can_be_clustered(store: Store, count: int) -> None:
    pictures = [painted(10 + value, value) for value in range(count)]
    captions = captioned(store, [stored(store, "frames", "bunny", pictures)], ColourCaptioner()).images
    with store.open("caption_clusters") as writer:
        assert cluster_captions(writer, [captions], ClusterParams()).details["k"] == count


def test_clustering_nothing_says_what_to_do(store: Store) -> None:
    with store.open("caption_clusters") as writer, pytest.raises(ValueError, match="materialize the captions"):
        cluster_captions(writer, [], ClusterParams())
