"""The frame metrics of SPEC S3 written down as they read, one step after the other, slowly.

The oracle of test_measure_frames.py and the yardstick of bench/measure.py.
"""

import cv2
import numpy as np

from synth_assets.core.ports import RGB


def plain_frame_metrics(image: RGB) -> dict[str, float]:
    gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    value = cv2.cvtColor(image, cv2.COLOR_RGB2HSV)[:, :, 2]
    return {
        "complexity": _complexity(image, gray),
        "lighting": _lighting(value, to_the_end=False),
        "lighting_corrected": _lighting(value, to_the_end=True),
        "occlusion": _occlusion(gray, edge_value=255),
        "occlusion_corrected": _occlusion(gray, edge_value=1),
        "quality": _quality(gray),
        "sharpness": _sharpness(gray),
        "contrast": min(float(np.std(gray)) / 128, 1.0),
        "brightness": float(np.mean(gray)) / 255,
    }


def _complexity(image: RGB, gray: np.ndarray) -> float:
    height, width = gray.shape
    edges = cv2.Canny(gray, 50, 150)
    edge_share = np.sum(edges > 0) / (height * width)
    colours = len(np.unique(image.reshape(-1, 3), axis=0))
    variety = min(colours / (0.1 * height * width), 1)
    return float(0.4 * edge_share + 0.3 * variety + 0.3 * np.std(gray) / 128)


def _lighting(value: np.ndarray, to_the_end: bool) -> float:
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


def _occlusion(gray: np.ndarray, edge_value: int) -> float:
    height, width = gray.shape
    edges = (cv2.Canny(gray, 50, 150) > 0).astype(np.int64) * edge_value
    cuts = [np.s_[:20], np.s_[-20:], np.s_[:, :20], np.s_[:, -20:]]
    border = np.concatenate([gray[cut].flatten() for cut in cuts])
    total = sum(int(edges[cut].sum()) for cut in cuts)
    return float(min(0.5 * np.std(border) / 128 + 0.5 * total / (2 * (height + width) * 20), 1))


def _sharpness(gray: np.ndarray) -> float:
    return float(min(cv2.Laplacian(gray, cv2.CV_64F).var() / 1000, 1))


def _quality(gray: np.ndarray) -> float:
    blurred = cv2.GaussianBlur(gray, (5, 5), 0)
    noise = np.mean(np.abs(gray.astype(float) - blurred.astype(float))) / 255
    size = min(gray.shape[0] * gray.shape[1] / 512**2, 1)
    return float(0.5 * _sharpness(gray) + 0.3 * (1 - min(10 * noise, 1)) + 0.2 * size)
