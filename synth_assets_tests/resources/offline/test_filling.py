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
