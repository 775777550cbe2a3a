"""How much of a photo an edit left as it was, on hand-made pictures."""

import numpy as np
import pytest

from synth_assets.core.scenes.preservation import preserved_share, structure_kept


def test_preserved_share() -> None:
    image = np.random.default_rng(0).integers(60, 190, (20, 20, 3)).astype(np.uint8)
    other = image.copy()
    other[:5] = 0
    where = np.zeros((20, 20), np.bool_)
    where[4:14] = True
    assert preserved_share(image, image) == 1
    assert preserved_share(image, other) == 0.75
    assert preserved_share(image, other, where) == 0.9
    assert preserved_share(image, other, ~where) == 0.6
    assert preserved_share(image, other, np.zeros_like(where)) == 1
    assert preserved_share(image, image + np.uint8(8)) == 1
    assert preserved_share(image, image + np.uint8(9)) == 0


def test_structure_kept() -> None:
    image = np.random.default_rng(0).integers(60, 190, (20, 20, 3)).astype(np.uint8)
    assert structure_kept(image, image + np.uint8(9)) == pytest.approx(1)
    assert structure_kept(image, image[::-1]) < 0.3
    flat = np.full((8, 8, 3), 9, np.uint8)
    assert (structure_kept(flat, flat + np.uint8(1)), structure_kept(flat, image[:8, :8])) == (1, 0)
