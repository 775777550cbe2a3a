"""Editing: each method on small pictures, its mask, and the bytes it may not touch."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resources.offline.cut_paste import CutPaste
from resources.offline.filling import OpenCvFiller
from resources.offline.relight import ToneEditor
from synth_assets.core.masks import tight_box
from synth_assets.core.ports import RGB, RGBA
from synth_assets.core.scenes.classes import ObjectClass
from synth_assets.core.scenes.edit_masks import pixel_box
from synth_assets.core.scenes.edit_rows import EditRow
from synth_assets.core.scenes.editing import Edited, EditParams, Job, edit_photos
from synth_assets_tests.core.scenes.edit_models import Corner, DiscPainter, EditModels, Inverter

PARAMS = EditParams(mask_margin_px=2, feather_px=4, min_object_px=20)
DEER = ObjectClass(prompt="a deer", min_appear=0, max_appear=1, aspect_ratio_min=0.8, aspect_ratio_max=1.2)


def picture(seed: int = 0, size_hw: tuple[int, int] = (60, 80)) -> RGB:
    return np.random.default_rng(seed).integers(90, 140, (*size_hw, 3)).astype(np.uint8)


def cutout() -> RGBA:
    rgba = np.zeros((40, 30, 4), np.uint8)
    rgba[4:38, 5:25] = (180, 60, 20, 255)
    return rgba


def job(row: EditRow, image: RGB | None = None, cutouts: tuple[RGBA, ...] = (), seed: int = 1) -> Job:
    return Job(picture() if image is None else image, row, DEER, cutouts, seed)


def row(method: Any, words: str = "", **columns: Any) -> EditRow:
    return EditRow(method=method, instruction=words, **columns)


def done(result: Edited | str) -> Edited:
    assert isinstance(result, Edited), result
    return result


def test_instructions_reach_the_editor_with_their_knobs_in_one_call() -> None:
    editor = Inverter()
    jobs = [
        job(row("relight", "fog"), picture(1)),
        job(row("instruct", "make it night", strength=0.25, guidance=7, negative_prompt="blurry"), picture(2), seed=9),
    ]
    first, second = (done(result) for result in edit_photos(jobs, EditModels({"edit": editor}), PARAMS))
    (asked,) = editor.asked
    assert [(one.instruction, one.strength, one.guidance, one.negative_prompt, one.seed) for one in asked] == [
        ("fog", 0.6, None, "", 1),
        ("make it night", 0.25, 7, "blurry", 9),
    ]
    assert [one.changes_content for one in asked] == [False, True]
    assert (first.changed, first.added, second.changed) == (None, None, None)
    assert np.array_equal(second.image, np.rint(picture(2) + 0.25 * (255.0 - 2.0 * picture(2))).astype(np.uint8))


def test_a_masked_instruction_changes_the_mask_and_nothing_else() -> None:
    image = picture()
    wanted = row("instruct", "make it night", mask="box:0.25 0 0.5 0.5", strength=1)
    result = done(edit_photos([job(wanted, image)], EditModels({"edit": Inverter()}), PARAMS)[0])
    assert np.array_equal(result.image[:30, 20:40], 255 - image[:30, 20:40])
    assert result.changed is not None
    assert tight_box(result.changed) == (17, 0, 43, 33)  # feather 4: 3 pixels further are above 0
    assert np.array_equal(result.image[~result.changed], image[~result.changed])
    rim = np.abs(result.image[15, 17:20].astype(int) - image[15, 17:20]).max(axis=1)
    assert 0 < rim[0] < rim[2]


def test_offline_instructions_say_which_model_is_missing_and_do_not_become_tones() -> None:
    jobs = [
        job(row("instruct", "add fog")),
        job(row("relight", "an alien disco")),
        job(row("relight", "fog")),
    ]
    night, disco, fog = edit_photos(jobs, EditModels({"edit": ToneEditor()}), PARAMS)
    assert isinstance(night, str)
    assert "role edit needs an instruction-editing model" in night
    assert "SYNTH_MODELS" in night
    assert isinstance(disco, str)
    assert "it knows brighter, cool, darker, fog" in disco
    assert done(fog).image.mean() > picture().mean()


def test_removal_fills_the_mask_softly() -> None:
    image = picture()
    models = EditModels({"segment": Corner(0.5), "background_fill": Corner(0.5)})
    result = done(edit_photos([job(row("remove"), image)], models, PARAMS)[0])
    assert result.changed is not None
    assert not result.image[:30, :40].any()
    assert np.array_equal(result.image[~result.changed], image[~result.changed])
    assert tight_box(result.changed) == (0, 0, 45, 35)  # margin 2, feather 4 of which 3 are above 0
    along = result.image[5, 42:45].astype(int).mean(axis=1)
    assert along[0] < along[1] < along[2] < image[5, 45].mean()


def test_removal_by_words_by_box_and_of_what_is_too_large() -> None:
    models = EditModels({"text_mask": Corner(0.25), "segment": Corner(0.9), "background_fill": OpenCvFiller()})
    jobs = [
        job(row("remove", mask="text:a towel")),
        job(row("remove", mask="text:a dragon")),
        job(row("remove", mask="box:0.5 0.5 0.75 1")),
        job(row("remove", mask="box:0 0 1 0.5")),
        job(row("remove")),
    ]
    towel, dragon, box, half, largest = edit_photos(jobs, models, PARAMS)
    assert tight_box(done(towel).changed) == (0, 0, 25, 20)  # pyright: ignore[reportArgumentType]
    assert dragon == "nothing that shows 'a dragon' was found: at best 0.10, min_text_score is 0.4"
    assert tight_box(done(box).changed) == (37, 27, 63, 60)  # pyright: ignore[reportArgumentType]
    assert half == "the box covers more than 35% of the photo"
    assert largest == "the largest object covers more than 35% of the photo"


def test_missing_roles_and_missing_objects_stop_their_own_row_only() -> None:
    models = EditModels({"edit": ToneEditor(), "segment": Corner(0), "background_fill": OpenCvFiller()})
    jobs = [
        job(row("remove", mask="text:a towel")),
        job(row("remove")),
        job(row("add", "a deer", mask="box:0.2 0.2 0.7 0.9")),
        job(row("add", "a deer", mask="ground"), np.full((60, 80, 3), (40, 90, 200), np.uint8)),
        job(row("relight", "fog")),
    ]
    results = edit_photos(jobs, models, PARAMS)
    assert results[:4] == [
        "the set has no model for text_mask; choose another set",
        "no object was found",
        "the set has no model for inpaint; choose another set",
        "no ground to stand on was found",
    ]
    done(results[4])


def test_adding_with_a_model_keeps_the_object_and_undoes_the_drift() -> None:
    image = picture()
    wanted = row("add", "a red ball", mask="box:0.25 0.2 0.75 0.8")
    result = done(edit_photos([job(wanted, image)], EditModels({"inpaint": DiscPainter()}), PARAMS)[0])
    assert result.added is not None
    assert result.changed is not None
    radius = 18 - 2
    assert result.added.sum() == pytest.approx(np.pi * radius**2, rel=0.1)
    assert np.array_equal(result.image[~result.changed], image[~result.changed])
    assert (result.changed & result.added).sum() == result.added.sum()
    assert result.image[30, 40, 0] > 200
    # Far from the disc, but within the box, the engine's drift is gone.
    assert np.array_equal(result.image[14, 22], image[14, 22])


def test_adding_offline_pastes_a_cutout_or_says_that_there_is_none() -> None:
    image = picture(size_hw=(120, 160))
    wanted = row("add", "a deer", mask="box:0.3 0.2 0.7 0.8")
    models = EditModels({"inpaint": CutPaste()})
    with_cutout, without = edit_photos([job(wanted, image, (cutout(),)), job(wanted, image)], models, PARAMS)
    added, changed = done(with_cutout).added, done(with_cutout).changed
    assert added is not None
    assert changed is not None
    x0, y0, x1, y1 = tight_box(added) or (0, 0, 0, 0)
    assert 48 <= x0 < x1 <= 112
    assert 24 <= y0 < y1 <= 97
    assert np.array_equal(done(with_cutout).image[~changed], image[~changed])
    assert tight_box(changed) == (45, 21, 115, 99)
    assert isinstance(without, str)
    assert "pastes cutouts, but class 'a deer' has none; name some in the references column of classes.csv" in without


def test_an_engine_that_paints_nothing_gives_no_object() -> None:
    class Idle(DiscPainter):
        def _paint(self, request):
            return request.image

    result = edit_photos(
        [job(row("add", "a deer", mask="box:0.2 0.2 0.7 0.9"))], EditModels({"inpaint": Idle()}), PARAMS
    )[0]
    assert result == "nothing of 'a deer' can be made out where it was to be added"


@settings(max_examples=40, deadline=None)
@given(
    size_hw=st.tuples(st.integers(24, 70), st.integers(24, 70)),
    box=st.tuples(*[st.floats(0, 0.45), st.floats(0, 0.45), st.floats(0.55, 1), st.floats(0.55, 1)]),
    method=st.sampled_from(["instruct", "add", "remove"]),
    pastes=st.booleans(),
    feather_px=st.integers(0, 9),
    seed=st.integers(0, 99),
)
def test_no_byte_changes_outside_the_soft_mask(size_hw, box, method, pastes, feather_px, seed) -> None:
    """The soft mask is known from the box alone: nothing further than ``feather_px`` from it may change."""
    image = picture(seed, size_hw)
    wanted = row(method, "" if method == "remove" else "x", mask="box:" + " ".join(map(str, box)))
    params = PARAMS.model_copy(update={"feather_px": feather_px, "max_removed_share": 1.0, "min_object_px": 1})
    models = EditModels(
        {
            "edit": Inverter(),
            "inpaint": CutPaste() if pastes else DiscPainter(),
            "background_fill": Corner(0.5),
        }
    )
    result = edit_photos([job(wanted, image, (cutout(),), seed)], models, params)[0]
    if isinstance(result, str):
        return
    x0, y0, x1, y1 = pixel_box(box, size_hw)
    far = np.ones(size_hw, np.bool_)
    reach = max(0, feather_px - 1)
    far[max(0, y0 - reach) : y1 + reach, max(0, x0 - reach) : x1 + reach] = False
    assert np.array_equal(result.image[far], image[far])
    assert result.changed is not None
    assert np.array_equal(result.image[~result.changed], image[~result.changed])


@pytest.mark.parametrize(
    ("shares", "size_hw", "expected"),
    [
        ((0, 0, 1, 1), (30, 40), (0, 0, 40, 30)),
        ((0.25, 0.5, 0.5, 1), (30, 40), (10, 15, 20, 30)),
        ((0.999, 0.999, 1, 1), (30, 40), (39, 29, 40, 30)),
        ((0, 0, 0.001, 0.001), (30, 40), (0, 0, 1, 1)),
    ],
)
def test_boxes_in_shares_hold_at_least_a_pixel(shares: Any, size_hw: Any, expected: Any) -> None:
    assert pixel_box(shares, size_hw) == expected
