"""Adapters made in code, saved as real ones are, and loaded into tiny pipelines."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import DiffusionPipeline, LCMScheduler
from peft import LoraConfig, get_peft_model_state_dict
from safetensors.torch import save_file

from resources.models.adapters import style_references
from resources.models.diffusion import DiffusersTextToImage, load_inpaint, load_text_to_image
from resources.models.diffusion_placing import backbone
from resources.models.entries import ModelEntry
from resources.models.file_entries import AdapterEntry
from synth_assets.core.ports import RGB, RGBA, InpaintRequest, TextToImage, TextToImageRequest
from synth_assets_tests.resources import tiny_pipelines
from synth_assets_tests.resources.tiny_folders import TinyFolders
from synth_assets_tests.resources.tiny_requests import ROUNDING, difference

SIZE = (64, 64)
Loader = Callable[..., TextToImage]


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory, folders: TinyFolders) -> Path:
    folder = tmp_path_factory.mktemp("adapters")
    for name, saved in {"sd15": "sd15", "sdxl": "sdxl", "flux": "flux-dev"}.items():
        (folder / name).symlink_to(folders[saved])
    for name in ("sd15", "sdxl", "flux"):
        _save_lora(folder / name, folder / f"{name}-lora")
    torch.manual_seed(2)
    save_file({"<zebra>": torch.randn(2, tiny_pipelines.TEXT_WIDTH)}, folder / "zebra.safetensors")
    both = {"clip_l": torch.randn(2, tiny_pipelines.TEXT_WIDTH), "clip_g": torch.randn(2, tiny_pipelines.TEXT_WIDTH)}
    save_file(both, folder / "zebra-xl.safetensors")
    for name in ("sd15", "sdxl"):
        _save_ip_adapter(folder / name, folder / f"{name}-ip")
    return folder


def _save_lora(pipeline: Path, folder: Path) -> None:
    """A rank-2 LoRA of the attention layers with weights that do something."""
    torch.manual_seed(4)
    loaded = DiffusionPipeline.from_pretrained(pipeline, safety_checker=None)
    denoiser = backbone(loaded)
    denoiser.add_adapter(LoraConfig(r=2, lora_alpha=2, target_modules=["to_q", "to_v"], init_lora_weights=False))
    name = "unet_lora_layers" if hasattr(loaded, "unet") else "transformer_lora_layers"
    scaled = {key: value * 8 for key, value in get_peft_model_state_dict(denoiser).items()}
    loaded.save_lora_weights(folder, **{name: scaled})


def _save_ip_adapter(pipeline: Path, folder: Path) -> None:
    """An IP-Adapter in its published layout: a projection of CLIP's vector and keys and values for each attention."""
    torch.manual_seed(3)
    tiny_pipelines.save_vision_encoder(folder / "models" / "image_encoder")
    unet = DiffusionPipeline.from_pretrained(pipeline, safety_checker=None).unet
    width, tokens, clip = unet.config.cross_attention_dim, 4, 8
    weights = {
        "image_proj.proj.weight": torch.randn(tokens * width, clip),
        "image_proj.proj.bias": torch.randn(tokens * width),
        "image_proj.norm.weight": torch.ones(width),
        "image_proj.norm.bias": torch.zeros(width),
    }
    for number, (name, module) in enumerate(unet.attn_processors.items()):
        if name.endswith("attn2.processor"):
            size = unet.get_submodule(name.removesuffix(".processor")).to_k.out_features
            weights[f"ip_adapter.{number}.to_k_ip.weight"] = torch.randn(size, width)
            weights[f"ip_adapter.{number}.to_v_ip.weight"] = 4 * torch.randn(size, width)
        assert module is not None
    save_file(weights, folder / "models" / "ip-adapter.safetensors")


def lora(root: Path, name: str, scale: float = 1.0) -> tuple[AdapterEntry, Path]:
    file = "pytorch_lora_weights.safetensors"
    adapter = AdapterEntry(kind="lora", ref=f"file:{name}-lora", licence="x", file=file, scale=scale)
    return adapter, root / f"{name}-lora"


def ip_adapter(root: Path, name: str, scale: float = 1.0) -> tuple[AdapterEntry, Path]:
    adapter = AdapterEntry(
        kind="ip_adapter",
        ref=f"file:{name}-ip",
        licence="x",
        file="models/ip-adapter.safetensors",
        image_encoder="models/image_encoder",
        scale=scale,
    )
    return adapter, root / f"{name}-ip"


def word(root: Path, name: str, token: str = "<zebra>") -> tuple[AdapterEntry, Path]:
    file = "zebra-xl.safetensors" if name == "sdxl" else "zebra.safetensors"
    return AdapterEntry(kind="textual_inversion", ref=f"file:{file}", licence="x", token=token), root / file


def entry(name: str, *adapters: tuple[AdapterEntry, Path], **settings: Any) -> ModelEntry:
    return ModelEntry(
        ref=f"file:{name}",
        licence="Apache-2.0",
        adapters=tuple(adapter for adapter, _ in adapters),
        **{"steps": 2, "resolution_px": 64, "batch_size": 4, **settings},
    )


def painter(root: Path, name: str, *adapters: tuple[AdapterEntry, Path], **settings: Any) -> DiffusersTextToImage:
    paths = [path for _, path in adapters]
    engine = load_text_to_image(entry(name, *adapters, **settings), str(root / name), "cpu", paths)
    assert isinstance(engine, DiffusersTextToImage)
    return engine


def photo(seed: int) -> RGB:
    return np.random.default_rng(seed).integers(0, 256, (40, 50, 3), dtype=np.uint8)


def wish(seed: int = 1, prompt: str = "a red fox", references: tuple[RGB, ...] = ()) -> TextToImageRequest:
    return TextToImageRequest(prompt, "cartoon", seed, SIZE, references)


def hole(seed: int = 1, references: tuple[RGBA, ...] = ()) -> InpaintRequest:
    mask = np.zeros(SIZE, np.float32)
    mask[16:48, 16:48] = 1
    image = np.random.default_rng(7).integers(0, 256, (*SIZE, 3), dtype=np.uint8)
    return InpaintRequest(image, (16, 16, 48, 48), mask, "an elephant", "cartoon", seed, references)


@pytest.mark.parametrize("name", ["sd15", "sdxl", "flux"])
def test_lora_changes_the_picture_and_at_scale_0_nothing(root: Path, name: str) -> None:
    plain = painter(root, name)
    none, whole = (painter(root, name, lora(root, name, scale)) for scale in (0.0, 1.0))
    kept, unchanged = (backbone(engine.pipeline).state_dict() for engine in (plain, none))
    assert kept.keys() == unchanged.keys()
    assert all(torch.equal(kept[key], unchanged[key]) for key in kept)
    images = [engine.generate([wish()])[0] for engine in (plain, none, whole)]
    assert difference(images[0], images[1]) <= ROUNDING
    assert difference(images[0], images[2]) > ROUNDING


def test_two_loras_add_up_each_by_its_scale(root: Path) -> None:
    half, both, whole = (
        painter(root, "sd15", *(lora(root, "sd15", scale) for scale in scales)).generate([wish()])[0]
        for scales in ((0.5,), (0.3, 0.2), (1.0,))
    )
    assert difference(half, both) <= ROUNDING
    assert difference(half, whole) > ROUNDING


def test_lcm_lora_brings_its_scheduler(root: Path) -> None:
    engine = painter(root, "sd15", lora(root, "sd15"), scheduler="lcm", guidance=0.0)
    assert isinstance(engine.pipeline.scheduler, LCMScheduler)
    assert engine.pipeline.scheduler.config.timestep_spacing == "trailing"
    alone = [engine.generate([wish(seed)])[0] for seed in (1, 2)]
    together = engine.generate([wish(seed) for seed in (1, 2)])  # LCM draws noise at every step
    assert max(difference(a, b) for a, b in zip(alone, together, strict=True)) <= ROUNDING


@pytest.mark.parametrize("name", ["sd15", "sdxl"])
def test_a_new_word_is_understood_and_changes_nothing_else(root: Path, name: str) -> None:
    plain, learned = painter(root, name), painter(root, name, word(root, name))
    assert difference(plain.generate([wish()])[0], learned.generate([wish()])[0]) <= ROUNDING
    spoken = wish(prompt="a photo of <zebra>")
    assert difference(plain.generate([spoken])[0], learned.generate([spoken])[0]) > ROUNDING


@pytest.mark.parametrize("name", ["sd15", "sdxl"])
def test_references_are_the_style_of_a_picture(root: Path, name: str) -> None:
    styled = painter(root, name, ip_adapter(root, name))
    first, same, other = styled.generate([wish(references=(photo(i),)) for i in (1, 1, 2)])
    assert difference(first, same) <= ROUNDING
    assert difference(first, other) > ROUNDING
    off = painter(root, name, ip_adapter(root, name, 0.0))
    plain = painter(root, name).generate([wish()])[0]
    assert difference(off.generate([wish(references=(photo(1),))])[0], plain) <= ROUNDING


def test_a_style_does_not_depend_on_neighbours(root: Path) -> None:
    engine = painter(root, "sd15", ip_adapter(root, "sd15"))
    requests = [
        wish(1, references=(photo(1),)),
        wish(2),
        wish(3, references=(photo(2), photo(3))),
        wish(4, references=(photo(4),)),
    ]
    together = engine.generate(requests)
    for request, image in zip(requests, together, strict=True):
        assert difference(engine.generate([request])[0], image) <= ROUNDING
    unstyled = engine.generate([replace(requests[0], references=())])[0]
    assert difference(unstyled, together[0]) > ROUNDING


def test_cutouts_are_the_look_of_an_inpainted_object(root: Path) -> None:
    adapter = ip_adapter(root, "sd15")
    engine = load_inpaint(entry("sd15", adapter, strength=1.0), str(root / "sd15"), "cpu", [adapter[1]])
    red, blue = (np.zeros((20, 30, 4), np.uint8) for _ in range(2))
    red[..., 0] = blue[..., 2] = red[..., 3] = blue[..., 3] = 255
    images = [made.image for made in engine.inpaint([hole(references=(red,)), hole(references=(blue,)), hole()])]
    assert difference(images[0], images[1]) > ROUNDING
    assert difference(images[0], images[2]) > ROUNDING


def test_a_cutout_lies_on_gray() -> None:
    cutout = np.zeros((1, 3, 4), np.uint8)
    cutout[0, :, 0] = 255
    cutout[0, :, 3] = (255, 0, 51)
    assert style_references(hole(references=(cutout,)))[0].tolist() == [[[255, 0, 0], [128, 128, 128], [153, 102, 102]]]


@pytest.mark.parametrize(
    ("name", "adapter", "said"),
    [
        ("flux", lambda root: ip_adapter(root, "sd15"), "FluxPipeline takes no ip_adapter"),
        ("flux", lambda root: word(root, "sd15"), "FluxPipeline takes no textual inversion"),
        ("sdxl", lambda root: word(root, "sd15"), "SDXL needs vectors clip_l and clip_g, found <zebra>"),
        ("sd15", lambda root: word(root, "sdxl"), "expected one tensor of word vectors"),
    ],
)
def test_what_does_not_fit_is_said(root: Path, name: str, adapter: Callable[..., Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        painter(root, name, adapter(root))


def test_a_scheduler_that_does_not_fit_is_said(root: Path) -> None:
    with pytest.raises(ValueError, match="scheduler euler is for models that predict noise"):
        painter(root, "flux", scheduler="euler")


def test_a_missing_adapter_file_is_named(root: Path) -> None:
    adapter, path = lora(root, "sd15")
    with pytest.raises(FileNotFoundError, match=r"there is no file .*other\.safetensors"):
        painter(root, "sd15", (adapter.model_copy(update={"file": "other.safetensors"}), path))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"kind": "lora", "ref": "file:a.bin"}, "pickled weights are refused"),
        ({"kind": "lora", "ref": "hf:a/b"}, "an adapter is one safetensors file"),
        ({"kind": "lora", "ref": "hf:a/b", "file": "../x.safetensors"}, "inside the reference's folder"),
        ({"kind": "textual_inversion", "ref": "file:a.pt"}, "pickled weights are refused"),
        ({"kind": "textual_inversion", "ref": "file:a.safetensors"}, "needs its 'token'"),
        ({"kind": "lora", "ref": "file:a.safetensors", "token": "<a>"}, "nothing else has one"),
        ({"kind": "ip_adapter", "ref": "file:a.safetensors"}, "needs its 'image_encoder'"),
        ({"kind": "textual_inversion", "ref": "file:a.safetensors", "token": "<a>", "scale": 0.5}, "has no scale"),
    ],
)
def test_mistaken_entries_are_refused(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        AdapterEntry(licence="x", **fields)


def test_adapters_are_part_of_the_name_and_plain_names_stay(root: Path) -> None:
    plain = ModelEntry(ref="hf:a/b", licence="MIT", steps=4, guidance=0.0)
    half, whole = (plain.model_copy(update={"adapters": (lora(root, "sd15", scale)[0],)}) for scale in (0.5, 1.0))
    assert len({plain.name, half.name, whole.name}) == 3
    fast = {"offload": "group", "compile": True, "channels_last": True, "vae_slicing": False, "batch_size": 9}
    assert half.model_copy(update=fast).name == half.name
    for change in ({"scheduler": "lcm"}, {"quantise": "float8"}, {"vae_tiling": True}):
        assert half.model_copy(update=change).name != half.name
