"""Cutouts: patterns, trimming, photos through a segmenter, ids by content."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from synth_assets.core.config import ConfigError
from synth_assets.core.images import encode_jpeg, encode_png
from synth_assets.core.ports import RGB, Instance
from synth_assets.core.scenes.classes import ObjectClass
from synth_assets.core.scenes.cutouts import CutoutParams, find_references, load_cutouts

PARAMS = CutoutParams(min_side_px=8)


class DarkSegmenter:
    """Takes everything dark for one object."""

    name = "test:dark"

    def segment(self, images: Sequence[RGB]) -> list[list[Instance]]:
        return [[Instance(image.mean(axis=2) < 100, 1.0)] for image in images]


def rgba(height: int = 20, width: int = 30) -> np.ndarray:
    image = np.zeros((height + 10, width + 10, 4), np.uint8)
    image[4 : 4 + height, 6 : 6 + width] = (200, 100, 50, 255)
    return image


def row(references: str) -> ObjectClass:
    return ObjectClass(
        prompt="x", min_appear=0, max_appear=1, aspect_ratio_min=1, aspect_ratio_max=1, references=references, line=7
    )


def test_folder_file_glob_and_braces(tmp_path: Path) -> None:
    for name in ("deer.png", "goat_1.png", "goat_2.png", "fox.png", "notes.txt"):
        (tmp_path / name).write_bytes(encode_png(rgba()))
    names = lambda pattern: [path.name for path in find_references(tmp_path, pattern)]  # noqa: E731
    assert names(".") == ["deer.png", "fox.png", "goat_1.png", "goat_2.png"]
    assert names("fox.png") == ["fox.png"]
    assert names("{deer,goat}*") == ["deer.png", "goat_1.png", "goat_2.png"]
    assert names("nothing*") == []


def test_trimmed_to_alpha_and_named_by_content(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(encode_png(rgba()))
    (tmp_path / "b.png").write_bytes(encode_png(rgba()))
    (tmp_path / "c.png").write_bytes(encode_png(rgba(12, 14)))
    cutouts = load_cutouts(Path("c.csv"), [row("*.png")], tmp_path, None, PARAMS)["x"]
    assert [cutout.image.shape for cutout in cutouts] == [(20, 30, 4), (20, 30, 4), (12, 14, 4)]
    assert cutouts[0].id == cutouts[1].id != cutouts[2].id


def test_photos_are_segmented(tmp_path: Path) -> None:
    photo = np.full((40, 60, 3), 230, np.uint8)
    photo[10:30, 20:50] = 40
    (tmp_path / "a.jpg").write_bytes(encode_jpeg(photo))
    cutout = load_cutouts(Path("c.csv"), [row("a.jpg")], tmp_path, DarkSegmenter(), PARAMS)["x"][0]
    assert cutout.image.shape[:2] == pytest.approx((20, 30), abs=2)
    assert cutout.image[cutout.image.shape[0] // 2, 15, 3] == 255


@pytest.mark.parametrize("name", ["small.png", "photo.jpg", "missing.png"])
def test_nothing_usable_is_refused_with_line(tmp_path: Path, name: str) -> None:
    (tmp_path / "small.png").write_bytes(encode_png(rgba(4, 4)))
    (tmp_path / "photo.jpg").write_bytes(encode_jpeg(np.zeros((40, 40, 3), np.uint8)))
    with pytest.raises(ConfigError, match=r"c\.csv:7: references"):
        load_cutouts(Path("c.csv"), [row(name)], tmp_path, None, PARAMS)
