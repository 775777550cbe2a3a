"""Memory and speed settings: what they set, what a CPU leaves out, and that pictures stay."""

import logging
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKLQwenImage, DiffusionPipeline

from resources.models.diffusion import DiffusersTextToImage, load_text_to_image
from resources.models.diffusion_placing import cuda_settings, order_weights
from resources.models.entries import ModelEntry
from synth_assets.core.ports import RGB, TextToImageRequest
from synth_assets_tests.resources.tiny_folders import TinyFolders
from synth_assets_tests.resources.tiny_requests import ROUNDING


def loaded(folders: TinyFolders, name: str, device: str = "cpu", **settings: Any) -> DiffusersTextToImage:
    entry = ModelEntry(ref=f"file:{name}", licence="x", steps=2, resolution_px=64, batch_size=2, **settings)
    engine = load_text_to_image(entry, str(folders[name]), device)
    assert isinstance(engine, DiffusersTextToImage)
    return engine


def pictures(engine: DiffusersTextToImage) -> list[RGB]:
    return engine.generate([TextToImageRequest("a red fox", "cartoon", seed, (64, 64)) for seed in range(3)])


def difference(a: list[RGB], b: list[RGB]) -> int:
    return int(np.abs(np.stack(a).astype(int) - np.stack(b)).max())


CUDA_ONLY = {"offload": "group", "quantise": "float8", "channels_last": True, "compile": True}


def test_a_cpu_leaves_out_what_is_for_cuda_and_says_so(folders: TinyFolders, caplog: pytest.LogCaptureFixture) -> None:
    plain = loaded(folders, "flux-dev")
    with caplog.at_level(logging.INFO, logger="resources.models"):
        set_up = loaded(folders, "flux-dev", **CUDA_ONLY)
    assert "offload: group, quantise: float8, channels_last, compile left out on cpu" in caplog.text
    assert difference(pictures(plain), pictures(set_up)) <= ROUNDING
    assert cuda_settings(plain.entry) == []


def test_slicing_changes_no_picture_and_tiling_is_set(folders: TinyFolders) -> None:
    sliced, whole = loaded(folders, "sdxl"), loaded(folders, "sdxl", vae_slicing=False)
    tiled = loaded(folders, "sdxl", vae_tiling=True)
    assert (sliced.pipeline.vae.use_slicing, whole.pipeline.vae.use_slicing) == (True, False)
    assert (sliced.pipeline.vae.use_tiling, tiled.pipeline.vae.use_tiling) == (False, True)
    assert difference(pictures(sliced), pictures(whole)) <= ROUNDING


def test_channels_last_is_for_what_has_that_order(folders: TinyFolders, caplog: pytest.LogCaptureFixture) -> None:
    setting = ModelEntry(ref="file:tiny", licence="x", channels_last=True)
    still, frames = (DiffusionPipeline.from_pretrained(folders[name]) for name in ("sd15", "kontext"))
    frames.vae = AutoencoderKLQwenImage.from_pretrained(folders["qwen"], subfolder="vae")
    with caplog.at_level(logging.INFO, logger="resources.models"):
        order_weights(still, setting)
        assert caplog.text == ""
        order_weights(frames, setting)
    assert "file:tiny: channels_last left out of AutoencoderKLQwenImage" in caplog.text
    for part in (still.vae.encoder.conv_in, still.unet.conv_in):
        assert part.weight.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("name", ["sdxl", "flux-dev"])
@pytest.mark.parametrize(
    "settings",
    [
        {"offload": "model"},
        {"offload": "sequential"},
        {"offload": "group"},
        {"channels_last": True},
        {"quantise": "float8"},
        {"quantise": "float8", "offload": "model"},
        {"compile": True},
    ],
    ids=str,
)
def test_settings_work_on_cuda(folders: TinyFolders, name: str, settings: dict[str, Any]) -> None:
    plain = pictures(loaded(folders, name, "cuda", dtype="bfloat16"))
    made = pictures(loaded(folders, name, "cuda", dtype="bfloat16", **settings))
    assert np.abs(np.stack(plain).astype(int) - np.stack(made)).mean() < 16
