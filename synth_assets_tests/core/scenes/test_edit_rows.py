"""Rows of edits.csv: what is understood, what is refused and why, and which photos a row means."""

from pathlib import Path

import pytest

from synth_assets.core.config import ConfigError
from synth_assets.core.records import ImageRecord
from synth_assets.core.scenes.edit_rows import EditRow, Place, is_meant, load_edits, parse_mask


def written(folder: Path, text: str) -> Path:
    path = folder / "edits.csv"
    path.write_text(text)
    return path


def test_a_file_of_the_first_columns_is_still_read(tmp_path: Path) -> None:
    rows = load_edits(
        written(
            tmp_path,
            "method,instruction,strength,num_imgs\nrelight,golden hour,0.4,1\nrelight,fog,,\n"
            "remove,the largest object,1,2\n",
        )
    )
    assert [(row.words, row.change, row.num_imgs) for row in rows] == [
        ("golden hour", 0.4, 1),
        ("fog", 0.6, 2),
        ("the largest object", 1.0, 2),
    ]
    assert [row.place.kind for row in rows] == ["all", "all", "largest"]


def test_every_column(tmp_path: Path) -> None:
    text = (
        "source,method,instruction,prompt,mask,negative_prompt,guidance,strength,num_imgs\n"
        '*room*,instruct,make it night,,"box:0.1,0.2,0.5,1",blurry,6.5,0.8,3\n'
        ",add,,an alien,text:the bath,,,,\n"
    )
    first, second = load_edits(written(tmp_path, text))
    assert first.place == Place("box", box=(0.1, 0.2, 0.5, 1.0))
    assert (first.words, first.negative_prompt, first.guidance, first.change) == ("make it night", "blurry", 6.5, 0.8)
    assert (second.words, second.place, second.line) == ("an alien", Place("text", text="the bath"), 3)


@pytest.mark.parametrize("text", ["box:0,0,0.5,1", "box:0 0 0.5 1", "box: 0; 0; 0.5; 1"])
def test_boxes_need_no_quotes(text: str) -> None:
    assert parse_mask(text) == Place("box", box=(0, 0, 0.5, 1))


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ("paint,x,,,,,", r"method: Input should be 'relight', 'instruct', 'add' or 'remove'"),
        ("relight,,,,,,", r"method relight needs words: fill instruction or prompt"),
        ("relight,fog,mist,,,,", r"give either instruction or prompt"),
        ("add,,a deer,,,,", r"method add needs a mask: ground, text:WORDS, box:"),
        ("add,,a deer,box:0 0 1.2 1,,,", r"mask box:0 0 1\.2 1: the sides are shares of the picture"),
        ("add,,a deer,box:0.5 0 0.5 1,,,", r"the sides are shares of the picture: 0 <= x0 < x1 <= 1"),
        ("add,,a deer,box:0 0 1,,,", r"expected four numbers x0,y0,x1,y1, e\.g\. box:"),
        ("add,,a deer,box:nan 0 1 1,,,", r"the sides are shares of the picture"),
        ("add,,a deer,ground,,,0.5", r"add repaints with the strength of the inpaint model's entry"),
        ("add,,a deer,ground,,7,", r"add has no guidance of its own"),
        ("remove,,,ground,,,", r"mask ground is a place to add something; for remove give text:WORDS"),
        ("remove,,,,,,0.5", r"remove takes all of it out, strength 0\.5 means nothing; leave it empty"),
        ("remove,,,,blurry,,", r"leave negative_prompt empty"),
        ("remove,,,towel,,,", r"mask 'towel' is not understood; give ground \(method add\), text:WORDS"),
        ("remove,,,text:,,,", r"mask 'text:' is not understood"),
        ("relight,fog,,,,51,", r"guidance: .*less than or equal to 50"),
        ("relight,fog,,,,,1.5", r"strength: .*less than or equal to 1"),
    ],
)
def test_an_impossible_row_is_refused_with_line_and_way_out(tmp_path: Path, cells: str, message: str) -> None:
    path = written(
        tmp_path,
        f"method,instruction,prompt,mask,negative_prompt,guidance,strength\nrelight,fog,,,,,\n{cells}\n",
    )
    with pytest.raises(ConfigError, match=rf"edits\.csv:3: .*{message}"):
        load_edits(path)


def test_bad_rows_are_left_out_where_asked_to_but_not_all(tmp_path: Path) -> None:
    path = written(tmp_path, "method,instruction\nadd,a deer\nrelight,fog\nrelight,\n")
    skipped: list[str] = []
    assert [row.words for row in load_edits(path, skipped)] == ["fog"]
    assert [line.split(": ")[0] for line in skipped] == [f"{path}:2", f"{path}:4"]
    with pytest.raises(ConfigError, match=r"edits\.csv:2: (.|\n)*edits\.csv:4: "):
        load_edits(path)
    with pytest.raises(ConfigError, match=r"edits\.csv:2: "):
        load_edits(written(tmp_path, "method,instruction\nadd,a deer\n"), skipped)


@pytest.mark.parametrize(
    ("source", "meant"),
    [
        ("", True),
        ("*lake*", True),
        ("LAKE_0?.jpg", True),
        ("inbox/morning/*", True),
        ("lake", False),
        ("*sea*", False),
        ("brightness>0.5", False),
        ("brightness <= 0.5", True),
        ("brightness_mean<0.6", True),
        ("warmth > -3.5", True),
        ("saturation>0", False),
    ],
)
def test_which_photos_a_row_means(source: str, meant: bool) -> None:
    photo = ImageRecord(id="a", source="inbox/morning/Lake_01.jpg")
    metrics = {"brightness_mean": 0.5, "warmth": -3}
    assert is_meant(EditRow(method="relight", instruction="fog", source=source), photo, metrics) == meant


@pytest.mark.parametrize(
    ("source", "message"),
    [("brightnes>0.5", "no metric 'brightnes'; known: .*brightness_mean"), ("a>b", "is no condition; write METRIC>")],
)
def test_a_wrong_condition_is_refused(source: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        EditRow(method="relight", instruction="fog", source=source)


def test_the_shipped_file_loads_and_shows_the_columns(project_root: Path) -> None:
    rows = load_edits(project_root / "configs" / "edits.csv")
    assert {row.method for row in rows} == {"relight", "add", "remove"}
    assert {row.place.kind for row in rows} == {"all", "largest", "ground"}
    assert any(row.has_condition for row in rows)
