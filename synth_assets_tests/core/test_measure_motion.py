import numpy as np
import pytest

from synth_assets.core.images import resize
from synth_assets.core.measure import motion_between
from synth_assets.core.ports import RGB


def texture(shift_px: int) -> RGB:
    blobs = np.random.default_rng(0).integers(0, 256, (12, 40, 3), np.uint8)
    return np.asarray(resize(blobs, (96, 320))[:, 20 + shift_px : 276 + shift_px], np.uint8)


def test_a_shift_is_told_in_widths() -> None:
    assert motion_between(texture(0), texture(0)) == pytest.approx(0, abs=1e-3)
    assert motion_between(texture(0), texture(8)) == pytest.approx(8 / 256, rel=0.1)


def test_the_size_of_the_frames_does_not_matter() -> None:
    large = [np.asarray(resize(texture(shift), (288, 768)), np.uint8) for shift in (0, 8)]
    assert motion_between(large[0], large[1]) == pytest.approx(8 / 256, rel=0.1)
