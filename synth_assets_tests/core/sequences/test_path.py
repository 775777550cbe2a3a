from itertools import pairwise, permutations
from pathlib import Path

import numpy as np
import pytest

from synth_assets.core.images import decode_image
from synth_assets.core.sequences import path
from synth_assets.core.sequences.path import centred, distances, neighbour_lists, smooth_path, smoothness, views_of
from synth_assets_tests.resources.offline_models import offline_registry

PANORAMAS = {"afternoon/venice": 8, "evening/sunset": 16}
"""Views by number turn right from one to the next, once round: by 45 degrees each of 8, by 22.5 degrees each of 16."""


def around(count: int, turn: int = 0) -> np.ndarray:
    """Views (count, 1, 2) on a half circle, shuffled by ``turn``."""
    angles = np.random.default_rng(turn).permutation(np.linspace(0, np.pi, count))
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)[:, None].astype(np.float32)


def length(views: np.ndarray, order: list[int]) -> float:
    return float(distances(views, np.array(order[:-1]), np.array(order[1:])).sum())


def test_views_are_the_whole_and_three_halves() -> None:
    picture = np.zeros((10, 40, 3), np.uint8)
    picture[:, :, 0] = np.repeat([0, 50, 100, 150], 10)
    whole, left, middle, right = views_of(picture)
    assert {view.shape for view in (whole, left, middle, right)} == {(256, 256, 3)}
    assert [int(view[..., 0].mean().round()) for view in (whole, left, middle, right)] == [75, 25, 75, 125]
    assert len(views_of(np.zeros((5, 1, 3), np.uint8))) == 4


def test_a_picture_that_shows_half_of_another_is_near_to_it() -> None:
    a, b, c, d = np.eye(4, dtype=np.float32)
    views = np.array([[a, b], [b, c], [d, d]])
    found = distances(views, np.array([0, 0, 1, 0]), np.array([1, 2, 2, 0]))
    np.testing.assert_allclose(found, [0.5, 1, 1, 0], atol=1e-6)


def test_what_all_have_in_common_is_taken_off() -> None:
    views = centred(np.array([[[10, 1]], [[10, -1]]]))
    np.testing.assert_allclose(views, [[[0, 1]], [[0, -1]]], atol=1e-6)


def test_principal_axes_keep_distances_where_vectors_are_long() -> None:
    rng = np.random.default_rng(0)
    flat = rng.normal(size=(20, 4, 30))
    long = np.concatenate([flat, np.zeros((20, 4, 170))], axis=2)
    left, right = np.arange(19), np.arange(1, 20)
    np.testing.assert_allclose(distances(centred(long), left, right), distances(centred(flat), left, right), atol=1e-4)


@pytest.mark.parametrize("turn", range(5))
def test_points_on_an_arc_are_ordered_along_it(turn: int) -> None:
    views = around(40, turn)
    order = smooth_path(views)
    angles = np.arctan2(views[order, 0, 1], views[order, 0, 0])
    steps = np.diff(angles)
    assert (steps > 0).all() or (steps < 0).all()
    assert smoothness(views, order) < 0.05


@pytest.mark.parametrize("turn", range(5))
def test_a_few_are_ordered_about_as_well_as_can_be(turn: int) -> None:
    views = centred(np.random.default_rng(turn).normal(size=(7, 2, 3)))
    best = min(length(views, list(order)) for order in permutations(range(7)))
    assert length(views, smooth_path(views)) <= 1.1 * best


def test_2_opt_shortens_the_greedy_path(monkeypatch: pytest.MonkeyPatch) -> None:
    views = centred(np.random.default_rng(0).normal(size=(60, 1, 3)))
    done = smooth_path(views)
    monkeypatch.setattr(path, "improved", lambda order, *_: order.tolist())
    greedy = smooth_path(views)
    assert sorted(done) == sorted(greedy) == list(range(60))
    assert length(views, done) < length(views, greedy)


def test_more_pictures_than_neighbours_are_all_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(path, "_NEIGHBOURS", 3)
    monkeypatch.setattr(path, "_BLOCK", 16)
    # Groups whose neighbours lie all within them: only ends tell of each other.
    rng = np.random.default_rng(0)
    groups = np.repeat(rng.normal(size=(10, 1, 8)) * 5, 6, axis=0)
    views = centred(groups + rng.normal(size=(60, 1, 8)) * 0.1)
    order = smooth_path(views)
    assert sorted(order) == list(range(60))
    assert sum(left // 6 != right // 6 for left, right in pairwise(order)) == 9


def test_neighbours_are_the_nearest_by_exact_distance() -> None:
    lists = neighbour_lists(around(10), 9)
    assert (np.diff(lists.distances, axis=1) >= 0).all()
    assert [sorted([one, *others]) for one, others in enumerate(lists.ids.tolist())] == [list(range(10))] * 10


@pytest.mark.parametrize("count", [1, 2])
def test_there_is_little_to_order(count: int) -> None:
    views = centred(np.ones((count, 4, 8)))
    assert smooth_path(views) == list(range(count))
    assert smoothness(views, list(range(count))) == 1


def test_pictures_without_any_difference_have_an_order_too() -> None:
    views = centred(np.ones((50, 4, 8)))
    assert sorted(smooth_path(views)) == list(range(50))


def test_random_orders_have_smoothness_one() -> None:
    views = centred(np.random.default_rng(0).normal(size=(300, 2, 16)))
    order = np.random.default_rng(1).permutation(300).tolist()
    assert smoothness(views, order) == pytest.approx(1, abs=0.02)


def test_neighbours_in_yaw_are_neighbours_in_the_path(sample: Path) -> None:
    embedder = offline_registry("embed").embed()
    every: list[np.ndarray] = []
    for name, count in PANORAMAS.items():
        files = [sample / "reference" / f"{name}_{number:02d}.jpg" for number in range(count)]
        pictures = [decode_image(file.read_bytes(), file.name) for file in files]
        raw = embedder.embed([view for picture in pictures for view in views_of(picture)]).reshape(count, 4, -1)
        every.append(raw)
        shuffled = np.random.default_rng(3).permutation(count)
        views = centred(raw[shuffled])
        yaws = shuffled[smooth_path(views)]
        turns = [(left - right) % count in (1, count - 1) for left, right in pairwise(yaws.tolist())]
        assert np.mean(turns) >= 0.8, (name, yaws)
    views = centred(np.concatenate(every))
    assert smoothness(views, smooth_path(views)) <= 0.5
