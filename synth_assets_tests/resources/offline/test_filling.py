import numpy as np
import pytest

from resources.offline.filling import OpenCvFiller


def _bands() -> tuple[np.ndarray, np.ndarray]:
    image = np.zeros((64, 96, 3), np.uint8)
    image[:32], image[32:] = (120, 180, 240), (90, 150, 40)
    mask = np.zeros((64, 96), np.bool_)
    mask[16:52, 36:60] = True
    return image, mask


def test_only_the_hole_changes_and_bands_go_on() -> None:
    image, mask = _bands()
    damaged = image.copy()
    damaged[mask] = (255, 0, 0)
    filled = OpenCvFiller().fill([damaged], [mask])[0]
    assert (filled[~mask] == damaged[~mask]).all()
    error = np.abs(filled[mask].astype(int) - image[mask].astype(int)).mean()
    assert error < 15


def test_same_input_same_bytes() -> None:
    image, mask = _bands()
    assert (OpenCvFiller().fill([image], [mask])[0] == OpenCvFiller().fill([image], [mask])[0]).all()


def test_empty_mask_changes_nothing_and_full_mask_is_refused() -> None:
    image, mask = _bands()
    assert (OpenCvFiller().fill([image], [np.zeros_like(mask)])[0] == image).all()
    with pytest.raises(ValueError, match="covers the whole picture"):
        OpenCvFiller().fill([image], [np.ones_like(mask)])


def test_pieces_meet_without_edges() -> None:
    rows, columns = np.indices((240, 320))
    smooth = np.stack([60 + rows * 0.5, 90 + columns * 0.3, 140 + 20 * np.sin(columns / 30)], axis=2)
    picture = np.clip(smooth + np.random.default_rng(1).normal(0, 3, smooth.shape), 0, 255).astype(np.uint8)
    hole = np.zeros((240, 320), np.bool_)
    hole[60:180, 80:240] = True
    filled = OpenCvFiller().fill([picture], [hole])[0].astype(int)
    steps = np.abs(np.diff(filled.mean(axis=2), axis=1))[:, :-1]
    inside = hole[:, 1:-1]
    assert steps[inside].max() < 1.5 * steps[~inside].max()
    assert steps[inside].mean() > 0.4 * steps[~inside].mean()  # grain is copied, not smeared
