"""Export layouts: each read back by the reader its users have, with the counts, boxes and masks that went in."""

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from resources.store import Store
from synth_assets.core.items import Artifact, Summary
from synth_assets.core.masks import decode_mask
from synth_assets.core.ports import Mask
from synth_assets.core.records import ImageRecord, ImageSet, ObjectRecord
from synth_assets.core.training.class_masks import class_array
from synth_assets.core.training.coco import categories_of
from synth_assets.core.training.labels import mask_of
from synth_assets.core.training.merging import merge_training_set
from synth_assets.core.training.planning import TrainingSetParams
from synth_assets.core.training.voc import annotation, palette, voc_files
from synth_assets_tests.core.training.conftest import cutout, disc, picture, put_into, scene

SIZE_HW = (48, 64)
SPLITS = ("train", "val", "test")
EVERYTHING = TrainingSetParams(formats=("coco", "yolo", "yolo-seg", "voc", "npy", "captions"))


def tricky(name: str, seed: int, group: str) -> Artifact:
    """A ring with a hole, and an object in two parts that overlaps it."""
    masks = [
        disc(SIZE_HW, (20, 20), 14) & ~disc(SIZE_HW, (20, 20), 6),
        disc(SIZE_HW, (28, 34), 9) | disc(SIZE_HW, (36, 54), 8),
    ]
    objects = tuple(ObjectRecord(label, (0, 0, 1, 1), number) for number, label in enumerate(("cat", "a dog"), 1))
    return Artifact(ImageRecord(group=group, objects=objects), f"{name}.png", picture(seed), masks)


def some_sources(put: Callable) -> list[ImageSet]:
    labels = [["dog"], ["cat", "dog"], [], ["dog", "dog"]]
    scenes = [scene(f"scene_{index}", index, f"bg{index}", labels[index % 4]) for index in range(12)]
    return [
        put("inpainted_scenes", "morning", [*scenes, *(tricky(f"t{i}", 50 + i, f"t{i}") for i in range(4))]),
        put("segment", "bunny", [cutout("f_character", 1, "clip")]),
    ]


def merge(store: Store, sources: list[ImageSet], params: TrainingSetParams = EVERYTHING) -> Summary:
    with store.open("training_set") as writer:
        return merge_training_set(writer, sources, [], [], params)


@pytest.fixture(scope="module")
def summary(shared_store: Store) -> Summary:
    return merge(shared_store, some_sources(put_into(shared_store)))


@pytest.fixture(scope="module")
def exports(shared_store: Store, summary: Summary) -> Path:
    return Path(str(shared_store.root)) / "training_set" / "exports"


def masks_of(images: ImageSet, record: ImageRecord) -> list[Mask]:
    return [decode_mask(images.read_bytes(item.mask_path), item.mask_path) for item in record.objects]


def test_voc_annotations_by_the_devkits_rules(summary: Summary, exports: Path) -> None:
    for record in summary.images.ok:
        root = ElementTree.parse(exports / "voc/Annotations" / f"{Path(record.path).stem}.xml").getroot()
        size = [int(root.findtext(f"size/{name}") or 0) for name in ("width", "height", "depth")]
        assert size == [64, 48, 3]
        picture_file = exports / "voc/JPEGImages" / (root.findtext("filename") or "")
        assert picture_file.read_bytes() == summary.images.read_bytes(record.path)
        assert len(root.findall("object")) == len(record.objects)
        for found, item, mask in zip(
            root.findall("object"), record.objects, masks_of(summary.images, record), strict=True
        ):
            rows, columns = np.nonzero(mask)
            box = [int(found.findtext(f"bndbox/{name}") or 0) for name in ("xmin", "ymin", "xmax", "ymax")]
            # 1-based, and the last pixel belongs to the box.
            assert box == [columns.min() + 1, rows.min() + 1, columns.max() + 1, rows.max() + 1]
            assert found.findtext("name") == item.label
            touches = mask[0].any() or mask[-1].any() or mask[:, 0].any() or mask[:, -1].any()
            assert found.findtext("truncated") == str(int(touches))


def test_voc_masks_are_the_masks_with_later_objects_on_top(summary: Summary, exports: Path) -> None:
    names = (exports / "voc/labels.txt").read_text().splitlines()
    assert names == ["background", *categories_of(summary.images.ok)]
    for record in summary.images.ok:
        stem = Path(record.path).stem
        if not record.objects:
            assert not (exports / "voc/SegmentationObject" / f"{stem}.png").exists()
            continue
        with Image.open(exports / "voc/SegmentationObject" / f"{stem}.png") as image:
            assert image.mode == "P"
            assert bytes(image.getpalette() or ())[: 3 * 256] == palette()
            objects = np.asarray(image)
        with Image.open(exports / "voc/SegmentationClass" / f"{stem}.png") as image:
            classes = np.asarray(image)
        expected = np.zeros(SIZE_HW, np.uint8)
        for number, mask in enumerate(masks_of(summary.images, record), 1):
            expected[mask] = number
        assert np.array_equal(objects, expected)
        shown = {item.label: classes[objects == number] for number, item in enumerate(record.objects, 1)}
        assert all({names[value] for value in values} == {label} for label, values in shown.items())
        assert np.array_equal(classes > 0, objects > 0)


def test_voc_image_sets_hold_every_picture_once(summary: Summary, exports: Path) -> None:
    folder = exports / "voc/ImageSets"
    lists = {split: (folder / f"Main/{split}.txt").read_text().split() for split in (*SPLITS, "trainval")}
    for split in SPLITS:
        assert lists[split] == [Path(row.path).stem for row in summary.images.ok if row.extra["split"] == split]
    assert sorted(lists["trainval"]) == sorted(lists["train"] + lists["val"])
    with_masks = (folder / "Segmentation/train.txt").read_text().split()
    assert with_masks == [
        Path(row.path).stem for row in summary.images.ok if row.extra["split"] == "train" and row.objects
    ]
    assert 0 < len(with_masks) < len(lists["train"])


def test_the_palette_is_the_devkits() -> None:
    colours = np.frombuffer(palette(), np.uint8).reshape(-1, 3)
    known = {0: (0, 0, 0), 1: (128, 0, 0), 2: (0, 128, 0), 4: (0, 0, 128), 15: (192, 128, 128), 255: (224, 224, 192)}
    assert {number: tuple(int(value) for value in colours[number]) for number in known} == known


def test_supervision_reads_voc_with_the_same_counts_and_boxes(summary: Summary, exports: Path) -> None:
    sv = pytest.importorskip("supervision")
    data = sv.DetectionDataset.from_pascal_voc(str(exports / "voc/JPEGImages"), str(exports / "voc/Annotations"))
    found = {Path(path).name: detections for path, _, detections in data}
    assert len(found) == len(summary.images.ok)
    for record in summary.images.ok:
        own = found[Path(record.path).name]
        assert [data.classes[number] for number in own.class_id] == [item.label for item in record.objects]
        assert [tuple(box) for box in own.xyxy.tolist()] == [item.xyxy for item in record.objects]


@pytest.mark.parametrize("layout", ["yolo", "yolo-seg"])
def test_supervision_reads_yolo_with_the_same_counts_and_boxes(summary: Summary, exports: Path, layout: str) -> None:
    sv = pytest.importorskip("supervision")
    tolerance_px = 0.02 if layout == "yolo" else 0.55
    seen = 0
    for split in SPLITS:
        folder = exports / layout
        places = (folder / f"images/{split}", folder / f"labels/{split}", folder / "data.yaml")
        data = sv.DetectionDataset.from_yolo(*map(str, places))
        found = {Path(path).name: detections for path, _, detections in data}
        for record in (row for row in summary.images.ok if row.extra["split"] == split):
            own = found[Path(record.path).name]
            seen += 1
            assert [data.classes[number] for number in own.class_id] == [item.label for item in record.objects]
            if not record.objects:
                continue
            assert np.abs(own.xyxy - np.array([item.xyxy for item in record.objects])).max() <= tolerance_px
            if layout == "yolo-seg":
                for mask, drawn in zip(masks_of(summary.images, record), own.mask, strict=True):
                    assert (mask & drawn).sum() / (mask | drawn).sum() >= 0.95
    assert seen == len(summary.images.ok)


def test_class_arrays_are_bool_and_hold_every_object(summary: Summary, exports: Path) -> None:
    classes = (exports / "npy/classes.txt").read_text().splitlines()
    assert classes == ["a dog", "bunny", "cat", "dog"]
    for record in summary.images.ok:
        array = np.load(exports / f"npy/{record.extra['split']}/{Path(record.path).stem}.npy", allow_pickle=False)
        assert (array.dtype, array.shape) == (np.bool_, (*SIZE_HW, 4))
        for number, name in enumerate(classes):
            own = [
                mask
                for item, mask in zip(record.objects, masks_of(summary.images, record), strict=True)
                if item.label == name
            ]
            assert np.array_equal(array[..., number], np.logical_or.reduce([np.zeros(SIZE_HW, np.bool_), *own]))


def test_an_array_has_the_layout_of_the_original() -> None:
    masks = [disc((6, 8), (2, 2), 1), disc((6, 8), (4, 5), 1), disc((6, 8), (2, 6), 1)]
    array = class_array(["b", "a", "b"], masks, ["a", "b", "c"], (6, 8))
    assert array.dtype == np.bool_
    assert np.array_equal(array[..., 1], masks[0] | masks[2])
    assert (array.sum(axis=(0, 1)) == (5, 10, 0)).all()


def test_a_new_class_remakes_arrays_and_no_arrays_are_written_unasked(store: Store, put: Callable) -> None:
    sources = [put("inpainted_scenes", "morning", [scene("a", 1, "a"), scene("b", 2, "b", ["cat"])])]
    arrays = TrainingSetParams(formats=("npy",))
    assert np.load(io.BytesIO(_first_array(merge(store, sources, arrays)))).shape[2] == 2
    again = merge(store, [*sources, put("keep_full", "bunny", [scene("new", 900, "new", ["zebra"])])], arrays)
    assert again.made == len(again.images)
    assert np.load(io.BytesIO(_first_array(again))).shape[2] == 3
    plain = TrainingSetParams()
    merge(store, sources, plain)
    folder = Path(str(store.root)) / "training_set/exports"
    written = {path.relative_to(folder).parts[0] for path in folder.rglob("*") if path.is_file()}
    linked = {"coco", "yolo", "yolo-seg", "voc", "imagefolder", "kohya", "onetrainer", "ai-toolkit", "captions"}
    assert written == linked | {"provenance.jsonl"}


def _first_array(summary: Summary) -> bytes:
    return summary.images.read_bytes(summary.images.ok[0].files[0])


def test_more_classes_than_a_mask_picture_can_hold_are_refused(store: Store) -> None:
    objects = tuple(ObjectRecord(f"class {number}", (0, 0, 1, 1), number) for number in range(255))
    record = ImageRecord(path="training_set/images/a.png", width=4, height=4, objects=objects, extra={"split": "train"})
    with pytest.raises(ValueError, match=r"has 255 classes, .* at most 254; take voc out of formats"):
        list(voc_files(ImageSet(store.root, (record,)), "x"))
    one = tuple(replace(item, label="a") for item in objects)
    with pytest.raises(ValueError, match=r"a\.png has 255 objects"):
        list(voc_files(ImageSet(store.root, (replace(record, objects=one),)), "x"))


def test_names_are_escaped() -> None:
    record = ImageRecord(path="t/a & b.png", width=4, height=4, objects=(ObjectRecord("<cat> & dog", (0, 1, 2, 3), 1),))
    root = ElementTree.fromstring(annotation(record, "mine & yours"))
    assert (root.findtext("filename"), root.findtext("object/name")) == ("a & b.png", "<cat> & dog")


def test_an_object_without_a_mask_file_is_its_box(store: Store) -> None:
    record = ImageRecord(path="a.png", width=6, height=5)
    mask = mask_of(ImageSet(store.root, ()), record, ObjectRecord("x", (1, 2, 4, 5), 1))
    assert mask.shape == (5, 6)
    assert mask.sum() == 9
    assert mask[2:5, 1:4].all()
