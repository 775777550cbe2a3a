"""The one call that every diffusion engine makes: sizes, batches that do not fit, overflow, callers in threads."""

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch

from resources.models.diffusion import DiffusersInpainter, DiffusersTextToImage, load_inpaint, load_text_to_image
from resources.models.diffusion_calls import model_size_hw
from resources.models.entries import ModelEntry, ModelsConfig, ModelSet
from resources.models.registry import ModelRegistry
from synth_assets.core.ports import DeviceMemoryError
from synth_assets_tests.resources.tiny_folders import TinyFolders
from synth_assets_tests.resources.tiny_requests import ROUNDING, difference, entry, hole, wish


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


def test_out_of_memory_halves_the_batch_and_makes_nothing_twice(folders: TinyFolders) -> None:
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


def test_one_picture_that_does_not_fit_is_an_error(folders: TinyFolders) -> None:
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


def test_pictures_that_overflowed_are_an_error(folders: TinyFolders) -> None:
    engine = load_text_to_image(entry(folders["sd15"]), str(folders["sd15"]), "cpu")
    assert isinstance(engine, DiffusersTextToImage)
    engine.pipeline.vae.decoder.conv_out.bias.data.fill_(float("nan"))
    with pytest.raises(FloatingPointError, match=r"file:sd15.*float32"):
        engine.generate([wish(1)])


def test_threads_share_a_pipeline_without_harm(
    folders: TinyFolders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
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


def test_a_call_that_did_not_fit_leaves_no_part_on_the_device(folders: TinyFolders) -> None:
    """An offloaded pipeline takes its parts off the device after each call; a failed one has to as well."""
    engine = load_text_to_image(entry(folders["sd15"], steps=1), str(folders["sd15"]), "cpu")
    assert isinstance(engine, DiffusersTextToImage)
    engine.pipeline.enable_model_cpu_offload(device="cpu")
    hooks = engine.pipeline._all_hooks
    with device_for(engine.pipeline.unet, most=0), pytest.raises(DeviceMemoryError):
        engine.generate([wish(1)])
    assert engine.pipeline._all_hooks is not hooks


@pytest.mark.parametrize(("name", "tokens"), [("flux-dev", 512), ("flux-schnell", 256)])
def test_flux_reads_as_much_text_as_it_was_made_with(name: str, tokens: int, folders: TinyFolders) -> None:
    engine = load_text_to_image(entry(folders[name], steps=1), str(folders[name]), "cpu")
    assert isinstance(engine, DiffusersTextToImage)
    seen: list[int] = []
    engine.pipeline.transformer.register_forward_pre_hook(
        lambda _, __, kwargs: seen.append(kwargs["encoder_hidden_states"].shape[1]), with_kwargs=True
    )
    engine.generate([wish(1)])
    assert seen == [tokens]
