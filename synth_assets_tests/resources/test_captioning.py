"""The offline captioner: what it says when, and on real photos."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from resources.offline.captioning import LabelCaptioner, subject
from synth_assets.core.config import ConfigError
from synth_assets.core.images import decode_image, fit_within
from synth_assets.core.ports import RGB, Label
from synth_assets_tests.resources.offline_models import offline_registry

GREY = np.full((40, 40, 3), 128, np.uint8)


class Sure:
    """A labeller that is sure of every first candidate."""

    name = "sure"

    def label(self, images: Sequence[RGB], candidates: Sequence[str]) -> list[list[Label]]:
        return [[Label(text, 0.9 - 0.01 * place) for place, text in enumerate(candidates)] for _ in images]


@pytest.mark.parametrize(
    ("scene", "thing", "said"),
    [
        (0.7, 0.8, "a photo of a lake with a boat"),
        (0.7, 0.65, "a photo of a lake"),
        (0.4, 0.8, "a photo of a boat"),
        (0.4, 0.5, "a photo"),
    ],
)
def test_only_what_is_sure_is_said(scene: float, thing: float, said: str) -> None:
    assert subject(Label("a lake", scene), Label("a boat", thing)) == said


def test_second_with_becomes_and() -> None:
    assert subject(Label("a harbour with boats", 0.7), Label("a bird", 0.8)).endswith("boats and a bird")


def test_caption_joins_subject_and_statistics() -> None:
    captioner = LabelCaptioner("tiny", Sure(), ["scene: a lake", "object: a boat", "scene: a forest"])
    assert captioner.caption([GREY, GREY]) == ["a photo of a lake with a boat, grey, soft detail"] * 2
    assert captioner.caption([]) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["scene: a lake", "a boat"], "'a boat' is not understood"),
        (["scene: a lake", "object:"], "'object:' is not understood"),
        (["scene: a lake"], "starts with 'object:'"),
    ],
)
def test_bad_words_are_refused(words: list[str], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        LabelCaptioner("tiny", Sure(), words)


def test_real_captions_vary_and_repeat(sample: Path) -> None:
    registry = offline_registry("caption")
    paths = [sample / "reference" / name for name in ("midday/picosdeeuropa_by_Aitzol_Berasategi.jpg",
             "afternoon/venice_00.jpg", "night/night_05.jpg", "afternoon/city_00.jpg")]  # fmt: skip
    images = [fit_within(decode_image(path.read_bytes(), path.name), (512, 512)) for path in paths]
    captions = registry.caption().caption(images)
    assert len(set(captions)) == 4
    assert "mountain" in captions[0]
    assert "low light" in captions[2]
    assert registry.caption().caption(images[::-1]) == captions[::-1]
    assert registry.caption().name.startswith("builtin:labels-and-statistics~")
