"""The page, the plots and the table of an exploration."""

from pathlib import Path

import numpy as np
from upath import UPath

from synth_assets.core.exploration.page import PAGE, exploration_csv, exploration_files
from synth_assets.core.images import encode_png, image_size
from synth_assets.core.records import ImageRecord, ImageSet


def _rows(classes: int) -> tuple[ImageRecord, ...]:
    return tuple(
        ImageRecord(path=f"{n}.png", width=40 + n, height=30, licence="<MIT>", extra={"mode": "RGB", "class": f"c{n}"})
        for n in range(classes)
    )


def test_the_page_is_self_contained_and_shows_pictures_and_plots(tmp_path: Path) -> None:
    (tmp_path / "0.png").write_bytes(encode_png(np.zeros((30, 40, 3), np.uint8)))
    images = ImageSet(UPath(tmp_path), _rows(3))
    files = exploration_files(images, "My <set>")
    assert set(files) == {PAGE, "plots/class_balance.png", "plots/sizes.png"}
    page = files[PAGE].decode()
    assert "<h1>My &lt;set&gt;</h1>" in page
    assert "&lt;MIT&gt;" in page
    assert "http" not in page
    assert page.count('src="data:image/') == page.count("src=") == 3
    assert exploration_files(images, "My <set>") == files


def test_many_classes_become_a_histogram_of_bounded_height_and_nothing_is_no_trouble() -> None:
    many = exploration_files(ImageSet(UPath("/nowhere"), _rows(300)), "many")
    assert image_size(many["plots/class_balance.png"], "plot")[0] < 600
    assert "and 240 more" in many[PAGE].decode()
    assert PAGE in exploration_files(ImageSet(UPath("/nowhere"), ()), "none")


def test_the_table_has_a_line_a_picture() -> None:
    refused = ImageRecord(source="b.png", status="failed", reason="empty")
    lines = exploration_csv(ImageSet(UPath("/nowhere"), (*_rows(1), refused))).decode().splitlines()
    assert lines == [
        "path,class,width,height,orientation,mode,licence,status,reason",
        "0.png,c0,40,30,landscape,RGB,<MIT>,ok,",
        "b.png,,0,0,,,,failed,empty",
    ]
