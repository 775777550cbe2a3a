"""Backgrounds, scenes and edits through the store, on a few sample photos."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from resources.offline.compose import PhotoComposer
from resources.offline.cut_paste import CutPaste
from resources.offline.relight import ToneEditor
from resources.store import Store
from synth_assets.core.config import ConfigError
from synth_assets.core.items import NOTHING_TO_MAKE, Artifact, Item, Summary, run_items
from synth_assets.core.masks import decode_mask, tight_box
from synth_assets.core.ports import (
    RGB,
    BackgroundFiller,
    Editor,
    EditRequest,
    Instance,
    Mask,
    RoleUnavailableError,
    Segmenter,
    TextToImageRequest,
)
from synth_assets.core.profile.building import build_profile, measure_picture, measured_from_row
from synth_assets.core.profile.profile import Profile
from synth_assets.core.profile.sampling import sample_words
from synth_assets.core.records import ImageRecord, ImageSet
from synth_assets.core.scenes.backgrounds import BackgroundParams, BackgroundRow, load_backgrounds, make_backgrounds
from synth_assets.core.scenes.classes import load_classes
from synth_assets.core.scenes.cutouts import CutoutParams, load_cutouts
from synth_assets.core.scenes.edits import EditParams, EditRow, edit_images, load_edits, preserved_share, structure_kept
from synth_assets.core.scenes.inpainting import SceneParams, paint_scenes

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


def scenes(store: Store, images: ImageSet, root: Path, workers: int = 1) -> Summary:
    path = root / "configs/examples/african_animals/classes.csv"
    rows = [
        row.model_copy(update={"height_max": 180} if row.height_max else {})
        for row in load_classes(path, (384, 512), 4)
    ]
    cutouts = load_cutouts(path, rows, root, None, CutoutParams())
    with store.open("inpainted_scenes", "midday") as writer:
        params = SCENES.model_copy(update={"workers": workers})
        return paint_scenes(writer, images, rows, cutouts, None, CutPaste(), None, params, 7)


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
    assert store.plots("inpainted_scenes", "midday").keys() == {"objects"}
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


def test_a_slot_without_photos_gets_no_backgrounds_scenes_or_edits(store: Store, project_root: Path) -> None:
    empty = ImageSet(store.root, ())
    bare = backgrounds(store, empty)
    painted = scenes(store, bare.images, project_root)
    with store.open("edited_images", "midday") as writer:
        edited = edit_images(
            writer, empty, [EditRow(method="relight", instruction="dusk")], OnlyEdit(), EditParams(), 7
        )
    for made in (bare, painted, edited):
        assert len(made.images) == 0
        assert made.details["note"] == NOTHING_TO_MAKE


def test_an_engine_that_needs_only_text_makes_backgrounds_without_photos(store: Store) -> None:
    class TextOnly:
        name = "test:text-only"
        resolution_px: int | None = None

        def generate(self, requests: Sequence[TextToImageRequest]) -> list[RGB]:
            return [np.full((*request.size_hw, 3), request.seed % 251, np.uint8) for request in requests]

    params = SMALL.model_copy(update={"references_per_image": 0})
    with store.open("backgrounds", "midday") as writer:
        made = make_backgrounds(writer, ImageSet(store.root, ()), ROWS, None, TextOnly(), params, 7)
    assert len(made.images.ok) == 4


def test_scenes_do_not_depend_on_threads_or_order(
    tmp_path: Path, references: ImageSet, project_root: Path, store: Store
) -> None:
    images = backgrounds(store, references).images
    one = scenes(Store(tmp_path / "one"), images, project_root)
    turned = ImageSet(images.root, images.records[::-1])
    two = scenes(Store(tmp_path / "two"), turned, project_root, workers=2)
    assert {record.key: record.id for record in one.images} == {record.key: record.id for record in two.images}
    assert scenes(Store(tmp_path / "one"), images, project_root).made == 0


class OnlyEdit:
    """A model set with the edit role alone."""

    def has(self, role: str) -> bool:
        return role == "edit"

    def edit(self) -> Editor:
        return ToneEditor()

    def segment(self) -> Segmenter:
        raise RoleUnavailableError("the set has no model for segment; choose another set")

    def background_fill(self) -> BackgroundFiller:
        raise RoleUnavailableError("the set has no model for background_fill; choose another set")


class Corner:
    """Segments a corner of the given share of the sides."""

    name = "test:corner"

    def __init__(self, share: float) -> None:
        self.share = share

    def segment(self, images: list[RGB]) -> list[list[Instance]]:
        return [[Instance(self._mask(image), 1.0)] for image in images]

    def _mask(self, image: RGB) -> Mask:
        mask = np.zeros(image.shape[:2], np.bool_)
        mask[: int(image.shape[0] * self.share), : int(image.shape[1] * self.share)] = True
        return mask

    def fill(self, images: list[RGB], masks: list[Mask]) -> list[RGB]:
        return [np.where(mask[..., None], 0, image).astype(np.uint8) for image, mask in zip(images, masks, strict=True)]


class WithRemoval(OnlyEdit):
    """A model set that can remove, too."""

    def __init__(self, share: float) -> None:
        self.corner = Corner(share)

    def has(self, role: str) -> bool:
        return role in ("edit", "segment", "background_fill")

    def segment(self) -> Segmenter:
        return self.corner  # pyright: ignore[reportReturnType]

    def background_fill(self) -> BackgroundFiller:
        return self.corner  # pyright: ignore[reportReturnType]


def edits(store: Store, references: ImageSet, models: OnlyEdit) -> Summary:
    rows = [
        EditRow(method="relight", instruction="golden hour", num_imgs=2),
        EditRow(method="remove", instruction="largest object", num_imgs=1),
    ]
    with store.open("edited_images", "midday") as writer:
        return edit_images(writer, references, rows, models, EditParams(), 7)  # pyright: ignore[reportArgumentType]


def test_edits_without_a_role_are_rejected_with_the_way_out(store: Store, references: ImageSet) -> None:
    made = edits(store, references, OnlyEdit())
    assert [record.status for record in made.images] == ["ok", "ok", "rejected"]
    assert made.images.reasons == {"the set has no model for segment; choose another set": 1}
    assert edits(store, references, OnlyEdit()).made == 0
    assert edits(store, references, WithRemoval(0.3)).made == 1  # a role that appears is used


def test_removal_keeps_all_but_the_object(store: Store, references: ImageSet) -> None:
    record = edits(store, references, WithRemoval(0.3)).images.records[2]
    assert record.status == "ok"
    assert float(record.extra["preserved_share"] or 0) == pytest.approx(1 - 0.3**2, abs=0.02)
    large = edits(store, references, WithRemoval(0.8)).images.records[2]
    assert (large.status, large.extra["method"]) == ("ok", "remove")  # same model name: nothing to redo


def test_too_large_an_object_is_not_removed(store: Store, references: ImageSet) -> None:
    record = edits(store, references, WithRemoval(0.8)).images.records[2]
    assert (record.status, record.reason) == ("rejected", "the largest object covers more than 35% of the photo")


def test_preservation_measures() -> None:
    image = np.random.default_rng(0).integers(60, 190, (20, 20, 3)).astype(np.uint8)
    other = image.copy()
    other[:5] = 0
    assert preserved_share(image, image) == 1
    assert preserved_share(image, other) == 0.75
    assert preserved_share(image, image + np.uint8(9)) == 0
    assert structure_kept(image, image + np.uint8(9)) == pytest.approx(1)
    assert structure_kept(image, image[::-1]) < 0.3


def test_configs_load_and_wrong_ones_are_refused(project_root: Path, tmp_path: Path) -> None:
    for folder in ("", "examples/forest_fires", "examples/african_animals"):
        assert load_backgrounds(project_root / "configs" / folder / "backgrounds.csv")
    known = [row for row in load_edits(project_root / "configs/edits.csv") if row.method == "relight"]
    tiny = np.full((8, 8, 3), 90, np.uint8)

    assert all(ToneEditor().edit([EditRequest(tiny, row.instruction, row.strength, 1)]) for row in known)
    (tmp_path / "background.csv").write_text("prompt,num_imgs\na field,2\n")
    assert load_backgrounds(tmp_path / "backgrounds.csv")[0].num_imgs == 2
    (tmp_path / "backgrounds.csv").write_text("prompt,num_imgs\na field,0\n")
    with pytest.raises(ConfigError, match=r"backgrounds\.csv:2: num_imgs"):
        load_backgrounds(tmp_path / "backgrounds.csv")
    (tmp_path / "edits.csv").write_text("method,instruction\npaint,x\n")
    with pytest.raises(ConfigError, match=r"edits\.csv:2: method"):
        load_edits(tmp_path / "edits.csv")
