import pytest

from synth_assets.core.captions.agreement import agreement


def test_worked_example() -> None:
    # Manning et al., figure 16.4: clusters of 6, 6 and 5; majorities 5, 4 and 3 of 17; NMI 0.36.
    clusters = [0] * 6 + [1] * 6 + [2] * 5
    groups = [*"xxxxxo", *"xoooo#", *"xx###"]
    found = agreement(clusters, groups, "shape")
    assert found["purity"] == pytest.approx(12 / 17, abs=1e-4)
    assert found["nmi"] == pytest.approx(0.36, abs=0.005)
    assert (found["groups"], found["alone"]) == (3, pytest.approx(8 / 17, abs=1e-4))


def test_the_same_groups_under_other_names_agree_fully() -> None:
    found = agreement([1, 1, 0, 2], ["a", "a", "b", "c"], "name")
    assert (found["purity"], found["nmi"]) == (1, 1)


def test_one_cluster_of_everything_says_nothing() -> None:
    found = agreement([0, 0, 0, 0], ["a", "a", "a", "b"], "name")
    assert (found["purity"], found["alone"], found["nmi"]) == (0.75, 0.75, 0)
