import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth_assets.core.captions.cleaning import CleaningParams, clean_caption, cut_words
from synth_assets.core.captions.wording import Known, compose, mentions, visible_labels
from synth_assets.core.records import ObjectRecord

PARAMS = CleaningParams()


def short(said: str, known: Known) -> str:
    return compose(said, known, PARAMS)[1]


def test_classes_follow_the_first_clause() -> None:
    full, cut = compose("a photo of a meadow, bright, green tones", Known(labels=("fox", "bicycle")), PARAMS)
    assert full == "a photo of a meadow with a fox and a bicycle, bright, green tones"
    assert cut == "a photo of a meadow with a fox and a bicycle bright green tones"


def test_a_class_the_captioner_named_is_not_named_again() -> None:
    assert short("two foxes in a meadow", Known(labels=("fox",))) == "two foxes in a meadow"


def test_a_class_named_behind_the_cut_is_named_in_front() -> None:
    said = "a photo of a wide green meadow below tall blue hills at noon, far away, a fox"
    cut = short(said, Known(labels=("fox",)))
    assert cut == "a photo of a wide green meadow below tall blue hills with a fox"
    assert len(cut.split()) == 14


def test_prefix_and_suffix_survive_the_cut() -> None:
    known = Known("bunny, a 3d animated character", "isolated character, clean background")
    full, cut = compose("a photo of a forest with a stream, bright", known, PARAMS)
    assert full == (
        "bunny, a 3d animated character, a photo of a forest with a stream, bright, "
        "isolated character, clean background"
    )
    # 5 + 4 words are known, 5 are left; nothing ends in "a" before the suffix.
    assert cut == "bunny a 3d animated character a photo of a forest isolated character clean background"


def test_a_prefix_that_fills_the_caption_is_cut_itself() -> None:
    prefix = " ".join(f"w{index}" for index in range(20))
    assert short("a dog", Known(prefix=prefix, labels=("fox",))) == cut_words(prefix)


def test_more_classes_than_words_lose_the_smallest_first() -> None:
    labels = ("burning old tree", "red fire engine", "grey smoke cloud", "wet forest floor", "tall person")
    cut = short("a photo of a forest", Known(labels=labels))
    assert cut == "a burning old tree a red fire engine and a grey smoke cloud"


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("fox", "a fox"),
        ("elephant", "an elephant"),
        ("fire_engine", "a fire engine"),
        ("flames", "flames"),
        ("bus", "a bus"),
        ("thick smoke", "thick smoke"),
        ("a burning tree, in a forest", "a burning tree"),
    ],
)
def test_articles(label: str, words: str) -> None:
    assert short("a hill", Known(labels=(label,))) == f"a hill with {words}"


def test_a_second_with_becomes_and() -> None:
    assert short("a hill with trees", Known(labels=("fox",))) == "a hill with trees and a fox"


def test_a_photo_of_nothing_is_a_photo_of_the_classes() -> None:
    assert short("a photo, bright", Known(labels=("fox",))) == "a photo of a fox bright"


def test_silence_of_the_captioner_leaves_what_is_known() -> None:
    assert compose("", Known("bunny", "", ("fox",)), PARAMS) == ("bunny, a fox", "bunny a fox")
    assert compose("", Known(), PARAMS) == ("", "")


def test_labels_come_by_total_area() -> None:
    objects = (
        ObjectRecord("cat", (0, 0, 4, 4), 1),
        ObjectRecord("fox", (0, 0, 3, 3), 2),
        ObjectRecord("fox", (4, 4, 7, 7), 3),
    )
    assert visible_labels(objects) == ("fox", "cat")


def test_mentions_are_whole_words() -> None:
    assert mentions("Two Foxes", "fox")
    assert not mentions("a foxglove", "fox")
    assert not mentions("anything", "")


@given(st.lists(st.sampled_from(["a", "dog,", "by", "the", "sea,", "with", "red", "hills"]), max_size=30))
def test_with_nothing_known_it_is_the_plain_cut(words: list[str]) -> None:
    said = " ".join(words)
    assert short(said, Known()) == cut_words(clean_caption(said, PARAMS))


@given(
    st.lists(st.sampled_from(["a", "dog,", "sea,", "with", "red", "hills", "fox"]), max_size=30),
    st.sets(st.sampled_from(["fox", "cat", "bus", "tree"])),
)
def test_short_captions_hold_every_class_and_at_most_14_words(words: list[str], labels: set[str]) -> None:
    cut = short(" ".join(words), Known("bunny", "clean background", tuple(sorted(labels))))
    assert len(cut.split()) <= 14
    assert cut.startswith("bunny")
    assert cut.endswith("clean background")
    assert all(mentions(cut, label) for label in labels)


def test_several_classes_go_on_with_the_captioners_list() -> None:
    full, cut = compose("a hill with a bus, bright", Known(labels=("fox", "cat")), PARAMS)
    assert full == "a hill with a bus, a fox and a cat, bright"
    assert cut == "a hill with a bus a fox and a cat bright"


def test_names_have_no_article() -> None:
    known = Known(prefix="a 3d animated character", labels=("frank",), names=frozenset({"frank"}))
    assert short("a photo of a dog, bright", known) == "a 3d animated character a photo of a dog with frank bright"


def test_only_whole_clauses_follow_what_is_known() -> None:
    said = "a photo of a beach, in bright daylight, grey and white"
    cut = short(said, Known(labels=("deer", "zebra", "sheep")))
    assert cut == "a photo of a beach with a deer a zebra and a sheep"
    assert short(said, Known(labels=("deer",))) == "a photo of a beach with a deer in bright daylight grey and white"


def test_nothing_ends_in_a_dangling_word_behind_a_prefix() -> None:
    prefix = "a 3d animated scene, environment only, no characters"
    cut = short("a photo of a meadow with a bird, bright", Known(prefix=prefix))
    assert cut == "a 3d animated scene environment only no characters a photo of a meadow"


@pytest.mark.parametrize("max_words", [1, 2, 5, 14])
def test_the_trigger_is_first_and_whole_however_short_the_cut(max_words: int) -> None:
    known = Known("a 3d animated character, " + "very " * 14, "clean background", ("fox",), trigger="ohwx bunny")
    full, cut = compose("a photo of a hill, bright", known, CleaningParams(max_words=max_words))
    assert full.startswith("ohwx bunny, a 3d animated character")
    assert cut.startswith("ohwx bunny")
    assert len(cut.split()) == max(2, max_words)


def test_a_prefix_that_holds_the_trigger_says_it_once() -> None:
    known = Known(prefix="a 3d render of bunny_2", trigger="bunny_2")
    assert short("a hill", known) == "a 3d render of bunny_2 a hill"
    assert short("a hill", Known(prefix="bunny_22", trigger="bunny_2")) == "bunny_2 bunny_22 a hill"


def test_a_cutout_has_no_background() -> None:
    assert short("a fox on a white background, bright", Known(cutout=True)) == "a fox bright"
    assert short("a fox on a white background, bright", Known()) == "a fox on a white background bright"
