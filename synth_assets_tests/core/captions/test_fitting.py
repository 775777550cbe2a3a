from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth_assets.core.captions.fitting import FitParams, fit_of, fit_of_scores

TEXTS = [f"text {place}" for place in range(10)]


def test_worked_out_scores() -> None:
    scores = np.array([[0.9, 0.1, 0.5], [0.2, 0.3, 0.4], [0.0, 0.6, 0.6]])
    fit = fit_of_scores(scores, ["a", "b", "c"], permutations=99)
    # Picture 0 beats both others, 1 one of two, 2 one and one tie.
    assert fit.auc == pytest.approx((2 + 1 + 1.5) / 6)
    assert fit.matched == pytest.approx(0.6)
    assert fit.shuffled == pytest.approx((0.1 + 0.5 + 0.2 + 0.4 + 0.0 + 0.6) / 6)
    # Of the six orders of three only the matched one reaches a mean of 0.6.
    assert 0.05 < fit.p < 0.35


def test_captions_that_fit_are_told_from_those_of_others() -> None:
    rng = np.random.default_rng(1)
    noise = rng.normal(0, 0.1, (10, 10))
    matched = fit_of_scores(noise + 0.3 * np.eye(10), TEXTS, 999)
    assert matched.auc > 0.9
    assert matched.p == 0.001
    chance = [fit_of_scores(rng.normal(0, 0.1, (10, 10)), TEXTS, 99).p for _ in range(60)]
    assert 0.3 < np.mean(chance) < 0.7
    assert np.mean(np.array(chance) <= 0.05) < 0.15


def test_a_caption_that_is_liked_by_every_picture_does_not_make_a_fit() -> None:
    liked = np.zeros((10, 10))
    liked[:, :3] = 0.9
    assert fit_of_scores(liked, TEXTS, 99).p == 1.0


@given(st.integers(2, 6))
def test_equal_captions_are_no_shuffle(kinds: int) -> None:
    texts = [f"text {place % kinds}" for place in range(12)]
    scores = np.array([[float(one == other) for other in texts] for one in texts])
    fit = fit_of_scores(scores, texts, 99)
    assert (fit.auc, fit.matched, fit.shuffled) == (1, 1, 0)
    assert fit.p <= 0.05


class Sure:
    name = "sure"

    def score(self, images: Sequence[np.ndarray], texts: Sequence[str]) -> list[float]:
        return [float(text == f"text {image[0, 0, 0]}") for image, text in zip(images, texts, strict=True)]


def test_pictures_are_scored_against_all_texts() -> None:
    images = [np.full((2, 2, 3), place, np.uint8) for place in range(10)]
    fit = fit_of(images, TEXTS, Sure(), FitParams())
    assert (fit.pictures, fit.auc, fit.p, fit.reason) == (10, 1, 0.001, "")
    assert fit_of(images, ["same"] * 10, Sure(), FitParams()).reason == "all captions are the same"
    assert "too few" in fit_of(images[:7], TEXTS[:7], Sure(), FitParams()).reason
