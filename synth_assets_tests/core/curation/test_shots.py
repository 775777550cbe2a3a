import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from resources.sources.video import VideoFile
from synth_assets.core.curation.blanks import BlankParams, is_card, is_even
from synth_assets.core.curation.shots import ShotFinder, ShotParams, shot_numbers
from synth_assets.core.curation.traits import frame_traits
from synth_assets_tests.core.curation.films import BLUE, GREEN, RED, picture

LABELS = Path(__file__).parent / "labels" / "sample_film_cuts.csv"
TOLERANCE = 2


def starts(images: Sequence[np.ndarray], params: ShotParams | None = None) -> list[int]:
    finder = ShotFinder(params or ShotParams())
    traits = [frame_traits(image) for image in images]
    for item in traits:
        finder.add(item)
    return finder.starts([is_even(item, BlankParams()) for item in traits])


A, B, C = picture(1, RED), picture(2, BLUE), picture(3, GREEN)
BLACK = np.zeros_like(A)


def test_a_shot_begins_with_its_first_frame() -> None:
    assert starts([A] * 10 + [B] * 10 + [C] * 10) == [10, 20]


def test_two_cuts_close_to_each_other_are_both_found() -> None:
    assert starts([A] * 10 + [B] * 3 + [C] * 10) == [10, 13]


@pytest.mark.parametrize("flash", [np.full_like(A, 255), BLACK, B])
@pytest.mark.parametrize("length", [1, 2])
def test_a_flash_is_no_cut(flash: np.ndarray, length: int) -> None:
    assert starts([A] * 10 + [flash] * length + [A] * 10) == []


def test_fast_motion_is_no_cut() -> None:
    strip = np.concatenate([picture(seed, RED) for seed in range(9)], axis=1)
    assert starts([strip[:, 40 * at : 40 * at + 160] for at in range(30)]) == []


def test_a_shot_begins_behind_black_not_with_it() -> None:
    assert starts([BLACK] * 5 + [A] * 10 + [BLACK] * 5 + [B] * 10) == [20]


@pytest.mark.parametrize("length", [10, 24, 48])
def test_a_dissolve_is_one_cut_in_its_middle(length: int) -> None:
    shares = np.linspace(0, 1, length)
    images = [A] * 40 + [np.rint(A * (1 - w) + B * w).astype(np.uint8) for w in shares] + [B] * 40
    (found,) = starts(images)
    assert abs(found - (40 + length / 2)) <= length / 3
    assert starts(images, ShotParams(dissolves=False)) == []


def test_a_light_that_is_dimmed_is_no_dissolve() -> None:
    assert starts([np.rint(A * w).astype(np.uint8) for w in np.linspace(1, 0.3, 60)]) == []


def test_frames_get_the_number_of_their_shot() -> None:
    assert shot_numbers([2, 5], 6).tolist() == [0, 0, 1, 1, 1, 2]


def test_cuts_of_the_sample_are_found_and_no_frame_of_it_is_a_card(sample: Path) -> None:
    labels: dict[str, list[int]] = {}
    with LABELS.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            labels.setdefault(row["film"], []).append(int(row["first_frame"]))
    hits = found_count = 0
    for name, wanted in labels.items():
        images = []
        for item in VideoFile(sample / "video" / name).scan():
            images.append(item.image)
            if item.index % 24 == 0:
                assert not is_card(item.image), f"{name} frame {item.index}"
        found = starts(images)
        found_count += len(found)
        hits += sum(any(abs(frame - other) <= TOLERANCE for other in found) for frame in wanted)
    precision, recall = hits / found_count, hits / sum(map(len, labels.values()))
    assert 2 * precision * recall / (precision + recall) >= 0.9
