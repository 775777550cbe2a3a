import numpy as np
import pytest

from synth_assets.core.curation.sampling import FrameParams, even_places, plan_film, share_out
from synth_assets_tests.core.curation.films import RED, Film, film_of, picture


def test_frames_are_sampled_by_the_clock() -> None:
    plan = plan_film(Film("a.mp4", 50, lambda index: picture(index, RED)), FrameParams(fps=5.0, duplicate_bits=-1))
    assert [item.moment.index for item in plan.frames] == [0, 5, 10, 15, 20, 24, 29, 34, 39, 44, 48]


def test_frames_on_the_way_from_black_are_fades() -> None:
    def fading(index: int) -> np.ndarray:
        return np.rint(picture(1, RED) * min(1.0, max(0.0, (index - 10) / 30))).astype(np.uint8)

    plan = plan_film(Film("a.mp4", 61, fading), FrameParams(fps=4.0))
    assert [item.reason for item in plan.frames] == ["black frame"] * 3 + ["fade"] * 3 + ["", *["near-duplicate"] * 4]


def test_duplicates_are_looked_for_within_a_shot_only() -> None:
    plan = plan_film(film_of("a.mp4", [picture(1, RED), picture(1, (10, 10, 130)), picture(1, RED)]), FrameParams())
    assert [(item.shot, item.reason) for item in plan.frames] == [(0, ""), (1, ""), (2, "")]


@pytest.mark.parametrize(
    ("count", "quota", "places"), [(5, None, [0, 1, 2, 3, 4]), (5, 9, [0, 1, 2, 3, 4]), (6, 2, [1, 4]), (3, 1, [1])]
)
def test_places_are_spread_evenly(count: int, quota: int | None, places: list[int]) -> None:
    assert even_places(count, quota) == places


@pytest.mark.parametrize(
    ("limit", "counts", "shares"),
    [(None, [None, 3], [None, None]), (5, [None, None, 1], [2, 2, 1]), (9, [2, 1], [2, 1]), (1, [None, None], [1, 0])],
)
def test_a_limit_is_shared_out(limit: int | None, counts: list[int | None], shares: list[int | None]) -> None:
    assert share_out(limit, counts) == shares
