"""The traits of SPEC S5.1 written down as they read, one after the other, slowly.

Each trait converts the picture by itself. The oracle of test_measure_photos.py and one yardstick of
bench/measure.py.
"""

import numpy as np
from PIL import Image, ImageFilter

from synth_assets.core.ports import RGB
from synth_assets_tests.core.plain_frame_metrics import to_gray
from synth_assets_tests.core.plain_photo_metrics import hue, saturation, warmth


def plain_traits(image: RGB) -> dict[str, float]:
    return {
        "luminance": float(np.mean(to_gray(image))),
        "colorfulness": colorfulness(image),
        "hue": hue(image),
        "saturation": saturation(image),
        "warmth": warmth(image),
        "aspect_ratio": image.shape[1] / image.shape[0],
        "edge_density": edge_density(image),
        "subject_scale": subject_scale(image),
    }


def colorfulness(image: RGB) -> float:
    return float(np.sqrt(sum(np.var(image[:, :, channel].astype(float)) for channel in range(3))))


def find_edges(image: RGB) -> np.ndarray:
    return np.asarray(Image.fromarray(image).convert("L").filter(ImageFilter.FIND_EDGES))


def edge_density(image: RGB) -> float:
    return float(np.mean(find_edges(image) >= 32))


def subject_scale(image: RGB) -> float:
    """Without the outermost pixels, which Pillow's filter copies unfiltered."""
    rows, columns = np.where(find_edges(image)[1:-1, 1:-1] > 48)
    if len(rows) == 0:
        return 0.0
    box = (rows.max() - rows.min() + 1) * (columns.max() - columns.min() + 1)
    return float(box / (image.shape[0] * image.shape[1]))
