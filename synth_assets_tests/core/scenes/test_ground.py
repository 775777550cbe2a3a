"""Ground is found under a horizon, not on water, walls or clutter."""

import numpy as np

from synth_assets.core.scenes.ground import find_ground


def layered(below: tuple[int, int, int], horizon: int = 60) -> np.ndarray:
    image = np.empty((120, 160, 3), np.uint8)
    image[:horizon] = (200, 215, 235)
    image[horizon:] = below
    noise = np.random.default_rng(0).integers(-6, 7, (60, 80, 1)).repeat(2, 0).repeat(2, 1)
    return np.clip(image.astype(int) + noise, 0, 255).astype(np.uint8)


def test_meadow_below_the_horizon() -> None:
    ground = find_ground(layered((90, 130, 60)))
    assert ground is not None
    assert 60 <= ground.horizon_px <= 75
    assert ground.mask[-1].all()
    assert not ground.mask[:60].any()
    assert ground.depth(ground.horizon_px) == 0
    assert ground.depth(120) == 1


def test_water_is_no_ground() -> None:
    assert find_ground(layered((70, 110, 160))) is None


def test_columns_behind_an_obstacle_have_less_ground() -> None:
    image = layered((90, 130, 60))
    image[:110, 40:80] = (120, 40, 40)
    ground = find_ground(image)
    assert ground is not None
    assert ground.top_px[60] > 105
    assert ground.top_px[140] < 75


def test_a_wall_beside_a_hole_is_no_landscape() -> None:
    image = np.empty((120, 160, 3), np.uint8)
    image[:, :80], image[:, 80:] = (60, 50, 40), (220, 220, 225)
    assert find_ground(image) is None


def test_any_size_is_taken() -> None:
    image = np.kron(layered((90, 130, 60)), np.ones((3, 3, 1))).astype(np.uint8)
    ground = find_ground(image)
    assert ground is not None
    assert ground.mask.shape == (360, 480)
    assert 180 <= ground.horizon_px <= 225
