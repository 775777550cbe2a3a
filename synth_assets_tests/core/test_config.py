"""Configuration files: what is accepted, and errors that name file, line and value."""

from pathlib import Path

import pytest
from pydantic import Field

from synth_assets.core.config import ConfigError, Params, load_csv, load_yaml, load_yaml_values


class Blur(Params):
    radius_px: int = Field(default=3, ge=1)


class Settings(Params):
    threshold: float = Field(ge=0, le=1)
    names: tuple[str, ...] = ()
    blur: Blur = Blur()
    steps: tuple[Blur, ...] = ()


class Row(Params):
    prompt: str
    num_imgs: int = Field(ge=1)
    colour: str | None = None
    line: int = 0


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_yaml_file(tmp_path: Path) -> None:
    path = written(tmp_path, "s.yaml", "# comment\nthreshold: 0.5\nnames: [a, b]\nblur:\n  radius_px: 7\n")
    assert load_yaml(path, Settings) == Settings(threshold=0.5, names=("a", "b"), blur=Blur(radius_px=7))
    assert load_yaml_values(path)["blur"] == {"radius_px": 7}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("threshold: 0.5\ntreshold: 1\n", 2, "treshold: Extra inputs are not permitted"),
        ("\nthreshold: 1.5\n", 2, r"threshold: .*less than or equal to 1 \(value: 1\.5\)"),
        ("names: []\n", 1, "threshold: Field required"),
        ("threshold: 0\nblur:\n  radius_px: 0\n", 3, r"blur\.radius_px: .*\(value: 0\)"),
        ("threshold: 0\nblur:\n  radius: 2\n", 3, r"blur\.radius: Extra"),
        ("threshold: 0\nsteps:\n  - radius_px: 1\n  - radius_px: x\n", 4, r"steps\.1\.radius_px: .*'x'"),
        ("threshold: 0\nnames: {a: 1}\n", 2, "names: Input should be a valid tuple"),
        ("- a\n- b\n", 1, "expected a mapping"),
        ("just text\n", 1, "expected a mapping"),
        ("", 1, "the file is empty"),
        ("  \n\n", 1, "the file is empty"),
    ],
)
def test_a_bad_yaml_file_is_refused_with_its_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    path = written(tmp_path, "s.yaml", text)
    with pytest.raises(ConfigError, match=rf"s\.yaml:{line}: {words}"):
        load_yaml(path, Settings)


def test_yaml_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"(?s)s\.yaml: not valid YAML: .*line 2"):
        load_yaml(written(tmp_path, "s.yaml", "threshold: 1\n  x: [\n"), Settings)
    with pytest.raises(ConfigError, match=r"s\.yaml:1: "):
        load_yaml(written(tmp_path, "s.yaml", "# only a comment\n"), Settings)


def test_all_errors_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_yaml(written(tmp_path, "s.yaml", "threshold: 2\nblurr: {}\n"), Settings)
    assert [text.rsplit("s.yaml:")[-1][:12] for text in str(caught.value).splitlines()] == [
        "1: threshold",
        "2: blurr: Ex",
    ]


@pytest.mark.parametrize("load", [lambda path: load_yaml(path, Settings), lambda path: load_csv(path, Row)])
def test_missing_and_unreadable_files(tmp_path: Path, load: object) -> None:
    assert callable(load)
    with pytest.raises(ConfigError, match=r"gone\.x: the file is missing"):
        load(tmp_path / "gone.x")
    binary = tmp_path / "b.x"
    binary.write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(ConfigError, match=r"b\.x: not UTF-8"):
        load(binary)


def test_a_good_csv_file(tmp_path: Path) -> None:
    text = '\ufeff# my classes\nprompt,num_imgs,colour,\n\n"a fox, running", 3 ,,\n,,\na bear,2, "red, blue"\n'
    rows = load_csv(written(tmp_path, "c.csv", text), Row)
    assert rows == [
        Row(prompt="a fox, running", num_imgs=3, line=4),
        Row(prompt="a bear", num_imgs=2, colour="red, blue", line=6),
    ]


def test_a_quoted_cell_may_span_lines(tmp_path: Path) -> None:
    text = 'prompt,num_imgs\n"a fox\nin the snow",3\na bear,2\n'
    rows = load_csv(written(tmp_path, "c.csv", text), Row)
    assert [(row.prompt, row.line) for row in rows] == [("a fox\nin the snow", 2), ("a bear", 4)]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("prompt,number\na,1\n", 1, "unknown column 'number'; known: colour, num_imgs, prompt"),
        ("# note\nprompt\na\n", 2, "column 'num_imgs' is missing; found: prompt"),
        ("prompt,num_imgs\n", 1, "a header but no rows"),
        ("", 1, "the file is empty"),
        ("# only a comment\n", 1, "no header"),
        ("prompt,num_imgs\na,1\nb,0\n", 3, r"num_imgs: .*greater than or equal to 1 \(value: '0'\)"),
        ("prompt,num_imgs\na,many\n", 2, r"num_imgs: .*\(value: 'many'\)"),
        ("prompt,num_imgs\n\n\na\n", 4, "num_imgs: Field required"),
        ("prompt,num_imgs\na fox, running,3\n", 2, "3 values for 2 columns; quote"),
        ('prompt,num_imgs\na,1\n"b,2\nc,3\n', 3, "not valid CSV: .*a quote may be left open"),
        ("prompt,,num_imgs\na,x,3\n", 1, "column 2 has no name"),
        ("prompt,num_imgs,prompt\na,3,b\n", 1, "column 'prompt' appears twice"),
    ],
)
def test_a_bad_csv_file_is_refused_with_its_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    path = written(tmp_path, "c.csv", text)
    with pytest.raises(ConfigError, match=rf"c\.csv:{line}: .*{words}"):
        load_csv(path, Row)


def test_bad_rows_are_named_together_and_left_out_only_where_asked_to(tmp_path: Path) -> None:
    path = written(tmp_path, "c.csv", "prompt,num_imgs\na,0\nb,1\nc,2,3\nd,4\n")
    with pytest.raises(ConfigError, match=r"c\.csv:2: num_imgs: (.|\n)*c\.csv:4: 3 values for 2 columns"):
        load_csv(path, Row)
    skipped: list[str] = []
    assert [row.prompt for row in load_csv(path, Row, skipped)] == ["b", "d"]
    assert [message.split(": ")[0] for message in skipped] == [f"{path}:2", f"{path}:4"]


def test_a_file_of_bad_rows_or_with_a_bad_header_is_refused_in_any_case(tmp_path: Path) -> None:
    skipped: list[str] = []
    with pytest.raises(ConfigError, match=r"c\.csv:2: num_imgs"):
        load_csv(written(tmp_path, "c.csv", "prompt,num_imgs\na,0\n"), Row, skipped)
    with pytest.raises(ConfigError, match=r"c\.csv:1: unknown column"):
        load_csv(written(tmp_path, "c.csv", "prompt,number\na,1\nb,1\n"), Row, skipped)
    assert skipped == []


def test_parameters_are_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Blur().radius_px = 4  # pyright: ignore[reportAttributeAccessIssue]
