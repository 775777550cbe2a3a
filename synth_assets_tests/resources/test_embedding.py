"""EfficientNet, the text embedder and ConSE: on tiny nets, and on the real weights."""

import os
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertModel

from resources.models.embedding import EfficientNet, prepare
from resources.models.entries import ModelEntry
from resources.models.labelling import ConseLabeller, load_class_names, load_lines
from resources.models.onnx import OnnxNet
from resources.models.text import convert_sentence_transformer
from synth_assets.core.images import decode_image
from synth_assets_tests.resources.offline_models import offline_registry
from synth_assets_tests.resources.tiny_models import write_classifier

ENTRY = ModelEntry(ref="file:words", licence="MIT")
RED = np.zeros((60, 90, 3), np.uint8) + np.array([255, 0, 0], np.uint8)
BLUE = np.zeros((60, 90, 3), np.uint8) + np.array([0, 0, 255], np.uint8)
VECTORS = {"red": (1, 0, 0), "green": (0, 1, 0), "blue": (0, 0, 1), "violet": (0.6, 0, 0.8)}


class TableOfVectors:
    """Text vectors read off a table, and how many were asked for."""

    def __init__(self) -> None:
        self.asked = 0

    def embed_texts(self, texts: list[str]) -> np.ndarray:
        self.asked += len(texts)
        return np.array([VECTORS[text.removeprefix("a photo of ")] for text in texts], np.float32)


@pytest.fixture
def net(tmp_path: Path) -> EfficientNet:
    write_classifier(tmp_path / "e.onnx")
    return EfficientNet("tiny", OnnxNet(tmp_path / "e.onnx"))


def test_prepare_scales_to_minus_one_and_one() -> None:
    prepared = prepare(RED)
    assert prepared.shape == (3, 224, 224)
    assert (prepared[0] == 1).all()
    assert (prepared[1:] == -1).all()
    assert prepare(np.zeros((1, 1, 3), np.uint8)).shape == (3, 224, 224)


def test_embedding_has_length_one(net: EfficientNet) -> None:
    vectors = net.embed([RED, BLUE])
    np.testing.assert_allclose(vectors[0], [0.5, -0.5, -0.5, 0.5], atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    assert net.embed([]).shape[0] == 0


def test_conse_finds_the_label_near_the_class(net: EfficientNet) -> None:
    texts = TableOfVectors()
    labeller = ConseLabeller("tiny", net, texts, ["red", "green", "blue"])
    labels = labeller.label([RED, BLUE], ["violet", "red"])
    assert [label.text for label in labels[0]] == ["red", "violet"]
    assert labels[0][0].score == pytest.approx(1.0, abs=1e-6)
    assert labels[0][1].score == pytest.approx(0.6, abs=1e-6)
    assert labels[1][0].text == "violet"
    labeller.label([RED], ["violet", "green"])
    assert texts.asked == 4
    assert labeller.label([RED], []) == [[]]


def test_wrong_number_of_names_is_refused(net: EfficientNet) -> None:
    labeller = ConseLabeller("tiny", net, TableOfVectors(), ["red", "green"])
    with pytest.raises(ValueError, match="3 class scores but 2 class names"):
        labeller.label([RED], ["red"])


def test_word_files_are_checked(tmp_path: Path) -> None:
    path = tmp_path / "words"
    path.write_text("# only a comment\n\n")
    with pytest.raises(ValueError, match="no entries"):
        load_lines(ENTRY, path, "cpu")
    path.write_text("# c\nscene: a lake \n\n")
    assert load_lines(ENTRY, path, "cpu") == ["scene: a lake"]
    path.write_text('{"a": 1}')
    with pytest.raises(ValueError, match="JSON list"):
        load_class_names(ENTRY, path, "cpu")


def test_real_embedding_knows_its_character(sample: Path) -> None:
    registry = offline_registry("embed")
    folder = sample / "characters"
    images = {
        name: [decode_image(path.read_bytes(), path.name) for path in sorted((folder / name / "references").iterdir())]
        for name in ("bunny", "frank")
    }
    bunny, frank = (registry.embed().embed(images[name]) for name in ("bunny", "frank"))
    assert bunny.shape == (len(images["bunny"]), 1280)
    same = np.sort(bunny @ bunny.T, axis=1)[:, -3:-1].mean()
    other = np.sort(frank @ bunny.T, axis=1)[:, -2:].mean()
    assert same > other + 0.05


@pytest.mark.parametrize(
    ("photo", "best"),
    [
        ("midday/picosdeeuropa_by_Aitzol_Berasategi.jpg", "a mountain landscape"),
        ("afternoon/friends_by_Aitzol_Berasategi.jpg", "a dog"),
        ("afternoon/venice_00.jpg", "a beach"),
        ("afternoon/city_00.jpg", "a city street"),
    ],
)
def test_real_labels(sample: Path, photo: str, best: str) -> None:
    registry = offline_registry("label")
    image = decode_image((sample / "reference" / photo).read_bytes(), photo)
    candidates = ["a dog", "a mountain landscape", "a beach", "a city street", "a living room", "a bicycle"]
    labels = registry.label().label([image], candidates)[0]
    assert labels[0].text == best
    assert sorted(label.text for label in labels) == sorted(candidates)


def test_a_conversion_asks_no_hub_and_leaves_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hub model that is fetched afterwards must not find the hub switched off."""
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    asked: list[object] = []
    monkeypatch.setattr("socket.getaddrinfo", lambda host, *_, **__: asked.append(host))
    heads = {"num_hidden_layers": 1, "num_attention_heads": 1}
    small = {"hidden_size": 8, "intermediate_size": 8, "max_position_embeddings": 16, "vocab_size": 200}
    net = BertModel(BertConfig(**small, **heads)).eval()
    net.save_pretrained(tmp_path)
    convert_sentence_transformer(tmp_path, tmp_path / "model.onnx")
    assert asked == []
    assert "HF_HUB_OFFLINE" not in os.environ
    ids = np.array([[3, 1, 4, 1, 5]], np.int64)
    expected = net(torch.from_numpy(ids)).last_hidden_state.mean(1).detach().numpy()
    (vector,) = OnnxNet(tmp_path / "model.onnx").run(ids)
    np.testing.assert_allclose(vector, expected / np.linalg.norm(expected), atol=1e-5)
