"""The store: what is finished, what a commit removes, which names it takes."""

import threading
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from resources import files
from resources.store import Store
from synth_assets.core.contents import LinkTo
from synth_assets.core.items import Artifact, Extras, Item, run_items
from synth_assets.core.records import ImageRecord
from synth_assets_tests.resources.grey_stage import run_greys, stored_files


def test_rows_pictures_masks_and_files_are_read_back(any_store: Store) -> None:
    run_greys(any_store, {"a": 10, "b": 20})
    images = any_store.read("thing", "morning")
    assert images is not None
    assert [record.key for record in images] == ["a", "b"]
    record = images.records[1]
    assert (record.width, record.height, record.extra["grey"]) == (12, 8, 20)
    assert np.array_equal(images.read(record), np.full((8, 12, 3), 20, np.uint8))
    assert record.objects[0].mask_path == "thing/morning/masks/b_1.png"
    assert images.read_bytes(record.files[0]) == b"20"


def test_second_run_makes_nothing_and_one_changed_input_makes_one(any_store: Store) -> None:
    values = {f"k{index}": index for index in range(20)}
    assert run_greys(any_store, values).made == 20
    assert run_greys(any_store, values).made == 0
    again = run_greys(any_store, {**values, "k7": 99})
    assert (again.made, again.reused) == (1, 19)
    assert run_greys(any_store, {**values, "k7": 99}, version="2").made == 20


def test_the_version_changes_with_every_commit(any_store: Store) -> None:
    versions = [any_store.version("thing", "morning")]
    for grey in (1, 2, 2):
        run_greys(any_store, {"a": grey})
        versions.append(any_store.version("thing", "morning"))
    assert versions[0] == ""
    assert len(set(versions)) == 3
    assert versions[2] == versions[3]


def test_what_is_not_wanted_any_more_is_removed_with_its_files(any_store: Store) -> None:
    run_greys(any_store, {"a": 1, "b": 2}, extras=lambda _: Extras({"plots/old.png": b"x"}))
    run_greys(any_store, {"b": 2})
    assert stored_files(any_store) == {
        "manifest.parquet",
        "contact_sheet.jpg",
        "images/b.png",
        "masks/b_1.png",
        "captions/b.txt",
    }


def test_a_picture_deleted_by_hand_is_made_again(any_store: Store) -> None:
    run_greys(any_store, {"a": 1, "b": 2})
    any_store.file("thing", "morning", "images/a.png").unlink()
    assert run_greys(any_store, {"a": 1, "b": 2}).made == 1
    assert any_store.file("thing", "morning", "images/a.png").exists()


def test_extras_are_written_linked_and_made_only_when_something_changed(any_store: Store) -> None:
    calls: list[int] = []

    def extras(images: object) -> Extras:
        calls.append(1)
        return Extras(
            {"report.json": b"{}", "plots/p.png": b"png", "out/a.png": LinkTo("thing/morning/images/a.png")}, {"n": 3}
        )

    first = run_greys(any_store, {"a": 1}, extras=extras)
    second = run_greys(any_store, {"a": 1}, extras=extras)
    assert (len(calls), first.details, second.details) == (1, {"n": 3}, {"n": 3})
    assert any_store.plots("thing", "morning") == {"p": b"png"}
    images = any_store.read("thing", "morning")
    assert images is not None
    assert images.read_bytes("thing/morning/out/a.png") == images.read_bytes("thing/morning/images/a.png")
    run_greys(any_store, {"a": 1}, extras=extras, extras_inputs="other")
    assert len(calls) == 2


def test_two_items_cannot_write_one_file(store: Store) -> None:
    def clash(batch: list[Item]) -> list[list[Artifact]]:
        return [[Artifact(ImageRecord(), "same.png", np.zeros((4, 4, 3), np.uint8))] for _ in batch]

    with store.open("thing") as writer, pytest.raises(ValueError, match="names must be unique"):
        run_items(writer, [Item("a", {}), Item("b", {})], clash)


def test_names_of_an_item_that_broke_off_are_free_again(store: Store) -> None:
    def broken() -> Iterator[Artifact]:
        yield Artifact(ImageRecord(), "x.png", np.zeros((4, 4, 3), np.uint8))
        raise OSError("the film ends here")

    with store.open("thing", "morning") as writer:
        with pytest.raises(OSError, match="ends here"):
            writer.put("first", "1", broken())
        writer.put("second", "1", [Artifact(ImageRecord(), "x.png", np.ones((4, 4, 3), np.uint8))])
        assert not writer.finished("first", "1")
        assert writer.finished("second", "1")


def test_an_item_may_take_over_the_file_of_one_that_is_not_wanted_any_more(store: Store) -> None:
    def same_name(batch: list[Item]) -> list[list[Artifact]]:
        return [[Artifact(ImageRecord(), "same.png", np.full((4, 4, 3), item.payload, np.uint8))] for item in batch]

    for key, value in (("a", 1), ("b", 2)):
        with store.open("thing") as writer:
            summary = run_items(writer, [Item(key, {}, value)], same_name)
    assert [record.key for record in summary.images] == ["b"]
    assert summary.images.read(summary.images.records[0])[0, 0, 0] == 2


def test_rejected_pictures_are_kept_apart(store: Store) -> None:
    def reject(batch: list[Item]) -> list[list[Artifact]]:
        record = ImageRecord(status="rejected", reason="too dark")
        return [[Artifact(record, f"{item.key}.png", np.zeros((4, 4, 3), np.uint8))] for item in batch]

    with store.open("thing") as writer:
        summary = run_items(writer, [Item("a", {})], reject)
    assert summary.images.reasons == {"too dark": 1}
    assert summary.images.records[0].path == "thing/rejected/a.png"
    assert summary.images.ok == []


def test_two_threads_cannot_write_one_file(store: Store) -> None:
    both = threading.Barrier(2)

    class Slow(dict):  # a mapping of files that keeps the first item half written until the second came
        def items(self):
            both.wait(timeout=10)
            return super().items()

    artifact = Artifact(ImageRecord(), "same.png", np.zeros((4, 4, 3), np.uint8))
    with store.open("thing") as writer:
        first = threading.Thread(target=writer.put, args=("a", "1", [replace(artifact, files=Slow())]))
        first.start()
        while not (store.root / "thing" / "images" / "same.png").exists():
            first.join(0.01)
        with pytest.raises(ValueError, match="names must be unique"):
            writer.put("b", "1", [artifact])
        both.wait(timeout=10)
        first.join()


def test_many_threads_store_every_item(any_store: Store) -> None:
    summary = run_greys(any_store, {f"k{index}": index for index in range(40)}, workers=8)
    assert [row.extra["grey"] for row in summary.images] == list(range(40))
    assert run_greys(any_store, {f"k{index}": index for index in range(40)}).made == 0


@pytest.mark.parametrize("key", ["with space", "sub/folder", "a#b%20?c&d", "schön", "long" * 100, "雪" * 90, "a.b..c"])
def test_any_key_is_stored_and_found_again(any_store: Store, key: str) -> None:
    assert run_greys(any_store, {key: 1}).made == 1
    assert run_greys(any_store, {key: 1}).made == 0
    images = any_store.read("thing", "morning")
    assert images is not None
    assert images.read(images.records[0])[0, 0, 0] == 1
    assert any_store.partitions("thing") == ["morning"]


def test_long_names_are_cut_alike_and_stay_apart() -> None:
    first, second = "x" * 300 + "1", "x" * 300 + "2"
    picture, text, other = files.fitting(f"{first}.png"), files.fitting(f"{first}.txt"), files.fitting(f"{second}.png")
    assert picture.removesuffix(".png") == text.removesuffix(".txt")
    assert picture != other
    assert len(picture) <= 200
    assert files.fitting("sub/short.name.png") == "sub/short.name.png"


@pytest.mark.parametrize("path", ["", "../x.png", "a//b.png", "/x.png"])
def test_a_name_cannot_leave_its_folder(path: str) -> None:
    with pytest.raises(ValueError, match="not the path of a file"):
        files.fitting(path)


def test_a_partition_whose_items_all_vanish_is_empty_but_there(any_store: Store) -> None:
    run_greys(any_store, {"a": 1, "b": 2})
    assert len(run_greys(any_store, {}).images) == 0
    assert stored_files(any_store) == {"manifest.parquet"}
    assert any_store.partitions("thing") == ["morning"]
    assert run_greys(any_store, {"a": 1}).made == 1
