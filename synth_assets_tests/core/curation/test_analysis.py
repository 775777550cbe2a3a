"""Frames are looked at once for all characters of a film, and every row comes out as if it had been."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
import pytest

from resources.store import Store
from synth_assets.core.curation.analysis import AnalysisParams, analyse_frames
from synth_assets.core.curation.cast import Cast
from synth_assets.core.curation.frames import extract_frames
from synth_assets.core.curation.sampling import FrameParams
from synth_assets.core.items import Summary
from synth_assets.core.masks import encode_mask
from synth_assets.core.ports import RGB, Instance, Models
from synth_assets_tests.core.curation.films import Film, film_of

RED, BLUE, GREEN, WHITE = (220, 40, 40), (40, 40, 220), (40, 200, 40), (250, 250, 250)
LEFT, MIDDLE, RIGHT = (10, 20, 40, 70), (60, 30, 90, 70), (110, 40, 150, 60)
PARAMS = AnalysisParams(match_score=0.9, sure_score=0.9)
BOTH = ("blue", "red")


class Segments:
    """Finds what is not green, and counts the frames it looked at."""

    def __init__(self, name: str) -> None:
        self.name, self.frames = name, 0

    def segment(self, images: Sequence[RGB]) -> list[list[Instance]]:
        self.frames += sum(image.shape == SCENES[0].shape for image in images)
        return [self._instances(image) for image in images]

    def _instances(self, image: RGB) -> list[Instance]:
        count, labels = cv2.connectedComponents((image != GREEN).any(axis=2).astype(np.uint8))
        found = [Instance(labels == label, 1.0) for label in range(1, count)]
        return sorted(found, key=lambda one: -int(one.mask.sum()))


class MeanColour:
    """Describes a crop by the mean colour of what is not grey."""

    name = "mean-colour"

    def embed(self, images: Sequence[RGB]) -> np.ndarray:
        means = [image[(image != 128).any(axis=2)].mean(axis=0) for image in images]
        return np.stack([mean / np.linalg.norm(mean) for mean in means]).astype(np.float32)


class Tiny:
    """A model set with these two."""

    def __init__(self, name: str = "tiny@1") -> None:
        self.segmenter = Segments(name)

    def has(self, role: str) -> bool:
        return role != "depth"

    def segment(self) -> Segments:
        return self.segmenter

    def embed(self) -> MeanColour:
        return MeanColour()


def scene(**colours: tuple[int, int, int]) -> RGB:
    image = np.full((90, 160, 3), GREEN, np.uint8)
    for name, colour in colours.items():
        x0, y0, x1, y1 = {"left": LEFT, "middle": MIDDLE, "right": RIGHT}[name]
        image[y0:y1, x0:x1] = colour
    return image


SCENES = [
    scene(left=RED, middle=BLUE, right=WHITE),
    scene(left=WHITE, middle=RED),
    scene(left=BLUE),
    scene(middle=WHITE),
    scene(left=BLUE, right=RED),
]


def crop(colour: tuple[int, int, int]) -> RGB:
    image = np.full((24, 24, 3), GREEN, np.uint8)
    image[4:20, 4:20] = colour
    return image


REFERENCES: Mapping[str, list[RGB]] = {"red": [crop(RED)], "blue": [crop(BLUE)], "nobody": []}


def film(attribution: str) -> Film:
    given = film_of("clip.mp4", SCENES)
    given.attribution = attribution
    return given


def analyse(
    store: Store,
    name: str,
    others: Sequence[str] = (),
    *,
    tiny: Tiny | None = None,
    references: Mapping[str, list[RGB]] = REFERENCES,
    params: AnalysisParams = PARAMS,
) -> tuple[Summary, int]:
    """Analyses a character; gives also at how many frames was looked."""
    with store.open("frames", name) as writer:
        frames = extract_frames(writer, [film(name)], [], FrameParams(duplicate_bits=-1)).images
    given = tiny or Tiny()
    models = cast(Models, given)
    with store.open("frame_analysis", name) as writer:
        siblings = store.reusable("frame_analysis", others)
        summary = analyse_frames(writer, frames, name, Cast(references, models), models, params, siblings)
    return summary, given.segmenter.frames


def stored(store: Store, name: str) -> dict[str, bytes]:
    folder = Path(str(store.root / "frame_analysis" / name))
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(("first", "second"), [BOTH, BOTH[::-1]])
def test_the_second_character_gets_what_a_look_of_its_own_would_give(tmp_path: Path, first: str, second: str) -> None:
    alone, shared = Store(str(tmp_path / "alone")), Store(str(tmp_path / "shared"))
    assert analyse(alone, second)[1] == len(SCENES)
    assert analyse(shared, first)[1] == len(SCENES)
    summary, looked = analyse(shared, second, [first, "missing"])
    assert (looked, summary.made, len(summary.images.ok)) == (0, len(SCENES), len(SCENES))
    assert stored(shared, second) == stored(alone, second)
    assert sum(name.startswith("masks/") for name in stored(shared, second)) == 9
    assert {row.attribution for row in summary.images} == {second}


def test_rows_are_addressed_to_the_target(store: Store) -> None:
    analyse(store, "blue")
    crowd, other, one, nobody, _ = analyse(store, "red", ["blue"])[0].images
    assert [item.label for item in crowd.objects] == ["red", "blue", "unknown"]
    assert [item.instance_id for item in crowd.objects] == [1, 2, 3]
    assert crowd.extra["others"] == "blue"
    assert crowd.extra["target_side_px"] == pytest.approx(30, abs=2)
    assert crowd.extra["target_share"] == pytest.approx(30 * 50 / (90 * 160), rel=0.1)
    assert [item.label for item in other.objects] == ["red", "unknown"]
    assert (one.extra["target_found"], one.extra["others"], one.extra["shot_type"]) == (False, "blue", "")
    assert [item.label for item in nobody.objects] == ["unknown"]
    scores = json.loads(str(crowd.extra["character_scores"]))
    assert list(scores) == ["blue", "red"]
    assert scores["red"] == [crowd.extra["target_score"], crowd.extra["other_score"]]


@pytest.mark.parametrize(
    "changed",
    [
        {"references": {**REFERENCES, "red": [crop(RED), crop((200, 60, 60))]}},
        {"references": {**REFERENCES, "third": [crop(WHITE)]}},
        {"params": AnalysisParams(match_score=0.9, sure_score=0.9, other_margin=0.1)},
        {"tiny": Tiny("tiny@2")},
    ],
    ids=["reference", "character", "parameter", "model"],
)
def test_what_was_made_from_other_inputs_is_not_taken_over(store: Store, changed: dict[str, Any]) -> None:
    analyse(store, "blue")
    assert analyse(store, "red", ["blue"], **changed)[1] == len(SCENES)


def test_a_frame_whose_masks_are_not_as_stored_is_looked_at_anew(store: Store) -> None:
    analyse(store, "blue")
    masks = [store.root / item.mask_path for row in store.read("frame_analysis", "blue") or () for item in row.objects]
    masks[0].unlink()
    masks[3].write_bytes(encode_mask(np.eye(90, 160, dtype=np.bool_)))
    masks[-1].write_bytes(masks[-1].read_bytes()[:40])
    assert analyse(store, "red", ["blue"])[1] == 3


def test_without_skipping_what_exists_every_partition_is_made_by_itself(store: Store) -> None:
    analyse(store, "blue")
    analyse(store, "red", ["blue"])
    again = Store(store.root, skip_existing=False)
    assert [analyse(again, name, BOTH)[1] for name in BOTH] == [len(SCENES)] * 2


def test_others_are_read_only_for_what_is_missing(store: Store) -> None:
    analyse(store, "blue")
    analyse(store, "red")
    with store.open("frames", "red") as writer:
        frames = extract_frames(writer, [film("red")], [], FrameParams(duplicate_bits=-1)).images
    unread = (pytest.fail(f"{name} is read") for name in BOTH)
    tiny = cast(Models, Tiny())
    with store.open("frame_analysis", "red") as writer:
        analyse_frames(writer, frames, "red", Cast(REFERENCES, tiny), tiny, PARAMS, unread)


def test_a_target_without_references_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="'nobody' has no reference pictures"):
        analyse(store, "nobody")
