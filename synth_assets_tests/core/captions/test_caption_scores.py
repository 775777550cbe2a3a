"""What goes beside the words: scores, cut-outs, trigger words, completion by an interrogator."""

from collections.abc import Sequence

import numpy as np
import pytest

from resources.store import Store
from synth_assets.core.captions.captioning import CaptionModels, CaptionParams, caption_images
from synth_assets.core.items import Artifact
from synth_assets.core.ports import RGB, TextsRequest
from synth_assets.core.records import ImageRecord, ObjectRecord
from synth_assets_tests.core.captions.small_captions import ColourCaptioner, painted, scored, stored


class Wrong(ColourCaptioner):
    """Sees red everywhere."""

    name = "test:wrong"

    def caption(self, images: Sequence[RGB]) -> list[str]:
        return [f"red wall number {int(image.max())}" for image in images]


def test_captions_have_a_score_and_fit_better_than_shuffled(store: Store) -> None:
    photos = stored(store, "frames", "film", [painted(20 + 9 * place, place % 3) for place in range(9)])
    summary = scored(store, [photos], ColourCaptioner())
    assert {record.extra["caption_score"] for record in summary.images} == {1.0}
    assert {record.extra["scorer"] for record in summary.images} == {"test:words"}
    details = summary.details
    assert (details["fit_auc"], details["fit_matched"], details["fit_shuffled"]) == (1.0, 1.0, 0.0)
    assert details["fit_p"] <= 0.01
    assert (details["fit_reason"], details["mean_caption_score"], details["scorer"]) == ("", 1.0, "test:words")


def test_captions_of_the_wrong_pictures_are_found_out_and_named(store: Store) -> None:
    photos = stored(store, "frames", "film", [painted(20 + 9 * place, place % 3) for place in range(9)])
    details = scored(store, [photos], Wrong()).details
    assert details["fit_p"] == 1.0
    assert details["fit_auc"] == 0.5
    worst = details["worst_captions"]
    assert [row["score"] for row in worst] == [0.0] * 6 + [1.0] * 3
    assert worst[0]["caption"].startswith("red wall number")
    assert details["mean_caption_score"] == 0.3333


def test_pictures_are_compared_again_only_where_something_changed(store: Store) -> None:
    photos = stored(store, "frames", "film", [painted(20 + 9 * place, place % 3) for place in range(9)])
    scored(store, [photos], ColourCaptioner())
    again = scored(store, [photos], ColourCaptioner())
    assert (again.made, again.details["fit_auc"]) == (0, 1.0)
    fewer = scored(store, [photos], ColourCaptioner(), fit={"pictures": 8})
    assert (fewer.made, fewer.details["fit_pictures"]) == (0, 8)


@pytest.mark.parametrize(("count", "reason"), [(0, None), (1, "1 pictures are too few; 8 are needed")])
def test_too_few_pictures_are_not_judged(store: Store, count: int, reason: str | None) -> None:
    photos = stored(store, "frames", "film", [painted(20) for _ in range(count)])
    details = scored(store, [photos], ColourCaptioner()).details
    assert details.get("fit_reason") == reason
    assert details["captions"] == count


def test_of_a_cutout_only_the_object_is_described(store: Store) -> None:
    seen: list[RGB] = []

    class Looking(ColourCaptioner):
        def caption(self, images: Sequence[RGB]) -> list[str]:
            seen.extend(images)
            return ["a red box on a white background" for _ in images]

    cutout = np.zeros((40, 60, 4), np.uint8)
    cutout[..., 2] = 255
    cutout[10:30, 20:50] = (200, 0, 0, 255)
    bunny = (ObjectRecord("bunny", (20, 10, 50, 30), 1),)
    sets = [stored(store, "segment", "bunny", [Artifact(ImageRecord(objects=bunny), "cut.png", cutout)])]
    row = scored(store, sets, Looking()).images.records[0]
    assert seen[0].shape == (24, 34, 3)
    assert (seen[0] == (200, 0, 0)).all()
    assert row.captions["short"] == "bunny a red box"


def test_the_trigger_word_comes_first_where_the_character_is(store: Store) -> None:
    both = (ObjectRecord("bunny", (0, 0, 9, 9), 1), ObjectRecord("frank", (0, 0, 4, 4), 2))
    words = {"prefix": "a 3d animated character", "suffix": "full scene"}
    sets = [
        stored(store, "keep_full", "bunny", [painted(10, objects=both, captions=words), painted(20, captions=words)])
    ]
    named = scored(store, sets, ColourCaptioner()).images.ok
    assert [row.captions["short"] for row in named] == [
        "bunny a 3d animated character red wall with frank full scene",
        "a 3d animated character red wall full scene",
    ]
    given = scored(store, sets, ColourCaptioner(), trigger_words={"bunny": "ohwx_b", "frank": "ohwx_f"}).images.ok
    assert given[0].captions["short"] == "ohwx_b a 3d animated character red wall with ohwx_f full scene"
    none = scored(store, sets, ColourCaptioner(), trigger_words={"bunny": ""}).images.ok
    assert none[0].captions["short"] == "a 3d animated character red wall with bunny and frank full scene"


def test_a_trigger_word_is_one(store: Store) -> None:
    with pytest.raises(ValueError, match="'a, b' is no trigger word"):
        CaptionParams(trigger_words={"bunny": "a, b"})


def test_interrogation_without_a_model_says_what_to_do(store: Store) -> None:
    with pytest.raises(ValueError, match="no model for role 'interrogate'; choose a set that has one"):
        scored(store, [], ColourCaptioner(), interrogation="fast")


class Completing:
    """Compares by nothing, so every mode takes the first words of the lists."""

    name = "test:completing"

    def word_lists(self) -> dict[str, tuple[str, ...]]:
        lists = ("artists", "flavors", "mediums", "movements", "negative")
        return {name: (f"{name} one", f"{name} two") for name in lists}

    def vectors(self, images: Sequence[RGB]) -> np.ndarray:
        return np.ones((len(images), 1), np.float32)

    def term_scores(self, vectors: np.ndarray, terms: Sequence[str]) -> np.ndarray:
        return np.zeros((len(vectors), len(terms)), np.float32)

    def text_scores(self, requests: Sequence[TextsRequest]) -> list[np.ndarray]:
        return [np.zeros(len(request.ends), np.float32) for request in requests]

    def are_full(self, texts: Sequence[str]) -> list[bool]:
        return [False] * len(texts)


def test_captions_are_completed_where_it_is_asked_for(store: Store) -> None:
    photos = stored(store, "frames", "film", [painted(10)])
    models = CaptionModels(ColourCaptioner(), None, Completing())
    with store.open("some_captions", "morning") as writer:
        plain = caption_images(writer, [photos], models, CaptionParams())
    with store.open("some_captions", "morning") as writer:
        fuller = caption_images(writer, [photos], models, CaptionParams(interrogation="classic"))
    assert plain.images.records[0].captions["said"] == "arafed red wall, by Judith Brown"
    assert fuller.made == 1
    said = fuller.images.records[0].captions["said"]
    assert said.startswith("arafed red wall, by Judith Brown, mediums one")
    assert fuller.images.records[0].captions["full"].startswith("red wall, mediums one")
