"""One contract suite over every offline implementation of a port, and every learned filler and restorer on a tiny net,
through the registry."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest

from resources.models.captioners import SpeechParams
from resources.models.entries import ModelEntry, Role
from resources.models.registry import ModelRegistry
from synth_assets.core.captions.interrogation import InterrogationParams, interrogate_all
from synth_assets.core.masks import box_mask
from synth_assets.core.ports import EditRequest, InpaintRequest, TextToImageRequest
from synth_assets_tests.resources import tiny_onnx
from synth_assets_tests.resources.offline_models import offline_registry
from synth_assets_tests.resources.tiny_captioners import save_blip, save_florence
from synth_assets_tests.resources.tiny_clip import PARAMS, clip_entry, save_clip, save_lists
from synth_assets_tests.resources.tiny_folders import TinyFolders

SIZE_HW = (72, 104)


def _picture(seed: int) -> np.ndarray:
    """A smooth picture with an object-like patch and some noise."""
    rng = np.random.default_rng(seed)
    ys, xs = np.indices(SIZE_HW)
    base = np.stack([xs * 2 % 256, ys * 3 % 256, 120 + 0 * xs], axis=2).astype(np.float64)
    base[20:60, 30:70] = rng.integers(0, 256, 3)
    return np.clip(base + rng.normal(0, 6, base.shape), 0, 255).astype(np.uint8)


IMAGES = [_picture(seed) for seed in range(3)]
BOX = (30, 20, 70, 60)
MASK = box_mask(BOX, SIZE_HW)
CUTOUT = np.dstack([np.full((40, 30, 3), (200, 60, 40), np.uint8), np.full((40, 30), 255, np.uint8)])


def _text_to_image(models: ModelRegistry, images: list[np.ndarray]) -> list[Any]:
    requests = [
        TextToImageRequest("a meadow", "", seed, SIZE_HW, references=[image]) for seed, image in enumerate(images)
    ]
    return models.text_to_image().generate(requests)


def _inpaint(models: ModelRegistry, images: list[np.ndarray]) -> list[Any]:
    requests = [
        InpaintRequest(
            image, BOX, MASK.astype(np.float32), "a box", "", seed=7 + int(image[0, 0, 0]), references=[CUTOUT]
        )
        for image in images
    ]
    return [result.image for result in models.inpaint().inpaint(requests)]


def _edit(models: ModelRegistry, images: list[np.ndarray]) -> list[Any]:
    return models.edit().edit([EditRequest(image, "make it warm", 0.5, seed=3) for image in images])


def _match(models: ModelRegistry, images: list[np.ndarray]) -> list[Any]:
    return models.match().score(images, ["a dog", "a lake", "a car"][: len(images)])


def _interrogate(models: ModelRegistry, images: list[np.ndarray]) -> list[Any]:
    return interrogate_all(
        images, ["a red fox"] * len(images), "best", models.interrogate(), InterrogationParams(**PARAMS)
    )


RUNS: dict[str, Callable[[ModelRegistry, list[np.ndarray]], Any]] = {
    "edit": _edit,
    "segment": lambda models, images: [[item.mask for item in found] for found in models.segment().segment(images)],
    "background_fill": lambda models, images: models.background_fill().fill(images, [MASK] * len(images)),
    "upscale": lambda models, images: models.upscale().upscale(images),
    "denoise": lambda models, images: models.denoise().restore(images),
    "face_restore": lambda models, images: models.face_restore().restore(images),
    "faces": lambda models, images: models.faces().faces(images),
    "caption": lambda models, images: models.caption().caption(images),
    "embed": lambda models, images: models.embed().embed(images),
    "interrogate": _interrogate,
    "label": lambda models, images: models.label().label(images, ["a dog", "a lake", "a car"]),
    "match": _match,
    "inpaint": _inpaint,
    "text_to_image": _text_to_image,
}
KEEPS_SIZE = ("edit", "background_fill", "denoise", "inpaint", "text_to_image")


def _tiny_pipeline(folders: TinyFolders, _: Path) -> ModelEntry:
    return tiny_onnx.entry(folders["sd15-9"], "diffusers-fill", steps=2, resolution_px=64)


def _tiny_net(engine: str, write: Callable[[Path], Path]) -> Callable[[TinyFolders, Path], ModelEntry]:
    return lambda _, root: tiny_onnx.entry(write(root / "net.onnx"), engine)


def _tiny_captioner(engine: str, save: Callable[[Path], Path]) -> Callable[[TinyFolders, Path], ModelEntry]:
    return lambda _, root: tiny_onnx.entry(save(root / engine), engine, batch_size=2, speech=SpeechParams(max_tokens=5))


TINY: dict[str, Callable[[TinyFolders, Path], ModelEntry]] = {
    "background_fill:diffusers-fill": _tiny_pipeline,
    "background_fill:lama-onnx": _tiny_net("lama-onnx", lambda path: tiny_onnx.write_mean_filler(path, (64, 64))),
    "caption:blip": _tiny_captioner("blip", save_blip),
    "caption:florence2": _tiny_captioner("florence2", save_florence),
    "denoise:denoise-onnx": _tiny_net("denoise-onnx", tiny_onnx.write_sawtooth),
    "face_restore:codeformer-onnx": lambda _, root: tiny_onnx.face_entry(root),
    "interrogate:clip-interrogator": lambda _, root: clip_entry(save_clip(root / "clip"), save_lists(root / "lists")),
    "upscale:esrgan-onnx": _tiny_net("esrgan-onnx", lambda path: tiny_onnx.write_enlarger(path, 4, reach=1)),
}
"""``role:engine`` → the entry of a tiny model of it; a plain role is the offline set's."""
PICTURES = [name for name in TINY if not name.startswith(("caption:", "interrogate:"))]
OFFLINE = sorted(set(RUNS) - {"face_restore", "interrogate"})


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, np.ndarray):
        return np.array_equal(left, right)
    if isinstance(left, list):
        return len(left) == len(right) and all(_same(a, b) for a, b in zip(left, right, strict=True))
    return bool(left == right)


@pytest.fixture(scope="module", params=[*OFFLINE, *TINY])
def case(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def role(case: str) -> str:
    return case.partition(":")[0]


@pytest.fixture(scope="module")
def models(case: str, role: str, folders: TinyFolders, tmp_path_factory: pytest.TempPathFactory) -> ModelRegistry:
    if case not in TINY:
        return offline_registry(role)
    root = tmp_path_factory.mktemp("tiny")
    return tiny_onnx.registry(next(one for one in get_args(Role) if one == role), TINY[case](folders, root), root)


@pytest.fixture(scope="module")
def results(role: str, models: ModelRegistry) -> list[Any]:
    """The role's results for IMAGES, which it has to leave as they are."""
    before = [image.copy() for image in IMAGES]
    made = list(RUNS[role](models, IMAGES))
    assert _same(before, IMAGES)
    return made


def test_every_filled_role_is_in_this_suite() -> None:
    registry = offline_registry()
    assert {name for name, entry in registry.entries().items() if entry} == set(OFFLINE)


def test_one_result_per_input(results: list[Any]) -> None:
    assert len(results) == len(IMAGES)


def test_results_repeat_alone_and_do_not_depend_on_neighbours(
    role: str, models: ModelRegistry, results: list[Any]
) -> None:
    assert _same([RUNS[role](models, IMAGES[:1])[0]], results[:1])


def test_empty_input_gives_empty_output(role: str, models: ModelRegistry) -> None:
    assert len(RUNS[role](models, [])) == 0


def test_model_has_a_name(role: str, models: ModelRegistry) -> None:
    assert models.model(role).name.startswith(("builtin:", "file:", "pypi:"))


@pytest.mark.parametrize("case", [*KEEPS_SIZE, "upscale", *PICTURES], indirect=True, scope="module")
def test_pictures_are_rgb_of_the_right_size(role: str, models: ModelRegistry, results: list[Any]) -> None:
    factor = models.upscale().factor if role == "upscale" else 1
    for image in results:
        assert image.dtype == np.uint8
        assert image.shape == (SIZE_HW[0] * factor, SIZE_HW[1] * factor, 3)


def test_instances_are_disjoint_and_largest_first() -> None:
    for found in offline_registry("segment").segment().segment(IMAGES):
        areas = [int(instance.mask.sum()) for instance in found]
        assert areas == sorted(areas, reverse=True)
        assert all(0 <= instance.score <= 1 for instance in found)
        assert sum(areas) == int(np.logical_or.reduce([instance.mask for instance in found] or [MASK & False]).sum())


@pytest.mark.parametrize("case", ["face_restore:codeformer-onnx"], indirect=True, scope="module")
def test_faces_are_found_in_these_pictures(results: list[Any]) -> None:
    assert not any(np.array_equal(before, after) for before, after in zip(IMAGES, results, strict=True))


FILLERS = ["background_fill", *(name for name in TINY if name.startswith("background_fill:"))]


@pytest.mark.parametrize("case", FILLERS, indirect=True, scope="module")
def test_fill_repaints_the_hole_and_leaves_the_rest_bit_for_bit(results: list[Any]) -> None:
    for before, after in zip(IMAGES, results, strict=True):
        assert np.array_equal(before[~MASK], after[~MASK])
        assert (before[MASK] != after[MASK]).any(axis=1).mean() > 0.9
