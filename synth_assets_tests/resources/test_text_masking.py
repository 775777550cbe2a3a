"""CLIPSeg with a tiny model, saved to disk and loaded through the registry like a real one."""

from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import Dinov2Config

from resources.models.entries import ModelEntry
from resources.models.registry import ModelRegistry, loads
from resources.models.text_masking import ClipSeg, load_text_masker, prepare
from synth_assets.core.ports import DeviceMemoryError, Model
from synth_assets_tests.resources.tiny_clipseg import save_clipseg, tiny_clipseg

YAML = """\
sets:
  tiny:
    memory_mb: 100
    roles:
      text_mask: {ref: "file:clipseg", licence: Apache-2.0, resolution_px: 64, batch_size: 2}
"""
ENTRY = ModelEntry(ref="file:clipseg", licence="Apache-2.0", resolution_px=64, batch_size=4)
IMAGES = [np.random.default_rng(seed).integers(0, 256, (40, 60 + 9 * seed, 3), dtype=np.uint8) for seed in range(3)]
TEXTS = ["a towel", "the red car on the road", "dog"]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clipseg")
    save_clipseg(folder / "clipseg")
    (folder / "models.yaml").write_text(YAML)
    return folder


def _loaded(folder: Path) -> ClipSeg:
    model = load_text_masker(ENTRY, folder, "cpu")
    assert isinstance(model, ClipSeg)
    return model


def test_masks_have_the_pictures_size_and_depend_on_the_words(registry: ModelRegistry) -> None:
    model = registry.text_mask()
    assert isinstance(model, Model)
    assert model.name.startswith("file:clipseg@")
    assert loads() == {}
    before = [image.copy() for image in IMAGES]
    maps = model.find(IMAGES, TEXTS)
    assert loads() == {"file:clipseg": 1}
    for image, old, found in zip(IMAGES, before, maps, strict=True):
        assert found.shape == image.shape[:2]
        assert found.dtype == np.float32
        assert 0 <= found.min() < found.max() <= 1
        assert np.array_equal(image, old)
    other = model.find(IMAGES[:1], TEXTS[1:2])[0]
    assert np.abs(other - maps[0]).max() > 0.01
    assert model.find([], []) == []


def test_an_item_does_not_depend_on_its_neighbours(root: Path) -> None:
    model = _loaded(root / "clipseg")
    together = model.find(IMAGES, TEXTS)
    for image, text, found in zip(IMAGES, TEXTS, together, strict=True):
        np.testing.assert_allclose(model.find([image], [text])[0], found, atol=1e-5)
    assert np.abs(together[0] - model.find(IMAGES[:1], TEXTS[2:])[0]).max() > 0.01


def test_the_model_itself_gives_the_same(root: Path) -> None:
    """The map before resizing is the sigmoid of what transformers' model gives for the prepared square."""
    model = _loaded(root / "clipseg")
    square = IMAGES[0][:40, :40].repeat(2, axis=0).repeat(2, axis=1)[:64, :64]
    tokens = model.tokenizer(TEXTS[:1], padding="max_length", max_length=20, return_tensors="pt")
    with torch.inference_mode():
        logits = model.model(pixel_values=torch.from_numpy(prepare(square, 64)[None]), **tokens).logits
    expected = torch.sigmoid(logits).numpy().reshape(64, 64)
    np.testing.assert_allclose(model.find([square], TEXTS[:1])[0], expected, atol=1e-6)


def test_pixels_are_normalised() -> None:
    red = np.zeros((60, 90, 3), np.uint8)
    red[..., 0] = 255
    prepared = prepare(red, 32)
    assert prepared.shape == (3, 32, 32)
    assert prepared.dtype == np.float32
    np.testing.assert_allclose(prepared[:, 5, 5], [(1 - 0.485) / 0.229, -0.456 / 0.224, -0.406 / 0.225], rtol=1e-5)


def test_a_batch_that_does_not_fit_is_halved_and_one_that_never_fits_is_the_ports_error(root: Path) -> None:
    sizes: list[int] = []

    def full(_module: torch.nn.Module, args: tuple[torch.Tensor, ...]) -> None:
        sizes.append(len(args[0]))
        if len(args[0]) > most:
            raise torch.OutOfMemoryError("CUDA out of memory")

    engine = _loaded(root / "clipseg")
    engine.model.decoder.transposed_convolution.register_forward_pre_hook(full)
    most = 1
    assert len(engine.find(IMAGES, TEXTS)) == 3
    assert sizes == [3, 1, 1, 1]
    most = 0
    with pytest.raises(DeviceMemoryError, match=r"file:clipseg.*do not fit on the device"):
        engine.find(IMAGES[:1], TEXTS[:1])


def test_a_mask_that_overflowed_is_an_error(root: Path) -> None:
    engine = _loaded(root / "clipseg")
    engine.model.decoder.film_add.bias.data.fill_(float("nan"))
    with pytest.raises(FloatingPointError, match=r"file:clipseg.*float32"):
        engine.find(IMAGES[:1], TEXTS[:1])


def test_only_safetensors_this_kind_and_whole_patches(root: Path, tmp_path: Path) -> None:
    save_clipseg(tmp_path / "pickled")
    (tmp_path / "pickled" / "model.safetensors").unlink()
    torch.save(tiny_clipseg().state_dict(), tmp_path / "pickled" / "pytorch_model.bin")
    with pytest.raises(OSError, match=r"file:clipseg: cannot be loaded .*safetensors"):
        load_text_masker(ENTRY, tmp_path / "pickled", "cpu")
    with pytest.raises(OSError, match="file:clipseg: cannot be loaded"):
        load_text_masker(ENTRY, tmp_path / "nowhere", "cpu")
    Dinov2Config().save_pretrained(tmp_path / "other")
    with pytest.raises(ValueError, match="expected a model of type clipseg, found dinov2"):
        load_text_masker(ENTRY, tmp_path / "other", "cpu")
