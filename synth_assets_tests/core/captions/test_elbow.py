import pytest

from synth_assets.core.captions.elbow import elbow_index


def test_the_corner_of_a_hockey_stick_is_the_elbow() -> None:
    assert elbow_index([100, 60, 20, 19, 18, 17]) == 2


def test_units_do_not_matter() -> None:
    curve = [100, 40, 20, 12, 8, 5, 3]
    assert elbow_index(curve) == elbow_index([value * 1e-6 for value in curve])


def test_worked_example() -> None:
    # Heights 1, 0.4, 0.1, 0; chord 1, 2/3, 1/3, 0; distances 0, 0.267, 0.233, 0.
    assert elbow_index([10, 4, 1, 0]) == 1


@pytest.mark.parametrize(
    ("curve", "index"), [([5], 0), ([5, 0], 1), ([5, 5, 5], 0), ([4, 3, 2, 1], 3), ([9, 8, 0], 2), ([0.0], 0)]
)
def test_curves_without_a_corner(curve: list[float], index: int) -> None:
    assert elbow_index(curve) == index


def test_no_curve_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one point"):
        elbow_index([])
