"""The statistics of SPEC S1.3, of one picture, written down as they read, one after the other, slowly.

Each function converts the picture by itself; what one formula gives for all channels is one
function. The oracle of test_measure_photos.py and one yardstick of bench/measure.py. Histograms and
palette are flattened to numbers, so that everything compares alike.
"""

import math
from collections import Counter, defaultdict

import cv2
import numpy as np

from synth_assets.core.ports import RGB
from synth_assets_tests.core import plain_frame_metrics as frame
from synth_assets_tests.core.plain_frame_metrics import to_gray


def plain_photo_metrics(image: RGB) -> dict[str, float]:
    return {
        **channels(image),
        **lab(image),
        "brightness_mean": frame.brightness(image),
        "brightness_std": float(np.std(to_gray(image) / 255)),
        "contrast": frame.contrast(image),
        "saturation": saturation(image),
        "hue": hue(image),
        "sharpness": frame.sharpness(image),
        "noise": frame.noise(image),
        "edge_density": frame.edge_density(image),
        "entropy": entropy(image),
        "lbp_variance": lbp_variance(image),
        "thirds": thirds(image),
        "symmetry": symmetry(image),
        "complexity": frame.complexity(image),
        "warmth": warmth(image),
        "width_px": float(image.shape[1]),
        "height_px": float(image.shape[0]),
        **plain_histograms(image),
        **plain_palette(image),
    }


def channels(image: RGB) -> dict[str, float]:
    found = {}
    for number, name in enumerate(("red", "green", "blue")):
        values = image[:, :, number].astype(float) / 255
        found |= {f"{name}_mean": float(np.mean(values)), f"{name}_std": float(np.std(values))}
    return found


def lab(image: RGB) -> dict[str, float]:
    values = cv2.cvtColor(image.astype(np.float32) / np.float32(255), cv2.COLOR_RGB2Lab).astype(float)
    found = {}
    for number, name in enumerate("lab"):
        found[f"lab_{name}_mean"] = float(np.mean(values[:, :, number]))
        found[f"lab_{name}_std"] = float(np.std(values[:, :, number]))
    return found


def saturation(image: RGB) -> float:
    return float(np.mean(cv2.cvtColor(image, cv2.COLOR_RGB2HSV)[:, :, 1])) / 255


def hue(image: RGB) -> float:
    """The angle of the mean of the pixels' vectors (angle = hue, length = chroma)."""
    red, green, blue = np.moveaxis(image.astype(float), 2, 0)
    angle = np.arctan2(math.sqrt(3) * (green - blue), 2 * red - green - blue)
    chroma = np.hypot(math.sqrt(3) * (green - blue), 2 * red - green - blue)
    x, y = np.mean(chroma * np.cos(angle)), np.mean(chroma * np.sin(angle))
    return math.degrees(math.atan2(y, x)) % 360 if math.hypot(x, y) > 1e-9 else 0.0


def warmth(image: RGB) -> float:
    red, green, blue = np.moveaxis(image.astype(float), 2, 0)
    return float(np.mean((red + green) / 2 - blue))


def entropy(image: RGB) -> float:
    counts, _ = np.histogram(to_gray(image), bins=256, range=(0, 256))
    shares = counts[counts > 0] / counts.sum()
    return float(-np.sum(shares * np.log2(shares)))


def lbp_variance(image: RGB) -> float:
    """Uniform, rotation-invariant patterns: the number of ones if they change at most twice, else 9."""
    gray = to_gray(image)
    height, width = gray.shape
    centre = gray[1:-1, 1:-1]
    ring = [(-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1)]
    bits = [(gray[1 + y : height - 1 + y, 1 + x : width - 1 + x] >= centre).astype(int) for y, x in ring]
    ones = sum(bits)
    changes = sum(np.abs(bits[number] - bits[number - 1]) for number in range(8))
    return float(np.var(np.where(changes <= 2, ones, 9)))


def small(image: RGB) -> RGB:
    """At most 256 px on the longer side."""
    scale = 256 / max(image.shape[:2])
    if scale >= 1:
        return image
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def thirds(image: RGB) -> float:
    gray = to_gray(small(image))
    height, width = gray.shape
    energy = cv2.Sobel(gray, cv2.CV_64F, 1, 0) ** 2 + cv2.Sobel(gray, cv2.CV_64F, 0, 1) ** 2
    if energy.sum() == 0:
        return 0.5
    y, x = np.mgrid[:height, :width]
    y, x = (y + 0.5) / height, (x + 0.5) / width
    rows = np.minimum(np.abs(y - 1 / 3), np.abs(y - 2 / 3))
    columns = np.minimum(np.abs(x - 1 / 3), np.abs(x - 2 / 3))
    crossing = np.exp(-(rows**2 + columns**2) / (2 * 0.12**2))
    line = np.exp(-(np.minimum(rows, columns) ** 2) / (2 * 0.05**2))
    weight = crossing / 3 + 2 * line / 3
    near = np.sum(energy * weight) / np.sum(weight)
    far = np.sum(energy * (1 - weight)) / np.sum(1 - weight)
    return float(near / (near + far))


def symmetry(image: RGB) -> float:
    gray = to_gray(small(image)).astype(float)
    if np.std(gray) == 0:
        return 1.0
    return float(max(np.corrcoef(gray.ravel(), np.fliplr(gray).ravel())[0, 1], 0.0))


def plain_histograms(image: RGB) -> dict[str, float]:
    found = {}
    for number, name in enumerate(("red", "green", "blue")):
        counts, _ = np.histogram(image[:, :, number], bins=32, range=(0, 256))
        found |= {f"{name}_bin_{index}": count / counts.sum() for index, count in enumerate(counts)}
    return found


def plain_palette(image: RGB) -> dict[str, float]:
    """The 12 fullest cells of 10 x 14 x 14 in CIELAB: mean colour and share of each."""
    picture = small(image)
    lab_values = cv2.cvtColor(picture.astype(np.float32) / np.float32(255), cv2.COLOR_RGB2Lab)
    cells = [tuple(cell) for cell in np.floor(lab_values.reshape(-1, 3) / np.float32([10, 14, 14])).tolist()]
    sums: defaultdict[tuple[float, ...], np.ndarray] = defaultdict(lambda: np.zeros(3))
    for cell, colour in zip(cells, picture.reshape(-1, 3), strict=True):
        sums[cell] += colour
    found = {}
    counts = Counter(cells)
    for place, (cell, count) in enumerate(sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))[:12]):
        means = sums[cell] / count
        found |= {f"palette_{place}_{name}": float(value) for name, value in zip("rgb", means, strict=True)}
        found[f"palette_{place}_share"] = count / len(cells)
    return found


def flattened(histograms: np.ndarray, colours: list[tuple[tuple[float, float, float], float]]) -> dict[str, float]:
    """``channel_histograms`` and ``palette`` under the names used here."""
    found = {}
    for name, row in zip(("red", "green", "blue"), histograms, strict=True):
        found |= {f"{name}_bin_{index}": float(share) for index, share in enumerate(row)}
    for place, (colour, share) in enumerate(colours):
        found |= {f"palette_{place}_{name}": value for name, value in zip("rgb", colour, strict=True)}
        found[f"palette_{place}_share"] = share
    return found
