"""A preview's rows and its sheet."""

import numpy as np
import pytest

from synth_assets.core.boxes import area
from synth_assets.core.images import decode_image
from synth_assets.core.scenes.classes import ObjectClass
from synth_assets.core.scenes.painting import Painted, Reject, Scene
from synth_assets.core.scenes.preview import preview_sheet, rows_of

GRAY, RED = np.full((60, 80, 3), 128, np.uint8), np.full((40, 40, 3), (220, 0, 0), np.uint8)


def row(label: str, most: int = 3) -> ObjectClass:
    return ObjectClass.model_validate(
        {
            "prompt": f"a {label}",
            "class": label,
            "min_appear": 1,
            "max_appear": most,
            "aspect_ratio_min": 1,
            "aspect_ratio_max": 1,
        }
    )


def scene(*rejects: Reject) -> Scene:
    mask = np.zeros((60, 80), np.bool_)
    mask[20:40, 30:60] = True
    return Scene(GRAY.copy(), [Painted(0, row("cat"), mask, int(mask.sum()), score=0.83)], rejects=list(rejects))


def test_only_the_class_is_painted_and_once() -> None:
    found = rows_of([row("cat"), row("dog"), row("cat", 2)], "cat")
    assert [(item.label, item.min_appear, item.max_appear) for item in found] == [("cat", 0, 1)] * 2
    with pytest.raises(ValueError, match=r"no class is called 'cow' in classes\.csv; there are: cat, dog"):
        rows_of([row("cat"), row("dog")], "cow")


def test_a_refused_try_gets_a_cell_of_its_own() -> None:
    reject = Reject(0, 0, "cat", "too small", (0, 0, 9, 9), RED)
    without, beside = (decode_image(preview_sheet(scenes), "sheet") for scenes in ([scene()], [scene(reject)]))
    reddish = [(image[..., 0] > 180) & (image[..., 1] < 60) & (image[..., 2] < 60) for image in (without, beside)]
    assert reddish[1].sum() - reddish[0].sum() > 0.5 * area((0, 0, 40, 40))
    assert len(preview_sheet([scene(reject)] * 40, max_bytes=60_000)) <= 60_000


def test_boxes_and_outlines_are_drawn_on_a_copy() -> None:
    shown = scene()
    sheet = decode_image(preview_sheet([shown, Scene(GRAY.copy(), dropped=shown.dropped)]), "sheet")
    assert (shown.image == GRAY).all()
    colourful = np.ptp(sheet.astype(int), axis=2) > 60
    left, right = np.array_split(colourful, 2, axis=1)
    assert left.sum() > 50
    assert right.sum() == 0


def test_no_scene_is_refused() -> None:
    with pytest.raises(ValueError, match="no scene"):
        preview_sheet([])
