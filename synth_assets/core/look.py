"""One look at an image: what all metrics share, computed once and only when asked for.

Belongs here: the planes (gray, HSV, edges, Laplacian, Lab, small versions) and the values that
more than one set of metrics uses. Does not belong here: the sets themselves
(``measure_frames.py``, ``measure_photos.py``), decoding (``images.py``), and
decisions on the values.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Generic, TypeVar, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from synth_assets.core.colour import to_lab
from synth_assets.core.images import fit_within
from synth_assets.core.ports import RGB

CANNY_LOW, CANNY_HIGH = 50, 150
FULL_SHARPNESS = 1000.0
"""Variance of the Laplacian that counts as fully sharp."""
SOBEL_GAIN = 8.0
"""What the 3 x 3 Sobel operator gives for a slope of one gray level a pixel."""
REBLUR_SIGMA_PX = 2.0
HALF_RANGE = 128.0
"""Standard deviation of gray that counts as full contrast; half of the 8-bit range."""
FULL = 255.0
COLOUR_SHARE = 0.1
"""A picture has full colour variety when it holds one colour per ten pixels."""
_VALUES = np.arange(256, dtype=np.float64)
_RGB_BITS = 0xFFFFFF
_SORTING_PIXELS = 100_000
"""Up to here sorting the colours is faster than ticking them off in a table of all colours."""
_BAND_PIXELS = 65_536
"""Pixels ticked off at a time: what stays in the cache, whatever the size of the picture."""
SMALL_SIDE_PX = 256
"""Longer side of the small version on which composition is judged."""

T = TypeVar("T")


class _once(Generic[T]):  # noqa: N801 - used like functools.cached_property
    """A property computed when first asked for, then an attribute.

    ``functools.cached_property`` of Python 3.11 holds one lock for all instances while it computes,
    so threads that each look at their own picture would wait for one another.
    """

    def __init__(self, compute: Callable[[Any], T]) -> None:
        self.compute, self.name = compute, compute.__name__
        self.__doc__ = compute.__doc__

    def __get__(self, look: object | None, owner: type) -> T:
        if look is None:
            return cast(T, self)
        value = self.compute(look)
        look.__dict__[self.name] = value
        return value


class Look:
    """An RGB picture with everything that metrics share, each plane computed at most once.

    Args:
        image: (H, W, 3) uint8 RGB.

    Raises:
        ValueError: another shape or dtype, or no pixels.
    """

    def __init__(self, image: RGB) -> None:
        if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or image.size == 0:
            raise ValueError(f"expected (H, W, 3) uint8 with pixels, got {image.dtype} {image.shape}")
        self.image = np.ascontiguousarray(image)
        self.height_px, self.width_px = image.shape[:2]
        self.pixels = self.height_px * self.width_px

    @_once
    def gray(self) -> NDArray[np.uint8]:
        """(H, W) uint8 luma."""
        return _bytes(cv2.cvtColor(self.image, cv2.COLOR_RGB2GRAY))

    @_once
    def hsv(self) -> NDArray[np.uint8]:
        """(H, W, 3) uint8; H in 0..179 (2 degrees a step), S and V in 0..255."""
        return _bytes(cv2.cvtColor(self.image, cv2.COLOR_RGB2HSV))

    @_once
    def value(self) -> NDArray[np.uint8]:
        """(H, W) uint8, the V plane of HSV."""
        return _bytes(cv2.extractChannel(self.hsv, 2))

    @_once
    def lab(self) -> NDArray[np.float32]:
        """(H, W, 3) float32 CIELAB."""
        return to_lab(self.image)

    @_once
    def edges(self) -> NDArray[np.uint8]:
        """(H, W) uint8, 255 on Canny(50, 150) edges of gray, else 0."""
        return _bytes(cv2.Canny(self.gray, CANNY_LOW, CANNY_HIGH))

    @_once
    def edge_density(self) -> float:
        """Share of Canny edge pixels, 0..1."""
        return cv2.countNonZero(self.edges) / self.pixels

    @_once
    def small(self) -> RGB:
        """The picture scaled to at most SMALL_SIDE_PX on its longer side."""
        return _bytes(fit_within(self.image, (SMALL_SIDE_PX, SMALL_SIDE_PX)))

    @_once
    def small_gray(self) -> NDArray[np.uint8]:
        """Luma of ``small``."""
        return _bytes(cv2.cvtColor(self.small, cv2.COLOR_RGB2GRAY))

    @_once
    def channel_counts(self) -> NDArray[np.float64]:
        """(3, 256) numbers of pixels with each value of R, G and B."""
        counts = [np.ravel(cv2.calcHist([self.image], [channel], None, [256], [0, 256])) for channel in range(3)]
        return np.stack(counts).astype(np.float64)

    @_once
    def rgb_moments(self) -> tuple[list[float], list[float]]:
        """Means and standard deviations of R, G, B in 0..255."""
        shares = self.channel_counts / self.channel_counts.sum(axis=1, keepdims=True)
        means = shares @ _VALUES
        variances = (shares * (_VALUES - means[:, None]) ** 2).sum(axis=1)
        return means.tolist(), np.sqrt(variances).tolist()

    @_once
    def gray_moments(self) -> tuple[float, float]:
        """Mean and standard deviation of gray in 0..255."""
        means, stds = moments(self.gray)
        return means[0], stds[0]

    @_once
    def laplacian_variance(self) -> float:
        """Variance of the Laplacian of gray; 16-bit integers hold its values exactly."""
        _, stds = moments(cv2.Laplacian(self.gray, cv2.CV_16S))
        return stds[0] ** 2

    @_once
    def smooth(self) -> NDArray[np.uint8]:
        """(H, W) uint8 gray through the 5 x 5 binomial kernel, which has a variance of 1."""
        return _bytes(cv2.GaussianBlur(self.gray, (5, 5), 0))

    @_once
    def slopes(self) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
        """(H, W) int16 Sobel slopes of ``smooth`` in x and y, SOBEL_GAIN times gray levels a pixel."""
        return _slopes(self.smooth)

    @_once
    def reblurred_slopes(self) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
        """The same of ``smooth`` blurred once more, by REBLUR_SIGMA_PX."""
        return _slopes(_bytes(cv2.GaussianBlur(self.smooth, (0, 0), REBLUR_SIGMA_PX)))

    @_once
    def noise(self) -> float:
        """Mean absolute difference of gray to its 5 x 5 Gaussian blur, 0..1."""
        return cv2.mean(cv2.absdiff(self.gray, self.smooth))[0] / FULL

    @_once
    def unique_colours(self) -> int:
        """Number of different RGB colours."""
        if self.pixels > _SORTING_PIXELS:
            seen = np.zeros(_RGB_BITS + 1, np.bool_)
            rows = max(1, _BAND_PIXELS // self.width_px)
            for top in range(0, self.height_px, rows):
                # Indices of numpy's own width need no conversion value by value.
                seen[_colour_codes(self.image[top : top + rows]).astype(np.intp)] = True
            return int(np.count_nonzero(seen))
        codes = _colour_codes(self.image)
        codes.sort()
        return int(np.count_nonzero(codes[1:] != codes[:-1])) + 1

    @_once
    def sharpness(self) -> float:
        """min(variance of the Laplacian / 1000, 1)."""
        return min(self.laplacian_variance / FULL_SHARPNESS, 1.0)

    @_once
    def contrast(self) -> float:
        """Standard deviation of gray / 128, 0..1."""
        return self.gray_moments[1] / HALF_RANGE

    @_once
    def brightness(self) -> float:
        """Mean of gray / 255, 0..1."""
        return self.gray_moments[0] / FULL

    @_once
    def complexity(self) -> float:
        """0.4 edge share + 0.3 colour variety + 0.3 contrast, 0..1."""
        variety = min(self.unique_colours / (COLOUR_SHARE * self.pixels), 1.0)
        return 0.4 * self.edge_density + 0.3 * variety + 0.3 * self.contrast

    @_once
    def hue(self) -> float:
        """Circular mean of hue in degrees 0..360, each pixel weighted by its chroma; 0 for gray.

        In the plane where hue is an angle and chroma a length, the mean of all pixels' vectors is
        the vector of the mean colour, so channel means are enough. Unweighted, the noise of gray
        pixels, whose hue means nothing, would decide.

        Source: Mardia and Jupp, Directional Statistics, 2000, section 2.2; hue plane as in A.
        Hanbury, "Circular statistics applied to colour images", 2003.
        """
        red, green, blue = self.rgb_moments[0]
        x, y = 2 * red - green - blue, math.sqrt(3) * (green - blue)
        if math.hypot(x, y) < 1e-9:
            return 0.0
        return math.degrees(math.atan2(y, x)) % 360.0

    @_once
    def saturation(self) -> float:
        """Mean of HSV saturation, 0..1."""
        return cv2.mean(self.hsv)[1] / FULL

    @_once
    def warmth(self) -> float:
        """Mean of (R + G) / 2 - B, -255..255."""
        red, green, blue = self.rgb_moments[0]
        return (red + green) / 2 - blue


def moments(plane: Any) -> tuple[list[float], list[float]]:
    """Means and population standard deviations of each channel, summed in 64 bits."""
    means, stds = cv2.meanStdDev(plane)
    return [float(value) for value in np.ravel(means)], [float(value) for value in np.ravel(stds)]


def histogram(plane: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Share of each of the 256 values of an (H, W) uint8 plane; sums to 1."""
    counts = cv2.calcHist([plane], [0], None, [256], [0, 256])
    return np.ravel(counts).astype(np.float64) / plane.size


def _colour_codes(image: RGB) -> NDArray[np.uint32]:
    """One number a colour."""
    rgba = np.ravel(cv2.cvtColor(image, cv2.COLOR_RGB2RGBA)).view("<u4")
    return rgba & np.uint32(_RGB_BITS)


def _slopes(plane: NDArray[np.uint8]) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    x, y = (np.asarray(cv2.Sobel(plane, cv2.CV_16S, dx, 1 - dx), np.int16) for dx in (1, 0))
    return x, y


def _bytes(plane: Any) -> NDArray[np.uint8]:
    return np.asarray(plane, dtype=np.uint8)
