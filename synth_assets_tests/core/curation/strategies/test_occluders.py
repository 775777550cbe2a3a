import numpy as np
import pytest

from synth_assets.core.curation.strategies.occluders import (
    edge_blur,
    edge_weight,
    object_in_front,
    overlay,
    visible_mask,
    visible_share,
)
from synth_assets.core.ports import RGB, Mask
from synth_assets.core.scenes.cutouts import Cutout
from synth_assets.core.seeds import generator


def drawn() -> tuple[RGB, Mask]:
    image = np.random.default_rng(0).integers(60, 200, (64, 80, 3), np.uint8)
    mask = np.zeros((64, 80), np.bool_)
    mask[10:50, 20:60] = True
    return image, mask


def bush() -> Cutout:
    rgba = np.zeros((20, 20, 4), np.uint8)
    rgba[..., :3] = (30, 160, 40)
    rgba[:, 4:16, 3] = 255
    return Cutout("id-of-bush", rgba[:, 4:16], "bush.png")


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


def test_overlay_is_repeatable_covers_the_character_and_is_never_stronger_than_its_opacity() -> None:
    image, mask = drawn()
    first, again, other = (overlay(image, mask, 0.3, generator(seed)) for seed in (1, 1, 2))
    assert first is not None
    assert again is not None
    assert other is not None
    assert (first.image == again.image).all()
    assert (first.image != other.image).any()
    for seed in range(10):
        made = overlay(image, mask, 0.3, generator(seed))
        assert made is not None
        assert made.cover.max() <= 0.3 + 1e-6
        assert 0.7 <= visible_share(mask, made.cover) <= 1 - 0.3 * 0.15 + 1e-6


def test_an_object_hides_a_share_within_the_limits_and_nothing_outside_of_itself_changes() -> None:
    image, mask = drawn()
    for seed in range(10):
        made = object_in_front(image, mask, [bush()], (0.15, 0.6), generator(seed))
        assert made is not None
        assert made.kind == "object"
        assert made.cutout is not None
        assert made.cutout.source == "bush.png"
        assert 0.4 <= visible_share(mask, made.cover) <= 0.85
        assert (made.image[made.cover == 0] == image[made.cover == 0]).all()
        hidden = mask & (made.cover > 0.99)
        assert made.image[hidden][:, 1].mean() > made.image[hidden][:, 0].mean() + 20  # the bush is green
        rows = np.flatnonzero((made.cover > 0.5).any(axis=1))
        assert rows[-1] >= 48  # its foot is not above the character's
    first, again = (object_in_front(image, mask, [bush()], (0.15, 0.6), generator(9)) for _ in range(2))
    assert first is not None
    assert again is not None
    assert (first.image == again.image).all()


def test_no_object_where_none_can_hide_so_much() -> None:
    image, mask = drawn()
    thin = Cutout("thin", np.full((40, 1, 4), 255, np.uint8), "thin.png")
    assert object_in_front(image, mask, [thin], (0.9, 0.95), generator(1)) is None
    assert object_in_front(image, np.zeros_like(mask), [bush()], (0.1, 0.5), generator(1)) is None
    assert overlay(image, np.zeros_like(mask), 0.3, generator(1)) is None
