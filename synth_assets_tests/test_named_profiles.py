"""Rounds of continuous profiling begin at equal distances, and never before the last one is done."""

from itertools import islice

from synth_assets.named_profiles import paced


class Clock:
    def __init__(self) -> None:
        self.now = 0.0
        self.waits: list[float] = []

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


def test_rounds_wait_for_what_is_left_of_the_interval() -> None:
    clock = Clock()
    begun: list[float] = []
    for number in islice(paced(10.0, clock.time, clock.sleep), 4):
        begun.append(clock.now)
        clock.now += (3.0, 10.0, 14.0, 0.0)[number - 1]
    assert begun == [0.0, 10.0, 20.0, 34.0]
    assert clock.waits == [7.0, 0.0, 0.0]
