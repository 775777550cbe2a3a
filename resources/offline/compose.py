"""Composed backgrounds: new views cut out of reference photos (``builtin:compose``).

Belongs here: the geometry and light of a new view. Does not belong here: moving the result toward
a profile (core) and which photos are used (core).
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from synth_assets.core.colour import from_lab, to_lab
from synth_assets.core.images import resize
from synth_assets.core.ports import RGB, TextToImageRequest
from synth_assets.core.seeds import generator

_ZOOM_RANGE = (0.66, 0.92)
"""Side of the cut as a share of the largest that fits: below, sample photos of 448 px turn soft."""
_TILT_DEG = 2.0
_CORNER_SHIFT = 0.035
"""Shift of each corner of the cut, as a share of its side: a mild change of view."""
_LOW_BIAS = 0.75
"""Where the cut lies: 0 = top, 1 = bottom. Ground is worth more than sky."""
_BORROWED_TONE = 0.25
_GAMMA_RANGE = (0.9, 1.12)
_CAST_SIGMA = 1.5
_SHARPEN_SIGMA_PX = 1.4
_SHARPEN_PER_ZOOM = 0.9
_SHARPEN_MAX = 0.7


class PhotoComposer:
    """Makes a new view of the first reference photo, in a light borrowed from the others.

    Cut, mirrored, tilted and seen from a slightly other place. The prompt is not read: what is
    shown depends on the photos alone.
    """

    name = "builtin:compose@1"
    resolution_px: int | None = None

    def generate(self, requests: Sequence[TextToImageRequest]) -> list[RGB]:
        """Gives one picture a request, of exactly the requested size.

        Raises:
            ValueError: a request without reference photos.
        """
        return [_compose(request) for request in requests]


def _compose(request: TextToImageRequest) -> RGB:
    if not request.references:
        raise ValueError(
            f"{PhotoComposer.name} makes backgrounds from photos, but got none for {request.prompt!r}; add photos to "
            "the slot or choose a model set with a text-to-image model"
        )
    rng = generator(request.seed)
    photo = request.references[0]
    view, zoom = _new_view(photo, request.size_hw, rng)
    view = _sharpen(view, zoom)
    return _relight(view, request.references[1:], rng)


def _new_view(photo: RGB, size_hw: tuple[int, int], rng: np.random.Generator) -> tuple[RGB, float]:
    height, width = size_hw
    photo_hw = np.array(photo.shape[:2], np.float64)
    largest = min(photo_hw[0] / height, photo_hw[1] / width)
    cut_hw = largest * rng.uniform(*_ZOOM_RANGE) * np.array([height, width])
    room_hw = photo_hw - cut_hw
    centre = np.array([rng.triangular(0, _LOW_BIAS, 1), rng.uniform(0, 1)]) * room_hw + cut_hw / 2
    angle = np.deg2rad(rng.uniform(-_TILT_DEG, _TILT_DEG))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    half_wh = cut_hw[::-1] / 2
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half_wh
    corners = corners + rng.uniform(-_CORNER_SHIFT, _CORNER_SHIFT, (4, 2)) * half_wh * 2
    corners = corners @ turn.T + centre[::-1]
    # Shrunk about the centre until no corner lies outside the photo: no invented borders.
    limit_wh = photo_hw[::-1] - 1
    reach = np.where(corners > centre[::-1], limit_wh - centre[::-1], centre[::-1])
    excess = np.abs(corners - centre[::-1]) / np.maximum(reach, 1e-6)
    corners = (corners - centre[::-1]) / max(1.0, float(excess.max())) + centre[::-1]
    if rng.random() < 0.5:
        corners = corners[[1, 0, 3, 2]]
    target = np.array([[0, 0], [width - 1, 0], [width - 1, height - 1], [0, height - 1]], np.float32)
    source = corners.astype(np.float32)
    zoom = width / float(np.linalg.norm(corners[1] - corners[0]))
    if zoom < 1:
        # Averaging before the warp keeps large photos free of moiré.
        photo = cv2.resize(photo, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA).astype(np.uint8)
        source = source * np.float32(zoom)
    matrix = cv2.getPerspectiveTransform(source, target)
    warped = cv2.warpPerspective(
        photo, matrix, (width, height), flags=cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REFLECT
    )
    return warped.astype(np.uint8), zoom


def _sharpen(view: RGB, zoom: float) -> RGB:
    amount = min(_SHARPEN_MAX, _SHARPEN_PER_ZOOM * (zoom - 1))
    if amount <= 0:
        return view
    lab = to_lab(view)
    light = lab[..., 0]
    lab[..., 0] = np.clip(light + amount * (light - cv2.GaussianBlur(light, (0, 0), _SHARPEN_SIGMA_PX)), 0, 100)
    return from_lab(lab)


def _relight(view: RGB, others: Sequence[RGB], rng: np.random.Generator) -> RGB:
    lab = to_lab(view)
    gamma = rng.uniform(*_GAMMA_RANGE)
    lab[..., 0] = 100 * np.power(np.clip(lab[..., 0], 0, 100) / 100, gamma)
    shift = rng.normal(0, _CAST_SIGMA, 2)
    if others:
        shift = shift + _BORROWED_TONE * np.clip(_mean_colour(others) - lab[..., 1:].mean(axis=(0, 1)), -20, 20)
    # Whites stay white: a burnt-out sky has no colour to shift.
    weight = 1 - np.clip((lab[..., :1] - 85) / 15, 0, 1)
    lab[..., 1:] += weight * shift.astype(np.float32)
    return from_lab(lab.astype(np.float32))


def _mean_colour(photos: Sequence[RGB]) -> NDArray[np.float64]:
    means = [to_lab(resize(photo, (64, 64))).mean(axis=(0, 1)) for photo in photos]
    return np.mean(means, axis=0)[1:].astype(np.float64)
