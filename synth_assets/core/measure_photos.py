"""Photo metrics of S1.3 and traits of S5.1, per image.

Belongs here: statistics of one picture that profiles and sequences use. Does not belong here:
pooling them (``profile/``), sorting by them (``sequences/``) and shared planes (``look.py``).
"""

from __future__ import annotations

import math
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from synth_assets.core.look import FULL, Look, histogram, moments

EDGE_FROM = 32
SUBJECT_ABOVE = 48
_FIND_EDGES = np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]], np.float32)
"""Pillow's kernel of that name; OpenCV applies it to the same values 20 times faster."""
CROSSING_SIGMA, LINE_SIGMA = 0.12, 0.05
"""Reach of a crossing of two thirds and of a third's line, in sides of the picture."""
PHOTO_METRICS = (
    *(f"{channel}_{moment}" for channel in ("red", "green", "blue") for moment in ("mean", "std")),
    *(
        "brightness_mean",
        "brightness_std",
        "contrast",
        "saturation",
        "hue",
        "sharpness",
        "noise",
        "edge_density",
        "entropy",
    ),
    *("lbp_variance", "thirds", "symmetry", "complexity", "warmth", "width_px", "height_px"),
    *(f"lab_{channel}_{moment}" for channel in "lab" for moment in ("mean", "std")),
)
TRAITS = (
    *("luminance", "colorfulness", "hue", "saturation", "warmth", "aspect_ratio", "edge_density", "subject_scale"),
)


def photo_metrics(look: Look) -> dict[str, float]:
    """Gives the statistics of one picture that a profile pools; keys are PHOTO_METRICS.

    Means, standard deviations, brightness, contrast, saturation, noise, edge density, thirds,
    symmetry, sharpness and complexity lie in 0..1; hue is in degrees; entropy in bits (0..8); warmth
    in -255..255; width and height in pixels; Lab as in ``colour.to_lab``.
    """
    means, stds = look.rgb_moments
    lab_means, lab_stds = moments(look.lab)
    values = {f"{name}_mean": mean / FULL for name, mean in zip(("red", "green", "blue"), means, strict=True)}
    values |= {f"{name}_std": std / FULL for name, std in zip(("red", "green", "blue"), stds, strict=True)}
    values |= {f"lab_{name}_mean": mean for name, mean in zip("lab", lab_means, strict=True)}
    values |= {f"lab_{name}_std": std for name, std in zip("lab", lab_stds, strict=True)}
    return values | {
        "brightness_mean": look.brightness,
        "brightness_std": look.gray_moments[1] / FULL,
        "contrast": look.contrast,
        "saturation": look.saturation,
        "hue": look.hue,
        "sharpness": look.sharpness,
        "noise": look.noise,
        "edge_density": look.edge_density,
        "entropy": _entropy(look.gray),
        "lbp_variance": _lbp_variance(look.gray),
        "thirds": _thirds(look.small_gray),
        "symmetry": _symmetry(look.small_gray),
        "complexity": look.complexity,
        "warmth": look.warmth,
        "width_px": float(look.width_px),
        "height_px": float(look.height_px),
    }


def _entropy(gray: NDArray[np.uint8]) -> float:
    shares = histogram(gray)
    present = shares[shares > 0]
    return max(0.0, -float((present * np.log2(present)).sum()))


def _lbp_variance(gray: NDArray[np.uint8]) -> float:
    """Variance of local binary patterns: 8 neighbours, uniform and rotation invariant (0..9).

    Source: Ojala, Pietikäinen, Mäenpää, "Multiresolution gray-scale and rotation invariant texture
    classification with local binary patterns", PAMI 24(7), 2002, eq. 9, on the pixel grid.
    """
    if min(gray.shape) < 3:
        return 0.0
    inner = gray[1:-1, 1:-1]
    height, width = gray.shape
    ring = [(0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0)]
    code = np.zeros(inner.shape, np.uint8)
    for bit, (y, x) in enumerate(ring):
        above = cv2.compare(gray[y : height - 2 + y, x : width - 2 + x], inner, cv2.CMP_GE)
        code |= np.asarray(above, np.uint8) & np.uint8(1 << bit)
    shares = histogram(code)
    mean = float(shares @ _UNIFORM)
    return float(shares @ (_UNIFORM - mean) ** 2)


def _uniform_codes() -> NDArray[np.float64]:
    codes = np.arange(256)
    bits = (codes[:, None] >> np.arange(8)) & 1
    changes = (bits != np.roll(bits, 1, axis=1)).sum(axis=1)
    return np.where(changes <= 2, bits.sum(axis=1), 9).astype(np.float64)


_UNIFORM = _uniform_codes()


def _thirds(gray: NDArray[np.uint8]) -> float:
    """How much denser the gradient's energy is on the thirds than elsewhere, 0..1.

    0: none of it there; 1/2: spread evenly, or no gradient at all; 1: all of it there. "There" is
    a weight: a Gaussian of the distance to the nearest of the four crossings counts one part, one
    of the distance to the nearest of the four lines two.

    Source: point and line terms and their weights after Liu, Chen, Wolf, Cohen-Or, "Optimizing
    Photo Composition", Computer Graphics Forum 29(2), 2010, section 3, with gradient energy for
    their salient regions and lines; the ratio of densities, so that an even texture has a fixed
    score, is ours.
    """
    energy = _gradient_energy(gray)
    if not energy.any():
        return 0.5
    weight = _thirds_weight(gray.shape[0], gray.shape[1])
    total, on_thirds = float(energy.sum()), float((energy * weight).sum())
    near, far = on_thirds / float(weight.sum()), (total - on_thirds) / float((1 - weight).sum())
    return near / (near + far)


@lru_cache(maxsize=8)
def _thirds_weight(height_px: int, width_px: int) -> NDArray[np.float64]:
    rows, columns = _third_distance(height_px)[:, None], _third_distance(width_px)[None, :]
    crossings = np.exp(-(rows**2 + columns**2) / (2 * CROSSING_SIGMA**2))
    lines = np.exp(-(np.minimum(rows, columns) ** 2) / (2 * LINE_SIGMA**2))
    return (crossings + 2 * lines) / 3


def _third_distance(side_px: int) -> NDArray[np.float64]:
    places = (np.arange(side_px) + 0.5) / side_px
    return np.minimum(abs(places - 1 / 3), abs(places - 2 / 3))


def _gradient_energy(gray: NDArray[np.uint8]) -> NDArray[np.float64]:
    dx, dy = (cv2.Sobel(gray, cv2.CV_64F, *order) for order in ((1, 0), (0, 1)))
    return np.asarray(dx * dx + dy * dy, np.float64)


def _symmetry(gray: NDArray[np.uint8]) -> float:
    """Correlation of the picture with its left-right mirror image, 0..1; 1 for a flat picture.

    A picture that turns into its negative in the mirror has correlation -1, and no less symmetry
    than one that has nothing to do with its mirror image: both are 0.

    Source: Marola, "On the detection of the axes of symmetry of symmetric and almost symmetric
    planar images", PAMI 11(1), 1989, with the middle column as the axis and the mean taken off.
    """
    values = gray.astype(np.float64) - gray.mean()
    energy = float((values**2).sum())
    if energy == 0:
        return 1.0
    return min(max(float((values * values[:, ::-1]).sum()) / energy, 0.0), 1.0)


def traits(look: Look) -> dict[str, float]:
    """Gives what sequences are sorted by; keys are TRAITS.

    luminance in 0..255; colorfulness = square root of the summed variances of R, G and B; hue in
    degrees (circular mean); saturation in 0..1; warmth = mean of (R + G) / 2 - B; aspect ratio =
    width / height; edge density = share of Pillow's FIND_EDGES at 32 and above; subject scale =
    bounding box of the edges above 48, over the area.

    Pillow's filter copies the outermost pixels unfiltered. Edge density keeps them, as documented;
    subject scale leaves them out, else every picture with a light rim would have scale 1.

    Source: SPEC S5.1.
    """
    edges = _find_edges(look)
    return {
        "luminance": look.gray_moments[0],
        "colorfulness": math.sqrt(sum(std**2 for std in look.rgb_moments[1])),
        "hue": look.hue,
        "saturation": look.saturation,
        "warmth": look.warmth,
        "aspect_ratio": look.width_px / look.height_px,
        "edge_density": float(np.count_nonzero(edges >= EDGE_FROM)) / look.pixels,
        "subject_scale": _subject_scale(edges),
    }


def _find_edges(look: Look) -> NDArray[np.uint8]:
    if min(look.height_px, look.width_px) < 3:
        return np.zeros((look.height_px, look.width_px), np.uint8)
    gray = np.asarray(Image.fromarray(look.image).convert("L"), np.uint8)
    edges = gray.copy()
    edges[1:-1, 1:-1] = cv2.filter2D(gray, cv2.CV_8U, _FIND_EDGES)[1:-1, 1:-1]
    return edges


def _subject_scale(edges: NDArray[np.uint8]) -> float:
    strong = edges[1:-1, 1:-1] > SUBJECT_ABOVE
    rows, columns = np.flatnonzero(strong.any(axis=1)), np.flatnonzero(strong.any(axis=0))
    if rows.size == 0:
        return 0.0
    return float((rows[-1] - rows[0] + 1) * (columns[-1] - columns[0] + 1)) / edges.size
