import numpy as np

from synth_assets.core.curation.cutout import character_rgba, clean_mask, erode_inside, refine_mask, soft_alpha


def _disc() -> tuple[np.ndarray, np.ndarray]:
    ys, xs = np.indices((64, 64))
    disc = (ys - 32) ** 2 + (xs - 32) ** 2 < 20**2
    image = np.where(disc[..., None], np.array([230, 180, 60], np.uint8), np.array([30, 60, 90], np.uint8))
    return image.astype(np.uint8), disc


def test_clean_mask_keeps_one_part_without_holes() -> None:
    _, disc = _disc()
    dirty = disc.copy()
    dirty[30:33, 30:33] = False
    dirty[2:4, 2:4] = True
    assert (clean_mask(dirty) ^ disc).sum() <= 8


def test_rim_moves_to_the_edge_of_the_picture() -> None:
    image, disc = _disc()
    coarse = np.roll(disc, 2, axis=1)
    before = (coarse ^ disc).sum()
    assert (refine_mask(image, coarse) ^ disc).sum() < before


def test_erosion_stops_at_the_picture_border() -> None:
    mask = np.zeros((10, 10), np.bool_)
    mask[4:] = True
    assert erode_inside(mask, 2)[9].all()
    assert not erode_inside(mask, 2)[5].any()


def test_alpha_is_solid_inside_and_nothing_outside() -> None:
    image, disc = _disc()
    alpha = soft_alpha(image, disc)
    assert alpha[32, 32] == 1
    assert alpha[2, 2] == 0
    assert 0 < alpha[(alpha > 0) & (alpha < 1)].size < 600


def test_rim_takes_the_colour_of_the_inside() -> None:
    image, disc = _disc()
    rgba = character_rgba(image, soft_alpha(image, disc))
    assert (rgba[rgba[..., 3] > 0][:, :3] == (230, 180, 60)).all()
