"""What is done before and after SAM2, on drawn pictures and logits."""

import numpy as np
import torch
from torch.nn.functional import interpolate

from resources.models.sam2_masks import grid_points, in_square, masks_in_size, measured, prepare

MEAN, STD = np.array([0.485, 0.456, 0.406], np.float32), np.array([0.229, 0.224, 0.225], np.float32)


def test_pixels_are_normalised() -> None:
    red = np.zeros((60, 90, 3), np.uint8)
    red[..., 0] = 255
    prepared = prepare(red, 32, MEAN, STD)
    assert prepared.shape == (3, 32, 32)
    assert prepared.dtype == np.float32
    np.testing.assert_allclose(prepared[:, 5, 5], [(1 - 0.485) / 0.229, -0.456 / 0.224, -0.406 / 0.225], rtol=1e-5)


def test_pixels_are_those_of_the_models_own_processor() -> None:
    """Bilinear with antialiasing on uint8, then (x - 255 mean) / (255 std): what torchvision's resize calls."""
    for height, width in ((90, 70), (20, 30), (32, 32)):
        image = np.random.default_rng(height).integers(0, 256, (height, width, 3), dtype=np.uint8)
        levels = torch.from_numpy(image).permute(2, 0, 1)[None]
        square = interpolate(levels, (32, 32), mode="bilinear", align_corners=False, antialias=True)[0].float()
        mean, std = (torch.from_numpy(values)[:, None, None] * 255 for values in (MEAN, STD))
        one_level = 1 / 255 / STD.min()
        np.testing.assert_allclose(
            prepare(image, 32, MEAN, STD), ((square - mean) / std).numpy(), atol=one_level * 1.01
        )


def test_points_lie_in_the_middles_of_cells() -> None:
    np.testing.assert_allclose(
        grid_points(2), [[[0.25, 0.25]], [[0.75, 0.25]], [[0.25, 0.75]], [[0.75, 0.75]]], atol=1e-7
    )
    assert grid_points(20).shape == (400, 1, 2)


def test_coordinates_are_squeezed_with_the_picture() -> None:
    """A picture of 200 x 100 in a square of 50: x by 1/4, y by 1/2."""
    np.testing.assert_array_equal(in_square([[[100, 50], [200, 100]]], (100, 200), 50), [[[25, 25], [50, 50]]])
    np.testing.assert_array_equal(in_square([(40, 20, 80, 100)], (100, 200), 50), [[10, 10, 20, 50]])
    assert in_square(np.zeros((0, 1, 2)), (100, 200), 50).shape == (0, 1, 2)


def _drawn() -> torch.Tensor:
    """A steep square at columns 2..5, rows 1..3 of 8 x 8; a slope that is soft; nothing."""
    steep = torch.full((8, 8), -20.0)
    steep[1:4, 2:6] = 20
    soft = torch.linspace(-2, 2, 8).expand(8, 8)
    return torch.stack([steep, soft, torch.full((8, 8), -9.0)])


def test_masks_come_back_to_the_size_of_a_picture_that_is_not_square() -> None:
    """The square of 4 x 3 cells becomes one of 40 x 6 pixels in a picture of 80 x 16."""
    masks = masks_in_size(_drawn(), (16, 80))
    expected = np.zeros((16, 80), np.bool_)
    expected[2:8, 20:60] = True
    assert masks[0].shape == (16, 80)
    assert (masks[0] ^ expected).sum() <= 8  # the corners are rounded
    assert not masks[2].any()


def test_a_steep_mask_is_stable_and_a_soft_one_is_not() -> None:
    stability, boxes = measured(_drawn(), (8, 8))
    # The slope passes 1 in two of eight columns, and -1 in six.
    np.testing.assert_allclose(stability, [1, 2 / 6, 0])
    assert boxes.tolist() == [[2, 1, 6, 4], [4, 0, 8, 8], [0, 0, 0, 0]]


def test_masks_are_measured_each_for_itself() -> None:
    logits = torch.randn(7, 8, 8, generator=torch.Generator().manual_seed(0))
    whole = measured(logits, (5, 9))
    one_by_one = [measured(logits[at : at + 1], (5, 9)) for at in range(7)]
    np.testing.assert_array_equal(whole[0], np.concatenate([stability for stability, _ in one_by_one]))
    np.testing.assert_array_equal(whole[1], np.concatenate([boxes for _, boxes in one_by_one]))
    stability, boxes = measured(logits[:0], (5, 9))
    assert stability.shape == (0,)
    assert boxes.shape == (0, 4)
