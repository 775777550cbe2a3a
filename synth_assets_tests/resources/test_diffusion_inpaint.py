"""Inpainting with tiny models, saved to disk and loaded like real ones."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from resources.models.diffusion import DiffusersInpainter, load_inpaint, resize_mask
from resources.models.diffusion_loading import native_resolution_px
from synth_assets.core.ports import InpaintRequest
from synth_assets_tests.resources.tiny_folders import TinyFolders
from synth_assets_tests.resources.tiny_requests import ROUNDING, difference, entry, hole


@pytest.fixture(scope="session", params=["sd15", "sd15-9", "sdxl", "sdxl-9", "sd3", "flux-dev", "flux-fill"])
def inpainter(request: pytest.FixtureRequest, folders: TinyFolders) -> DiffusersInpainter:
    settings = entry(folders[request.param], steps=4, strength=0.5, resolution_px=64, batch_size=4)
    engine = load_inpaint(settings, str(folders[request.param]), "cpu")
    assert isinstance(engine, DiffusersInpainter)
    return engine


def test_crops_of_any_size_come_back_in_their_size_and_order_and_nothing_is_said(
    inpainter: DiffusersInpainter, capfd: pytest.CaptureFixture[str]
) -> None:
    assert getattr(inpainter.pipeline, "safety_checker", None) is None
    sizes = [(64, 64), (37, 90), (64, 64)]
    results = inpainter.inpaint([hole(seed, size) for seed, size in enumerate(sizes)])
    assert [result.image.shape for result in results] == [(*size, 3) for size in sizes]
    assert all(result.image.dtype == np.uint8 for result in results)
    assert all(result.object_mask is None and result.touched is None for result in results)
    assert capfd.readouterr() == ("", "")


def test_a_seed_alone_decides_an_inpainting(inpainter: DiffusersInpainter) -> None:
    alone = [inpainter.inpaint([hole(seed)])[0].image for seed in (1, 2)]
    mixed = inpainter.inpaint([hole(3), hole(5, (40, 80)), hole(1), hole(2)])
    for index, other in enumerate((2, 3)):
        assert difference(alone[index], mixed[other].image) <= ROUNDING
    assert difference(alone[0], alone[1]) > ROUNDING


def test_inpainting_looks_at_picture_and_mask(inpainter: DiffusersInpainter) -> None:
    request = hole(1)
    whole = InpaintRequest(request.image, request.box, np.ones_like(request.mask), request.prompt, "cartoon", 1)
    dark = InpaintRequest(request.image * 0, request.box, request.mask, request.prompt, "cartoon", 1)
    results = inpainter.inpaint([request, whole, dark])
    assert difference(results[0].image, results[1].image) > ROUNDING
    assert difference(results[0].image, results[2].image) > ROUNDING


def test_inpainting_works_at_the_models_resolution(folders: TinyFolders) -> None:
    own = load_inpaint(entry(folders["sd15"]), str(folders["sd15"]), "cpu")
    chosen = load_inpaint(entry(folders["sd15"], resolution_px=96), str(folders["sd15"]), "cpu")
    assert (own.resolution_px, chosen.resolution_px) == (64, 96)
    assert chosen.inpaint([hole(1)])[0].image.shape == (64, 64, 3)


def test_a_models_own_resolution_is_that_of_its_family(inpainter: DiffusersInpainter) -> None:
    is_flux = inpainter.entry.ref.startswith("file:flux")  # its transformer does not say
    assert native_resolution_px(inpainter.pipeline) == (1024 if is_flux else 64)


def test_a_soft_mask_reaches_the_model_soft(inpainter: DiffusersInpainter) -> None:
    """A ramp and the same ramp rounded to 0 and 1 paint different pictures: nothing on the way rounds it."""
    ramp = np.repeat(np.linspace(0, 1, 64, dtype=np.float32)[None], 64, axis=0)
    soft, hard = (replace(hole(1), mask=mask) for mask in (ramp, np.rint(ramp)))
    made = inpainter.inpaint([soft, hard])
    assert difference(made[0].image, made[1].image) > ROUNDING
    seen = inpainter.pipeline.mask_processor.preprocess(torch.from_numpy(ramp)[None, None], height=64, width=64)
    assert torch.equal(seen[0, 0], torch.from_numpy(ramp))


@pytest.mark.parametrize("name", ["sd15", "sdxl", "sd3", "flux-dev"])
def test_plain_models_keep_what_the_mask_spares_in_proportion(name: str, folders: TinyFolders) -> None:
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


def test_a_strength_that_leaves_no_step_is_refused(folders: TinyFolders) -> None:
    with pytest.raises(ValueError, match=r"1 steps at strength 0\.5 leave no step"):
        load_inpaint(entry(folders["sd15"], steps=1, strength=0.5), str(folders["sd15"]), "cpu")
