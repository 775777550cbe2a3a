"""Items on a real store: reuse, faults, memory, order and the commit."""

import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest

from resources.store import Store
from synth_assets.core.items import Artifact, Extras, Item, Summary, bounded_map, fingerprint, run_items
from synth_assets.core.ports import DeviceMemoryError
from synth_assets.core.records import ImageRecord, ImageSet


class Squares:
    """Makes a plain picture of each item's grey value, and remembers in which batches it was asked."""

    def __init__(self, fits: int = 99, broken: Sequence[str] = ()) -> None:
        self.fits, self.broken = fits, list(broken)
        self.batches: list[list[str]] = []

    def __call__(self, items: list[Item]) -> list[list[Artifact]]:
        self.batches.append([item.key for item in items])
        if len(items) > self.fits:
            raise DeviceMemoryError(f"{len(items)} do not fit")
        for item in items:
            if item.key in self.broken:
                raise ValueError(f"{item.key} is broken")
        return [[square(item)] for item in items]

    @property
    def made(self) -> list[str]:
        return sorted(key for batch in self.batches for key in batch)


def square(item: Item) -> Artifact:
    image = np.full((8, 8, 3), item.inputs["grey"], np.uint8)
    return Artifact(ImageRecord(prompt=f"grey {item.inputs['grey']}"), f"{item.key}.png", image)


def greys(*values: int) -> list[Item]:
    return [Item(f"g{value}", {"grey": value, "source": f"{value}.png"}) for value in values]


def run(store: Store, items: list[Item], make: Any, version: str = "1", **options: Any) -> Summary:
    with store.open("squares", "day", version) as writer:
        return run_items(writer, items, make, **options)


def manifest(store: Store) -> ImageSet:
    images = store.read("squares", "day")
    assert images is not None
    return images


def file_times(store: Store) -> dict[str, int]:
    folder = store.root / "squares"
    return {str(path): path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def test_rows_come_in_the_order_of_the_items_whatever_the_batches(store: Store) -> None:
    summary = run(store, greys(5, 3, 9, 1), Squares(), batch_size=3)
    assert (summary.made, summary.reused, summary.images.reasons) == (4, 0, {})
    assert [record.key for record in summary.images] == ["g5", "g3", "g9", "g1"]
    assert [int(summary.images.read(record)[0, 0, 0]) for record in summary.images] == [5, 3, 9, 1]
    assert manifest(store).records == summary.images.records


def test_results_do_not_depend_on_order_batch_or_threads(store: Store, tmp_path: Any) -> None:
    first = run(store, greys(1, 2, 3, 4, 5), Squares())
    other = run(Store(tmp_path / "other"), greys(4, 2, 5, 1, 3), Squares(), batch_size=2, workers=3)
    assert {record.key: record for record in first.images} == {record.key: record for record in other.images}


def test_a_second_run_makes_nothing_and_writes_nothing(store: Store) -> None:
    run(store, greys(1, 2), Squares())
    before = file_times(store)
    make = Squares()
    summary = run(store, greys(1, 2), make)
    assert make.batches == []
    assert (summary.made, summary.reused) == (0, 2)
    assert file_times(store) == before


def test_only_what_changed_is_made_again(store: Store) -> None:
    run(store, greys(1, 2, 3), Squares())
    make = Squares()
    changed = [*greys(1), Item("g2", {"grey": 200}), *greys(3, 4)]
    summary = run(store, changed, make)
    assert make.made == ["g2", "g4"]
    assert (summary.made, summary.reused) == (2, 2)
    assert int(summary.images.read(summary.images.records[1])[0, 0, 0]) == 200


def test_another_code_version_makes_all_again(store: Store) -> None:
    run(store, greys(1, 2), Squares())
    assert run(store, greys(1, 2), Squares(), version="2").made == 2


def test_items_no_longer_wanted_leave_rows_and_files(store: Store) -> None:
    run(store, greys(1, 2, 3), Squares())
    kept = run(store, greys(3, 1), Squares())
    assert kept.made == 0
    assert [record.key for record in manifest(store)] == ["g3", "g1"]
    assert {path.name for path in (store.root / "squares" / "day" / "images").iterdir()} == {"g1.png", "g3.png"}


def test_lack_of_memory_halves_the_batch(store: Store) -> None:
    make = Squares(fits=2)
    summary = run(store, greys(1, 2, 3, 4, 5, 6, 7), make, batch_size=7)
    assert [len(batch) for batch in make.batches] == [7, 3, 1, 1, 1, 3, 1, 1, 1, 1]
    assert summary.images.reasons == {}
    assert [record.key for record in summary.images] == [f"g{n}" for n in range(1, 8)]


def test_one_that_does_not_fit_alone_fails_alone(store: Store) -> None:
    def make(items: list[Item]) -> list[list[Artifact]]:
        if any(item.key == "g2" for item in items):
            raise DeviceMemoryError("no room")
        return [[square(item)] for item in items]

    summary = run(store, greys(1, 2, 3, 4), make, batch_size=4)
    assert [record.status for record in summary.images] == ["ok", "failed", "ok", "ok"]
    assert summary.images.records[1].reason == "DeviceMemoryError: no room"


def test_only_the_guilty_item_of_a_batch_fails(store: Store) -> None:
    make = Squares(broken=["g3"])
    summary = run(store, greys(1, 2, 3, 4), make, batch_size=4)
    assert make.batches == [["g1", "g2", "g3", "g4"], ["g1"], ["g2"], ["g3"], ["g4"]]
    assert [record.status for record in summary.images] == ["ok", "ok", "failed", "ok"]
    failed = summary.images.records[2]
    assert (failed.key, failed.source, failed.path) == ("g3", "3.png", "")
    assert failed.reason == "ValueError: g3 is broken"
    assert summary.images.reasons == {"ValueError: g3 is broken": 1}


def test_a_failed_item_is_tried_again(store: Store) -> None:
    run(store, greys(1, 2, 3), Squares(broken=["g2"]))
    make = Squares()
    summary = run(store, greys(1, 2, 3), make)
    assert make.made == ["g2"]
    assert [record.status for record in summary.images] == ["ok", "ok", "ok"]


def test_where_all_fail_the_run_fails_after_their_rows_are_committed(store: Store) -> None:
    run(store, greys(1), Squares())
    with pytest.raises(RuntimeError, match="squares/day: all 2 items failed; the first: g2: ValueError: g2 is broken"):
        run(store, greys(2, 3), Squares(broken=["g2", "g3"]))
    assert [(record.key, record.status) for record in manifest(store)] == [("g2", "failed"), ("g3", "failed")]


def test_what_was_made_before_a_crash_is_not_made_again(store: Store) -> None:
    def crash(items: list[Item]) -> list[list[Artifact]]:
        if items[0].key == "g3":
            raise KeyboardInterrupt
        return [[square(item)] for item in items]

    with pytest.raises(KeyboardInterrupt):
        run(store, greys(1, 2, 3, 4), crash)
    make = Squares()
    summary = run(store, greys(1, 2, 3, 4), make)
    assert make.made == ["g3", "g4"]
    assert [record.key for record in summary.images] == ["g1", "g2", "g3", "g4"]


def test_items_that_share_a_key_are_refused(store: Store) -> None:
    with pytest.raises(ValueError, match=r"squares/day: items share a key: \['g2'\]"):
        run(store, greys(1, 2, 2), Squares())


def test_a_maker_that_loses_results_is_told_so(store: Store) -> None:
    with pytest.raises(AssertionError, match="gave 1 results for 2 items"):
        run(store, greys(1, 2), lambda items: [[square(items[0])]], batch_size=2)


def test_an_item_may_give_several_rows_but_not_none(store: Store) -> None:
    def make(items: list[Item]) -> list[list[Artifact]]:
        (item,) = items
        count = item.inputs["grey"]
        return [[Artifact(ImageRecord(), f"{n}.png", np.full((4, 4, 3), n, np.uint8)) for n in range(count)]]

    summary = run(store, greys(3), make)
    assert [record.key for record in summary.images] == ["g3"] * 3
    assert run(store, greys(3), Squares()).made == 0
    with pytest.raises(ValueError, match="item g0 has no artifact; give a rejected row"):
        run(store, greys(3, 0), make)


def _stream(item: Item, fails_at: int = -1) -> Iterator[Artifact]:
    for n in range(5):
        if n == fails_at:
            raise ValueError(f"{item.key} broke at {n}")
        yield Artifact(ImageRecord(), f"{item.key}_{n}.png", np.full((4, 4, 3), n, np.uint8))


def test_an_item_may_give_its_rows_one_by_one(store: Store) -> None:
    written: list[int] = []

    def make(items: list[Item]) -> list[Iterator[Artifact]]:
        def watched(item: Item) -> Iterator[Artifact]:
            for artifact in _stream(item):
                yield artifact
                written.append(len(list(store.root.glob("squares/day/images/*.png"))))

        return [watched(item) for item in items]

    assert [record.key for record in run(store, greys(1), make).images] == ["g1"] * 5
    assert written == [1, 2, 3, 4, 5]
    assert run(store, greys(1), Squares()).made == 0


def test_an_item_that_breaks_half_way_fails_and_leaves_nothing(store: Store) -> None:
    def make(items: list[Item]) -> list[Iterator[Artifact]]:
        return [_stream(item, 3 if item.key == "g1" else -1) for item in items]

    summary = run(store, greys(1, 2), make)
    assert [(row.key, row.status) for row in summary.images] == [("g1", "failed"), *[("g2", "ok")] * 5]
    assert summary.images.records[0].reason == "ValueError: g1 broke at 3"
    assert not list(store.root.glob("squares/day/images/g1*"))
    assert run(store, greys(1, 2), lambda items: [_stream(item) for item in items]).made == 1


def test_rejected_rows_are_counted_and_not_made_again(store: Store) -> None:
    def make(items: list[Item]) -> list[list[Artifact]]:
        dark = ImageRecord(status="rejected", reason="too dark")
        return [[Artifact(dark, f"{item.key}.png", np.zeros((4, 4, 3), np.uint8))] for item in items]

    assert run(store, greys(1, 2), make).images.reasons == {"too dark": 2}
    summary = run(store, greys(1, 2), Squares())
    assert (summary.made, summary.images.reasons) == (0, {"too dark": 2})
    assert all("/rejected/" in record.path for record in summary.images)


def test_extras_are_made_from_all_rows_and_only_on_change(store: Store) -> None:
    calls: list[int] = []

    def extras(images: ImageSet) -> Extras:
        calls.append(len(images))
        return Extras({"report.txt": f"{len(images)} rows".encode()}, {"rows": len(images)})

    options: dict[str, Any] = {"extras": extras, "extras_inputs": {"k": 1}}
    assert run(store, greys(1, 2), Squares(), **options).details == {"rows": 2}
    assert run(store, greys(1, 2), Squares(), **options).details == {"rows": 2}
    assert calls == [2]
    run(store, greys(1, 2, 3), Squares(), **options)
    run(store, greys(1, 2, 3), Squares(), extras=extras, extras_inputs={"k": 2})
    assert calls == [2, 3, 3]
    assert store.file("squares", "day", "report.txt").read_bytes() == b"3 rows"


def test_the_fingerprint_holds_what_decides_and_nothing_else() -> None:
    item = Item("a", {"x": 1, "y": [1, 2]}, payload="p")
    assert fingerprint("1", item) == fingerprint("1", Item("a", {"y": [1, 2], "x": 1}, payload="q"))
    others = [Item("b", item.inputs), Item("a", {"x": 1, "y": [2, 1]}), Item("a", {"x": "1", "y": [1, 2]})]
    assert len({fingerprint("1", item), fingerprint("2", item), *(fingerprint("1", other) for other in others)}) == 5
    with pytest.raises(TypeError):
        fingerprint("1", Item("a", {"x": object()}))


def test_bounded_map_keeps_order_and_bounds_what_is_in_flight() -> None:
    lock, started, taken = threading.Lock(), 0, 0
    most_ahead = 0

    def slow(value: int) -> int:
        nonlocal started, most_ahead
        with lock:
            started += 1
            most_ahead = max(most_ahead, started - taken)
        time.sleep(0.002 * (value % 3))
        return value * value

    results: list[int] = []
    for result in bounded_map(slow, range(60), workers=3):
        results.append(result)
        with lock:
            taken += 1
    assert results == [value * value for value in range(60)]
    assert most_ahead <= 2 * 3


@pytest.mark.parametrize("workers", [1, 4])
def test_bounded_map_is_lazy_and_passes_errors_on(workers: int) -> None:
    done: list[int] = []

    def work(value: int) -> int:
        if value == 3:
            raise ValueError("three")
        done.append(value)
        return value

    assert next(bounded_map(work, range(50), workers)) == 0
    assert len(done) <= 2 * workers
    with pytest.raises(ValueError, match="three"):
        list(bounded_map(work, range(50), workers))
