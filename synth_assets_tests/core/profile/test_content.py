"""What photos show: foreground by Otsu, labels kept and read back, on hand-made answers."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from synth_assets.core.images import decode_image
from synth_assets.core.ports import Label
from synth_assets.core.profile.content import (
    ContentParams,
    describe_content,
    foreground_share,
    parse_labels,
)
from synth_assets_tests.resources.offline_models import offline_registry

BLACK, WHITE = np.zeros((8, 8, 3), np.uint8), np.full((8, 8, 3), 255, np.uint8)


class ByBrightness:
    """A labeller and depth model whose answers can be worked out: by the picture's first pixel."""

    name = "by-brightness"

    def label(self, images: Sequence[np.ndarray], candidates: Sequence[str]) -> list[list[Label]]:
        values = [float(image[0, 0, 0]) / 255 for image in images]
        found = [[Label(text, abs(value - place / 10)) for place, text in enumerate(candidates)] for value in values]
        return [sorted(labels, key=lambda label: -label.score) for labels in found]

    def depth(self, images: Sequence[np.ndarray]) -> list[np.ndarray]:
        maps = [np.zeros(image.shape[:2], np.float32) for image in images]
        for near, image in zip(maps, images, strict=True):
            near[:2] = image[0, 0, 0] / 255
        return maps


def test_foreground_is_what_lies_nearer_than_the_gap() -> None:
    near = np.full((8, 8), 0.1, np.float32)
    near[2:6, 2:6] = 0.9
    assert foreground_share(near) == 16 / 64
    near[0] = 0.2  # the far part need not be flat
    assert foreground_share(near) == 16 / 64
    assert foreground_share(1 - near) == 48 / 64
    two = np.zeros((4, 4), np.float32)
    two[0, 0] = 1
    assert foreground_share(two) == 1 / 16


def test_a_ramp_is_parted_in_the_middle_and_a_flat_map_has_no_foreground() -> None:
    ramp = np.tile(np.linspace(0, 1, 256, dtype=np.float32), (4, 1))
    assert foreground_share(ramp) == pytest.approx(0.5, abs=0.01)
    for level in (0.0, 0.5, 1.0):
        assert foreground_share(np.full((4, 4), level, np.float32)) == 0


@given(st.lists(st.integers(0, 255), min_size=2, max_size=40))
def test_foreground_is_the_split_with_the_largest_variance_between(values: list[int]) -> None:
    """Against Otsu's definition, written out: try every threshold."""
    levels = np.array(values, np.float64)

    def between(threshold: int) -> float:
        far, near = levels[levels <= threshold], levels[levels > threshold]
        return len(far) * len(near) * (far.mean() - near.mean()) ** 2 if len(far) and len(near) else 0.0

    share = foreground_share((levels / 255).astype(np.float32)[None])
    best = max(between(threshold) for threshold in range(256))
    kept = np.sort(levels)[len(levels) - round(share * len(levels)) :]
    assert between(int(kept.min()) - 1 if kept.size else 255) == pytest.approx(best, rel=1e-6)


def test_rows_hold_the_best_labels_and_the_foreground() -> None:
    params = ContentParams(scene_labels=("sea", "city skyline", "snow", "sky"), labels_kept=3, label_margin=0.15)
    model = ByBrightness()
    rows = describe_content([WHITE, BLACK], model, model, params)
    assert rows == [
        {"scene_labels": "sea=1.00 city skyline=0.90", "foreground_share": 0.25},
        {"scene_labels": "sky=0.30 snow=0.20", "foreground_share": 0.0},
    ]
    assert describe_content([WHITE], model, None, params.model_copy(update={"labels_kept": 1})) == [
        {"scene_labels": "sea=1.00"}
    ]


def test_without_models_nothing_is_said() -> None:
    assert describe_content([WHITE], None, None, ContentParams()) == [{"scene_labels": ""}]
    assert describe_content([], ByBrightness(), ByBrightness(), ContentParams()) == []


def test_labels_are_read_back() -> None:
    assert parse_labels("city skyline=0.31 lake=-0.28") == [("city skyline", 0.31), ("lake", -0.28)]
    assert parse_labels("") == []
    for text in ("lake", "lake=0.3 and more", "=0.30", "lake = 0.30 5"):
        with pytest.raises(ValueError, match="expected labels with scores"):
            parse_labels(text)


@pytest.mark.parametrize("labels", [("a=b",), ("two  spaces",), ("",), (" sea",), ("sea", "sea")])
def test_labels_that_could_not_be_read_back_are_refused(labels: tuple[str, ...]) -> None:
    with pytest.raises(ValidationError, match="label"):
        ContentParams(scene_labels=labels)


@pytest.mark.parametrize(
    ("photo", "best"),
    [
        ("midday/picosdeeuropa_by_Aitzol_Berasategi.jpg", "mountain"),
        ("midday/park_05.jpg", "field"),
        ("morning/seeding_by_Clements_Engelhardt.jpg", "flowers"),
        ("afternoon/friends_by_Aitzol_Berasategi.jpg", "animal"),
        ("evening/sunset_04.jpg", "coast"),
    ],
)
def test_default_labels_with_the_offline_labeller(sample: Path, photo: str, best: str) -> None:
    image = decode_image((sample / "reference" / photo).read_bytes(), photo)
    row = describe_content([image], offline_registry("label").label(), None, ContentParams())[0]
    assert parse_labels(str(row["scene_labels"]))[0][0] == best
