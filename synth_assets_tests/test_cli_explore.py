"""``synth explore`` on a small folder with a sub-folder a class."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from resources.sources.credits import FileCredit, append_credit
from resources.sources.picture_folder import pictures_in
from synth_assets.cli_explore import explore_app


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two hotels of 2 and 1 pictures, one lying on its side, and a broken file."""
    root = tmp_path / "hotels"
    for name, size in (("a/1.jpg", (40, 30)), ("a/2.jpg", (30, 40)), ("b/1.png", (20, 20))):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        exif = Image.Exif()
        exif[0x0112] = 6 if name == "a/2.jpg" else 1
        Image.fromarray(np.zeros((size[1], size[0], 3), np.uint8)).save(root / name, exif=exif)
    (root / "b" / "broken.jpg").write_bytes(b"no picture")
    (root / "notes.txt").write_text("not a picture")
    append_credit(root / "a", FileCredit(file="1.jpg", licence="CC0-1.0", attribution="me"))
    return root


def test_rows_are_upright_have_their_folder_as_class_and_say_what_is_broken(folder: Path) -> None:
    rows = pictures_in(folder).records
    assert [(row.source, row.width, row.height, row.status) for row in rows] == [
        ("a/1.jpg", 40, 30, "ok"),
        ("a/2.jpg", 40, 30, "ok"),
        ("b/1.png", 20, 20, "ok"),
        ("b/broken.jpg", 0, 0, "failed"),
    ]
    assert [row.extra["class"] for row in rows] == ["a", "a", "b", "b"]
    assert (rows[0].licence, rows[0].attribution, rows[1].licence) == ("CC0-1.0", "me", "")
    assert rows[3].reason == "not a readable picture (unknown or damaged format)"


def test_the_command_prints_facts_and_writes_page_and_table(folder: Path, tmp_path: Path) -> None:
    page, table = tmp_path / "out" / "exploration.html", tmp_path / "out" / "pictures.csv"
    done = CliRunner().invoke(explore_app, [str(folder), "--export", str(page), "--export", str(table)])
    assert done.exit_code == 0, done.output
    assert "landscape 2, square 1" in done.output
    assert "refused: 1 × not a readable picture" in done.output
    assert "<h1>Pictures of hotels</h1>" in page.read_text()
    assert len(table.read_text().splitlines()) == 5


def test_a_missing_folder_an_empty_one_and_another_form_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nosuch is not a folder"):
        pictures_in(tmp_path / "nosuch")
    with pytest.raises(ValueError, match="no picture in it"):
        pictures_in(tmp_path)
    done = CliRunner().invoke(explore_app, [str(tmp_path), "--export", "x.txt"])
    assert isinstance(done.exception, ValueError)
    assert "use .html or .csv" in str(done.exception)
