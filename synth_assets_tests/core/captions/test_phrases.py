"""Ranks in chunks and greedy chains, worked out by hand."""

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from synth_assets.core.captions.interrogation import InterrogationParams, interrogate_all
from synth_assets.core.captions.phrase_chain import Chain, grow
from synth_assets.core.captions.word_tables import ranked
from synth_assets.core.ports import TextsRequest


class Scales:
    """Knows the weight of each word; a text's score is the sum of its words' less 1 for each word beyond ``most``."""

    name = "scales"

    def __init__(
        self, weights: Mapping[str, float], most: int = 99, lists: Mapping[str, tuple[str, ...]] | None = None
    ):
        self.weights, self.most, self.lists = weights, most, lists or {}

    def word_lists(self) -> Mapping[str, tuple[str, ...]]:
        return self.lists

    def vectors(self, images: Sequence[np.ndarray]) -> np.ndarray:
        return np.ones((len(images), 1), np.float32)

    def term_scores(self, vectors: np.ndarray, terms: Sequence[str]) -> np.ndarray:
        return vectors * np.array([[self.weight(term) for term in terms]], np.float32)

    def text_scores(self, requests: Sequence[TextsRequest]) -> list[np.ndarray]:
        return [
            np.array([self.weight(f"{one.start} {end}") * one.vector[0] for end in one.ends], np.float32)
            for one in requests
        ]

    def are_full(self, texts: Sequence[str]) -> list[bool]:
        return [len(text.split()) >= self.most for text in texts]

    def weight(self, text: str) -> float:
        return sum(self.weights.get(word, 0.0) for word in text.lower().replace(",", "").split())


def _chain(phrases: Sequence[str], text: str = "x") -> Chain:
    chain = Chain(np.ones(1, np.float32), list(phrases))
    chain.start(text, 0.0)
    return chain


def _grown(model: Scales, phrases: Sequence[str], least: int = 0, most: int = 9, *, away: bool = False) -> Chain:
    chain = _chain(phrases)
    grow(model, [chain], least, most, away=away)
    return chain


def test_up_to_a_chunk_all_are_ranked_and_ties_keep_their_order() -> None:
    scores = np.array([[1, 5, 3, 5], [2, 2, 9, 2]], np.float32)
    assert ranked(scores, 3, 4).tolist() == [[1, 3, 2], [2, 0, 1]]
    assert ranked(scores, 9, 4, least=True).tolist() == [[0, 2, 1, 3], [0, 1, 3, 2]]


def test_more_than_a_chunk_give_the_same_share_each() -> None:
    """Chunks 0-3, 4-7 and 8: each may give 4 // 3 = 1, so that 7 and 6 in the first chunk lose to 1 in the last."""
    scores = np.array([[7, 6, 9, 5, 3, 2, 8, 0, 1]], np.float32)
    assert ranked(scores, 9, 4).tolist() == [[2, 6, 8]]
    assert ranked(scores, 2, 4).tolist() == [[2, 6]]
    # 0.6.0 merges what fits worst by what fits best.
    assert ranked(scores, 2, 4, least=True).tolist() == [[3, 8]]
    assert ranked(scores, 2, 4, least=True, merge_least=True).tolist() == [[7, 8]]
    assert ranked(scores, 9, 2).tolist() == [[2, 6, 0, 4, 8]]


def test_a_chain_takes_what_helps_most_and_stops_where_nothing_does() -> None:
    chain = _grown(Scales({"a": 1, "b": 3, "c": -1}), ["a", "b", "c"])
    assert (chain.best, chain.best_score, chain.phrases) == ("x, b, a", 4.0, ["c"])


def test_needed_phrases_are_added_but_the_best_text_counts() -> None:
    model = Scales({"a": 1, "b": -1, "c": -2})
    chain = _grown(model, ["a", "b", "c"], least=3)
    assert (chain.best, chain.current) == ("x, a", "x, a, b, c")


def test_a_chain_ends_at_its_count_at_the_models_limit_and_with_its_phrases() -> None:
    model = Scales({"a": 3, "b": 2, "c": 1})
    assert _grown(model, ["a", "b", "c"], most=2).best == "x, a, b"
    model.most = 2
    assert _grown(model, ["a", "b", "c"]).best == "x, a"
    model.most = 99
    assert _grown(model, ["a", "b", "c"]).best == "x, a, b, c"


def test_of_equal_scores_the_first_phrase_is_taken() -> None:
    model = Scales({"4k": 2})
    assert _grown(model, ["4K", "4k"]).best == "x, 4K, 4k"
    assert _grown(model, ["4k", "4K"]).best == "x, 4k, 4K"


def test_away_from_the_picture_the_lowest_comes_first() -> None:
    assert _grown(Scales({"a": 1, "b": -3, "c": -1}), ["a", "b", "c"], away=True).best == "x, b, c"


def test_chains_do_not_touch_each_other() -> None:
    chains = [_chain(["a", "b"]), _chain(["c"], "y"), _chain(["b", "a"])]
    grow(Scales({"a": 1, "b": 3, "c": -1}), chains, 0, 5)
    assert [chain.best for chain in chains] == ["x, b, a", "y", "x, b, a"]


LISTS = {
    "artists": ("ann", "bob"),
    "flavors": ("f1", "f2", "f3"),
    "mediums": ("a photo", "a sketch"),
    "movements": ("m1", "m2"),
    "negative": ("bad",),
}
WEIGHTS = {"bob": 2, "by": 1, "f2": 4, "f3": 3, "sketch": 5, "m1": 1, "unsplash": 6, "bad": -2, "f1": -3, "contest": -9}
WEIGHTS |= {"trending": -9, "featured": -9, "inspired": -9}
IMAGE = np.zeros((4, 4, 3), np.uint8)
PARAMS = InterrogationParams(max_flavors=3, min_flavors=0, classic_flavors=2)


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("fast", "a hut, unsplash, a sketch, f2"),
        ("classic", "a hut, a sketch by bob, unsplash, m1, f2, f3"),
        ("best", "a hut, a sketch by bob, unsplash, m1, f2, f3, f1"),
        ("negative", "f1, bad"),
    ],
)
def test_the_four_modes(mode: str, expected: str) -> None:
    params = PARAMS.model_copy(update={"compatible": False})
    model = Scales(WEIGHTS, lists=LISTS)
    assert interrogate_all([IMAGE], ["a hut"], mode, model, params) == [expected]  # pyright: ignore[reportArgumentType]


def test_a_medium_that_begins_the_caption_is_not_repeated() -> None:
    model = Scales(WEIGHTS, lists=LISTS)
    assert interrogate_all([IMAGE], ["a sketch of a hut"], "classic", model, PARAMS) == [
        "a sketch of a hut by bob, unsplash, m1, f2, f3"
    ]


def test_a_text_is_cut_before_the_part_that_has_no_place() -> None:
    model = Scales(WEIGHTS, most=6, lists=LISTS)
    assert interrogate_all([IMAGE], ["a hut"], "classic", model, PARAMS) == ["a hut, a sketch by bob"]
    assert interrogate_all([IMAGE], ["a b c d e f g"], "fast", model, PARAMS) == ["a b c d e f g"]


def test_best_without_a_caption_starts_with_the_best_phrase() -> None:
    model = Scales({**WEIGHTS, "m1": -9, "m2": -9}, lists=LISTS)
    assert interrogate_all([IMAGE], [""], "best", model, PARAMS) == ["unsplash, a sketch, f2, by bob"]


@pytest.mark.parametrize(("compatible", "expected"), [(True, "f1"), (False, "f1, m")])
def test_negative_with_positive_scores(compatible: bool, expected: str) -> None:
    """A score of 3 less than nothing: 0.6.0 compares it as if it were 3 more."""

    class Positive(Scales):
        def weight(self, text: str) -> float:
            return 9 + super().weight(text)

    model = Positive({"f1": -3, "m": -1, "f2": 1}, lists={**LISTS, "flavors": ("f2", "f1"), "negative": ("m",)})
    params = PARAMS.model_copy(update={"compatible": compatible})
    assert interrogate_all([IMAGE], ["unread"], "negative", model, params) == [expected]
