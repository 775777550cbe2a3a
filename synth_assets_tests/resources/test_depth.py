"""Depth Anything with a tiny model, saved to disk and loaded through the registry like a real one."""

from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import Dinov2Config

from resources.models.depth import DepthAnything, load_depth_anything, model_size_hw, prepare, stretched
from resources.models.entries import ModelEntry, load_models_config
from resources.models.registry import ModelRegistry, loads
from synth_assets.core.ports import DeviceMemoryError, Model
from synth_assets_tests.resources.tiny_depth import save_depth_anything, tiny_depth_anything

YAML = """\
sets:
  tiny:
    memory_mb: 100
    roles:
      depth: {ref: "file:depth", licence: Apache-2.0, resolution_px: 64}
"""
IMAGES = [np.random.default_rng(seed).integers(0, 256, (40, 60 + 9 * seed, 3), dtype=np.uint8) for seed in range(3)]
ENTRY = ModelEntry(ref="file:depth", licence="Apache-2.0", resolution_px=64)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("depth")
    save_depth_anything(folder / "depth")
    save_depth_anything(folder / "metric", depth_estimation_type="metric", max_depth=20)
    (folder / "models.yaml").write_text(YAML)
    return folder


def _loaded(folder: Path) -> DepthAnything:
    model = load_depth_anything(ENTRY, folder, "cpu")
    assert isinstance(model, DepthAnything)
    return model


def test_depth_of_each_picture_in_its_size_and_from_0_to_1(registry: ModelRegistry) -> None:
    model = registry.depth()
    assert isinstance(model, Model)
    assert model.name.startswith("file:depth@")
    assert loads() == {}
    before = [image.copy() for image in IMAGES]
    maps = model.depth(IMAGES)
    assert loads() == {"file:depth": 1}
    for image, old, found in zip(IMAGES, before, maps, strict=True):
        assert found.shape == image.shape[:2]
        assert found.dtype == np.float32
        assert (found.min(), found.max()) == (0, 1)
        assert np.array_equal(image, old)
    assert not np.array_equal(maps[0], maps[1][:, :60])


def test_results_repeat_alone_and_do_not_depend_on_neighbours(registry: ModelRegistry) -> None:
    together = registry.depth().depth(IMAGES)
    assert np.array_equal(registry.depth().depth(IMAGES[1:2])[0], together[1])
    assert registry.depth().depth([]) == []


def test_metric_depth_is_turned_round(root: Path) -> None:
    """The same weights: what is large for the relative head is far for the metric one."""
    near, metric = (_loaded(root / name).depth(IMAGES[:1])[0] for name in ("depth", "metric"))
    assert np.corrcoef(near.ravel(), metric.ravel())[0, 1] < -0.99


def test_model_sees_multiples_of_its_patches() -> None:
    assert model_size_hw((720, 1280), 518, 14) == (518, 924)
    assert model_size_hw((1280, 720), 518, 14) == (924, 518)
    assert model_size_hw((100, 100), 518, 14) == (518, 518)
    assert model_size_hw((100, 1000), 518, 14) == (154, 1554)
    assert model_size_hw((1, 1000), 518, 14) == (14, 1554)


def test_pixels_are_normalised() -> None:
    red = np.zeros((60, 90, 3), np.uint8)
    red[..., 0] = 255
    prepared = prepare(red, 28, 14)
    assert prepared.shape == (3, 28, 42)
    assert prepared.dtype == np.float32
    np.testing.assert_allclose(prepared[:, 5, 5], [(1 - 0.485) / 0.229, -0.456 / 0.224, -0.406 / 0.225], rtol=1e-5)


def test_maps_are_stretched() -> None:
    ramp = np.array([[2, 4, 6]], np.float32)
    np.testing.assert_array_equal(stretched(ramp, (1, 3)), [[0, 0.5, 1]])
    assert stretched(ramp, (4, 6)).shape == (4, 6)
    assert not stretched(np.full((3, 3), 7, np.float32), (2, 5)).any()
    np.testing.assert_array_equal(stretched(ramp * 1e-9, (1, 3)) > 0.9, [[False, False, True]])


def test_out_of_memory_is_the_ports_error(root: Path) -> None:
    def full(_module: torch.nn.Module, _args: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    engine = _loaded(root / "depth")
    engine.model.head.register_forward_pre_hook(full)
    with pytest.raises(DeviceMemoryError, match=r"file:depth.*do not fit on the device"):
        engine.depth(IMAGES[:1])


def test_depth_that_overflowed_is_an_error(root: Path) -> None:
    engine = _loaded(root / "depth")
    engine.model.head.conv3.bias.data.fill_(float("nan"))
    with pytest.raises(FloatingPointError, match=r"file:depth.*float32"):
        engine.depth(IMAGES[:1])


def test_only_safetensors_and_only_this_kind(root: Path, tmp_path: Path) -> None:
    tiny_depth_anything().config.save_pretrained(tmp_path / "pickled")
    torch.save(tiny_depth_anything().state_dict(), tmp_path / "pickled" / "pytorch_model.bin")
    with pytest.raises(OSError, match=r"file:depth: cannot be loaded .*safetensors"):
        load_depth_anything(ENTRY, tmp_path / "pickled", "cpu")
    with pytest.raises(OSError, match="file:depth: cannot be loaded"):
        load_depth_anything(ENTRY, tmp_path / "nowhere", "cpu")
    Dinov2Config().save_pretrained(tmp_path / "other")
    with pytest.raises(ValueError, match="expected a model of type depth_anything, found dinov2"):
        load_depth_anything(ENTRY, tmp_path / "other", "cpu")


def test_every_gpu_set_has_depth_and_the_offline_set_has_not(project_root: Path) -> None:
    config = load_models_config(project_root / "configs" / "models.yaml")
    found = {name: chosen.roles["depth"] for name, chosen in config.sets.items()}
    assert found.pop("offline") is None
    for name, entry in found.items():
        assert entry, name
        assert entry.ref == "hf:depth-anything/Depth-Anything-V2-Small-hf"
        assert entry.engine == "depth-anything"
