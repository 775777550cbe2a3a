"""Text to image with tiny models, saved to disk and loaded like real ones."""

from dataclasses import replace
from pathlib import Path
from shutil import copytree, rmtree

import numpy as np
import pytest

from resources.models.diffusion import DiffusersTextToImage, load_inpaint, load_text_to_image
from synth_assets_tests.resources.tiny_folders import TinyFolders
from synth_assets_tests.resources.tiny_requests import ROUNDING, difference, entry, wish


@pytest.fixture(scope="session", params=["sd15", "sdxl", "sd3", "flux-dev", "flux-schnell"])
def painter(request: pytest.FixtureRequest, folders: TinyFolders) -> DiffusersTextToImage:
    settings = entry(folders[request.param], batch_size=4)
    engine = load_text_to_image(settings, str(folders[request.param]), "cpu")
    assert isinstance(engine, DiffusersTextToImage)
    return engine


def test_pictures_have_the_sizes_asked_for_in_order_and_nothing_is_said(
    painter: DiffusersTextToImage, capfd: pytest.CaptureFixture[str]
) -> None:
    assert getattr(painter.pipeline, "safety_checker", None) is None
    sizes = [(64, 64), (33, 70), (64, 64)]
    images = painter.generate([wish(seed, size) for seed, size in enumerate(sizes)])
    assert [image.shape for image in images] == [(*size, 3) for size in sizes]
    assert all(image.dtype == np.uint8 and image.std() > 1 for image in images)
    assert capfd.readouterr() == ("", "")


def test_a_seed_alone_decides_a_picture(painter: DiffusersTextToImage) -> None:
    requests = [wish(1), wish(2), wish(3, negative="")]
    alone = [painter.generate([request])[0] for request in requests]
    mixed = painter.generate([requests[2], wish(9, (48, 64)), *requests[:2], wish(5, negative="")])
    for index, other in enumerate((2, 3, 0)):
        assert difference(alone[index], mixed[other]) <= ROUNDING
    assert difference(alone[0], alone[1]) > 10 * ROUNDING


def test_the_entry_gives_the_negative_prompt_that_a_request_lacks(folders: TinyFolders) -> None:
    path = str(folders["sd15"])
    plain = load_text_to_image(entry(folders["sd15"]), path, "cpu")
    avoiding = load_text_to_image(entry(folders["sd15"], negative_prompt="cartoon"), path, "cpu")
    assert np.array_equal(plain.generate([wish(1)])[0], avoiding.generate([wish(1, negative="")])[0])
    assert not np.array_equal(plain.generate([wish(1, negative="")])[0], plain.generate([wish(1)])[0])


def test_nothing_to_do_is_nothing_done(folders: TinyFolders) -> None:
    path = str(folders["sd15"])
    assert load_text_to_image(entry(folders["sd15"]), path, "cpu").generate([]) == []
    assert load_inpaint(entry(folders["sd15"]), path, "cpu").inpaint([]) == []


def test_a_resolution_of_the_entry_sets_the_size_pictures_are_made_at(folders: TinyFolders) -> None:
    engine = load_text_to_image(entry(folders["sd15"], resolution_px=64), str(folders["sd15"]), "cpu")
    native = engine.generate([wish(1, (64, 64))])[0]
    larger = engine.generate([wish(1, (128, 128))])[0]
    assert larger.shape == (128, 128, 3)
    assert difference(larger.reshape(64, 2, 64, 2, 3).mean(axis=(1, 3)).astype(np.uint8), native) < 64


def test_pickled_weights_are_refused_unless_allowed(folders: TinyFolders) -> None:
    folder = folders["sd15-pickled"]
    with pytest.raises(OSError, match="pickled weights are refused"):
        load_text_to_image(entry(folder), str(folder), "cpu")
    with pytest.raises(OSError, match="pickled weights are refused"):
        load_inpaint(entry(folder), str(folder), "cpu")
    allowed = load_text_to_image(entry(folder, allow_pickle=True), str(folder), "cpu")
    assert allowed.generate([wish(1)])[0].shape == (64, 64, 3)


def test_a_safety_checker_is_neither_fetched_nor_missed(folders: TinyFolders, tmp_path: Path) -> None:
    folder = copytree(folders["sd15"], tmp_path / "sd15")
    rmtree(folder / "safety_checker")  # as after a fetch, see ModelEntry.wanted_files
    engine = load_text_to_image(entry(folder), str(folder), "cpu")
    assert engine.generate([wish(1)])[0].std() > 1


def test_a_folder_that_is_no_pipeline_is_named(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"file:empty: cannot be loaded from .*model_index\.json"):
        load_text_to_image(entry(tmp_path / "empty"), str(tmp_path), "cpu")


def test_few_step_models_get_trailing_timesteps(folders: TinyFolders) -> None:
    for name in ("sd15", "sdxl"):
        turbo = load_text_to_image(entry(folders[name], guidance=0), str(folders[name]), "cpu")
        assert isinstance(turbo, DiffusersTextToImage)
        assert turbo.pipeline.scheduler.config.timestep_spacing == "trailing"
        assert turbo.generate([wish(1)])[0].std() > 1
    usual = load_text_to_image(entry(folders["sd15"]), str(folders["sd15"]), "cpu")
    assert isinstance(usual, DiffusersTextToImage)
    assert usual.pipeline.scheduler.config.timestep_spacing == "leading"


def test_the_name_tells_settings_apart(folders: TinyFolders) -> None:
    names = {load_inpaint(entry(folders["sd15"], steps=n), str(folders["sd15"]), "cpu").name for n in (1, 2)}
    assert len(names) == 2
    assert all(name.startswith("file:sd15") for name in names)


def test_wished_guidance_counts_only_where_the_model_leaves_it_open(folders: TinyFolders) -> None:
    folder = folders["sd15"]
    open_, fixed = (load_text_to_image(entry(folder, guidance=value), str(folder), "cpu") for value in (None, 3.0))
    plain, wished = wish(1), replace(wish(1), guidance=9.0)
    both = open_.generate([plain, wished])
    assert np.abs(both[0].astype(int) - both[1]).max() > 0
    assert np.abs(both[1].astype(int) - open_.generate([wished])[0]).max() <= 3
    np.testing.assert_array_equal(fixed.generate([plain])[0], fixed.generate([wished])[0])


@pytest.mark.parametrize("name", ["flux-dev", "flux-schnell"])
def test_flux_knows_no_negative_prompt(name: str, folders: TinyFolders) -> None:
    engine = load_text_to_image(entry(folders[name], negative_prompt="render"), str(folders[name]), "cpu")
    images = engine.generate([wish(1, negative=text) for text in ("cartoon", "", "a red fox")])
    assert max(difference(images[0], image) for image in images) <= ROUNDING


def test_guidance_reaches_the_model_that_is_told_its_guidance(folders: TinyFolders) -> None:
    def moved(name: str) -> int:
        low, high = (
            load_text_to_image(entry(folders[name], guidance=value), str(folders[name]), "cpu").generate([wish(1)])[0]
            for value in (1.0, 30.0)
        )
        return difference(low, high)

    assert moved("flux-schnell") <= ROUNDING < moved("flux-dev")
