import numpy as np

from synth_assets.core.captions.projection import MapParams, fanned_out, lay_out


def test_equal_vectors_lie_in_one_place() -> None:
    points, _ = lay_out(np.ones((20, 3)), MapParams(), 42)
    assert not points.any()


def test_points_that_share_a_place_are_fanned_out_and_others_stay() -> None:
    points = np.array([[0.0, 0], [10, 0], [0, 0], [0, 0], [5, 5]])
    fanned = fanned_out(points)
    assert fanned[[0, 1, 4]].tolist() == points[[0, 1, 4]].tolist()
    assert len({tuple(place) for place in np.round(fanned, 6).tolist()}) == 5
    assert 0 < np.linalg.norm(fanned - points, axis=1).max() < 0.4


def test_a_crowd_in_one_place_stays_near_it() -> None:
    points = np.vstack([np.zeros((5000, 2)), [[100.0, 0]]])
    assert np.linalg.norm(fanned_out(points) - points, axis=1).max() <= 4


def test_points_all_in_one_place_can_be_fanned_out() -> None:
    assert len(np.unique(fanned_out(np.zeros((4, 2))), axis=0)) == 4
