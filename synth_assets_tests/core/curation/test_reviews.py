"""The file of reviews: what is written is read back, nothing in it is lost, what is broken is refused."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resources.sources.folder import listing_of
from synth_assets.core.config import ConfigError
from synth_assets.core.curation.reviews import DROP, Review, read_reviews, review_listing, write_reviews

_CELL = st.text(st.characters(codec="utf-8", exclude_characters="\r\x00\ufeff"), max_size=8)
_NAME = _CELL.map(str.strip).filter(bool)


def test_rows_are_sorted_and_the_columns_are_as_told(tmp_path: Path) -> None:
    path = tmp_path / "bunny" / "review.csv"
    write_reviews(path, {"b": Review("segment", "keep_full"), "a": Review(DROP, "segment")})
    assert path.read_text() == "frame,strategy,decided\na,drop,segment\nb,segment,keep_full\n"
    assert [item.name for item in path.parent.iterdir()] == ["review.csv"]


def test_no_file_means_no_review(tmp_path: Path) -> None:
    assert read_reviews(tmp_path / "review.csv") == {}


def test_columns_in_another_order_blank_lines_and_notes_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "review.csv"
    path.write_text('\ufeffnote,frame,decided,strategy\n"a, b",f1,segment,drop\n\n,f0,,keep_full\n', encoding="utf-8")
    found = read_reviews(path)
    assert found["f1"] == Review("drop", "segment", {"note": "a, b"})
    write_reviews(path, {**found, "f2": Review("segment", "segment")})
    assert path.read_text().splitlines() == [
        "frame,strategy,decided,note",
        "f0,keep_full,,",
        'f1,drop,segment,"a, b"',
        "f2,segment,segment,",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", ":1: the header is ''"),
        ("frame,strategy\na,drop\n", ":1: the header is 'frame,strategy'"),
        ("frame;strategy;decided\n", ":1: the header is 'frame;strategy;decided'"),
        ("frame,strategy,decided\na,drop\n", ":2: 2 values for 3 columns"),
        ("frame,strategy,decided\na,drop,x\n\na,segment,x\n", ":4: frame 'a' appears twice"),
        ("frame,strategy,decided\na, ,x\n", ":2: strategy is empty"),
        ("frame,strategy,decided\n,drop,x\n", ":2: frame is empty"),
        ('frame,strategy,decided\n"a,drop,x\n', ":2: not valid CSV"),
    ],
)
def test_a_broken_file_is_refused_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "review.csv"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        read_reviews(path)
    assert str(caught.value).startswith(f"{path}{message}")


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "review.csv"
    path.write_bytes(b"frame,strategy,decided\n\xff\xfe,drop,x\n")
    with pytest.raises(ConfigError, match="not UTF-8"):
        read_reviews(path)


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(_NAME, st.builds(Review, _NAME, _CELL.map(str.strip), st.fixed_dictionaries({"note": _CELL}))))
def test_what_is_written_is_read_back(tmp_path_factory: pytest.TempPathFactory, reviews: dict[str, Review]) -> None:
    path = tmp_path_factory.getbasetemp() / "round_trip.csv"
    write_reviews(path, reviews)
    assert read_reviews(path) == reviews


def test_the_listing_follows_the_content(tmp_path: Path) -> None:
    path = tmp_path / "review.csv"
    assert review_listing(path) == listing_of([])
    write_reviews(path, {"a": Review("segment")})
    first = review_listing(path)
    write_reviews(path, {"a": Review(DROP)})
    assert review_listing(path) not in (first, listing_of([]))
    write_reviews(path, {"a": Review("segment")})
    assert review_listing(path) == first
