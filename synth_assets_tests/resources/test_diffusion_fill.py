"""Filling by diffusion with tiny pipelines, saved to disk and loaded like real ones."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from resources.models import diffusion_fill
from resources.models.diffusion_fill import DiffusionFiller, load_diffusion_filler
from synth_assets.core.masks import box_mask
from synth_assets_tests.resources.tiny_folders import TinyFolders
from synth_assets_tests.resources.tiny_onnx import entry
from synth_assets_tests.resources.tiny_requests import ROUNDING, difference

HOLE = box_mask((30, 20, 60, 50), (80, 120))
IMAGE = np.random.default_rng(5).integers(60, 200, (80, 120, 3), np.uint8)


def _filler(folder: Path, **settings: Any) -> DiffusionFiller:
    usual = {"steps": 2, "resolution_px": 64}
    return load_diffusion_filler(entry(folder, "diffusers-fill", **{**usual, **settings}), str(folder), "cpu")


@pytest.mark.parametrize("name", ["sd15", "sd15-9"])
def test_only_the_hole_changes_and_the_same_is_made_again(name: str, folders: TinyFolders) -> None:
    engine = _filler(folders[name])
    before = IMAGE.copy()
    first, second = engine.fill([IMAGE, np.rot90(IMAGE, 2).copy()], [HOLE, np.rot90(HOLE, 2)])
    assert np.array_equal(IMAGE, before)
    assert np.array_equal(first[~HOLE], IMAGE[~HOLE])
    assert (first[HOLE] != IMAGE[HOLE]).mean() > 0.9
    assert np.array_equal(engine.fill([IMAGE], [HOLE])[0], first)
    assert not np.array_equal(np.rot90(second, 2), first)


def test_what_the_hole_held_is_gone_even_below_full_strength(folders: TinyFolders) -> None:
    """Seeds come from the content, so both are given the seed of one."""
    engine = _filler(folders["sd15"], steps=4, strength=0.5)
    other = IMAGE.copy()
    other[HOLE] = 255
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(diffusion_fill, "_seed", lambda *_: 7)
        first, second = engine.fill([IMAGE], [HOLE])[0], engine.fill([other], [HOLE])[0]
    assert np.array_equal(first, second)


def test_seeds_come_from_the_picture(folders: TinyFolders) -> None:
    engine = _filler(folders["sd15"])
    other = IMAGE.copy()
    other[5, 45, 0] ^= 1
    first, second = engine.fill([IMAGE, other], [HOLE, HOLE])
    assert difference(first[HOLE], second[HOLE]) > 4 * ROUNDING  # one value of one pixel alone moves next to nothing


def test_words_are_the_entrys_or_of_an_empty_scene(folders: TinyFolders) -> None:
    plain, told = _filler(folders["sd15"]), _filler(folders["sd15"], prompt="grass", negative_prompt="fox")
    assert (plain.prompt, plain.negative_prompt) == (diffusion_fill.PROMPT, diffusion_fill.NEGATIVE_PROMPT)
    assert (told.prompt, told.negative_prompt) == ("grass", "fox")
    assert plain.name != told.name
    assert not np.array_equal(plain.fill([IMAGE], [HOLE])[0], told.fill([IMAGE], [HOLE])[0])
