"""Diffusion editors with tiny models, saved to disk and loaded like real ones."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers.pipelines.qwenimage import pipeline_qwenimage_edit, pipeline_qwenimage_edit_plus

from resources.models.diffusion_edit import (
    DiffusersEditor,
    image_guidance,
    load_image_to_image_editor,
    load_instruct_editor,
)
from resources.models.entries import ModelEntry
from synth_assets.core.ports import DeviceMemoryError, EditRequest
from synth_assets_tests.resources.tiny_folders import TinyFolders
from synth_assets_tests.resources.tiny_requests import ROUNDING, difference

IMAGE_TO_IMAGE = ("sd15", "sdxl", "sd3", "flux-dev")
INSTRUCT = ("pix2pix", "pix2pix-xl", "kontext")
BACKBONE = {"sd15": "unet", "flux-dev": "transformer", "pix2pix": "unet"}


def entry(folder: Path, **settings: Any) -> ModelEntry:
    usual = {"steps": 4, "resolution_px": 64, "batch_size": 4}
    return ModelEntry(ref=f"file:{folder.name}", licence="Apache-2.0", **{**usual, **settings})


def load(folders: TinyFolders, name: str, **settings: Any) -> DiffusersEditor:
    loader = load_image_to_image_editor if name in IMAGE_TO_IMAGE else load_instruct_editor
    engine = loader(entry(folders[name], **settings), str(folders[name]), "cpu")
    assert isinstance(engine, DiffusersEditor)
    return engine


@pytest.fixture(scope="session")
def editors(folders: TinyFolders) -> dict[str, DiffusersEditor]:
    """Loaded once, for tests that leave them as they are."""
    return {name: load(folders, name) for name in (*IMAGE_TO_IMAGE, *INSTRUCT)}


@pytest.fixture(scope="session", params=[*IMAGE_TO_IMAGE, *INSTRUCT])
def editor(request: pytest.FixtureRequest, editors: dict[str, DiffusersEditor]) -> DiffusersEditor:
    return editors[request.param]


def wish(seed: int, size_hw: tuple[int, int] = (64, 64), strength: float = 0.75, **more: Any) -> EditRequest:
    height, width = size_hw
    ramp = np.linspace(0, 255, height * width).reshape(height, width)
    image = np.stack([ramp, ramp[::-1], np.full_like(ramp, 90)], axis=-1).astype(np.uint8)
    return EditRequest(image, "a red fox in the snow", strength, seed, **more)


def test_pictures_come_back_in_their_size_and_order(editor: DiffusersEditor) -> None:
    sizes = [(64, 64), (37, 90), (64, 64)]
    images = editor.edit([wish(seed, size) for seed, size in enumerate(sizes)])
    assert [image.shape for image in images] == [(*size, 3) for size in sizes]
    assert all(image.dtype == np.uint8 and image.std() > 1 for image in images)
    assert editor.edit([]) == []


def test_a_seed_alone_decides_a_picture(editor: DiffusersEditor) -> None:
    alone = [editor.edit([wish(seed)])[0] for seed in (1, 2)]
    neighbours = [wish(9, (40, 80), guidance=3.0), wish(8, strength=0.0), wish(6, strength=1.0, negative_prompt="art")]
    mixed = editor.edit([*neighbours, wish(2), wish(4), wish(1)])
    assert difference(alone[0], mixed[5]) <= ROUNDING
    assert difference(alone[1], mixed[3]) <= ROUNDING
    assert difference(alone[0], alone[1]) > ROUNDING


def test_the_picture_is_looked_at(editor: DiffusersEditor) -> None:
    request = wish(1)
    dark = EditRequest(request.image // 4, request.instruction, request.strength, 1)
    # Alone, so that not even rounding differs where a picture is ignored.
    assert difference(editor.edit([request])[0], editor.edit([dark])[0]) > 0


def test_strength_0_leaves_every_bit(editor: DiffusersEditor) -> None:
    request = wish(1, (37, 90), strength=0.0)
    image = editor.edit([request])[0]
    np.testing.assert_array_equal(image, request.image)
    assert not np.shares_memory(image, request.image)


@pytest.mark.parametrize("name", IMAGE_TO_IMAGE)
def test_no_step_left_leaves_every_bit_and_says_so(
    editors: dict[str, DiffusersEditor], name: str, caplog: pytest.LogCaptureFixture
) -> None:
    engine = editors[name]
    weak, enough = wish(1, strength=0.24), wish(1, strength=0.25)
    images = engine.edit([weak, enough])
    np.testing.assert_array_equal(images[0], weak.image)
    assert difference(images[1], enough.image) > ROUNDING
    assert "4 steps at strength 0.24 leave none" in caplog.text


@pytest.mark.parametrize("name", IMAGE_TO_IMAGE)
def test_strength_is_the_share_of_the_steps_that_run(editors: dict[str, DiffusersEditor], name: str) -> None:
    engine = editors[name]
    calls: list[int] = []
    backbone = getattr(engine.pipeline, "unet", None) or engine.pipeline.transformer
    hook = backbone.register_forward_pre_hook(lambda *_: calls.append(1))
    try:
        counts = []
        for strength in (0.25, 0.5, 1.0):
            calls.clear()
            engine.edit([wish(1, strength=strength)])
            counts.append(len(calls))
    finally:
        hook.remove()
    assert counts == [1, 2, 4]


def image_guidances(engine: DiffusersEditor, strengths: Sequence[float]) -> list[float]:
    seen = []
    for strength in strengths:
        engine.edit([wish(1, strength=strength)])
        seen.append(engine.pipeline.image_guidance_scale)
    return seen


def test_strength_loosens_the_hold_of_pix2pix(editors: dict[str, DiffusersEditor]) -> None:
    assert [image_guidance(strength) for strength in (0.25, 0.5, 1.0)] == [1.75, 1.5, 1.0]
    assert image_guidances(editors["pix2pix"], (0.25, 1.0)) == [1.75, 1.0]
    loose, firm = editors["pix2pix-xl"].edit([wish(1, strength=1.0), wish(1, strength=0.1)])
    assert difference(loose, firm) > ROUNDING


@pytest.mark.parametrize("name", ["sd15", "sdxl", "pix2pix", "pix2pix-xl"])
def test_words_to_avoid_count(folders: TinyFolders, editors: dict[str, DiffusersEditor], name: str) -> None:
    plain, avoiding = editors[name], load(folders, name, negative_prompt="cartoon")
    asked = plain.edit([wish(1), wish(1, negative_prompt="cartoon")])
    assert difference(*asked) > 0
    assert difference(avoiding.edit([wish(1)])[0], asked[1]) <= ROUNDING


@pytest.mark.parametrize("name", ["sd15", "pix2pix"])
def test_a_request_has_the_say_about_guidance_but_with_few_step_models(folders: TinyFolders, name: str) -> None:
    usual, turbo = load(folders, name, guidance=3.0), load(folders, name, guidance=0.0)
    own, same, other = usual.edit([wish(1), wish(1, guidance=3.0), wish(1, guidance=9.0)])
    assert difference(own, same) <= ROUNDING
    assert difference(own, other) > ROUNDING
    assert turbo.pipeline.scheduler.config.timestep_spacing == "trailing"
    assert difference(*turbo.edit([wish(1), wish(1, guidance=9.0)])) <= ROUNDING


@pytest.mark.parametrize("name", list(BACKBONE))
def test_out_of_memory_halves_the_batch_and_changes_no_picture(
    folders: TinyFolders, editors: dict[str, DiffusersEditor], name: str
) -> None:
    engine = load(folders, name)
    requests = [wish(seed) for seed in range(5)]
    expected = editors[name].edit(requests)
    fitting, sizes = 2, []

    def small_device(_module: torch.nn.Module, args: Any, kwargs: dict[str, Any]) -> None:
        count = len(kwargs.get("hidden_states", args[0] if args else ()))
        guided = {"unet": 3 if "pix2pix" in name else 2}.get(BACKBONE[name], 1)
        sizes.append(count // guided)
        if count // guided > fitting:
            raise torch.OutOfMemoryError("CUDA out of memory")

    hook = getattr(engine.pipeline, BACKBONE[name]).register_forward_pre_hook(small_device, with_kwargs=True)
    try:
        images = engine.edit(requests)
        fitting = 0
        with pytest.raises(DeviceMemoryError, match="do not fit"):
            engine.edit(requests[:1])
    finally:
        hook.remove()
    steps = 4 if name == "pix2pix" else 3  # of 4, at strength 0.75
    assert sizes == [4, *[2] * steps, *[2] * steps, *[1] * steps, 1]
    assert all(difference(a, b) <= ROUNDING for a, b in zip(images, expected, strict=True))


def test_kontext_works_at_the_size_it_is_told(
    folders: TinyFolders, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    engine = load(folders, "kontext", steps=1)
    tokens: list[int] = []
    hook = engine.pipeline.transformer.register_forward_pre_hook(
        lambda _, __, kwargs: tokens.append(kwargs["hidden_states"].shape[1]), with_kwargs=True
    )
    try:
        engine.edit([wish(1), wish(2, (300, 600))])
    finally:
        hook.remove()
    # 64 x 64 and 48 x 96 pixels in patches of 16 x 16, once for the picture made and once for that given.
    assert tokens == [2 * 16, 2 * 18]
    assert "adjusted" not in caplog.text + capfd.readouterr().err


@pytest.mark.parametrize("name", ["qwen", "qwen-plus"])
def test_qwen_edits_without_torchvision(folders: TinyFolders, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    small = pipeline_qwenimage_edit.calculate_dimensions

    def smaller(area: int, ratio: float) -> tuple[int, ...]:
        return small(area // 64, ratio)[: 3 if name == "qwen" else 2]  # the pipeline would look at 1024 x 1024 pixels

    module = pipeline_qwenimage_edit if name == "qwen" else pipeline_qwenimage_edit_plus
    monkeypatch.setattr(module, "calculate_dimensions", smaller)
    engine = load(folders, name, steps=2)
    requests = [wish(1), wish(2), wish(3, (50, 100)), wish(1, strength=0.0), wish(1, guidance=9.0)]
    images = engine.edit(requests)
    assert [image.shape for image in images] == [request.image.shape for request in requests]
    assert difference(images[0], engine.edit(requests[:1])[0]) <= ROUNDING
    assert difference(images[0], images[1]) > 0
    assert difference(images[0], images[4]) > 0
    np.testing.assert_array_equal(images[3], requests[3].image)


def test_a_pipeline_without_instructions_is_refused(folders: TinyFolders) -> None:
    with pytest.raises(ValueError, match=r"file:sd15: StableDiffusionPipeline follows no instructions.*FluxKontext"):
        load_instruct_editor(entry(folders["sd15"]), str(folders["sd15"]), "cpu")


@pytest.mark.parametrize("loader", [load_image_to_image_editor, load_instruct_editor])
def test_a_style_without_references_is_refused(folders: TinyFolders, loader: Callable[..., Any]) -> None:
    style = {
        "ref": "file:style",
        "licence": "MIT",
        "kind": "ip_adapter",
        "file": "style.safetensors",
        "image_encoder": "encoder",
    }
    with pytest.raises(ValueError, match="file:style: an edit has no references"):
        loader(entry(folders["sd15"], adapters=[style]), str(folders["sd15"]), "cpu", [Path("style")])


def test_the_models_own_resolution_is_the_default(folders: TinyFolders) -> None:
    assert load(folders, "sd15", resolution_px=None).resolution_px == 64
    assert load(folders, "qwen", resolution_px=None).resolution_px == 1024


def test_pictures_that_overflowed_are_an_error(folders: TinyFolders) -> None:
    engine = load(folders, "sd15")
    engine.pipeline.vae.decoder.conv_out.bias.data.fill_(float("nan"))
    with pytest.raises(FloatingPointError, match=r"file:sd15.*float32"):
        engine.edit([wish(1)])
