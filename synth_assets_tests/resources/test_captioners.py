"""BLIP and Florence-2 with tiny models, saved to disk and loaded through the registry like real ones."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from resources.models.captioners import GeneratingCaptioner, load_blip, load_florence
from resources.models.entries import ModelEntry, load_models_config
from resources.models.registry import ModelRegistry, forget_warm_models, loads
from synth_assets.core.ports import DeviceMemoryError, Model
from synth_assets_tests.resources import tiny_onnx
from synth_assets_tests.resources.tiny_captioners import save_blip, save_florence

IMAGES = [np.random.default_rng(seed).integers(0, 256, (40, 60 + 9 * seed, 3), dtype=np.uint8) for seed in range(3)]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("captioners")
    save_blip(folder / "blip")
    save_florence(folder / "florence2")
    return folder


def _entry(engine: str, **settings: Any) -> ModelEntry:
    speech = {"max_tokens": 6, "beams": 2}
    values = {"ref": f"file:{engine}", "licence": "MIT", "engine": engine, "batch_size": 2, "speech": speech}
    return ModelEntry.model_validate({**values, **settings})


def _registry(root: Path, engine: str, monkeypatch: pytest.MonkeyPatch) -> ModelRegistry:
    monkeypatch.setenv("SYNTH_DEVICE", "cpu")
    forget_warm_models()
    return tiny_onnx.registry("caption", _entry(engine), root)


def _blip(root: Path, **settings: Any) -> GeneratingCaptioner:
    model = load_blip(_entry("blip", **settings), root / "blip", "cpu")
    assert isinstance(model, GeneratingCaptioner)
    return model


@pytest.mark.parametrize("engine", ["blip", "florence2"])
def test_each_picture_has_its_own_words(root: Path, engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    captioner = _registry(root, engine, monkeypatch).caption()
    assert isinstance(captioner, Model)
    assert captioner.name.startswith(f"file:{engine}@")
    assert loads() == {}
    before = [image.copy() for image in IMAGES]
    captions = captioner.caption(IMAGES)
    assert loads() == {f"file:{engine}": 1}
    assert len(set(captions)) == 3
    assert all(captions)
    assert not any("[" in text or "<" in text or text != text.strip() for text in captions)
    assert all(np.array_equal(image, old) for image, old in zip(IMAGES, before, strict=True))
    assert [captioner.caption([image])[0] for image in IMAGES] == captions
    assert captioner.caption([]) == []
    forget_warm_models()


def test_blips_captions_begin_with_the_prompt(root: Path) -> None:
    captions = _blip(root, prompt="a photo of").caption(IMAGES)
    assert all(text.startswith("a photo of") and len(text) > len("a photo of") for text in captions)
    assert _blip(root, prompt="a photo of").name != _blip(root).name


def test_captions_are_as_long_as_the_entry_allows(root: Path) -> None:
    short, long = (_blip(root, speech={"max_tokens": tokens, "beams": 1}) for tokens in (2, 12))
    assert long.caption(IMAGES[:1])[0].startswith(short.caption(IMAGES[:1])[0])
    assert len(long.caption(IMAGES[:1])[0]) > len(short.caption(IMAGES[:1])[0])
    assert short.name != long.name


def test_florences_task_decides(root: Path) -> None:
    entries = [_entry("florence2", prompt=prompt) for prompt in ("", "<CAPTION>", "<DETAILED_CAPTION>")]
    default, plain, detailed = (load_florence(one, root / "florence2", "cpu").caption(IMAGES) for one in entries)
    assert default == plain
    assert detailed != plain
    with pytest.raises(ValueError, match="prompt '<OD>' gives no caption; choose one of <CAPTION>"):
        load_florence(_entry("florence2", prompt="<OD>"), root / "florence2", "cpu")


def test_only_models_of_this_kind(root: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected a model of type blip, found florence2"):
        load_blip(_entry("blip"), root / "florence2", "cpu")
    with pytest.raises(ValueError, match="expected a model of type florence2, found blip"):
        load_florence(_entry("florence2"), root / "blip", "cpu")
    with pytest.raises(OSError, match="file:blip: cannot be loaded"):
        load_blip(_entry("blip"), tmp_path / "nowhere", "cpu")


def test_less_memory_means_smaller_batches_and_then_the_ports_error(root: Path) -> None:
    def full_above(most: int) -> Any:
        def hook(_: torch.nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
            pixels = kwargs["pixel_values"] if "pixel_values" in kwargs else args[0]
            if len(pixels) > most:
                raise torch.OutOfMemoryError("CUDA out of memory")

        return hook

    captioner, expected = _blip(root), _blip(root).caption(IMAGES)
    tower = captioner.model.vision_model
    handle = tower.register_forward_pre_hook(full_above(1), with_kwargs=True)
    assert captioner.caption(IMAGES) == expected
    assert captioner.batches.size(None) == 1
    handle.remove()
    tower.register_forward_pre_hook(full_above(0), with_kwargs=True)
    with pytest.raises(DeviceMemoryError, match=r"file:blip.*do not fit on the device"):
        captioner.caption(IMAGES[:1])


def test_the_gpu_sets_have_a_captioner_that_learned(project_root: Path) -> None:
    config = load_models_config(project_root / "configs" / "models.yaml")
    engines = {name: entry.engine for name, chosen in config.sets.items() if (entry := chosen.roles["caption"])}
    assert engines == {"offline": "", "gpu-8gb": "blip", "gpu-24gb": "florence2", "gpu-80gb": "florence2"}
