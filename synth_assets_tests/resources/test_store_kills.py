"""The store after a kill: what a cut-off run leaves, and how the next one completes it."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from resources import files
from resources.store import Store
from synth_assets.core.contents import Streamed
from synth_assets.core.items import Artifact, Extras, Summary, fingerprint, run_items
from synth_assets.core.records import ImageRecord, ImageSet
from synth_assets_tests.resources.grey_stage import grey_items, make_greys, run_greys, stored_files


def test_a_torn_journal_line_costs_one_item(store: Store) -> None:
    with store.open("thing", "morning") as writer:
        for item in grey_items({"a": 1, "b": 2}):
            writer.put(item.key, fingerprint("1", item), make_greys([item])[0])
    journal = store.file("thing", "morning", "journal.jsonl")
    text = journal.read_text()
    journal.write_text(text[: len(text) - 40])
    assert store.read("thing", "morning") is None
    summary = run_greys(store, {"a": 1, "b": 2})
    assert (summary.made, summary.reused) == (1, 1)
    assert "journal.jsonl" not in stored_files(store)


def test_a_commit_cut_off_before_its_clean_up_is_finished_by_the_next_run(store: Store) -> None:
    run_greys(store, {"a": 1})
    folder = store.root / "thing" / "morning"
    (folder / "images" / "orphan.png").write_bytes(b"x")
    (folder / "journal.jsonl").write_text(json.dumps({"key": "gone"}) + "\n")
    assert run_greys(store, {"a": 1}).made == 0
    assert stored_files(store) == {
        "manifest.parquet",
        "contact_sheet.jpg",
        "images/a.png",
        "masks/a_1.png",
        "captions/a.txt",
    }


def test_an_item_half_replaced_is_neither_old_nor_new(store: Store) -> None:
    run_greys(store, {"a": 1})
    with store.open("thing", "morning") as writer, pytest.raises(ZeroDivisionError):
        _put_and_die(writer)
    # The old fingerprint must not vouch for a file that may already be the new one.
    assert run_greys(store, {"a": 1}).made == 1
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
            return run_items(writer, grey_items({"a": value}), lambda _: [pictures()])

    stored(1)
    with pytest.raises(_Killed):
        stored(2, dies_at=2)
    images = stored(1).images  # two of its files hold the killed run's content
    assert [int(images.read(row)[0, 0, 0]) for row in images] == [1, 1, 1, 1]
    assert stored(1).made == 0


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
            run_greys(store, values, **kwargs)
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
    run_greys(expected, after, extras=extras)
    wanted = {name: (expected.root / "thing/morning" / name).read_bytes() for name in stored_files(expected)}
    for step in range(60):
        store = Store(any_store.root / f"killed_{step}")
        run_greys(store, before, extras=extras)
        killed = _run_killed_at(monkeypatch, store, step, after, extras=extras)
        # What is wanted may have changed back meanwhile: nothing half done may pass for the old.
        goals = ((before, None), (after, wanted)) if step % 2 else ((after, wanted),)
        for values, content in goals:
            run_greys(store, values, extras=extras)
            images = store.read("thing", "morning")
            assert images is not None
            assert [images.read(row)[0, 0, 0] for row in images] == list(values.values()), step
            if content is not None:
                found = {name: (store.root / "thing/morning" / name).read_bytes() for name in stored_files(store)}
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
    assert list(files.read_lines(folder, "journal")) == ['{"key":"a"}', '{"key":"b","rec', '{"key":"c"}']


def test_lines_of_a_remote_journal_keep_their_order_when_early_ones_are_gone(tmp_path: Path) -> None:
    folder = Store(f"memory://{tmp_path.name}").root / "thing"
    for number in range(3):
        files.append_line(folder, "journal", str(number), files.next_line(folder, "journal"))
    (folder / "journal-00000000.jsonl").unlink()
    files.append_line(folder, "journal", "3", files.next_line(folder, "journal"))
    assert list(files.read_lines(folder, "journal")) == ["1", "2", "3"]
