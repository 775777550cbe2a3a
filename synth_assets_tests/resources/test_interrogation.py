"""The interrogator against what clip-interrogator 0.6.0 itself said, and its text tower against the plain one."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import CLIPImageProcessorPil, Dinov2Config

from resources.models.batching import Batches
from resources.models.clip_scoring import ClipInterrogator, load_interrogator, prepare
from resources.models.clip_text import ClipTexts, clean
from resources.models.clip_words import LISTS as LIST_NAMES
from resources.models.clip_words import load_word_lists
from resources.models.entries import ModelEntry, ModelsConfig, ModelSet
from resources.models.registry import ModelRegistry, forget_warm_models, loads
from synth_assets.core.captions.interrogation import InterrogationParams, interrogate_all
from synth_assets.core.captions.word_tables import word_tables
from synth_assets.core.ports import DeviceMemoryError, Interrogator, Model, TextsRequest
from synth_assets_tests.golden.make_interrogator_golden import GOLDEN, HASH_SEEDS
from synth_assets_tests.resources.tiny_clip import (
    LISTS,
    PLACES,
    clip_entry,
    picture,
    save_clip,
    save_lists,
    tiny_clip,
    tiny_tokenizer,
)

DOCUMENT = json.loads(GOLDEN.read_text())
PARAMS = InterrogationParams(**DOCUMENT["params"])
CASES = DOCUMENT["cases"]
TEXTS = ["soft light", "a red fox, in the snow", "", "sky " * 60, "Soft  LIGHT"]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clip")
    for lift in (0.0, 1.0):
        save_clip(folder / f"clip{lift}", lift=lift)
    save_lists(folder / "lists")
    return folder


@pytest.fixture(autouse=True)
def _on_the_processor(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SYNTH_DEVICE", "cpu")
    yield
    forget_warm_models()


def _model(root: Path, lift: float = 0.0) -> Interrogator:
    config = ModelsConfig(
        sets={"tiny": ModelSet(memory_mb=100, roles={"interrogate": clip_entry(root / f"clip{lift}", root / "lists")})}
    )
    return ModelRegistry(config, "tiny", root / "cache", root=root).interrogate()


def _loaded(root: Path, name: str = "clip0.0", cache_dir: Path | None = None) -> ClipInterrogator:
    entry = clip_entry(root / name, root / "lists")
    model = load_interrogator(entry, root / name, "cpu", LISTS, cache_dir)
    assert isinstance(model, ClipInterrogator)
    return model


@pytest.mark.parametrize("mode", ["best", "fast", "classic", "negative"])
@pytest.mark.parametrize("lift", [0.0, 1.0])
def test_strings_are_those_of_clip_interrogator(root: Path, lift: float, mode: Any) -> None:
    cases = [case for case in CASES if case["lift"] == lift and case["mode"] == mode]
    images, captions = [picture(case["picture"]) for case in cases], [case["caption"] for case in cases]
    texts = interrogate_all(images, captions, mode, _model(root, lift), PARAMS)
    assert [text for text, case in zip(texts, cases, strict=True) if text not in case["said"]] == []


def test_golden_strings_are_many_and_some_depend_on_the_hash_seed_of_the_original() -> None:
    assert all(sum(case["said"].values()) == len(HASH_SEEDS) for case in CASES)
    assert len({text for case in CASES for text in case["said"]}) > len(CASES) / 3
    assert any(len(case["said"]) > 1 for case in CASES)
    assert any(len(case["said"]) == 1 for case in CASES)


def test_a_picture_is_interrogated_as_if_it_were_alone(root: Path) -> None:
    model = _model(root)
    images, captions = [picture(seed) for seed in range(4)], ["a red fox", "", "an old boat", "sky"]
    together = interrogate_all(images, captions, "best", model, PARAMS)
    assert [interrogate_all([images[at]], [captions[at]], "best", model, PARAMS)[0] for at in (0, 3)] == together[::3]
    assert len(set(together)) == 4


def test_the_errors_of_negative_can_be_left_out(root: Path) -> None:
    """With positive cosines, 0.6.0 gives the first phrase back; a chain with the right sign gets farther away."""
    images, model = [picture(seed) for seed in range(4)], _model(root, 1.0)
    first = interrogate_all(images, [""] * 4, "negative", model, PARAMS)
    chained = interrogate_all(images, [""] * 4, "negative", model, PARAMS.model_copy(update={"compatible": False}))
    phrases = {*LISTS["flavors"], *LISTS["negative"]}
    assert set(first) <= phrases
    vectors = model.vectors(images)
    for vector, one, other in zip(vectors, first, chained, strict=True):
        scores = model.text_scores([TextsRequest(vector, "", [one, other])])[0]
        assert scores[1] <= scores[0]
    assert any(text not in phrases for text in chained)


def test_text_vectors_are_those_of_the_plain_tower_whatever_begins_them(root: Path) -> None:
    model = _loaded(root)
    tower, tokens = tiny_clip(tiny_tokenizer()), tiny_tokenizer()
    vector = model.vectors([picture(1)])[0]
    for start in ("", "a photo of", "an old boat and a red fox,", "sky " * 50):
        ids = tokens(
            [f"{start} {text}" for text in TEXTS],
            padding="max_length",
            truncation=True,
            max_length=PLACES,
            return_tensors="pt",
        )["input_ids"]
        with torch.inference_mode():
            plain = torch.nn.functional.normalize(tower.get_text_features(input_ids=ids).pooler_output, dim=-1).numpy()
        scores = model.text_scores([TextsRequest(vector, start, TEXTS)])[0]
        np.testing.assert_allclose(scores, plain @ vector, atol=2e-6)
        assert scores[0] == scores[4]


@pytest.fixture(scope="module")
def texts() -> ClipTexts:
    tokens = tiny_tokenizer()
    return ClipTexts(tiny_clip(tokens, layers=1), tokens, Batches("tiny", 8), "tiny")


@settings(max_examples=100, deadline=None)
@given(first=st.text(max_size=20), second=st.text(max_size=20))
def test_tokens_never_span_a_space(texts: ClipTexts, first: str, second: str) -> None:
    assert texts.tokens(f"{first}, {second}") == (*texts.tokens(f"{first},"), *texts.tokens(second))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("8k”", '8k"'),
        ("Rose O’Neill", "Rose O'Neill"),
        ("salt &amp;amp; light", "salt & light"),
        ("silver，ivory　lines！", "silver,ivory lines!"),
        ("\x08moebius", "moebius"),
        ("ﬁne ƒ1.8 détail", "fine ƒ1.8 détail"),
    ],
)
def test_texts_are_cleaned_as_by_open_clip(text: str, expected: str) -> None:
    assert clean(text) == expected


def test_word_vectors_are_kept_by_model_and_list(root: Path, tmp_path: Path) -> None:
    terms, folder = ("soft light", "Soft Light", "sky"), tmp_path / "clip_words"
    model = _loaded(root, cache_dir=tmp_path)
    vectors = model.vectors([picture(0), picture(1)])
    scores = model.term_scores(vectors, terms)
    assert scores.shape == (2, 3)
    assert np.array_equal(scores[:, 0], scores[:, 1])
    assert np.array_equal(_loaded(root).term_scores(vectors, terms), scores)
    assert len(list(folder.iterdir())) == 1
    made: list[int] = []
    again = _loaded(root, cache_dir=tmp_path)
    again._model.text_projection.register_forward_hook(lambda *_: made.append(1))
    assert np.array_equal(again.term_scores(vectors, terms), scores)
    assert made == []
    again.term_scores(vectors, terms[:2])
    assert made
    _loaded(root, "clip1.0", tmp_path).term_scores(vectors, terms)
    assert len(list(folder.iterdir())) == 3


def test_the_registry_keeps_vectors_in_its_cache(root: Path) -> None:
    interrogate_all([picture(0)], ["sky"], "fast", _model(root), PARAMS)
    assert list((root / "cache" / "clip_words").glob("*.safetensors"))


def test_the_lists_are_read_as_they_are(root: Path, tmp_path: Path) -> None:
    entry = ModelEntry(ref="file:lists", licence="MIT", engine="word-lists")
    lists = load_word_lists(entry, root / "lists", "cpu")
    assert lists == LISTS
    assert tuple(lists) == LIST_NAMES
    tables = word_tables(lists)
    assert tables.artists[0] == "by Ada Brook"
    assert tables.artists[len(LISTS["artists"])] == "inspired by Ada Brook"
    assert len(tables.trendings) == 4 * 18
    with pytest.raises(FileNotFoundError, match=r"file:lists.*artists\.txt"):
        load_word_lists(entry, tmp_path, "cpu")


def test_pictures_are_prepared_as_by_clips_own_processor() -> None:
    processor = CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
    image = np.random.default_rng(0).integers(0, 256, (80, 120, 3), dtype=np.uint8)
    for one in (image, image.transpose(1, 0, 2)):
        expected = processor(images=one, return_tensors="np")["pixel_values"][0]
        np.testing.assert_allclose(prepare(np.ascontiguousarray(one), 32), expected, atol=1e-5)


def test_nothing_is_loaded_for_a_name_and_settings_and_words_are_in_it(root: Path) -> None:
    model = _model(root)
    assert isinstance(model, Model)
    assert model.name.startswith("file:")
    assert loads() == {}
    assert interrogate_all([], [], "best", model, PARAMS) == []
    assert loads() == {}
    assert model.name != _model(root, 1.0).name


def test_a_batch_that_does_not_fit_is_halved(root: Path) -> None:
    model, sizes = _loaded(root), []

    def full(_module: torch.nn.Module, args: tuple[torch.Tensor, ...]) -> None:
        sizes.append(len(args[0]))
        if len(args[0]) > most:
            raise torch.OutOfMemoryError("CUDA out of memory")

    vector = model.vectors([picture(0)])[0]
    request = TextsRequest(vector, "", [f"{look} sky" for look in ("soft", "dark", "cold", "pale")])
    expected = model.text_scores([request])[0]
    model._model.text_projection.register_forward_pre_hook(full)
    most = 1
    np.testing.assert_allclose(model.text_scores([request])[0], expected, atol=1e-6)
    assert sizes[0] > 1
    assert set(sizes[-2:]) == {1}
    most = 0
    with pytest.raises(DeviceMemoryError, match="do not fit on the device"):
        model.text_scores([request])


def test_numbers_that_overflowed_are_an_error(root: Path) -> None:
    model = _loaded(root)
    vector = model.vectors([picture(0)])[0]
    model._model.text_projection.weight.data.fill_(float("nan"))
    with pytest.raises(FloatingPointError, match="text vectors are no numbers"):
        model.text_scores([TextsRequest(vector, "", ["sky"])])


def test_another_kind_of_model_no_words_and_missing_captions_are_refused(root: Path, tmp_path: Path) -> None:
    entry = clip_entry(root / "clip0.0", root / "lists")
    with pytest.raises(ValueError, match="needs words"):
        load_interrogator(entry, root / "clip0.0", "cpu")
    Dinov2Config().save_pretrained(tmp_path / "other")
    with pytest.raises(ValueError, match="expected a model of type clip, found dinov2"):
        load_interrogator(entry, tmp_path / "other", "cpu", LISTS)
    with pytest.raises(ValueError, match="2 pictures, but 1 captions"):
        interrogate_all([picture(0)] * 2, ["sky"], "fast", _model(root), PARAMS)
