"""Clusters of captions as rows, tables and a page; the clustering itself is in test_topics."""

import base64
import csv
import io
import json
import re
from collections.abc import Sequence

import numpy as np
import pytest
from upath import UPath

from resources.store import Store
from synth_assets.core.captions.clusters import cluster_captions, kind_of
from synth_assets.core.captions.topics import ClusterParams
from synth_assets.core.images import decode_image, encode_png
from synth_assets.core.items import Summary
from synth_assets.core.records import ImageRecord, ImageSet, ObjectRecord

FOX = (ObjectRecord("fox", (0, 0, 4, 4), 1),)


PAINTED = 5
TEXTS = {"night": ("a red hill", "a green hill", "a blue hill"), "bunny": ("red fox", "awake fox", "a fox jumps")}


def row(index: int, text: str, partition: str = "night", objects: tuple[ObjectRecord, ...] = ()) -> ImageRecord:
    return ImageRecord(
        f"{index:032x}",
        f"k{index}",
        path=f"photos/{partition}/images/{index}.png",
        objects=objects,
        captions={"short": text},
        extra={
            "source_asset": "photos" if partition == "night" else "segment",
            "source_partition": partition,
            "caption_score": 0.5 if partition == "bunny" else None,
        },
    )


ROWS = [
    row(index, text, partition)
    for index, (partition, text) in enumerate((name, text) for name, texts in TEXTS.items() for text in texts)
]


def clustered(store: Store, rows: Sequence[ImageRecord], params: ClusterParams, code_version: str = "1") -> Summary:
    with store.open("caption_clusters", "", code_version) as writer:
        return cluster_captions(writer, [ImageSet(store.root, tuple(rows))], params)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, Summary]:
    """Six captions of which five have a picture, each of another brightness."""
    store = Store(UPath(tmp_path_factory.mktemp("clusters")))
    for value, record in enumerate(ROWS[:PAINTED]):
        path = store.root / record.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encode_png(np.full((60, 90, 3), 20 * value, np.uint8)))
    return store, clustered(store, ROWS, ClusterParams(k=2))


def read(store: Store, name: str) -> str:
    return store.file("caption_clusters", "", name).read_text()


def test_kinds_are_told_by_partition_and_objects() -> None:
    assert kind_of(row(0, "x", "bunny", FOX)) == "characters"
    assert kind_of(row(0, "x", "night", FOX)) == "scenes"
    assert kind_of(row(0, "x")) == "views"


def test_every_point_of_the_page_shows_its_own_picture(made: tuple[Store, Summary]) -> None:
    data = re.search(r"const DATA = (.*);\n", read(made[0], "map.html"))
    assert data is not None
    values = json.loads(data[1])
    assert values["captions"] == [record.captions["short"] for record in ROWS]
    assert values["notes"][3:5] == [f"{record.path} · caption score 0.5" for record in ROWS[3:5]]
    assert values["thumbnails"][PAINTED] == ""
    for index, uri in enumerate(values["thumbnails"][:PAINTED]):
        small = decode_image(base64.b64decode(uri.partition(",")[2]), "thumbnail")
        assert small.shape[1] == 64
        assert abs(int(small.mean()) - 20 * index) <= 2
    assert [colours["name"] for colours in values["colourings"]] == ["cluster", "kind", "class", "slot or character"]


def test_the_table_has_the_originals_columns_first(made: tuple[Store, Summary]) -> None:
    lines = list(csv.reader(io.StringIO(read(made[0], "clusters.csv"))))
    first = ["image_id", "class", "slot_or_character", "image_name", "image_folder", "description"]
    assert lines[0] == [*first, "kind", "cluster", "cluster_name", "x", "y", "caption_score"]
    assert lines[1][1:7] == ["photos", "night", "0.png", "photos/night/images", "a red hill", "views"]
    assert lines[1][8].split()[0] == "hill"
    assert (lines[1][-1], lines[6][-1], lines[6][6]) == ("", "0.5", "characters")


def test_purity_and_silhouette_are_reported(made: tuple[Store, Summary]) -> None:
    details = made[1].details
    assert [line["against"] for line in details["agreement"]] == ["kind", "class", "slot or character"]
    assert all(line["purity"] == line["nmi"] == 1 for line in details["agreement"])
    assert [line["k"] for line in details["curve"]] == [2, 3, 4, 5, 6]
    assert details["k_by_silhouette"] in range(2, 7)
    assert "notes" not in details


def test_equal_captions_make_one_cluster_and_what_was_held_is_said(store: Store, made: tuple[Store, Summary]) -> None:
    rows = [row(index, "a hill") for index in range(3)]
    for record in rows:
        path = store.root / record.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes((made[0].root / ROWS[0].path).read_bytes())
    details = clustered(store, rows, ClusterParams(k=10, thumbnails=1)).details
    assert (details["k"], details["curve"]) == (1, [])
    assert details["notes"] == "k was held at 1 instead of 10: no more captions differ in their words."
    assert read(store, "map.html").count("data:image/jpeg") == 1
    assert "1 of the points have a picture" in read(store, "map.html")


def test_the_same_captions_give_the_same_bytes(made: tuple[Store, Summary]) -> None:
    store = made[0]
    names = ("map.html", "clusters.csv", "clusters.json", "plots/elbow.png", "plots/map_by_cluster.png")
    before = [store.file("caption_clusters", "", name).read_bytes() for name in names]
    assert clustered(store, ROWS, ClusterParams(k=2), code_version="2").made == 1
    assert [store.file("caption_clusters", "", name).read_bytes() for name in names] == before
