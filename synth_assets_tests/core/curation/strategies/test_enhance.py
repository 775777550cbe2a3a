import numpy as np

from synth_assets.core.curation.strategies.enhance import unsharp


def test_unsharp_leaves_even_areas_and_steepens_edges() -> None:
    image = np.full((16, 16, 3), 100, np.uint8)
    assert (unsharp(image, 0.6, 1.5) == image).all()
    image[:, 8:] = 150
    sharp = unsharp(image, 0.6, 1.5)
    assert sharp[8, 7, 0] < 100
    assert sharp[8, 8, 0] > 150
