import pytest

from synth_assets.core.records import ImageRecord
from synth_assets.core.sequences.shots import by_shot, motion_of, neighbours, order_by_shot


def frame(video: str, shot: int, index: int) -> ImageRecord:
    extra = {"video": video, "shot": shot, "frame_index": index, "time_s": index / 4}
    return ImageRecord(id=f"{video}{index}", extra=extra)


FRAMES = [frame("b", 0, 0), frame("a", 0, 2), frame("a", 0, 0), frame("a", 1, 6), frame("a", 1, 4), frame("a", 2, 9)]
STILL = ImageRecord(id="still")


def test_frames_run_as_in_the_film_and_stills_are_no_frames() -> None:
    shots = by_shot([*FRAMES, STILL])
    assert [[record.id for record in shot] for shot in shots] == [["a0", "a2"], ["a4", "a6"], ["a9"], ["b0"]]


def test_neighbours_stay_within_a_shot() -> None:
    assert list(neighbours([*FRAMES, STILL])) == ["a0>a2", "a4>a6"]


def test_motion_is_a_speed_and_the_mean_of_both_sides() -> None:
    pairs = neighbours([frame("a", 0, 0), frame("a", 0, 1), frame("a", 0, 3)])
    found = motion_of(pairs, {"a0>a1": 0.1, "a1>a3": 0.1})
    assert found == pytest.approx({"a0": 0.4, "a1": 0.3, "a3": 0.2})
    assert motion_of(pairs, {"a0>a1": 0.1}) == pytest.approx({"a0": 0.4, "a1": 0.4})


def test_shots_are_sorted_and_frames_run_forwards() -> None:
    values = [2.0, 9.0, 3.0, 0.0, 4.0, 1.0]
    order = order_by_shot(FRAMES, values)
    assert [FRAMES[place].id for place in order] == ["a9", "a4", "a6", "b0", "a0", "a2"]
    order = order_by_shot(FRAMES, values, reverse=True)
    assert [FRAMES[place].id for place in order] == ["a0", "a2", "a4", "a6", "b0", "a9"]
