"""Merging: the whole set through the store, read back by pycocotools and supervision."""

import contextlib
import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image
from pycocotools.coco import COCO

from resources.store import Store
from synth_assets.core.config import load_yaml
from synth_assets.core.images import decode_image
from synth_assets.core.items import Artifact, Summary
from synth_assets.core.masks import decode_mask, tight_box
from synth_assets.core.records import ImageRecord, ImageSet, ObjectRecord
from synth_assets.core.training.merging import merge_training_set
from synth_assets.core.training.planning import TrainingSetParams
from synth_assets_tests.core.training.conftest import cutout, picture, plain, put_into, scene

PARAMS = TrainingSetParams()


def some_sources(put: Callable) -> list[ImageSet]:
    scenes = [scene(f"scene_{i}", i, f"bg{i // 2}", [["dog"], ["cat", "dog"], []][i % 3]) for i in range(20)]
    refused = Artifact(ImageRecord(status="rejected", reason="too dark"), "bad.png", picture(90))
    return [
        put("inpainted_scenes", "morning", [*scenes, refused]),
        put("segment", "bunny", [cutout(f"f{i}_character", i, "clip_a") for i in range(3)]),
        put("keep_full", "bunny", [plain("scene_0", picture(70), "clip_b"), plain("twin", picture(70), "clip_c")]),
        put("frames", "bunny", [plain("frame", picture(71))]),
    ]


@pytest.fixture(scope="module")
def sources(shared_store: Store) -> list[ImageSet]:
    return some_sources(put_into(shared_store))


@pytest.fixture(scope="module")
def captions(sources: list[ImageSet]) -> list[ImageSet]:
    rows = [
        ImageRecord(id=row.id, captions={"short": f'a "{row.stem}", told', "full": "long"}) for row in sources[0].ok
    ]
    return [ImageSet(sources[0].root, tuple(rows))]


def merge(store: Store, sources: list[ImageSet], captions: list[ImageSet], **params: object) -> Summary:
    with store.open("training_set") as writer:
        chosen = PARAMS.model_copy(update=params)
        return merge_training_set(writer, sources, captions, ["inpainted_scenes/night"], chosen)


@pytest.fixture(scope="module")
def summary(shared_store: Store, sources: list[ImageSet], captions: list[ImageSet]) -> Summary:
    return merge(shared_store, sources, captions)


@pytest.fixture(scope="module")
def folder(shared_store: Store, summary: Summary) -> Path:
    return Path(str(shared_store.root / "training_set"))


def loaded(path: Path) -> COCO:
    with contextlib.redirect_stdout(io.StringIO()):
        return COCO(str(path))


def test_counts_gaps_and_rejects(summary: Summary, folder: Path) -> None:
    assert summary.made == 25
    assert len(summary.images.ok) == 24
    assert summary.images.reasons == {"near-duplicate of keep_full__bunny__scene_0.png": 1}
    details = summary.details
    assert (details["images"], details["classes"], details["near_duplicates"]) == (24, 3, 1)
    assert details["gaps"] == ["inpainted_scenes/night"]
    assert sum(row["images"] for row in details["splits"]) == 24
    card = (folder / "data_card.md").read_text()
    assert "| inpainted_scenes/night |" in card
    assert "| inpainted_scenes | morning | rejected | too dark | 1 |" in card
    assert "| CC0 | A. Nobody | 20 |" in card


def test_files_are_the_sources_bytes_and_cutouts_lie_on_grey(
    summary: Summary, sources: list[ImageSet], folder: Path
) -> None:
    by_id = {row.id: (images, row) for images in sources for row in images}
    for row in summary.images.ok:
        images, source = by_id[row.parents[0]]
        if source.asset != "segment":
            assert images.read_bytes(source.path) == summary.images.read_bytes(row.path)
            assert row.id == source.id
    cut = folder / "images" / "segment__bunny__f0_character.png"
    with Image.open(cut) as image:
        assert image.mode == "RGB"
    pixels = decode_image(cut.read_bytes(), "cut")
    alpha = decode_image((folder / "masks" / "segment__bunny__f0_character_alpha.png").read_bytes(), "alpha")[..., 0]
    assert (pixels[alpha == 0] == 128).all()
    assert (pixels[alpha == 255] == (255, 0, 0)).all()


def test_coco_boxes_lie_inside_and_equal_their_masks(folder: Path, summary: Summary) -> None:
    coco = loaded(folder / "exports/coco/annotations.json")
    assert len(coco.imgs) == 24
    assert [category["name"] for category in coco.cats.values()] == ["bunny", "cat", "dog"]
    assert sorted(coco.cats) == [1, 2, 3]
    assert len(coco.anns) == summary.details["objects"] == sum(len(row.objects) for row in summary.images.ok)
    for found in coco.anns.values():
        image = coco.imgs[found["image_id"]]
        mask = coco.annToMask(found).astype(bool)
        x, y, w, h = found["bbox"]
        assert tight_box(mask) == (x, y, x + w, y + h)
        assert x >= 0
        assert y >= 0
        assert x + w <= image["width"]
        assert y + h <= image["height"]
        assert found["area"] == mask.sum()
        assert decode_image((folder / image["file_name"]).read_bytes(), "x").shape[:2] == mask.shape
    ids = [set(loaded(folder / f"exports/coco/annotations_{name}.json").imgs) for name in ("train", "val", "test")]
    assert set.union(*ids) == set(coco.imgs)
    assert sum(map(len, ids)) == 24
    assert all(ids)


def test_masks_are_the_sources_masks(summary: Summary, sources: list[ImageSet]) -> None:
    by_id = {row.id: (images, row) for images in sources for row in images}
    for row in summary.images.ok:
        images, source = by_id[row.parents[0]]
        for mine, theirs in zip(row.objects, source.objects, strict=True):
            mask = decode_mask(summary.images.read_bytes(mine.mask_path), "mine")
            assert np.array_equal(mask, decode_mask(images.read_bytes(theirs.mask_path), "theirs"))
            assert mine.xyxy == tight_box(mask)


def test_supervision_counts_the_same_objects_in_yolo_and_coco(folder: Path, summary: Summary) -> None:
    sv = pytest.importorskip("supervision")
    expected = dict.fromkeys(("train", "val", "test"), 0)
    for row in summary.images.ok:
        expected[str(row.extra["split"])] += len(row.objects)
    for split, count in expected.items():
        yolo = sv.DetectionDataset.from_yolo(
            str(folder / f"exports/yolo/images/{split}"),
            str(folder / f"exports/yolo/labels/{split}"),
            str(folder / "exports/yolo/data.yaml"),
        )
        coco = sv.DetectionDataset.from_coco(str(folder), str(folder / f"exports/coco/annotations_{split}.json"))
        assert yolo.classes == ["bunny", "cat", "dog"]
        assert sum(len(found) for _, _, found in yolo) == count
        assert sum(len(found) for _, _, found in coco) == count
        own = {Path(path).name: found for path, _, found in yolo}
        for path, _, found in coco:
            assert np.allclose(own[Path(path).name].xyxy, found.xyxy, atol=0.01)


def test_yolo_lists_every_picture_and_negatives_are_empty(folder: Path, summary: Summary) -> None:
    root = folder / "exports/yolo"
    data = yaml.safe_load((root / "data.yaml").read_text())
    assert (data["train"], data["nc"], data["names"]) == ("images/train", 3, ["bunny", "cat", "dog"])
    for row in summary.images.ok:
        split, name = row.extra["split"], Path(row.path).name
        assert (root / f"images/{split}/{name}").read_bytes() == (folder / "images" / name).read_bytes()
        lines = (root / f"labels/{split}/{Path(name).stem}.txt").read_text().splitlines()
        assert len(lines) == len(row.objects)
        for line in lines:
            number, cx, cy, w, h = map(float, line.split())
            assert number in (0, 1, 2)
            assert cx - w / 2 >= 0
            assert cx + w / 2 <= 1 + 1e-9
            assert cy - h / 2 >= 0
            assert cy + h / 2 <= 1 + 1e-9


def test_captions_and_provenance(folder: Path) -> None:
    lines = [json.loads(line) for line in (folder / "exports/captions/metadata.jsonl").read_text().splitlines()]
    with (folder / "exports/captions/captions.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert lines == rows
    assert lines[0]["file_name"] == "images/inpainted_scenes__morning__scene_0.png"
    assert lines[0]["text"] == 'a "scene_0", told'
    story = [json.loads(line) for line in (folder / "exports/provenance.jsonl").read_text().splitlines()]
    assert len(story) == 24
    assert story[3]["parents"] == ["background-bg1", "cutout"]
    assert (story[3]["seed"], story[3]["model"], story[3]["licence"]) == (3, "paste", "CC0")
    assert all((folder / line["file_name"]).is_file() for line in story)


def test_a_group_stays_in_one_split(summary: Summary) -> None:
    splits: dict[str, set[str]] = {}
    for row in summary.images.ok:
        splits.setdefault(row.group, set()).add(str(row.extra["split"]))
    assert all(len(found) == 1 for found in splits.values())
    assert set.union(*splits.values()) == {"train", "val", "test"}


def test_a_second_run_makes_nothing_and_reads_no_picture(
    shared_store: Store,
    sources: list[ImageSet],
    captions: list[ImageSet],
    summary: Summary,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[str] = []
    original = ImageSet.read_bytes
    monkeypatch.setattr(ImageSet, "read_bytes", lambda self, path: read.append(path) or original(self, path))
    again = merge(shared_store, sources, captions)
    assert (again.made, again.reused) == (0, 25)
    assert read == []
    assert again.images.records == summary.images.records


def test_one_new_scene_makes_one_item(store: Store, put: Callable) -> None:
    first = put("inpainted_scenes", "morning", [scene("a", 1, "bg"), scene("b", 2, "bg")])
    merge(store, [first], [], formats=())
    again = merge(store, [first, put("inpainted_scenes", "night", [scene("new", 500, "bg")])], [], formats=())
    assert (again.made, again.reused) == (1, 2)


def test_equal_stems_get_different_names(store: Store, put: Callable) -> None:
    images = put("keep_full", "bunny", [plain("a", picture(1)), plain("A", picture(2)), plain("a__2", picture(3))])
    found = merge(store, [images], [])
    names = [Path(row.path).name for row in found.images.ok]
    assert names == ["keep_full__bunny__a.png", "keep_full__bunny__A__2.png", "keep_full__bunny__a__2__2.png"]


def test_excluded_and_unlisted_rows_stay_out(store: Store, sources: list[ImageSet]) -> None:
    found = merge(store, sources, [], formats=(), exclude=("segment/*_character",), assets=("segment", "keep_full"))
    assert [Path(row.path).name for row in found.images.ok] == ["keep_full__bunny__scene_0.png"]


def test_a_mask_of_another_size_fails_its_row_only(store: Store, put: Callable) -> None:
    scenes = put("inpainted_scenes", "morning", [scene(f"scene_{i}", i, f"bg{i}") for i in range(3)])
    broken = scenes.records[0]
    mask = Path(str(scenes.root)) / broken.objects[0].mask_path
    Image.new("L", (5, 5), 255).save(mask)
    found = merge(store, [scenes], [])
    assert len(found.images.ok) == 2
    failed = [row for row in found.images if row.status == "failed"]
    assert [row.key for row in failed] == ["inpainted_scenes__morning__scene_0"]
    assert "the mask is 5x5, its picture" in failed[0].reason
    assert "the mask is 5x5" in (Path(str(store.root)) / "training_set/data_card.md").read_text()


def test_an_empty_store_gives_an_empty_set(store: Store) -> None:
    found = merge(store, [], [])
    assert found.details["images"] == 0
    assert loaded(Path(str(store.root)) / "training_set/exports/coco/annotations.json").imgs == {}


def test_the_shipped_configuration_holds_the_defaults(project_root: Path) -> None:
    assert load_yaml(project_root / "configs" / "training_set.yaml", TrainingSetParams) == PARAMS


def test_one_frame_of_two_characters_has_both_labels_and_its_own_caption(store: Store, put: Callable) -> None:
    frame = scene("frame_1", 7, "clip", ["bunny"])
    mask = np.zeros((48, 64), np.bool_)
    mask[30:40, 40:60] = True
    other = replace(frame.record, objects=(ObjectRecord("frank", (0, 0, 1, 1), 1),))
    sources = [
        put("keep_full", "bunny", [frame]),
        put("keep_full", "frank", [replace(frame, record=other, masks=[mask])]),
    ]
    rows = [(row, f"a photo of {row.partition}") for images in sources for row in images]
    captions = [ImageRecord(id=row.id, path=row.path, captions={"short": text}) for row, text in rows]
    merged = merge(store, sources, [ImageSet(sources[0].root, tuple(captions))]).images
    assert [row.status for row in merged] == ["ok", "rejected"]
    row = merged.records[0]
    assert row.captions["short"] == "a photo of bunny"
    assert [(item.label, item.instance_id) for item in row.objects] == [("bunny", 1), ("frank", 2)]
    assert row.objects[1].xyxy == (40, 30, 60, 40)
    assert np.array_equal(decode_mask(merged.read_bytes(row.objects[1].mask_path), "mask"), mask)
