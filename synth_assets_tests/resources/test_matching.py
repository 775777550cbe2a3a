"""Scores of texts for pictures: by ConSE over made-up classes, and by a tiny CLIP."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from resources.models.clip_scoring import ClipInterrogator, load_interrogator
from resources.models.labelling import ConseLabeller
from resources.models.remembering import distinct_objects
from synth_assets.core.ports import RGB, TextsRequest
from synth_assets_tests.resources.tiny_clip import LISTS, clip_entry, picture, save_clip, save_lists

RED, BLUE = (np.full((4, 4, 3), colour, np.uint8) for colour in ((200, 0, 0), (0, 0, 200)))


class Colours:
    """As sure of "fox" as a picture is red, and of "sea" as it is blue."""

    def __init__(self) -> None:
        self.seen = 0

    def class_logits(self, images: Sequence[RGB]) -> np.ndarray:
        self.seen += len(images)
        return np.array([image.mean(axis=(0, 1))[[0, 2]] for image in images], np.float32)


class Letters:
    """A text's vector says whether it holds "fox" and "sea"."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def embed_texts(self, texts: Sequence[str]) -> np.ndarray:
        self.asked += texts
        rows = np.array([["fox" in text, "sea" in text, 0.1] for text in texts], np.float32)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_conse_scores_pairs_and_looks_once() -> None:
    classifier, text = Colours(), Letters()
    model = ConseLabeller("tiny", classifier, text, ["fox", "sea"])
    labels = model.label([RED, BLUE], ["a fox", "the sea"])
    assert [found[0].text for found in labels] == ["a fox", "the sea"]
    pairs = [(image, said) for image in (RED, BLUE, RED.copy()) for said in ("a fox runs", "the sea")]
    scores = model.score([image for image, _ in pairs], [said for _, said in pairs])
    assert scores == pytest.approx([1, 0.01 / 1.01, 0.01 / 1.01, 1, 1, 0.01 / 1.01], abs=1e-5)
    assert classifier.seen == 2
    assert len(text.asked) == len(set(text.asked))
    assert model.score([], []) == []
    with pytest.raises(ValueError, match="1 pictures but 2 texts"):
        model.score([RED], ["a", "b"])


def test_pictures_are_told_apart_as_objects() -> None:
    numbers, distinct = distinct_objects([RED, BLUE, RED])
    assert numbers == [0, 1, 0]
    assert [image is other for image, other in zip(distinct, (RED, BLUE), strict=True)] == [True, True]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> ClipInterrogator:
    root: Path = tmp_path_factory.mktemp("clip")
    entry = clip_entry(save_clip(root / "clip"), save_lists(root / "lists"))
    model = load_interrogator(entry, root / "clip", "cpu", LISTS)
    assert isinstance(model, ClipInterrogator)
    return model


def test_clip_scores_pairs_as_it_scores_one_picture(clip: ClipInterrogator) -> None:
    images, texts = [picture(seed) for seed in range(2)], ["a red fox", "an old boat"]
    pairs = [(image, text) for image in images for text in texts]
    scores = clip.score([image for image, _ in pairs], [text for _, text in pairs])
    expected = clip.text_scores([TextsRequest(vector, "", texts) for vector in clip.vectors(images)])
    np.testing.assert_allclose(scores, np.concatenate(expected), atol=1e-6)
    assert len(set(scores)) == 4
    assert clip.score(images[:1], texts[:1]) == pytest.approx(scores[:1], abs=1e-6)
    assert clip.score([], []) == []
    with pytest.raises(ValueError, match="2 pictures but 1 texts"):
        clip.score(images, texts[:1])
