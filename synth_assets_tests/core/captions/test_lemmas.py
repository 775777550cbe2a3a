import pytest

from synth_assets.core.captions.lemmas import english_stop_words, lemmatise


@pytest.mark.parametrize(
    ("text", "lemmas"),
    [
        ("Two foxes standing on the mountains", ["fox", "stand", "mountain"]),
        ("children and geese", ["child", "goose"]),
        ("a 3d animated character, 2018", ["animate", "character"]),
        ("well-lit TREES!", ["light", "tree"]),
        ("", []),
    ],
)
def test_lemmas_are_lower_case_dictionary_forms(text: str, lemmas: list[str]) -> None:
    assert lemmatise(text, english_stop_words()) == lemmas


def test_a_stop_word_hits_the_word_and_its_lemma() -> None:
    assert lemmatise("photos of a photo", {"photo", "of"}) == []
