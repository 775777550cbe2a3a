"""Rows of classes.csv: both modes, and every impossible row refused with its line."""

from pathlib import Path

import pytest

from synth_assets.core.config import ConfigError
from synth_assets.core.scenes.classes import draw_objects, load_classes
from synth_assets.core.seeds import generator

HEADER = (
    "prompt,min_appear,max_appear,aspect_ratio_min,aspect_ratio_max,width_min,height_min,width_max,height_max,class\n"
)


def load(tmp_path: Path, rows: str, size_hw: tuple[int, int] = (100, 200), most: int = 4):
    path = tmp_path / "classes.csv"
    path.write_text(HEADER + rows)
    return load_classes(path, size_hw, most)


def test_both_modes(tmp_path: Path) -> None:
    first, second = load(tmp_path, "a fox,0,2,0.5,1.5,,,,,\na cow,1,1,,,10,20,30,40,cow,\n")
    assert (first.label, first.ratios, first.sizes_px) == ("a fox", (0.5, 1.5), None)
    assert (second.label, second.ratios, second.sizes_px, second.line) == ("cow", None, (10, 20, 30, 40), 3)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("x,3,2,1,1,,,,,", "min_appear 3 is more than max_appear 2"),
        ("x,0,1,2,1,,,,,", "aspect_ratio_min 2.0 is more than aspect_ratio_max 1.0"),
        ("x,0,1,,,30,20,10,40,", "width_min 30 is more than width_max 10"),
        ("x,0,1,,,10,50,10,40,", "height_min 50 is more than height_max 40"),
        ("x,0,1,1,,,,,,", "give either"),
        ("x,0,1,1,1,10,10,20,20,", "give either"),
        ("x,0,1,,,10,10,20,,", "give either"),
        ("x,0,1,0,1,,,,,", "aspect_ratio_min"),
        ("x,0,0,1,1,,,,,", "max_appear"),
        ("x,-1,1,1,1,,,,,", "min_appear"),
        ("x,0,1,,,10,10,201,20,", "width_max: 201 px does not fit in scenes of 200x100"),
        ("x,0,1,,,10,10,20,101,", "height_max: 101 px does not fit"),
        ("x,5,5,1,1,,,,,", "demand 5 objects"),
    ],
)
def test_impossible_rows_are_refused_with_line(tmp_path: Path, row: str, message: str) -> None:
    with pytest.raises(ConfigError, match=r"classes.csv:3: ") as caught:
        load(tmp_path, "ok,0,1,1,1,,,,,\n" + row + "\n")
    assert message in str(caught.value)


def test_impossible_rows_are_left_out_where_asked_to(tmp_path: Path) -> None:
    path = tmp_path / "classes.csv"
    path.write_text(
        HEADER + "big,0,1,,,10,10,201,20,\nfox,3,3,1,1,,,,,\ncow,2,2,1,1,,,,,\nhen,1,1,1,1,,,,,\nowl,0,0,1,1,,,,,\n"
    )
    skipped: list[str] = []
    rows = load_classes(path, (100, 200), 4, skipped)
    assert [row.label for row in rows] == ["fox", "hen"]  # without the cow the hen has room
    assert [message.split(": ")[0] for message in skipped] == [f"{path}:6", f"{path}:2", f"{path}:4"]
    path.write_text(HEADER + "big,0,1,,,10,10,201,20,\n")
    with pytest.raises(ConfigError, match="does not fit in scenes"):
        load_classes(path, (100, 200), 4, skipped)


def test_drawing_keeps_to_the_counts(tmp_path: Path) -> None:
    rows = load(tmp_path, "a,1,2,1,1,,,,,\nb,0,3,1,1,,,,,\nc,0,1,1,1,,,,,\n")
    totals = set()
    for seed in range(200):
        labels = [row.label for row in draw_objects(rows, generator(seed), 4)]
        totals.add(len(labels))
        assert 1 <= labels.count("a") <= 2
        assert labels.count("b") <= 3
        assert labels.count("c") <= 1
    assert totals == {1, 2, 3, 4}


@pytest.mark.parametrize("name", ["", "examples/forest_fires/", "examples/african_animals/"])
def test_shipped_classes_and_their_references(project_root: Path, name: str) -> None:
    from synth_assets.core.scenes.backgrounds import BackgroundParams
    from synth_assets.core.scenes.cutouts import CutoutParams, load_cutouts
    from synth_assets.core.scenes.inpainting import SceneParams

    path = project_root / f"configs/{name}classes.csv"
    rows = load_classes(path, BackgroundParams().size_hw, SceneParams().max_objects)
    cutouts = load_cutouts(path, rows, project_root, None, CutoutParams())
    assert set(cutouts) == {row.label for row in rows if row.references}
