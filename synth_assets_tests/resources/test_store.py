"""The store: what is finished, what a commit removes, what a cut-off run leaves."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from resources import files
from resources.store import Store
from synth_assets.core.contents import LinkTo, Streamed
from synth_assets.core.items import Artifact, Extras, Item, Summary, run_items
from synth_assets.core.records import ImageRecord, ImageSet, ObjectRecord


def _make(batch: list[Item]) -> list[list[Artifact]]:
    results: list[list[Artifact]] = []
    for item in batch:
        image = np.full((8, 12, 3), item.payload, np.uint8)
        mask = np.zeros((8, 12), np.bool_)
        mask[2:5, 3:9] = True
        record = ImageRecord(objects=(ObjectRecord("thing", (3, 2, 9, 5), 1),), extra={"grey": int(item.payload)})
        text = {f"captions/{item.key}.txt": str(item.payload).encode()}
        results.append([Artifact(record, f"{item.key}.png", image, masks=[mask], files=text)])
    return results


def _items(values: dict[str, int]) -> list[Item]:
    return [Item(key, {"value": value}, value) for key, value in values.items()]


def _run(store: Store, values: dict[str, int], version: str = "1", **kwargs: object) -> Summary:
    with store.open("thing", "morning", version) as writer:
        return run_items(writer, _items(values), _make, **kwargs)  # pyright: ignore[reportArgumentType]


def _tree(store: Store) -> set[str]:
    return set(files.list_files(store.root / "thing" / "morning"))


@pytest.fixture(params=["local", "memory"])
def any_store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return Store(tmp_path if request.param == "local" else f"memory://{tmp_path.name}")


def test_rows_pictures_masks_and_files_are_read_back(any_store: Store) -> None:
    _run(any_store, {"a": 10, "b": 20})
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
    assert _run(any_store, values).made == 20
    assert _run(any_store, values).made == 0
    again = _run(any_store, {**values, "k7": 99})
    assert (again.made, again.reused) == (1, 19)
    assert _run(any_store, {**values, "k7": 99}, version="2").made == 20


def test_the_version_changes_with_every_commit(any_store: Store) -> None:
    versions = [any_store.version("thing", "morning")]
    for grey in (1, 2, 2):
        _run(any_store, {"a": grey})
        versions.append(any_store.version("thing", "morning"))
    assert versions[0] == ""
    assert len(set(versions)) == 3
    assert versions[2] == versions[3]


def test_what_is_not_wanted_any_more_is_removed_with_its_files(any_store: Store) -> None:
    _run(any_store, {"a": 1, "b": 2}, extras=lambda _: Extras({"plots/old.png": b"x"}))
    _run(any_store, {"b": 2})
    assert _tree(any_store) == {
        "manifest.parquet",
        "contact_sheet.jpg",
        "images/b.png",
        "masks/b_1.png",
        "captions/b.txt",
    }


def test_a_picture_deleted_by_hand_is_made_again(any_store: Store) -> None:
    _run(any_store, {"a": 1, "b": 2})
    any_store.file("thing", "morning", "images/a.png").unlink()
    assert _run(any_store, {"a": 1, "b": 2}).made == 1
    assert any_store.file("thing", "morning", "images/a.png").exists()


def test_extras_are_written_linked_and_made_only_when_something_changed(any_store: Store) -> None:
    calls: list[int] = []

    def extras(images: object) -> Extras:
        calls.append(1)
        return Extras(
            {"report.json": b"{}", "plots/p.png": b"png", "out/a.png": LinkTo("thing/morning/images/a.png")}, {"n": 3}
        )

    first = _run(any_store, {"a": 1}, extras=extras)
    second = _run(any_store, {"a": 1}, extras=extras)
    assert (len(calls), first.details, second.details) == (1, {"n": 3}, {"n": 3})
    assert any_store.plots("thing", "morning") == {"p": b"png"}
    images = any_store.read("thing", "morning")
    assert images is not None
    assert images.read_bytes("thing/morning/out/a.png") == images.read_bytes("thing/morning/images/a.png")
    _run(any_store, {"a": 1}, extras=extras, extras_inputs="other")
    assert len(calls) == 2


def test_two_items_cannot_write_one_file(store: Store) -> None:
    def clash(batch: list[Item]) -> list[list[Artifact]]:
        return [[Artifact(ImageRecord(), "same.png", np.zeros((4, 4, 3), np.uint8))] for _ in batch]

    with store.open("thing") as writer, pytest.raises(ValueError, match="names must be unique"):
        run_items(writer, [Item("a", {}), Item("b", {})], clash)


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


def test_a_torn_journal_line_costs_one_item(store: Store) -> None:
    with store.open("thing", "morning") as writer:
        for item in _items({"a": 1, "b": 2}):
            writer.put(item.key, _print(item), _make([item])[0])
    journal = store.file("thing", "morning", "journal.jsonl")
    text = journal.read_text()
    journal.write_text(text[: len(text) - 40])
    assert store.read("thing", "morning") is None
    summary = _run(store, {"a": 1, "b": 2})
    assert (summary.made, summary.reused) == (1, 1)
    assert "journal.jsonl" not in _tree(store)


def test_a_commit_cut_off_before_its_clean_up_is_finished_by_the_next_run(store: Store) -> None:
    _run(store, {"a": 1})
    folder = store.root / "thing" / "morning"
    (folder / "images" / "orphan.png").write_bytes(b"x")
    (folder / "journal.jsonl").write_text(json.dumps({"key": "gone"}) + "\n")
    assert _run(store, {"a": 1}).made == 0
    assert _tree(store) == {"manifest.parquet", "contact_sheet.jpg", "images/a.png", "masks/a_1.png", "captions/a.txt"}


def test_an_item_half_replaced_is_neither_old_nor_new(store: Store) -> None:
    _run(store, {"a": 1})
    with store.open("thing", "morning") as writer, pytest.raises(ZeroDivisionError):
        _put_and_die(writer)
    # The old fingerprint must not vouch for a file that may already be the new one.
    assert _run(store, {"a": 1}).made == 1
    images = store.read("thing", "morning")
    assert images is not None
    assert images.read(images.records[0])[0, 0, 0] == 1


def _put_and_die(writer: object) -> None:
    class Dying(dict):  # a mapping of files that fails while the item is being written
        def items(self):
            raise ZeroDivisionError

    artifact = Artifact(ImageRecord(), "a.png", np.full((8, 12, 3), 77, np.uint8), files=Dying())
    writer.put("a", "new", [artifact])  # pyright: ignore[reportAttributeAccessIssue]


def test_an_item_killed_between_its_pictures_is_made_again(any_store: Store) -> None:
    def stored(value: int, dies_at: int | None = None) -> Summary:
        def pictures() -> Iterator[Artifact]:
            for at in range(4):
                if at == dies_at:
                    raise _Killed
                yield Artifact(ImageRecord(), f"{at}.png", np.full((4, 4, 3), value, np.uint8))

        with any_store.open("thing", "morning") as writer:
            return run_items(writer, _items({"a": value}), lambda _: [pictures()])

    stored(1)
    with pytest.raises(_Killed):
        stored(2, dies_at=2)
    images = stored(1).images  # two of its files hold the killed run's content
    assert [int(images.read(row)[0, 0, 0]) for row in images] == [1, 1, 1, 1]
    assert stored(1).made == 0


def _print(item: Item) -> str:
    from synth_assets.core.items import fingerprint

    return fingerprint("1", item)


class _Killed(BaseException):
    """Ends a run at once, as a kill does: nothing of ours catches it."""


_WRITES = ("write_in_chunks", "link_or_copy", "append_line")


def _run_killed_at(
    monkeypatch: pytest.MonkeyPatch, store: Store, step: int, values: dict[str, int], **kwargs: object
) -> bool:
    """Runs and dies before the write or removal number ``step``; False if the run ended before that."""
    left = [step]

    def counted(function: Callable[..., Any]) -> Callable[..., Any]:
        def dying(*arguments: Any) -> Any:
            left[0] -= 1
            if left[0] < 0:
                raise _Killed
            return function(*arguments)

        return dying

    with monkeypatch.context() as patch:
        for name in _WRITES:
            patch.setattr(files, name, counted(getattr(files, name)))
        for kind in {type(store.root), type(store.root / "x")}:
            patch.setattr(kind, "unlink", counted(kind.unlink))
        try:
            _run(store, values, **kwargs)
        except _Killed:
            return True
    return False


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, {"a": 1, "b": 2}),
        ({"a": 1, "b": 2}, {"a": 1, "b": 9}),
        ({"a": 1, "b": 2, "c": 3}, {"b": 2}),
        ({"a": 1}, {}),
    ],
)
def test_a_kill_at_any_step_leaves_what_the_next_run_completes(
    any_store: Store, monkeypatch: pytest.MonkeyPatch, before: dict[str, int], after: dict[str, int]
) -> None:
    def extras(images: ImageSet) -> Extras:
        number = len(images)
        more = [(f"exports/{number}.tar", Streamed(lambda: iter([b"y", b"z"])))]
        return Extras({f"plots/of_{number}.png": b"x", "report.txt": str(number).encode()}, {"n": number}, more)

    expected = Store(any_store.root / "undisturbed")
    _run(expected, after, extras=extras)
    wanted = {name: (expected.root / "thing/morning" / name).read_bytes() for name in _tree(expected)}
    for step in range(60):
        store = Store(any_store.root / f"killed_{step}")
        _run(store, before, extras=extras)
        killed = _run_killed_at(monkeypatch, store, step, after, extras=extras)
        # What is wanted may have changed back meanwhile: nothing half done may pass for the old.
        goals = ((before, None), (after, wanted)) if step % 2 else ((after, wanted),)
        for values, content in goals:
            _run(store, values, extras=extras)
            images = store.read("thing", "morning")
            assert images is not None
            assert [images.read(row)[0, 0, 0] for row in images] == list(values.values()), step
            if content is not None:
                found = {name: (store.root / "thing/morning" / name).read_bytes() for name in _tree(store)}
                assert found == content, step
        if not killed:
            return
    pytest.fail("the run has more steps than the test tries")


def test_a_line_behind_a_torn_one_is_not_lost(store: Store) -> None:
    folder = store.root / "thing"
    files.append_line(folder, "journal", '{"key":"a"}', 0)
    journal = Path(str(folder / "journal.jsonl"))
    journal.write_bytes(journal.read_bytes() + b'{"key":"b","rec')
    files.append_line(folder, "journal", '{"key":"c"}', 2)
    assert files.read_lines(folder, "journal") == ['{"key":"a"}', '{"key":"b","rec', '{"key":"c"}']


def test_lines_of_a_remote_journal_keep_their_order_when_early_ones_are_gone(tmp_path: Path) -> None:
    folder = Store(f"memory://{tmp_path.name}").root / "thing"
    for number in range(3):
        files.append_line(folder, "journal", str(number), files.next_line(folder, "journal"))
    (folder / "journal-00000000.jsonl").unlink()
    files.append_line(folder, "journal", "3", files.next_line(folder, "journal"))
    assert files.read_lines(folder, "journal") == ["1", "2", "3"]


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
    summary = _run(any_store, {f"k{index}": index for index in range(40)}, workers=8)
    assert [row.extra["grey"] for row in summary.images] == list(range(40))
    assert _run(any_store, {f"k{index}": index for index in range(40)}).made == 0


@pytest.mark.parametrize("key", ["with space", "sub/folder", "a#b%20?c&d", "schön", "long" * 100, "雪" * 90, "a.b..c"])
def test_any_key_is_stored_and_found_again(any_store: Store, key: str) -> None:
    assert _run(any_store, {key: 1}).made == 1
    assert _run(any_store, {key: 1}).made == 0
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
    _run(any_store, {"a": 1, "b": 2})
    assert len(_run(any_store, {}).images) == 0
    assert _tree(any_store) == {"manifest.parquet"}
    assert any_store.partitions("thing") == ["morning"]
    assert _run(any_store, {"a": 1}).made == 1
