"""Chunks of a list: sizes, order, halving, and nothing made twice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.models.batching import Batches
from synth_assets.core.ports import DeviceMemoryError


class Device:
    """Squares numbers, as many at once as fit; refuses an item that never fits."""

    def __init__(self, fits: int, too_large: int | None = None) -> None:
        self.fits = fits
        self.too_large = too_large
        self.made: list[int] = []
        self.chunks: list[int] = []

    def square(self, items: "list[int] | tuple[int, ...]", *_: object) -> list[int]:
        if len(items) > self.fits or self.too_large in items:
            raise DeviceMemoryError(f"{len(items)} do not fit")
        self.made += items
        self.chunks.append(len(items))
        return [item * item for item in items]


@given(st.lists(st.integers()), st.integers(1, 9), st.integers(1, 9))
def test_all_results_in_order_and_each_made_once(items: list[int], size: int, fits: int) -> None:
    device = Device(fits)
    assert Batches("m", size).run(items, device.square) == [item * item for item in items]
    assert device.made == items


def test_a_size_that_fits_is_kept() -> None:
    device, batches = Device(fits=3), Batches("m", 8)
    batches.run(range(10), device.square)
    assert device.chunks == [2] * 5  # 8, 4, then 2
    batches.run(range(3), device.square)
    assert device.chunks[5:] == [2, 1]


def test_kinds_have_their_own_sizes() -> None:
    batches = Batches("m", 4)
    batches.run(range(4), Device(fits=1).square, "large")
    assert (batches.size("large"), batches.size("small")) == (1, 4)


def test_one_that_never_fits_is_an_error() -> None:
    device = Device(fits=9, too_large=2)
    with pytest.raises(DeviceMemoryError, match="1 do not fit"):
        Batches("m", 4).run(range(4), device.square)
    assert device.made == [0, 1]


def test_alike_items_run_together_and_come_back_in_order() -> None:
    device = Device(fits=9)
    items = [1, 2, 3, 4, 5, 7]
    made = Batches("m", 3).run_alike(items, lambda item: item % 2, device.square, kind=lambda odd: odd)
    assert made == [1, 4, 9, 16, 25, 49]
    assert device.chunks == [3, 1, 2]  # 1 3 5, 7, then 2 4


def test_other_errors_are_not_retried() -> None:
    def broken(items: object) -> list[int]:
        raise FloatingPointError("overflow")

    with pytest.raises(FloatingPointError):
        Batches("m", 4).run(range(4), broken)
