"""The leak probe: deaf to untouched pictures and soft shadows, not to blur or a colour step."""

import math
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from resources.offline.compose import PhotoComposer
from synth_assets.core.images import decode_image
from synth_assets.core.masks import box_mask
from synth_assets.core.ports import RGB, Mask, TextToImageRequest
from synth_assets.core.scenes.leak import (
    LeakParams,
    ProbeSample,
    border_patches,
    border_step,
    leak_probe,
    repainted_region,
)

SIDE = 256


@pytest.fixture(scope="module")
def photos(sample: Path) -> dict[str, RGB]:
    """Every other reference photo, as the offline set composes it into a background."""
    files = sorted((sample / "reference").glob("*/*_[01][0-9].jpg"))[::2]
    requests = [
        TextToImageRequest("", "", 2 * index, (320, 320), [decode_image(file.read_bytes(), file.name)])
        for index, file in enumerate(files)
    ]
    return dict(zip([file.name for file in files], PhotoComposer().generate(requests), strict=True))


def crop(photo: RGB, rng: np.random.Generator) -> RGB:
    y, x = (int(rng.integers(0, side - SIDE + 1)) for side in photo.shape[:2])
    return photo[y : y + SIDE, x : x + SIDE]


def rectangle(rng: np.random.Generator) -> Mask:
    x, y = (int(value) for value in rng.integers(24, 90, 2))
    width, height = (int(value) for value in rng.integers(80, 130, 2))
    return box_mask((x, y, x + width, y + height), (SIDE, SIDE))


def samples(photos: dict[str, RGB], repaint: Callable[[RGB], RGB]) -> list[ProbeSample]:
    rng = np.random.default_rng(1)
    made: list[ProbeSample] = []
    for name, photo in photos.items():
        background, mask = crop(photo, rng), rectangle(rng)
        scene = np.where(mask[..., None], repaint(background), background)
        made.append(ProbeSample(scene, background, mask, np.zeros_like(mask), name))
    return made


def through_a_vae(image: RGB) -> RGB:
    """Half the resolution and back, as a latent code keeps no more."""
    small = cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    large = cv2.resize(small, image.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    return cv2.GaussianBlur(large, (0, 0), 0.5).astype(np.uint8)


def brighter(image: RGB) -> RGB:
    return np.clip(image.astype(np.int16) + 5, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("repaint", [through_a_vae, brighter])
def test_a_repainted_rectangle_is_heard(photos: dict[str, RGB], repaint: Callable[[RGB], RGB]) -> None:
    found = leak_probe(samples(photos, repaint))
    assert found.auc >= 0.9
    assert found.low > 0.85
    assert found.low <= found.auc <= found.high <= 1
    assert np.nanmin(found.scene_scores) > -0.2
    assert np.nanmean(found.scene_scores) > 0.4


def test_untouched_pictures_are_not_heard(photos: dict[str, RGB]) -> None:
    rng = np.random.default_rng(2)
    pairs = [
        ProbeSample(crop(photo, rng), crop(photo, rng), mask := rectangle(rng), np.zeros_like(mask), name)
        for name, photo in photos.items()
    ]
    found = leak_probe(pairs)
    assert found.low < 0.5 < found.high
    assert found.high - found.low < 0.25
    assert leak_probe(pairs) == found


def test_the_darkness_of_a_soft_shadow_is_not_heard(photos: dict[str, RGB]) -> None:
    rng = np.random.default_rng(3)
    made: list[ProbeSample] = []
    for name, photo in photos.items():
        # Grain hides the second rounding, which is no matter of the shadow.
        grain = rng.normal(0, 2, (SIDE, SIDE, 3))
        background = np.clip(crop(photo, rng) + grain, 0, 255).astype(np.uint8)
        mask = rectangle(rng)
        shadow = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 16)[..., None] * 0.3
        dithered = background * (1 - shadow) + rng.uniform(0, 1, (SIDE, SIDE, 3))
        scene = np.where(shadow > 0.002, np.floor(dithered), background).astype(np.uint8)
        made.append(ProbeSample(scene, background, shadow[..., 0] > 0.01, np.zeros_like(mask), name))
    assert leak_probe(made).auc < 0.6


def test_a_seam_beside_objects_only_is_not_judged(photos: dict[str, RGB]) -> None:
    made = [
        ProbeSample(item.scene, item.background, item.repainted, item.repainted, item.group)
        for item in samples(photos, brighter)
    ]
    found = leak_probe(made)
    assert math.isnan(found.auc)
    assert found.reason.startswith("0 patches on borders without an object: at least")
    assert math.isnan(border_step(made))


def test_too_few_photos_are_not_judged(photos: dict[str, RGB]) -> None:
    few = dict(list(photos.items())[:4])
    found = leak_probe(samples(few, brighter), LeakParams(min_patches=10))
    assert found.reason == "backgrounds from 4 photos: at least 5 are needed"
    assert found.patches > 10


def test_patches_straddle_the_border_and_keep_clear_of_objects() -> None:
    repainted, objects = box_mask((20, 20, 80, 80), (100, 100)), box_mask((60, 0, 100, 100), (100, 100))
    params = LeakParams()
    corners = border_patches(repainted, objects, params)
    assert len(corners) > 5
    for y, x in corners.tolist():
        inside = repainted[y : y + params.patch_px, x : x + params.patch_px].mean()
        assert 0.2 <= inside <= 0.8
        assert x + params.patch_px <= 60 - params.object_margin_px
    assert len(border_patches(repainted, objects, LeakParams(patches_per_scene=3))) == 3
    assert len(border_patches(repainted[:10], objects[:10], params)) == 0
    assert len(border_patches(np.zeros_like(repainted), objects, params)) == 0


def test_repainted_region_is_found_again() -> None:
    background = np.full((80, 100, 3), 100, np.uint8)
    scene = background.copy()
    scene[20:60, 30:80, 1] = 101
    scene[35:45, 50:60] = 100  # happens to be as before
    scene[5, 5] = 90  # a speck
    found = repainted_region(scene, background)
    truth = box_mask((30, 20, 80, 60), (80, 100))
    assert not (found & ~truth).any()
    assert found[35:45, 50:60].all()
    assert (truth & ~found).sum() <= 16  # only the corners are rounded
    assert not repainted_region(background, background).any()


def test_border_step_is_relative_to_the_background() -> None:
    ramp = np.repeat(np.arange(0, 200, 2, dtype=np.uint8)[None, :, None], 60, axis=0).repeat(3, axis=2)
    mask = box_mask((40, 0, 100, 60), (60, 100))
    nothing = np.zeros_like(mask)
    doubled = np.where(mask[..., None], ramp + 2, ramp).astype(np.uint8)
    assert border_step([ProbeSample(ramp, ramp, mask, nothing, "a")]) == 1
    assert border_step([ProbeSample(doubled, ramp, mask, nothing, "a")]) == pytest.approx(2, abs=0.05)
    assert math.isnan(border_step([]))
