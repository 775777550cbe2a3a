import numpy as np

from resources.offline.restoration import LanczosUpscaler, NonLocalMeansDenoiser


def test_upscaling_doubles_both_sides() -> None:
    image = np.full((5, 7, 3), 90, np.uint8)
    upscaler = LanczosUpscaler()
    assert upscaler.factor == 2
    assert (upscaler.upscale([image])[0] == np.full((10, 14, 3), 90, np.uint8)).all()


def test_denoising_brings_pixels_closer_to_the_clean_picture() -> None:
    clean = np.full((48, 48, 3), 120, np.uint8)
    noisy = np.clip(clean + np.random.default_rng(0).normal(0, 4, clean.shape), 0, 255).astype(np.uint8)
    restored = NonLocalMeansDenoiser().restore([noisy])[0]
    assert restored.shape == clean.shape
    assert np.abs(restored.astype(int) - 120).mean() < 0.6 * np.abs(noisy.astype(int) - 120).mean()
