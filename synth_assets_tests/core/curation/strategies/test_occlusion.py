import numpy as np
import pytest

from synth_assets.core.curation.strategies.occlusion import (
    edge_blur,
    edge_weight,
    overlay,
    visible_mask,
    visible_share,
)


def test_visible_share_is_what_the_cover_leaves() -> None:
    mask = np.zeros((8, 8), np.bool_)
    mask[:, 2:6] = True
    cover = np.zeros((8, 8), np.float32)
    cover[:, :3] = 1
    cover[:, 3] = 0.3
    assert visible_share(mask, cover) == pytest.approx(1 - (8 + 8 * 0.3) / 32)
    assert visible_mask(mask, cover).sum() == 24
    assert visible_share(np.zeros_like(mask), cover) == 1


@pytest.mark.parametrize("position", ["left", "right", "bottom"])
def test_blur_covers_a_quarter_at_its_edge_and_nothing_else(position: str) -> None:
    image = np.random.default_rng(0).integers(0, 256, (64, 80, 3), np.uint8)
    made = edge_blur(image, position, 15)
    weight = edge_weight((64, 80), position)
    side = 64 if position == "bottom" else 80
    assert (weight > 0).any(axis=1 if position == "bottom" else 0).sum() == side // 4
    assert (made.image[weight == 0] == image[weight == 0]).all()
    assert made.image[weight == 1].std() < image[weight == 1].std() / 2
    edge = {"left": weight[:, 0], "right": weight[:, -1], "bottom": weight[-1]}[position]
    assert (edge == 1).all()


def test_overlay_is_repeatable_and_never_stronger_than_its_opacity() -> None:
    image = np.random.default_rng(0).integers(0, 256, (64, 80, 3), np.uint8)
    first, again, other = (overlay(image, (20, 10, 60, 50), 0.3, seed) for seed in (1, 1, 2))
    assert (first.image == again.image).all()
    assert (first.image != other.image).any()
    assert 0.2 < first.cover.max() <= 0.3 + 1e-6
