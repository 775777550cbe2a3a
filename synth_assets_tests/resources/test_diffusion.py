"""Diffusion engines with tiny models, saved to disk and loaded like real ones."""

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from shutil import copytree, rmtree
from typing import Any

import numpy as np
import pytest
import torch

from resources.models.diffusion import (
    DiffusersInpainter,
    DiffusersTextToImage,
    load_inpaint,
    load_text_to_image,
    model_size_hw,
    resize_mask,
)
from resources.models.entries import ModelEntry, ModelsConfig, ModelSet
from resources.models.registry import ModelRegistry
from synth_assets.core.masks import box_mask
from synth_assets.core.ports import DeviceMemoryError, InpaintRequest, TextToImageRequest
from synth_assets_tests.resources import tiny_pipelines

ROUNDING = 3
"""uint8 steps by which a picture may change with the size of its batch."""


def entry(folder: Path, **settings: Any) -> ModelEntry:
    return ModelEntry(ref=f"file:{folder.name}", licence="Apache-2.0", **{"steps": 2, **settings})


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("pipelines")
    return {
        "sd15": tiny_pipelines.save_sd15(root / "sd15"),
        "sd15-9": tiny_pipelines.save_sd15(root / "sd15-9", in_channels=9),
        "sd15-pickled": tiny_pipelines.save_sd15(root / "sd15-pickled", safe=False),
        "sdxl": tiny_pipelines.save_sdxl(root / "sdxl"),
        "sdxl-9": tiny_pipelines.save_sdxl(root / "sdxl-9", in_channels=9),
        "sd3": tiny_pipelines.save_sd3(root / "sd3"),
        "flux-dev": tiny_pipelines.save_flux(root / "flux-dev"),
        "flux-schnell": tiny_pipelines.save_flux(root / "flux-schnell", guided=False),
        "flux-fill": tiny_pipelines.save_flux(root / "flux-fill", fill=True),
    }


@pytest.fixture(scope="session", params=["sd15", "sdxl", "sd3", "flux-dev", "flux-schnell"])
def painter(request: pytest.FixtureRequest, folders: dict[str, Path]) -> DiffusersTextToImage:
    settings = entry(folders[request.param], batch_size=4)
    engine = load_text_to_image(settings, str(folders[request.param]), "cpu")
    assert isinstance(engine, DiffusersTextToImage)
    return engine


@pytest.fixture(scope="session", params=["sd15", "sd15-9", "sdxl", "sdxl-9", "sd3", "flux-dev", "flux-fill"])
def inpainter(request: pytest.FixtureRequest, folders: dict[str, Path]) -> DiffusersInpainter:
    settings = entry(folders[request.param], steps=4, strength=0.5, resolution_px=64, batch_size=4)
    engine = load_inpaint(settings, str(folders[request.param]), "cpu")
    assert isinstance(engine, DiffusersInpainter)
    return engine


def wish(seed: int, size_hw: tuple[int, int] = (64, 64), negative: str = "cartoon") -> TextToImageRequest:
    return TextToImageRequest("a red fox", negative, seed, size_hw)


def hole(seed: int, size_hw: tuple[int, int] = (64, 64)) -> InpaintRequest:
    image = np.random.default_rng(7).integers(0, 256, (*size_hw, 3), dtype=np.uint8)
    box = (size_hw[1] // 4, size_hw[0] // 4, size_hw[1] // 2, size_hw[0] // 2)
    mask = box_mask(box, size_hw).astype(np.float32)
    return InpaintRequest(image, box, mask, "an elephant", "cartoon", seed)


def difference(a: np.ndarray, b: np.ndarray) -> int:
    assert a.shape == b.shape
    return int(np.abs(a.astype(int) - b.astype(int)).max())


def test_pictures_have_the_sizes_asked_for_in_order(painter: DiffusersTextToImage) -> None:
    sizes = [(64, 64), (50, 70), (64, 64), (33, 41)]
    images = painter.generate([wish(seed, size) for seed, size in enumerate(sizes)])
    assert [image.shape for image in images] == [(*size, 3) for size in sizes]
    assert all(image.dtype == np.uint8 and image.std() > 1 for image in images)


def test_a_seed_alone_decides_a_picture(painter: DiffusersTextToImage) -> None:
    alone = [painter.generate([wish(seed)])[0] for seed in (1, 2, 3)]
    together = painter.generate([wish(seed) for seed in (1, 2, 3)])
    mixed = painter.generate([wish(3), wish(9, (48, 64)), wish(1), wish(5, negative=""), wish(2)])
    for index, other in enumerate((2, 4, 0)):
        assert difference(alone[index], together[index]) <= ROUNDING
        assert difference(alone[index], mixed[other]) <= ROUNDING
    assert difference(alone[0], alone[1]) > 10 * ROUNDING


def test_an_empty_negative_prompt_does_not_depend_on_neighbours(painter: DiffusersTextToImage) -> None:
    alone = painter.generate([wish(4, negative="")])[0]
    beside = painter.generate([wish(1), wish(4, negative="")])[1]
    assert difference(alone, beside) <= ROUNDING


def test_the_entry_gives_the_negative_prompt_that_a_request_lacks(folders: dict[str, Path]) -> None:
    path = str(folders["sd15"])
    plain = load_text_to_image(entry(folders["sd15"]), path, "cpu")
    avoiding = load_text_to_image(entry(folders["sd15"], negative_prompt="cartoon"), path, "cpu")
    assert np.array_equal(plain.generate([wish(1)])[0], avoiding.generate([wish(1, negative="")])[0])
    assert not np.array_equal(plain.generate([wish(1, negative="")])[0], plain.generate([wish(1)])[0])


def test_nothing_to_do_is_nothing_done(folders: dict[str, Path]) -> None:
    path = str(folders["sd15"])
    assert load_text_to_image(entry(folders["sd15"]), path, "cpu").generate([]) == []
    assert load_inpaint(entry(folders["sd15"]), path, "cpu").inpaint([]) == []


def test_crops_of_any_size_come_back_in_their_size_and_order(inpainter: DiffusersInpainter) -> None:
    sizes = [(64, 64), (37, 90), (120, 110), (64, 64)]
    results = inpainter.inpaint([hole(seed, size) for seed, size in enumerate(sizes)])
    assert [result.image.shape for result in results] == [(*size, 3) for size in sizes]
    assert all(result.image.dtype == np.uint8 for result in results)
    assert all(result.object_mask is None and result.touched is None for result in results)


def test_a_seed_alone_decides_an_inpainting(inpainter: DiffusersInpainter) -> None:
    alone = [inpainter.inpaint([hole(seed)])[0].image for seed in (1, 2, 3)]
    mixed = inpainter.inpaint([hole(3), hole(5, (40, 80)), hole(1), hole(2)])
    for index, other in enumerate((2, 3, 0)):
        assert difference(alone[index], mixed[other].image) <= ROUNDING
    assert difference(alone[0], alone[1]) > ROUNDING


def test_inpainting_looks_at_picture_and_mask(inpainter: DiffusersInpainter) -> None:
    request = hole(1)
    whole = InpaintRequest(request.image, request.box, np.ones_like(request.mask), request.prompt, "cartoon", 1)
    dark = InpaintRequest(request.image * 0, request.box, request.mask, request.prompt, "cartoon", 1)
    results = inpainter.inpaint([request, whole, dark])
    assert difference(results[0].image, results[1].image) > ROUNDING
    assert difference(results[0].image, results[2].image) > ROUNDING


@pytest.mark.parametrize(("name", "side_px"), [("sd15", 64), ("sd3", 64), ("flux-dev", 1024)])
def test_inpainting_works_at_the_models_resolution(name: str, side_px: int, folders: dict[str, Path]) -> None:
    own = load_inpaint(entry(folders[name]), str(folders[name]), "cpu")
    chosen = load_inpaint(entry(folders[name], resolution_px=96), str(folders[name]), "cpu")
    assert own.resolution_px == side_px
    assert chosen.resolution_px == 96
    assert chosen.inpaint([hole(1)])[0].image.shape == (64, 64, 3)


def test_a_soft_mask_reaches_the_model_soft(inpainter: DiffusersInpainter) -> None:
    """A ramp and the same ramp rounded to 0 and 1 paint different pictures: nothing on the way rounds it."""
    ramp = np.repeat(np.linspace(0, 1, 64, dtype=np.float32)[None], 64, axis=0)
    soft, hard = (replace(hole(1), mask=mask) for mask in (ramp, np.rint(ramp)))
    made = inpainter.inpaint([soft, hard])
    assert difference(made[0].image, made[1].image) > ROUNDING
    seen = inpainter.pipeline.mask_processor.preprocess(torch.from_numpy(ramp)[None, None], height=64, width=64)
    assert torch.equal(seen[0, 0], torch.from_numpy(ramp))


@pytest.mark.parametrize("name", ["sd15", "sdxl", "sd3", "flux-dev"])
def test_plain_models_keep_what_the_mask_spares_in_proportion(name: str, folders: dict[str, Path]) -> None:
    """Blended by a mask of 0, 1/2 and 1, latents move not at all, a little, most."""
    settings = entry(folders[name], steps=4, strength=1.0, resolution_px=64)
    engine = load_inpaint(settings, str(folders[name]), "cpu")
    masks = [np.full((64, 64), value, np.float32) for value in (0.0, 0.5, 1.0)]
    none, half, whole = engine.inpaint([replace(hole(1), mask=mask) for mask in masks])
    moved = [np.abs(none.image.astype(float) - made.image).mean() for made in (half, whole)]
    assert 0 < moved[0] < moved[1]


def test_a_mask_is_scaled_by_area() -> None:
    half_covered = np.zeros((20, 20), np.float32)
    half_covered[:, :7] = 1
    assert resize_mask(half_covered, (10, 10))[0].tolist() == [1, 1, 1, 0.5, 0, 0, 0, 0, 0, 0]
    enlarged = resize_mask(half_covered, (64, 64))
    assert enlarged.dtype == np.float32
    assert enlarged.min() == 0
    assert enlarged.max() == 1


@pytest.mark.parametrize(
    ("size_hw", "resolution_px", "step_px", "expected"),
    [
        ((64, 64), None, 8, (64, 64)),
        ((65, 127), None, 8, (72, 128)),
        ((65, 127), None, 16, (80, 128)),
        ((300, 500), 512, 8, (400, 664)),
        ((10, 10), 512, 8, (512, 512)),
        ((1, 4000), 64, 8, (8, 4048)),
    ],
)
def test_model_size(
    size_hw: tuple[int, int], resolution_px: int | None, step_px: int, expected: tuple[int, int]
) -> None:
    assert model_size_hw(size_hw, resolution_px, step_px) == expected


def test_a_resolution_of_the_entry_sets_the_size_pictures_are_made_at(folders: dict[str, Path]) -> None:
    engine = load_text_to_image(entry(folders["sd15"], resolution_px=64), str(folders["sd15"]), "cpu")
    native = engine.generate([wish(1, (64, 64))])[0]
    larger = engine.generate([wish(1, (128, 128))])[0]
    assert larger.shape == (128, 128, 3)
    assert difference(larger.reshape(64, 2, 64, 2, 3).mean(axis=(1, 3)).astype(np.uint8), native) < 64


def test_pickled_weights_are_refused_unless_allowed(folders: dict[str, Path]) -> None:
    folder = folders["sd15-pickled"]
    with pytest.raises(OSError, match="pickled weights are refused"):
        load_text_to_image(entry(folder), str(folder), "cpu")
    with pytest.raises(OSError, match="pickled weights are refused"):
        load_inpaint(entry(folder), str(folder), "cpu")
    allowed = load_text_to_image(entry(folder, allow_pickle=True), str(folder), "cpu")
    assert allowed.generate([wish(1)])[0].shape == (64, 64, 3)


def test_a_safety_checker_is_neither_fetched_nor_missed(folders: dict[str, Path], tmp_path: Path) -> None:
    folder = copytree(folders["sd15"], tmp_path / "sd15")
    rmtree(folder / "safety_checker")  # as after a fetch, see ModelEntry.wanted_files
    engine = load_text_to_image(entry(folder), str(folder), "cpu")
    assert engine.generate([wish(1)])[0].std() > 1


def test_a_folder_that_is_no_pipeline_is_named(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"file:empty: cannot be loaded from .*model_index\.json"):
        load_text_to_image(entry(tmp_path / "empty"), str(tmp_path), "cpu")


def test_making_pictures_says_nothing(painter: DiffusersTextToImage, capfd: pytest.CaptureFixture[str]) -> None:
    assert getattr(painter.pipeline, "safety_checker", None) is None
    painter.generate([wish(1)])
    assert capfd.readouterr() == ("", "")


def test_inpainting_says_nothing(inpainter: DiffusersInpainter, capfd: pytest.CaptureFixture[str]) -> None:
    assert getattr(inpainter.pipeline, "safety_checker", None) is None
    inpainter.inpaint([hole(1)])
    assert capfd.readouterr() == ("", "")


def test_few_step_models_get_trailing_timesteps(folders: dict[str, Path]) -> None:
    for name in ("sd15", "sdxl"):
        turbo = load_text_to_image(entry(folders[name], guidance=0), str(folders[name]), "cpu")
        assert isinstance(turbo, DiffusersTextToImage)
        assert turbo.pipeline.scheduler.config.timestep_spacing == "trailing"
        assert turbo.generate([wish(1)])[0].std() > 1
    usual = load_text_to_image(entry(folders["sd15"]), str(folders["sd15"]), "cpu")
    assert isinstance(usual, DiffusersTextToImage)
    assert usual.pipeline.scheduler.config.timestep_spacing == "leading"


def test_a_strength_that_leaves_no_step_is_refused(folders: dict[str, Path]) -> None:
    with pytest.raises(ValueError, match=r"1 steps at strength 0\.5 leave no step"):
        load_inpaint(entry(folders["sd15"], steps=1, strength=0.5), str(folders["sd15"]), "cpu")


def test_the_name_tells_settings_apart(folders: dict[str, Path]) -> None:
    names = {load_inpaint(entry(folders["sd15"], steps=n), str(folders["sd15"]), "cpu").name for n in (1, 2)}
    assert len(names) == 2
    assert all(name.startswith("file:sd15") for name in names)


@contextmanager
def device_for(module: torch.nn.Module, most: int) -> Generator[list[int]]:
    """A device on which a module runs on at most so many pictures; gives the sizes it ran on."""
    ran: list[int] = []

    def run(_module: torch.nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        size = len(kwargs["encoder_hidden_states"])
        if size > most:
            raise torch.OutOfMemoryError("CUDA out of memory")
        ran.append(size)

    hook = module.register_forward_pre_hook(run, with_kwargs=True)
    try:
        yield ran
    finally:
        hook.remove()


def test_out_of_memory_halves_the_batch_and_makes_nothing_twice(folders: dict[str, Path]) -> None:
    folder = folders["flux-schnell"]
    engine = load_text_to_image(entry(folder, batch_size=5, resolution_px=64), str(folder), "cpu")
    assert isinstance(engine, DiffusersTextToImage)
    expected = engine.generate([wish(seed) for seed in range(6)])
    with device_for(engine.pipeline.transformer, most=2) as ran:
        images = engine.generate([wish(seed) for seed in range(6)])
        assert ran == [2, 2] * 3  # two steps of each chunk, none that is thrown away
        assert max(difference(a, b) for a, b in zip(images, expected, strict=True)) <= ROUNDING
        ran.clear()
        engine.generate([wish(seed) for seed in range(4)])
        assert ran == [2, 2] * 2  # 5 and 4 are not tried again


def test_one_picture_that_does_not_fit_is_an_error(folders: dict[str, Path]) -> None:
    folder = folders["sd15"]
    engine = load_inpaint(entry(folder, steps=2, batch_size=4), str(folder), "cpu")
    assert isinstance(engine, DiffusersInpainter)
    with (
        device_for(engine.pipeline.unet, most=1) as ran,  # one picture is two, for guidance
        pytest.raises(DeviceMemoryError, match=r"file:sd15.*: 1 at once do not fit") as caught,
    ):
        engine.inpaint([hole(seed) for seed in range(4)])
    assert ran == []
    assert isinstance(caught.value.__cause__, torch.OutOfMemoryError)


def test_pictures_that_overflowed_are_an_error(folders: dict[str, Path]) -> None:
    engine = load_text_to_image(entry(folders["sd15"]), str(folders["sd15"]), "cpu")
    assert isinstance(engine, DiffusersTextToImage)
    engine.pipeline.vae.decoder.conv_out.bias.data.fill_(float("nan"))
    with pytest.raises(FloatingPointError, match=r"file:sd15.*float32"):
        engine.generate([wish(1)])


def test_wished_guidance_counts_only_where_the_model_leaves_it_open(folders: dict[str, Path]) -> None:
    folder = folders["sd15"]
    open_, fixed = (load_text_to_image(entry(folder, guidance=value), str(folder), "cpu") for value in (None, 3.0))
    plain, wished = wish(1), replace(wish(1), guidance=9.0)
    both = open_.generate([plain, wished])
    assert np.abs(both[0].astype(int) - both[1]).max() > 0
    assert np.abs(both[1].astype(int) - open_.generate([wished])[0]).max() <= 3
    np.testing.assert_array_equal(fixed.generate([plain])[0], fixed.generate([wished])[0])


@pytest.mark.parametrize("name", ["flux-dev", "flux-schnell"])
def test_flux_knows_no_negative_prompt(name: str, folders: dict[str, Path]) -> None:
    engine = load_text_to_image(entry(folders[name], negative_prompt="render"), str(folders[name]), "cpu")
    images = engine.generate([wish(1, negative=text) for text in ("cartoon", "", "a red fox")])
    assert max(difference(images[0], image) for image in images) <= ROUNDING


def test_guidance_reaches_the_model_that_is_told_its_guidance(folders: dict[str, Path]) -> None:
    def moved(name: str) -> int:
        low, high = (
            load_text_to_image(entry(folders[name], guidance=value), str(folders[name]), "cpu").generate([wish(1)])[0]
            for value in (1.0, 30.0)
        )
        return difference(low, high)

    assert moved("flux-schnell") <= ROUNDING < moved("flux-dev")


def test_threads_share_a_pipeline_without_harm(
    folders: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scheduler counts its steps: two callers at once would count each other's."""
    monkeypatch.setenv("SYNTH_DEVICE", "cpu")
    chosen = ModelEntry(ref=f"file:{folders['sdxl']}", licence="x", steps=3, resolution_px=64)
    config = ModelsConfig(sets={"tiny": ModelSet(memory_mb=100, roles={"text_to_image": chosen})})
    engine = ModelRegistry(config, "tiny", tmp_path, root=tmp_path).text_to_image()
    expected = [engine.generate([wish(seed)])[0] for seed in range(4)]
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda seed: engine.generate([wish(seed)])[0], range(4)))
    assert max(difference(a, b) for a, b in zip(made, expected, strict=True)) <= ROUNDING
