import numpy as np
import pytest

from synth_assets.core.captions.topics import ClusterParams, cluster_texts

ROOMS = [f"a {colour} bathroom with a sink and a mirror" for colour in ("white", "blue", "green", "grey", "small")]
HILLS = [f"{many} mountains above a lake under clouds" for many in ("high", "steep", "far", "snowy", "rocky")]
PARAMS = ClusterParams()


def test_two_topics_are_told_apart_and_named() -> None:
    clustering = cluster_texts(ROOMS + HILLS, ClusterParams(k=2))
    assert clustering.labels.tolist() == [0] * 5 + [1] * 5
    assert set(clustering.names[0].split()) == {"bathroom", "mirror", "sink"}
    assert set(clustering.names[1].split()) <= {"mountain", "lake", "cloud"}


def test_topics_lie_apart_on_the_map() -> None:
    many = [f"{text} {thing}" for text in ROOMS + HILLS for thing in ("dog", "cat", "chair", "bird", "stone")]
    points = cluster_texts(many, PARAMS).points
    rooms, hills = points[:25], points[25:]
    centre = rooms.mean(axis=0)
    assert np.linalg.norm(hills - centre, axis=1).min() > np.linalg.norm(rooms - centre, axis=1).max()


def test_the_elbow_finds_three_topics() -> None:
    words = [["sink", "mirror", "bath"], ["mountain", "lake", "cloud"], ["fox", "bear", "wolf"]]
    texts = [" ".join([*topic[index % 3 :], *topic[: index % 3]]) for index in range(30) for topic in words]
    clustering = cluster_texts(texts, PARAMS)
    assert len(clustering.names) == 3
    assert sorted(clustering.labels[:3].tolist()) == [0, 1, 2]
    assert clustering.labels.tolist() == clustering.labels[:3].tolist() * 30


def test_the_same_texts_give_the_same_numbers() -> None:
    first, second = (cluster_texts(ROOMS + HILLS, PARAMS) for _ in range(2))
    assert first.points.tobytes() == second.points.tobytes()
    assert first.inertias == second.inertias
    assert first.labels.tolist() == second.labels.tolist()


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
def test_few_captions_are_no_trouble(count: int) -> None:
    clustering = cluster_texts((ROOMS[:3] + HILLS)[:count], PARAMS)
    assert clustering.points.shape == (count, 2)
    assert np.isfinite(clustering.points).all()
    assert len(clustering.labels) == count
    assert len(clustering.names) == clustering.labels.max() + 1 <= count


def test_identical_captions_are_one_cluster_in_one_point() -> None:
    clustering = cluster_texts(["a photo of a red fox"] * 40, PARAMS)
    assert clustering.names == ("red fox",)
    assert clustering.labels.tolist() == [0] * 40
    assert not clustering.points.any()


def test_captions_without_a_word_are_one_cluster() -> None:
    assert cluster_texts(["a", "of the", ""], PARAMS).names == ("(no words)",)


def test_a_caption_without_words_among_others() -> None:
    clustering = cluster_texts([*["white bathroom"] * 5, "the"], ClusterParams(k=2))
    assert clustering.labels.tolist() == [0] * 5 + [1]
    assert clustering.names[1] == "(no words)"


def test_k_is_held_by_the_number_of_different_captions() -> None:
    clustering = cluster_texts(["a fox", "a fox", "a bear", "a bear", "a bear"], ClusterParams(k=10))
    assert clustering.labels.tolist() == [1, 1, 0, 0, 0]
    assert clustering.names == ("bear", "fox")


def test_no_captions_are_refused() -> None:
    with pytest.raises(ValueError, match="no captions to cluster"):
        cluster_texts([], PARAMS)


def test_the_order_of_captions_does_not_matter() -> None:
    texts = ROOMS + HILLS
    shuffled = np.random.default_rng(3).permutation(len(texts))
    first, second = (cluster_texts(list(order), PARAMS) for order in (texts, [texts[index] for index in shuffled]))
    assert first.inertias == second.inertias
    assert first.names == second.names
    assert first.labels[shuffled].tolist() == second.labels.tolist()
    assert first.points[shuffled].tolist() == second.points.tolist()


def test_captions_that_differ_in_word_order_only_are_one_cluster() -> None:
    clustering = cluster_texts(["red fox", "fox red"] * 10, PARAMS)
    assert clustering.labels.tolist() == [0] * 20
    assert not clustering.points.any()


def test_many_captions_are_sampled_for_the_curve_and_the_map() -> None:
    params = ClusterParams(curve_captions=100, silhouette_captions=100, map_captions=100, max_k=4)
    texts = [f"{text} {thing}" for text in ROOMS + HILLS for thing in ("dog", "cat", "chair", "bird", "stone") * 4]
    clustering = cluster_texts(texts, params)
    assert len(clustering.labels) == len(clustering.points) == 200
    assert len(clustering.mapped) == len(set(clustering.mapped.tolist())) == 100
    rooms, hills = clustering.points[:100], clustering.points[100:]
    centre = rooms.mean(axis=0)
    assert np.linalg.norm(hills - centre, axis=1).min() > np.linalg.norm(rooms - centre, axis=1).max()
    assert len(clustering.silhouettes) == len(clustering.inertias) - 1 == 3
