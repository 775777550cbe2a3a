"""The stage of edits: items, rows, labels and report, on photos of the sample."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from resources.offline.cut_paste import CutPaste
from resources.offline.relight import ToneEditor
from resources.store import Store
from synth_assets.core.images import encode_png
from synth_assets.core.items import NOTHING_TO_MAKE, Artifact, Item, Summary, run_items
from synth_assets.core.masks import decode_mask, tight_box
from synth_assets.core.records import ImageRecord, ImageSet
from synth_assets.core.scenes.classes import load_classes
from synth_assets.core.scenes.cutouts import CutoutParams, load_cutouts
from synth_assets.core.scenes.edit_rows import EditRow, load_edits
from synth_assets.core.scenes.editing import EditParams
from synth_assets.core.scenes.edits import Known, edit_images
from synth_assets_tests.core.scenes.edit_models import Corner, EditModels

OFFLINE = EditModels({"edit": ToneEditor()})
ROWS = [
    EditRow(method="relight", instruction="golden hour", num_imgs=2),
    EditRow(method="remove", instruction="largest object", num_imgs=1),
]


def removing(share: float) -> EditModels:
    return EditModels({"edit": ToneEditor(), "segment": Corner(share), "background_fill": Corner(share)})


@pytest.fixture
def references(store: Store) -> ImageSet:
    def make(batch: list[Item]) -> list[list[Artifact]]:
        return [[_photo(item.key, int(item.key[-1]))] for item in batch]

    with store.open("reference_images", "midday") as writer:
        return run_items(writer, [Item(f"park_{index}", {}) for index in range(4)], make).images


def _photo(name: str, seed: int) -> Artifact:
    """Sky over a meadow, each a little different."""
    rng = np.random.default_rng(seed)
    image = rng.integers(-4, 5, (96, 128, 3)) + np.array([120, 170, 220 - 9 * seed])
    image[48:] = rng.integers(-4, 5, (48, 128, 3)) + np.array([80, 140, 50 + 5 * seed])
    record = ImageRecord(source=f"{name}.jpg", licence="CC0", attribution="Poly Haven")
    return Artifact(record, f"{name}.png", encode_png(image.astype(np.uint8)))


def edits(store: Store, references: ImageSet, models: EditModels, rows: list[EditRow] | None = None, **more) -> Summary:
    known = more.pop("known", None)
    with store.open("edited_images", "midday") as writer:
        return edit_images(writer, references, rows or ROWS, models, EditParams(**more), 7, known)


def test_edits_without_a_role_are_rejected_with_the_way_out(store: Store, references: ImageSet) -> None:
    made = edits(store, references, OFFLINE)
    assert [record.status for record in made.images] == ["ok", "ok", "rejected"]
    assert made.images.reasons == {"the set has no model for segment; choose another set": 1}
    assert edits(store, references, OFFLINE).made == 0
    assert edits(store, references, removing(0.3)).made == 1  # a role that appears is used


def test_removal_keeps_all_but_the_object(store: Store, references: ImageSet) -> None:
    record = edits(store, references, removing(0.3)).images.records[2]
    assert record.status == "ok"
    # The corner, its margin of 6 px and most of the rim of 8 px have changed.
    assert float(record.extra["preserved_share"] or 0) == pytest.approx(
        1 - (28 + 11) * (38 + 11) / (96 * 128), abs=0.03
    )
    assert record.extra["preserved_outside"] == 1
    assert float(record.extra["mask_share"] or 0) == pytest.approx(
        1 - float(record.extra["preserved_share"] or 0), abs=0.05
    )
    assert (record.extra["method"], record.extra["mask"], record.prompt) == ("remove", "", "largest object")


def test_a_row_says_what_was_done_and_by_whom(store: Store, references: ImageSet) -> None:
    record = edits(store, references, OFFLINE).images.records[0]
    photo = next(photo for photo in references if photo.id == record.parents[0])
    assert (record.source, record.group, record.licence, record.attribution) == (
        photo.source,
        photo.id,
        "CC0",
        "Poly Haven",
    )
    assert (record.prompt, record.model, record.extra["strength"]) == ("golden hour", "builtin:relight@1", 0.6)
    assert float(record.extra["structure_kept"] or 0) > 0.9
    assert record.extra.get("preserved_outside") is None


def test_photos_are_chosen_by_name_and_by_profile(store: Store, references: ImageSet) -> None:
    metrics = {photo.id: {"brightness_mean": 0.1 * index} for index, photo in enumerate(references)}
    rows = [
        EditRow(method="relight", instruction="fog", source="park_[01].jpg", num_imgs=9),
        EditRow(method="relight", instruction="fog", source="brightness>=0.2", num_imgs=9),
        EditRow(method="relight", instruction="fog", source="*sea*", num_imgs=9),
    ]
    made = edits(store, references, OFFLINE, rows, known=Known(metrics))
    chosen = [(record.extra["row"], record.source) for record in made.images]
    assert sorted(chosen) == [(1, "park_0.jpg"), (1, "park_1.jpg"), (2, "park_2.jpg"), (2, "park_3.jpg")]
    assert [(row["row"], row["images"]) for row in made.details["rows"]] == [(1, 2), (2, 2), (3, 0)]
    wider = [rows[0].model_copy(update={"source": "park*"}), *rows[1:]]
    assert edits(store, references, OFFLINE, wider, known=Known(metrics)).made == 2  # the others are there


def test_the_report_says_per_method_and_row_how_much_was_preserved(store: Store, references: ImageSet) -> None:
    made = edits(store, references, removing(0.3), [*ROWS, EditRow(method="remove", mask="text:a towel", num_imgs=1)])
    by_method = {row["method"]: row for row in made.details["methods"]}
    assert (by_method["relight"]["images"], by_method["relight"]["preserved_outside"]) == (2, "")
    assert (by_method["remove"]["images"], by_method["remove"]["rejected"]) == (1, 1)
    assert by_method["remove"]["preserved_outside"] == 1
    rows = made.details["rows"]
    assert [(row["row"], row["words"], row["mask"]) for row in rows] == [
        (1, "golden hour", ""),
        (2, "largest object", ""),
        (3, "", "text:a towel"),
    ]
    assert rows[1]["preserved_share"] == pytest.approx(by_method["remove"]["preserved_share"])


def test_an_added_object_is_labelled_and_credited(store: Store, references: ImageSet, project_root: Path) -> None:
    path = project_root / "configs/classes.csv"
    classes = [row for row in load_classes(path, (384, 512), 4) if row.label == "sheep"]
    known = Known({}, classes, load_cutouts(path, classes, project_root, None, CutoutParams()))
    rows = [EditRow(method="add", prompt="Sheep", mask="box:0.2 0.2 0.7 0.9", num_imgs=2)]
    made = edits(store, references, EditModels({"inpaint": CutPaste()}), rows, known=known)
    assert len(made.images.ok) == 2
    for record in made.images.ok:
        (found,) = record.objects
        mask = decode_mask(made.images.read_bytes(found.mask_path), "mask")
        assert (found.label, found.xyxy) == ("sheep", tight_box(mask))
        assert record.licence == "CC0; MIT"
        assert record.attribution == "Fluent Emoji (Microsoft); Poly Haven"
        assert record.extra["preserved_outside"] == 1
    bare = edits(store, references, EditModels({"inpaint": CutPaste()}), rows)
    assert [record.status for record in bare.images] == ["rejected", "rejected"]
    assert "name some in the references column" in bare.images.records[0].reason


def test_results_do_not_depend_on_the_batch(store: Store, references: ImageSet, tmp_path: Path) -> None:
    rows: list[Any] = [*ROWS, EditRow(method="relight", instruction="moonlight", mask="box:0 0 0.5 1", num_imgs=3)]
    ids = {
        size: [
            record.id
            for record in edits(Store(tmp_path / str(size)), references, removing(0.3), rows, batch_size=size).images
        ]
        for size in (1, 4, 7)
    }
    assert ids[1] == ids[4] == ids[7]


def test_a_slot_without_photos_gets_no_edits(store: Store) -> None:
    made = edits(store, ImageSet(store.root, ()), OFFLINE)
    assert len(made.images) == 0
    assert made.details["note"] == NOTHING_TO_MAKE


def test_the_shipped_rows_are_all_understood_offline(store: Store, references: ImageSet, project_root: Path) -> None:
    rows = [row for row in load_edits(project_root / "configs/edits.csv") if row.method == "relight"]
    bright = Known({photo.id: {"brightness_mean": 0.6} for photo in references})
    assert not edits(store, references, OFFLINE, rows, known=bright).images.reasons
