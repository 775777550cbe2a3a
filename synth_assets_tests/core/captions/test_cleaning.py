import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth_assets.core.captions.cleaning import (
    CleaningParams,
    clean_caption,
    cut_words,
    drop_artists,
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
        ("there is a Araffe standing in the grass", "there is a standing in the grass"),
        ("arafficial view, a hill", "view, a hill"),
        ("a scarafed bed", "a scarafed bed"),
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
    ],
)
def test_repetitions_are_said_once(said: str, cleaned: str) -> None:
    assert drop_repeats(said) == cleaned


def test_everything_can_be_switched_off() -> None:
    params = CleaningParams(drop_made_up=False, drop_repeats=False)
    assert clean_caption("arafed bed bed, by Judith Brown", params) == "arafed bed bed, by Judith Brown"
