"""Backgrounds, scenes and edits through the store, on a few sample photos."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from resources.offline.compose import PhotoComposer
from resources.offline.cut_paste import CutPaste
from resources.store import Store
from synth_assets.core.config import ConfigError
from synth_assets.core.images import decode_image
from synth_assets.core.items import NOTHING_TO_MAKE, Artifact, Item, Summary, run_items
from synth_assets.core.masks import decode_mask, tight_box
from synth_assets.core.ports import (
    RGB,
    DeviceMemoryError,
    Inpainted,
    Inpainter,
    InpaintRequest,
    TextToImageRequest,
)
from synth_assets.core.profile.building import build_profile, measure_picture, measured_from_row
from synth_assets.core.profile.profile import Profile
from synth_assets.core.profile.sampling import sample_words
from synth_assets.core.records import ImageRecord, ImageSet
from synth_assets.core.scenes.backgrounds import BackgroundParams, BackgroundRow, load_backgrounds, make_backgrounds
from synth_assets.core.scenes.classes import load_classes
from synth_assets.core.scenes.cutouts import CutoutParams, load_cutouts
from synth_assets.core.scenes.inpainting import SceneParams, paint_scenes
from synth_assets.core.scenes.painting import PaintTools
from synth_assets.core.seeds import derive_seed

ROWS = [BackgroundRow(prompt="a meadow", num_imgs=3), BackgroundRow(prompt="a park", num_imgs=1)]
SMALL = BackgroundParams(size_hw=(192, 256))
SCENES = SceneParams(min_object_px=60)


def photos(store: Store, sample: Path, names: list[str]) -> ImageSet:
    def make(batch: list[Item]) -> list[list[Artifact]]:
        files = [sample / "reference/midday" / item.key for item in batch]
        return [
            [
                Artifact(
                    ImageRecord(source=file.name, licence="CC0", attribution="Poly Haven"), file.name, file.read_bytes()
                )
            ]
            for file in files
        ]

    with store.open("reference_images", "midday") as writer:
        return run_items(writer, [Item(name, {}) for name in names], make).images


@pytest.fixture
def references(store: Store, sample: Path) -> ImageSet:
    return photos(store, sample, [f"park_0{index}.jpg" for index in range(4)])


def backgrounds(
    store: Store, references: ImageSet, profile: Profile | None = None, seed: int = 7, **changes
) -> Summary:
    with store.open("backgrounds", "midday") as writer:
        params = SMALL.model_copy(update=changes)
        return make_backgrounds(writer, references, ROWS, profile, PhotoComposer(), params, seed)


def scenes(store: Store, images: ImageSet, root: Path, engine: Inpainter | None = None, **changes: float) -> Summary:
    path = root / "configs/examples/african_animals/classes.csv"
    rows = [
        row.model_copy(update={"height_max": 180} if row.height_max else {})
        for row in load_classes(path, (384, 512), 4)
    ]
    cutouts = load_cutouts(path, rows, root, None, CutoutParams())
    with store.open("inpainted_scenes", "midday") as writer:
        params = SCENES.model_copy(update=changes)
        return paint_scenes(writer, images, rows, cutouts, None, PaintTools(engine or CutPaste()), params, 7)


def test_backgrounds(store: Store, references: ImageSet) -> None:
    measured = [measured_from_row(record.key, measure_picture(references.read(record))) for record in references.ok]
    profile = build_profile("midday", measured)
    made = backgrounds(store, references, profile)
    assert 0 < made.details["profile_distance"] < 3
    assert (made.made, made.reused, len(made.images.ok)) == (4, 0, 4)
    record = made.images.ok[0]
    assert (record.height, record.width) == (192, 256)
    assert record.prompt == ", ".join(["a meadow", *sample_words(profile, record.seed or 0)])
    assert "midday sun" in record.prompt
    assert len(record.parents) == 2
    assert record.group == record.parents[0]
    assert (record.licence, record.attribution, record.model) == ("CC0", "Poly Haven", "builtin:compose@1")
    assert float(record.extra["difference_from_reference"] or 0) > 2
    again = backgrounds(store, references, profile, workers=2)
    assert (again.made, again.reused) == (0, 4)
    assert backgrounds(store, references, profile, seed=8).made == 4


def test_a_new_photo_changes_few_backgrounds(store: Store, sample: Path, references: ImageSet) -> None:
    backgrounds(store, references)
    more = photos(store, sample, [f"park_0{index}.jpg" for index in range(5)])
    again = backgrounds(store, more)
    new = next(record.id for record in more if record.source == "park_04.jpg")
    assert again.made == sum(new in record.parents for record in again.images) < 4


def test_scenes_have_exact_masks_and_leave_the_rest_alone(
    store: Store, references: ImageSet, project_root: Path
) -> None:
    made = scenes(store, backgrounds(store, references).images, project_root)
    assert len(made.images) == 8
    assert made.details["boxes"] == sum(len(record.objects) for record in made.images.ok) > 0
    assert sum(entry["boxes"] for entry in made.details["objects"]) == made.details["boxes"]
    assert 0 <= made.details["invalid_rate"] <= 1
    assert "objects" in store.plots("inpainted_scenes", "midday")
    assert {entry["reason"] for entry in made.details.get("rejected_objects", [])} <= {"hidden by nearer objects"}
    parents = {record.id: record for record in store.read("backgrounds", "midday") or ()}
    for record in made.images.ok:
        masks = [decode_mask(made.images.read_bytes(item.mask_path), "mask") for item in record.objects]
        assert [tight_box(mask) for mask in masks] == [item.xyxy for item in record.objects]
        assert np.sum(masks, axis=0).max() == 1
        background = parents[record.parents[0]]
        assert record.group == background.group
        before, after = made.images.read(background), made.images.read(record)
        changed = (before != after).any(axis=2)
        assert changed.mean() < 0.7
        assert not changed[: max(0, min(item.xyxy[1] for item in record.objects) - 40)].any()


def test_a_slot_without_photos_gets_no_backgrounds_or_scenes(store: Store, project_root: Path) -> None:
    empty = ImageSet(store.root, ())
    bare = backgrounds(store, empty)
    painted = scenes(store, bare.images, project_root)
    for made in (bare, painted):
        assert len(made.images) == 0
        assert made.details["note"] == NOTHING_TO_MAKE


def test_refused_attempts_stay_visible_with_their_reason(
    store: Store, references: ImageSet, project_root: Path
) -> None:
    images = backgrounds(store, references).images
    made = scenes(store, images, project_root, min_contrast=45.0, max_retries=1)
    refused = [(record, entry) for record in made.images for entry in json.loads(str(record.extra["rejected_objects"]))]
    assert refused
    assert sum(entry["attempts"] for entry in made.details["rejected_objects"]) == len(refused)
    for record, entry in refused:
        path = next(path for path in record.files if path.endswith(entry["file"]))
        picture = decode_image(made.images.read_bytes(path), path)
        assert max(picture.shape) <= 192
        assert entry["reason"] in ("cannot be seen", "hidden by nearer objects")
    assert store.plots("inpainted_scenes", "midday").keys() == {"objects", "rejected_objects"}
    invalid = sum(int(record.extra["invalid_attempts"] or 0) for record in made.images)
    assert made.details["invalid_rate"] == pytest.approx(invalid / made.details["attempts"], abs=1e-4)
    empty = [record for record in made.images if not record.objects]
    assert empty
    assert all((record.status, record.reason[:15]) == ("rejected", "no object left:") for record in empty)
    calm = scenes(store, images, project_root)  # the former pictures go with the former rows
    left = {path for record in calm.images for path in record.files}
    folder = Path(str(store.root)) / "inpainted_scenes/midday/attempts"
    assert {path.name for path in folder.glob("*")} == {Path(path).name for path in left}


def test_a_blurred_scene_is_kept_apart(store: Store, references: ImageSet, project_root: Path) -> None:
    class Blurring(CutPaste):
        name = "test:blurring@1"

        def inpaint(self, requests: Sequence[InpaintRequest]) -> list[Inpainted]:
            made = super().inpaint(requests)
            whole = [np.ones(item.image.shape[:2], np.bool_) for item in made]
            blurred = [np.asarray(cv2.GaussianBlur(item.image, (0, 0), 3), np.uint8) for item in made]
            return [
                Inpainted(image, item.object_mask, touched)
                for image, item, touched in zip(blurred, made, whole, strict=True)
            ]

    made = scenes(store, backgrounds(store, references).images, project_root, Blurring(), min_detail_ratio=0.9)
    assert made.images.reasons["blurred beside its background"] > 0
    assert all(float(record.extra["detail_ratio"] or 0) >= 0.9 for record in made.images.ok)


def test_an_item_that_does_not_fit_fails_alone_and_nothing_stored_is_made_again(
    store: Store, references: ImageSet, project_root: Path
) -> None:
    images = backgrounds(store, references).images

    class Full(CutPaste):
        """Has no memory for one crop, recognised by its seed."""

        def __init__(self, heavy: int) -> None:
            self.heavy, self.made = heavy, Counter[int]()

        def inpaint(self, requests: Sequence[InpaintRequest]) -> list[Inpainted]:
            if any(request.seed == self.heavy for request in requests):
                raise DeviceMemoryError("one crop does not fit")
            self.made.update(request.seed for request in requests)
            return super().inpaint(requests)

    free = Full(-1)
    whole = scenes(Store(str(store.root) + "_free"), images, project_root, free, batch_size=8, workers=1)
    heavy = next(iter(free.made))
    engine = Full(heavy)
    made = scenes(store, images, project_root, engine, batch_size=4, workers=1)
    failed = [record for record in made.images if record.status == "failed"]
    assert [record.reason for record in failed] == ["DeviceMemoryError: one crop does not fit"]
    by_key = {record.key: record.id for record in whole.images}
    assert all(record.id == by_key[record.key] for record in made.images if record.status != "failed")
    again = Full(-1)
    healed = scenes(store, images, project_root, again, batch_size=4, workers=1)
    assert (healed.made, healed.reused) == (1, 7)
    assert heavy in again.made
    assert not (again.made.keys() & _seeds_of_others(failed[0].key, free, whole))


def _seeds_of_others(key: str, engine: object, whole: Summary) -> set[int]:
    """Seeds of all objects but one scene's."""
    own = next(int(record.seed or 0) for record in whole.images if record.key == key)
    mine = {derive_seed(own, "object", str(number), tried) for number in range(8) for tried in range(4)}
    return set(engine.made) - mine  # pyright: ignore[reportAttributeAccessIssue]


def test_an_engine_that_needs_only_text_makes_backgrounds_without_photos(store: Store) -> None:
    class TextOnly:
        name = "test:text-only"
        resolution_px: int | None = None
        needs_references = False

        def generate(self, requests: Sequence[TextToImageRequest]) -> list[RGB]:
            return [np.full((*request.size_hw, 3), request.seed % 251, np.uint8) for request in requests]

    params = SMALL.model_copy(update={"references_per_image": 0})
    with store.open("backgrounds", "midday") as writer:
        made = make_backgrounds(writer, ImageSet(store.root, ()), ROWS, None, TextOnly(), params, 7)
    assert len(made.images.ok) == 4


def test_scenes_do_not_depend_on_threads_order_or_batch(
    tmp_path: Path, references: ImageSet, project_root: Path, store: Store
) -> None:
    images = backgrounds(store, references).images
    one = scenes(Store(tmp_path / "one"), images, project_root, batch_size=1, workers=1)
    turned = ImageSet(images.root, images.records[::-1])
    two = scenes(Store(tmp_path / "two"), turned, project_root, workers=2, batch_size=3)
    assert {record.key: record.id for record in one.images} == {record.key: record.id for record in two.images}
    assert scenes(Store(tmp_path / "one"), images, project_root).made == 0


def test_configs_load_and_wrong_ones_are_refused(project_root: Path, tmp_path: Path) -> None:
    for folder in ("", "examples/forest_fires", "examples/african_animals"):
        assert load_backgrounds(project_root / "configs" / folder / "backgrounds.csv")
    (tmp_path / "background.csv").write_text("prompt,num_imgs\na field,2\n")
    assert load_backgrounds(tmp_path / "backgrounds.csv")[0].num_imgs == 2
    (tmp_path / "backgrounds.csv").write_text("prompt,num_imgs\na field,0\n")
    with pytest.raises(ConfigError, match=r"backgrounds\.csv:2: num_imgs"):
        load_backgrounds(tmp_path / "backgrounds.csv")
