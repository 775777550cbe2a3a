"""Cut and paste: exact masks, feet on the box's lower edge, nothing changed where it says so."""

import numpy as np
import pytest

from resources.offline.cut_paste import CutPaste
from synth_assets.core.colour import to_lab
from synth_assets.core.masks import box_mask, tight_box
from synth_assets.core.ports import Inpainted, InpaintRequest
from synth_assets.core.scenes.harmony import edge_sigma_px, harmonise, noise_sigma

BOX = (40, 30, 100, 90)
MASK = box_mask(BOX, (120, 140)).astype(np.float32)


def ground(level: int = 120) -> np.ndarray:
    noise = np.random.default_rng(0).integers(-5, 6, (120, 140, 1))
    return np.clip(level + noise + np.zeros((1, 1, 3), int), 0, 255).astype(np.uint8)


def cutout(colour: tuple[int, int, int] = (220, 60, 40)) -> np.ndarray:
    image = np.zeros((100, 100, 4), np.uint8)
    image[..., :3] = colour
    image[:70, :, 3] = 255
    image[70:, 10:25, 3] = 255  # two legs
    image[70:, 75:90, 3] = 255
    return image


def paste(image: np.ndarray, seed: int = 1, **changes) -> Inpainted:
    values = {
        "image": image,
        "box": BOX,
        "mask": MASK,
        "prompt": "a table",
        "negative_prompt": "",
        "seed": seed,
    }
    return CutPaste().inpaint([InpaintRequest(**{**values, "references": [cutout()], **changes})])[0]


@pytest.mark.parametrize("seed", range(5))
def test_object_fills_its_box_and_stands_on_its_edge(seed: int) -> None:
    result = paste(ground(), seed)
    assert result.object_mask is not None
    x0, y0, x1, y1 = tight_box(result.object_mask) or (0, 0, 0, 0)
    assert x0 >= BOX[0] - 1
    assert x1 <= BOX[2] + 1
    assert y0 >= BOX[1] - 1
    assert abs(y1 - BOX[3]) <= 1
    assert x1 - x0 > 48


def test_untouched_pixels_keep_their_bytes_and_the_mask_is_touched() -> None:
    image = ground()
    result = paste(image)
    assert result.touched is not None
    assert result.object_mask is not None
    assert (result.image[~result.touched] == image[~result.touched]).all()
    assert not (result.object_mask & ~result.touched).any()
    assert result.touched.mean() < 0.6


def test_ground_is_darker_under_the_object_only() -> None:
    image = ground()
    result = paste(image)
    change = result.image.astype(int).mean(axis=2) - image.mean(axis=2)
    assert result.object_mask is not None
    below = np.zeros_like(result.object_mask)
    below[88:94, 50:90] = True
    assert change[below & ~result.object_mask].mean() < -10
    above = np.zeros_like(below)
    above[:26] = True
    assert not change[above].any()


def test_object_gets_darker_in_the_dark_but_keeps_its_hue() -> None:
    bright, dark = paste(ground(170)), paste(ground(25))
    assert bright.object_mask is not None
    assert dark.object_mask is not None
    light = to_lab(bright.image)[bright.object_mask].mean(axis=0)
    shade = to_lab(dark.image)[dark.object_mask].mean(axis=0)
    assert shade[0] < light[0] - 10
    assert shade[1] > 8  # still red
    assert light[1] > 15


def test_rim_is_soft_and_mask_is_where_the_object_has_the_say() -> None:
    image = ground(250)
    result = paste(image, references=[cutout((0, 0, 0))])
    row = result.image[55, :, 0].astype(int)
    assert np.abs(np.diff(row)).max() < 215  # no step from object to ground in one pixel


def test_same_seed_same_bytes_whatever_the_batch() -> None:
    requests = [InpaintRequest(ground(), BOX, MASK, "x", "", seed, [cutout()]) for seed in (1, 2, 3)]
    together = CutPaste().inpaint(requests)
    alone = CutPaste().inpaint(requests[1:2])[0]
    assert (together[1].image == alone.image).all()
    assert (together[0].image != together[1].image).any()


def test_missing_cutouts_and_empty_boxes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"references column of classes\.csv"):
        paste(ground(), references=[])
    with pytest.raises(ValueError, match=r"box .* for 'a table' is empty"):
        paste(ground(), box=(5, 5, 5, 9))


def test_blur_is_measured() -> None:
    import cv2

    step = np.zeros((60, 60), np.float32)
    step[:, 30:] = 100
    for sigma in (0.8, 1.2, 1.5):
        blurred = cv2.GaussianBlur(step, (0, 0), sigma).astype(np.float32)
        assert edge_sigma_px(blurred) == pytest.approx(sigma, abs=0.45)
    assert edge_sigma_px(np.zeros((20, 20), np.float32)) == 0


def test_noise_is_measured() -> None:
    clean = np.full((64, 64, 3), 128, np.uint8)
    noise = np.random.default_rng(0).normal(0, 2.5, (64, 64, 1))
    assert noise_sigma(clean) == 0
    assert noise_sigma(np.clip(clean + noise, 0, 255).astype(np.uint8)) == pytest.approx(2.5, abs=0.7)


def test_harmony_is_bounded() -> None:
    pixels = np.full((4, 4, 3), (60, 40, 30), np.float32)
    inside = np.ones((4, 4), np.bool_)
    dark = harmonise(pixels, inside, np.full((50, 3), (1, 0, 0), np.float32))
    tinted = harmonise(pixels, inside, np.full((50, 3), (60, -90, 90), np.float32))
    assert dark[..., 0].min() >= 60 * 0.3 - 0.01
    assert np.abs(tinted[..., 1] - 40 * 0.9).max() <= 7.01
