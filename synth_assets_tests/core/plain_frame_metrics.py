"""The frame metrics of SPEC S3 written down as they read, one metric after the other, slowly.

Each metric converts the frame by itself. The oracle of test_measure_frames.py and one yardstick of
bench/measure.py. Does not belong here: the metrics of profiles and sequences
(plain_photo_metrics.py, plain_traits.py).
"""

import cv2
import numpy as np

from synth_assets.core.ports import RGB


def plain_frame_metrics(image: RGB) -> dict[str, float]:
    return documented_metrics(image) | corrected_metrics(image)


def documented_metrics(image: RGB) -> dict[str, float]:
    return {"complexity": complexity(image)} | lighter_metrics(image)


def lighter_metrics(image: RGB) -> dict[str, float]:
    """The documented ones less complexity, which takes most of the time."""
    return {
        "lighting": lighting(image, to_the_end=False),
        "occlusion": occlusion(image, edge_value=255),
        "quality": quality(image, sharpness(image)),
        "sharpness": sharpness(image),
        "contrast": contrast(image),
        "brightness": brightness(image),
    }


def corrected_metrics(image: RGB) -> dict[str, float]:
    """Those that differ from the documented ones."""
    return {
        "lighting_corrected": lighting(image, to_the_end=True),
        "occlusion_corrected": occlusion(image, edge_value=1),
        "quality_corrected": quality(image, edge_sharpness(image)),
        "sharpness_corrected": edge_sharpness(image),
    }


def to_gray(image: RGB) -> np.ndarray:
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))


def edge_density(image: RGB) -> float:
    edges = cv2.Canny(to_gray(image), 50, 150)
    return float(np.sum(edges > 0) / edges.size)


def complexity(image: RGB) -> float:
    height, width = image.shape[:2]
    colours = len(np.unique(image.reshape(-1, 3), axis=0))
    variety = min(colours / (0.1 * height * width), 1)
    return 0.4 * edge_density(image) + 0.3 * variety + 0.3 * float(np.std(to_gray(image))) / 128


def lighting(image: RGB, to_the_end: bool) -> float:
    value = cv2.cvtColor(image, cv2.COLOR_RGB2HSV)[:, :, 2]
    height, width = value.shape
    dark, bright = np.mean(value < 64), np.mean(value >= 192)
    dynamic = 0.3 if dark > 0.5 or bright > 0.5 else 1 - dark - bright
    more = 1 if to_the_end else 0
    stds = [
        np.std(value[y : y + 32, x : x + 32])
        for y in range(0, height - 32 + more, 32)
        for x in range(0, width - 32 + more, 32)
    ]
    even = 1 - min(np.mean(stds) / 128, 1)
    fair = 1 if 0.3 < np.mean(value) / 255 < 0.7 else 0.5
    return float(0.4 * dynamic + 0.3 * even + 0.3 * fair)


def occlusion(image: RGB, edge_value: int) -> float:
    gray = to_gray(image)
    height, width = gray.shape
    edges = (cv2.Canny(gray, 50, 150) > 0).astype(np.int64) * edge_value
    cuts = [np.s_[:20], np.s_[-20:], np.s_[:, :20], np.s_[:, -20:]]
    border = np.concatenate([gray[cut].flatten() for cut in cuts])
    total = sum(int(edges[cut].sum()) for cut in cuts)
    return float(min(0.5 * np.std(border) / 128 + 0.5 * total / (2 * (height + width) * 20), 1))


def sharpness(image: RGB) -> float:
    return float(min(cv2.Laplacian(to_gray(image), cv2.CV_64F).var() / 1000, 1))


def noise(image: RGB) -> float:
    gray = to_gray(image)
    blurred = cv2.GaussianBlur(gray, (5, 5), 0)
    return float(np.mean(np.abs(gray.astype(float) - blurred.astype(float))) / 255)


def edge_sharpness(image: RGB) -> float:
    gray = to_gray(image)
    fine = cv2.GaussianBlur(gray, (5, 5), 0)
    coarse = cv2.GaussianBlur(fine, (0, 0), 2)
    fine_x, fine_y = cv2.Sobel(fine, cv2.CV_16S, 1, 0), cv2.Sobel(fine, cv2.CV_16S, 0, 1)
    x, y = cv2.Sobel(coarse, cv2.CV_16S, 1, 0), cv2.Sobel(coarse, cv2.CV_16S, 0, 1)
    slopes = np.sqrt(x.astype(float) ** 2 + y.astype(float) ** 2)
    least = min(max(5 * np.median(slopes[::4, ::4]), 3 * 8), 12 * 8)
    pairs = []
    for row, column in zip(*np.nonzero(cv2.Canny(x, y, least, least, L2gradient=True)), strict=True):
        energy = slopes[row, column] ** 2
        along = float(fine_x[row, column]) * x[row, column] + float(fine_y[row, column]) * y[row, column]
        pairs.append((along / energy, energy))
    if len(pairs) < 16:
        return 0.0
    pairs.sort()
    summed = np.cumsum([energy for _, energy in pairs])
    ratio, _ = next(pair for pair, below in zip(pairs, summed, strict=True) if below >= 0.7 * summed[-1])
    blur = np.sqrt(max(4 / (ratio**2 - 1) - 4 / 3, 0)) if ratio > 1 else np.inf
    return float(1 / (1 + (blur / 1.4) ** 3))


def quality(image: RGB, sharpness: float) -> float:
    size = min(image.shape[0] * image.shape[1] / 512**2, 1)
    return float(0.5 * sharpness + 0.3 * (1 - min(10 * noise(image), 1)) + 0.2 * size)


def contrast(image: RGB) -> float:
    return float(np.std(to_gray(image))) / 128


def brightness(image: RGB) -> float:
    return float(np.mean(to_gray(image))) / 255
