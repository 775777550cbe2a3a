"""Checks of one attempt: every wrong object is caught for its reason, and right ones pass; with the offline models."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from resources.offline.cut_paste import CutPaste
from synth_assets.core.images import decode_image, resize
from synth_assets.core.masks import box_mask, tight_box
from synth_assets.core.ports import RGB, Inpainted, InpaintRequest, Label
from synth_assets.core.scenes.attempts import Attempt, AttemptParams, Outcome, PaintTools, make_attempts
from synth_assets.core.scenes.classes import ObjectClass
from synth_assets.core.scenes.cutouts import Cutout, CutoutParams, load_cutouts
from synth_assets.core.scenes.gallery import Gallery, make_gallery
from synth_assets.core.scenes.verification import (
    NOTHING,
    Appearance,
    VerificationParams,
    detail_ratio,
    straight_share,
    why_invalid,
    why_mislabelled,
    why_poor,
    why_unlike,
)
from synth_assets_tests.resources.offline_models import offline_registry

SIZE_HW = (64, 64)
BOX = (16, 16, 48, 48)
PARAMS = VerificationParams(min_object_px=40)


def disc(x: int = 32, y: int = 32, radius: int = 12) -> np.ndarray:
    ys, xs = np.indices(SIZE_HW)
    return (xs - x) ** 2 + (ys - y) ** 2 <= radius**2


def appearance(mask: np.ndarray, **changes: Any) -> Appearance:
    before = np.full((*SIZE_HW, 3), 90, np.uint8)
    after = before.copy()
    after[mask] = (200, 60, 40)
    whole = np.ones(SIZE_HW, np.bool_)
    return replace(Appearance(before, after, mask, (), BOX, whole, (False, False, False, False)), **changes)


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (appearance(disc()), ""),
        (appearance(np.zeros(SIZE_HW, np.bool_)), "too small"),
        (appearance(disc(radius=4)), "fills too little of its box"),
        (appearance(box_mask((16, 16, 28, 28), SIZE_HW)), "much smaller than its box"),
        (appearance(disc(radius=27)), "larger than its box"),
        (appearance(disc(10), box=(0, 16, 32, 48)), "cut off by its crop"),
        (appearance(disc(10), box=(0, 16, 32, 48), scene_sides=(True,) * 4), "touches the border"),
        (appearance(disc(30), region=box_mask((0, 0, 32, 64), SIZE_HW)), ""),
        (
            appearance(disc() & box_mask((0, 0, 32, 64), SIZE_HW), region=box_mask((0, 0, 32, 64), SIZE_HW)),
            "cut off by the region it was painted in",
        ),
        (appearance(disc(), others=(disc(50, 50, 4),)), ""),
        (appearance(disc(), others=(disc(50, 50, 9),)), "more than one object"),
        (appearance(disc(), after=np.full((*SIZE_HW, 3), 92, np.uint8)), "cannot be seen"),
    ],
)
def test_shape_and_contrast(found: Appearance, reason: str) -> None:
    assert why_invalid(found, None, PARAMS) == reason


def test_border_may_be_allowed_and_straight_edges_count_against_the_class() -> None:
    at_border = appearance(disc(10), box=(0, 16, 32, 48), scene_sides=(True,) * 4)
    assert why_invalid(at_border, None, PARAMS.model_copy(update={"allow_border": True})) == ""
    half = appearance(disc() & box_mask((0, 0, 32, 64), SIZE_HW))
    assert straight_share(half.mask) == 1
    assert straight_share(disc()) < 0.4
    assert why_invalid(half, 0.3, PARAMS) == "cut off straight"
    assert why_invalid(half, 1.0, PARAMS) == ""  # a class of boxes is straight


def test_likeness() -> None:
    limits = VerificationParams(min_likeness=0.6, min_likeness_gain=0.05, min_class_margin=0)
    before = {"dog": 0.5, "cat": 0.5}
    assert why_unlike("dog", {"dog": 0.8, "cat": 0.7}, before, limits) == ("", 0.8)
    assert why_unlike("dog", {"dog": 0.55, "cat": 0.2}, before, limits)[0] == "unlike its class"
    assert why_unlike("dog", {"dog": 0.62, "cat": 0.2}, {"dog": 0.6, "cat": 0}, limits)[0] == (
        "no more like its class than the background was"
    )
    assert why_unlike("dog", {"dog": 0.7, "cat": 0.8}, before, limits)[0] == "looks like another class: cat"
    assert why_unlike("dog", {"dog": 0.7}, {"dog": 0.2}, limits) == ("", 0.7)


def test_labels() -> None:
    def labels(dog: float, cat: float, nothing: float) -> list[Label]:
        found = [Label("dog", dog), Label("cat", cat), Label(NOTHING, nothing)]
        return sorted(found, key=lambda label: -label.score)

    before = labels(0.2, 0.1, 0.7)
    assert why_mislabelled("dog", labels(0.8, 0.1, 0.1), before) == ("", 0.8)
    assert why_mislabelled("dog", labels(0.3, 0.1, 0.6), before)[0] == "looks like background"
    assert why_mislabelled("dog", labels(0.3, 0.6, 0.1), before)[0] == "looks like another class: cat"
    assert why_mislabelled("dog", labels(0.8, 0.1, 0.1), labels(0.9, 0.1, 0))[0].startswith("no more like")


def test_a_blurred_scene_is_poor() -> None:
    background = np.random.default_rng(0).integers(0, 256, (48, 48, 3)).astype(np.uint8)
    blurred = np.asarray(cv2.GaussianBlur(background, (0, 0), 2), np.uint8)
    flat = np.full((9, 9, 3), 7, np.uint8)
    assert detail_ratio(background, background) == 1
    assert detail_ratio(flat, flat) == 1
    assert why_poor(detail_ratio(background, background), PARAMS) == ""
    assert why_poor(detail_ratio(blurred, background), PARAMS) == "blurred beside its background"
    assert why_poor(detail_ratio(background, blurred), PARAMS) == "noisy beside its background"


class Prepared:
    """Gives prepared pictures, with or without their masks."""

    name = "test:prepared@1"
    resolution_px: int | None = None
    needs_references = False

    def __init__(self, results: list[Inpainted]) -> None:
        self.results = results

    def inpaint(self, requests: Sequence[InpaintRequest]) -> list[Inpainted]:
        return self.results[: len(requests)]


LABELS = ("elephant", "automobile", "dog", "bicycle")
PLACE = (40, 40, 136, 136)


@cache
def cutouts(sample: Path) -> dict[str, list[Cutout]]:
    rows = [row_of(label) for label in LABELS]
    return load_cutouts(sample / "classes.csv", rows, sample / "cutouts", None, CutoutParams())


@cache
def gallery(sample: Path) -> Gallery:
    return make_gallery(cutouts(sample), offline_registry("embed").embed())


def row_of(label: str) -> ObjectClass:
    return ObjectClass(
        prompt=label,
        min_appear=0,
        max_appear=1,
        references=f"{label}.webp",
        aspect_ratio_min=1,
        aspect_ratio_max=1,
    )


def meadow(sample: Path) -> RGB:
    photo = sample / "reference/midday/park_00.jpg"
    return resize(decode_image(photo.read_bytes(), photo.name), (360, 480))[180:356, 100:276]


def pasted(sample: Path, label: str, seed: int = 5, box: tuple[int, int, int, int] = PLACE) -> Inpainted:
    image = meadow(sample)
    request = InpaintRequest(
        image, box, np.ones(image.shape[:2], np.float32), label, "", seed, references(sample, label)
    )
    return CutPaste().inpaint([request])[0]


def references(sample: Path, label: str) -> list[np.ndarray]:
    return [cutout.image for cutout in cutouts(sample)[label]]


def judge(sample: Path, results: list[Inpainted], labels: list[str]) -> list[Outcome]:
    attempts = [
        Attempt(meadow(sample), PLACE, row_of(label), None, 1, (False, False, False, False)) for label in labels
    ]
    tools = PaintTools(Prepared(results), None, offline_registry("embed").embed())
    return make_attempts(attempts, tools, gallery(sample), LABELS, AttemptParams())


def with_mask(made: Inpainted, mask: np.ndarray, picture: RGB, sample: Path) -> Inpainted:
    image = np.where(mask[..., None], picture, meadow(sample)).astype(np.uint8)
    assert made.image.shape == image.shape
    return Inpainted(image, mask, mask)


def test_right_objects_pass_the_offline_models(sample: Path) -> None:
    labels = [label for label in LABELS for _ in range(3)]
    outcomes = judge(sample, [pasted(sample, label, seed) for seed, label in enumerate(labels)], labels)
    assert [outcome.reason for outcome in outcomes].count("") >= len(labels) - 1
    assert all(0.5 < outcome.score <= 1 for outcome in outcomes if not outcome.reason)


def test_wrong_objects_are_caught_by_the_offline_models(sample: Path) -> None:
    right = pasted(sample, "elephant")
    mask = right.object_mask
    assert mask is not None
    bounds = tight_box(mask) or PLACE
    half = mask.copy()
    half[:, : (bounds[0] + bounds[2]) // 2] = False
    grass = np.roll(meadow(sample), 60, axis=1)
    twice = pasted(sample, "elephant", box=(40, 80, 82, 136))
    other = pasted(sample, "elephant", box=(96, 80, 136, 136))
    assert twice.object_mask is not None
    assert other.object_mask is not None
    both = twice.object_mask | other.object_mask
    wrong = {
        "nothing": with_mask(right, mask, meadow(sample), sample),
        "no mask": Inpainted(meadow(sample), np.zeros_like(mask), np.zeros_like(mask)),
        "half": with_mask(right, half, right.image, sample),
        "grass": with_mask(right, mask, grass, sample),
        "another": pasted(sample, "automobile"),
        "two": with_mask(right, both, np.where(twice.object_mask[..., None], twice.image, other.image), sample),
    }
    outcomes = judge(sample, list(wrong.values()), ["elephant"] * len(wrong))
    reasons = {name: outcome.reason for name, outcome in zip(wrong, outcomes, strict=True)}
    assert reasons["nothing"] in ("cannot be seen", "unlike its class")
    assert reasons["no mask"] == "too small"
    assert reasons["half"] == "cut off straight"
    assert reasons["grass"] in ("cannot be seen", "unlike its class", "no more like its class than the background was")
    assert reasons["another"] in ("unlike its class", "looks like another class: automobile")
    assert reasons["two"] == "more than one object"
