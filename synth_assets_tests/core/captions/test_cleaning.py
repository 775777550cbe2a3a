import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth_assets.core.captions.cleaning import (
    CleaningParams,
    clean_caption,
    cut_words,
    drop_artists,
    drop_background,
    drop_repeats,
    has_artist,
    has_made_up_word,
)

HOTEL = (
    "there is a bathroom with a sink, mirror, and shower, photo taken in 2018, brightly lit room, "
    "midjourney style, by Judith Brown, skybridge towers, by Briana Mora, floor b2"
)


def test_cut_keeps_the_first_14_words_after_removing_commas() -> None:
    expected = "there is a bathroom with a sink mirror and shower photo taken in 2018"
    assert cut_words(HOTEL) == expected
    assert len(expected.split()) == 14


def test_cut_leaves_short_text_alone() -> None:
    assert cut_words("a dog, on grass") == "a dog on grass"
    assert cut_words("") == ""


@given(st.text(alphabet="ab, \n", max_size=200), st.integers(1, 20))
def test_cut_is_never_longer_and_has_no_comma(text: str, max_words: int) -> None:
    cut = cut_words(text, max_words)
    assert len(cut.split()) <= max_words
    assert "," not in cut
    assert cut_words(cut, max_words) == cut


@pytest.mark.parametrize(
    ("said", "cleaned"),
    [
        ("arafed bed in a hotel room", "bed in a hotel room"),
        ("there is a Araffe standing in the grass", "there is standing in the grass"),
        ("arafficial view, a hill", "view, a hill"),
        ("a scarafed bed", "a scarafed bed"),
        ("an arafed bed and an araffe", "a bed and"),
        ("An ARAFED old car", "An old car"),
        ("an araf-like old car", "an old car"),
    ],
)
def test_araf_words_go(said: str, cleaned: str) -> None:
    assert clean_caption(said, CleaningParams()) == cleaned
    assert has_made_up_word(said) == (said != cleaned)


@pytest.mark.parametrize(
    ("said", "cleaned"),
    [
        ("a room, by Judith Brown, bright", "a room, bright"),
        ("a room by Judith Brown, bright", "a room, bright"),
        ("a sunflower by Vincent van Gogh and a chair", "a sunflower and a chair"),
        ("a lake, inspired by Ivan Shishkin", "a lake"),
        ("a room, by beeple, bright", "a room, bright"),
        ("a path by the lake", "a path by the lake"),
        ("a path, by the lake", "a path, by the lake"),
        ("a room lit by candles", "a room lit by candles"),
        ("a house by Lake Como, by night", "a house by Lake Como, by night"),
        ("a dog, by candlelight", "a dog, by candlelight"),
        ("a portrait by Édouard Manet of a girl", "a portrait of a girl"),
        ("a girl, inspired by J.M.W. Turner, calm", "a girl, calm"),
        ("a fish, concept art by greg rutkowski", "a fish"),
        ("a cat in the style of Van Gogh and a dog", "a cat and a dog"),
        ("a child, painted by a child", "a child, painted by a child"),
    ],
)
def test_artist_tails_go_and_places_stay(said: str, cleaned: str) -> None:
    assert drop_artists(said) == cleaned
    assert has_artist(said) == (said != cleaned)


@pytest.mark.parametrize(
    ("said", "cleaned"),
    [
        ("a a dog", "a dog"),
        ("a bed, bed, bed", "a bed"),
        ("a sink and a mirror and a mirror and a mirror", "a sink and a mirror"),
        ("a very Very big dog", "a Very big dog"),
        ("a dog and a cat", "a dog and a cat"),
        ("a man in a suit and a man in a suit and a man in a suit", "a man in a suit"),
        ("a red sofa with a red sofa", "a red sofa"),
        ("a dog, bright, A dog", "a dog, bright"),
        ("more and more birds", "more and more birds"),
    ],
)
def test_repetitions_are_said_once(said: str, cleaned: str) -> None:
    assert drop_repeats(said) == cleaned


def test_everything_can_be_switched_off() -> None:
    params = CleaningParams(drop_markup=False, drop_made_up=False, drop_repeats=False)
    nasty = "arafed **bed** bed, by Judith Brown"
    assert clean_caption(nasty, params) == nasty


def test_colour_codes_go() -> None:
    assert clean_caption("a room, # e 5 3 7 1 b, floor b2", CleaningParams()) == "a room, floor b2"


@pytest.mark.parametrize(
    ("said", "cleaned"),
    [
        ("a fox on a white background", "a fox"),
        ("a rabbit standing on a plain light grey background, bright", "a rabbit standing, bright"),
        ("a fox isolated on white background", "a fox"),
        ("a bear with a hat and a solid gray backdrop", "a bear with a hat"),
        ("a rabbit on a background of trees", "a rabbit on a background of trees"),
        ("a fox on a hill", "a fox on a hill"),
    ],
)
def test_plain_backgrounds_of_cutouts_go(said: str, cleaned: str) -> None:
    assert drop_background(said) == cleaned


@given(st.text(max_size=120))
def test_any_text_can_be_cleaned_and_a_clean_one_stays(text: str) -> None:
    cleaned = clean_caption(text, CleaningParams())
    assert not has_made_up_word(cleaned)
    assert "\n" not in cleaned
    assert "  " not in cleaned
