"""Layouts of data set libraries and LoRA trainers: read back by the library, or by the trainer's documented rules."""

import hashlib
import importlib
import json
import os
import tarfile
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from PIL import Image
from pycocotools import mask as rle

from resources.store import Store
from synth_assets.core.contents import Streamed
from synth_assets.core.items import Summary
from synth_assets.core.masks import decode_mask
from synth_assets.core.records import ImageRecord, ImageSet, ObjectRecord
from synth_assets.core.training.imagefolder import imagefolder_files
from synth_assets.core.training.merging import merge_training_set
from synth_assets.core.training.planning import TrainingSetParams
from synth_assets.core.training.splits import SplitShares
from synth_assets.core.training.webdataset import webdataset_files
from synth_assets_tests.core.training.conftest import cutout, plain, put_into, scene

CLASSES = ["bunny", "cat", "dog"]
_PICTURES = (".jpg", ".jpeg", ".png")


@pytest.fixture(scope="module")
def summary(shared_store: Store) -> Summary:
    put = put_into(shared_store)
    labels = [["dog"], ["cat", "dog"], [], ["dog", "dog"]]
    scenes = [scene(f"scene.{index}", index, f"bg{index}", labels[index % 4]) for index in range(12)]
    sources = [
        put("inpainted_scenes", "morning", scenes),
        put("segment", "bunny", [cutout(f"f{index}", 20 + index, f"clip{index}") for index in range(6)]),
    ]
    told = [
        ImageRecord(
            id=row.id, captions={"short": f'a "{row.stem}",\n told'}, extra={"captioner": "c", "caption_score": 0.5}
        )
        for images in sources
        for row in images.ok[:-1]
    ]
    formats = ("imagefolder", "webdataset", "kohya", "onetrainer", "ai-toolkit")
    params = TrainingSetParams(formats=formats, shard_pictures=4, shares=SplitShares(train=0.6, val=0.2, test=0.2))
    with shared_store.open("training_set") as writer:
        return merge_training_set(writer, sources, [ImageSet(shared_store.root, tuple(told))], [], params)


@pytest.fixture(scope="module")
def exports(shared_store: Store, summary: Summary) -> Path:
    return Path(str(shared_store.root)) / "training_set" / "exports"


def rows_of(summary: Summary, split: str, concept: str = "") -> dict[str, ImageRecord]:
    """File name → row."""
    return {
        Path(row.path).name: row
        for row in summary.images.ok
        if row.extra["split"] == split and concept in ("", row.extra["source_partition"])
    }


def line(row: ImageRecord) -> str:
    return " ".join(row.captions["short"].split())


def test_datasets_reads_the_imagefolder(
    summary: Summary, exports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = load_imagefolder(exports / "imagefolder", tmp_path, monkeypatch)
    assert sorted(found) == ["test", "train", "validation"]
    assert (exports / "imagefolder/classes.txt").read_text().split() == CLASSES
    by_id = {row.id: row for row in summary.images.ok}
    seen = 0
    for name, split in (("train", "train"), ("validation", "val"), ("test", "test")):
        rows = list(found[name])
        assert {row["id"] for row in rows} == {row.id for row in rows_of(summary, split).values()}
        for row in rows:
            own = by_id[row["id"]]
            assert row["text"] == own.captions["short"]
            assert row["licence"] == own.licence
            boxes = [[x0, y0, x1 - x0, y1 - y0] for x0, y0, x1, y1 in (item.xyxy for item in own.objects)]
            assert row["objects"]["bbox"] == boxes
            assert [CLASSES[number] for number in row["objects"]["categories"]] == row["objects"]["names"]
            assert row["objects"]["names"] == [item.label for item in own.objects]
            assert np.array_equal(np.asarray(row["image"]), summary.images.read(own))
            seen += 1
    assert seen == len(summary.images.ok) == 18


def load_imagefolder(folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name in ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE"):
        monkeypatch.setenv(name, "1")
    import datasets

    return datasets.load_dataset("imagefolder", data_dir=str(folder), cache_dir=str(cache))


def test_datasets_reads_a_split_without_any_object(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = tmp_path / "picture.png"
    Image.new("RGB", (4, 4)).save(picture)
    dog = (ObjectRecord("dog", (0, 1, 3, 4), 1),)
    rows = [
        ImageRecord(id=name, path=f"t/{name}.png", width=4, height=4, objects=objects, extra={"split": split})
        for name, split, objects in (("a", "train", dog), ("b", "val", ()))
    ]
    for path, content in imagefolder_files(rows):
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else picture.read_bytes())
    found = load_imagefolder(tmp_path / "exports/imagefolder", tmp_path / "cache", monkeypatch)
    assert found["train"][0]["objects"]["bbox"] == [[0.0, 1.0, 3.0, 3.0]]
    assert found["validation"][0]["objects"] == {"bbox": [], "categories": [], "names": []}


def test_webdataset_reads_every_sample_from_small_shards(summary: Summary, exports: Path) -> None:
    webdataset: Any = importlib.import_module("webdataset")
    folder = exports / "webdataset"
    counts = json.loads((folder / "shards.json").read_text())
    assert sorted(path.name for path in folder.glob("*.tar")) == sorted(counts)
    assert max(counts.values()) == 4
    for split in ("train", "val", "test"):
        rows = rows_of(summary, split)
        shards = sorted(str(path) for path in folder.glob(f"{split}-*.tar"))
        samples = list(webdataset.WebDataset(shards, shardshuffle=False).decode("rgb8"))
        assert [sample["json"]["file_name"] for sample in samples] == list(rows)
        for sample in samples:
            row = rows[sample["json"]["file_name"]]
            assert np.array_equal(sample["png"], summary.images.read(row))
            assert sample["txt"] == line(row)
            for found, item in zip(sample["json"]["objects"], row.objects, strict=True):
                assert (found["label"], tuple(found["xyxy"])) == (item.label, item.xyxy)
                mask = decode_mask(summary.images.read_bytes(item.mask_path), item.mask_path)
                assert np.array_equal(rle.decode(found["segmentation"]).astype(bool), mask)


def test_shards_are_the_same_bytes_each_time_without_owner_or_time(summary: Summary, exports: Path) -> None:
    for path, content in webdataset_files(summary.images, 4):
        if isinstance(content, Streamed):
            digest = hashlib.sha256(b"".join(content.chunks())).hexdigest()
            assert digest == hashlib.sha256((exports.parent / path).read_bytes()).hexdigest()
    with tarfile.open(next((exports / "webdataset").glob("train-*.tar"))) as tar:
        assert {(member.mtime, member.uid, member.gid, member.uname) for member in tar} == {(0, 0, 0, "")}


def test_kohya_trains_on_what_its_documentation_says(summary: Summary, exports: Path) -> None:
    general = {"enable_bucket", "bucket_no_upscale", "caption_extension"}
    for concept in ("bunny", "morning"):
        folder = exports / "kohya" / concept
        config = tomllib.loads((folder / "dataset.toml").read_text())
        # Where docs/config_README-en.md allows each option: caption_extension not beside image_dir only.
        assert set(config["general"]) == general
        (dataset,) = config["datasets"]
        assert set(dataset) == {"resolution", "batch_size", "subsets"}
        (subset,) = dataset["subsets"]
        assert set(subset) == {"image_dir", "class_tokens", "num_repeats"}
        place = folder / subset["image_dir"]
        # Pictures lie directly in image_dir; the first line of the caption file counts, an empty file is an error.
        found = {path.name: kohya_caption(path, subset["class_tokens"]) for path in place.iterdir() if is_picture(path)}
        assert found == {
            name: line(row) if row.captions["short"] else concept
            for name, row in rows_of(summary, "train", concept).items()
        }


def kohya_caption(picture: Path, class_tokens: str) -> str:
    caption = picture.with_suffix(".txt")
    return caption.read_text(encoding="utf-8").splitlines()[0].strip() if caption.is_file() else class_tokens


def is_picture(path: Path) -> bool:
    return path.suffix.lower() in _PICTURES


def test_onetrainer_finds_pictures_captions_and_masks(summary: Summary, exports: Path) -> None:
    folder = exports / "onetrainer"
    seen = 0
    for concept in json.loads((folder / "concepts.json").read_text()):
        assert concept["text"]["prompt_source"] == "sample"
        split = "val" if concept["validation_concept"] else "train"
        rows = rows_of(summary, split, concept["path"].split("/")[0])
        pictures = [
            path
            for path in (folder / concept["path"]).iterdir()
            if is_picture(path) and not path.name.endswith(("-masklabel.png", "-condlabel.png"))
        ]
        assert {path.name for path in pictures} == set(rows)
        for path in pictures:
            row = rows[path.name]
            caption = path.with_suffix(".txt")
            assert (caption.read_text().strip() if caption.is_file() else "") == line(row)
            mask = path.with_name(f"{path.stem}-masklabel.png")
            if not row.objects:
                assert not mask.exists()
                continue
            with Image.open(mask) as image:
                assert image.size == (row.width, row.height)
                label = np.asarray(image.convert("L"))
            own = [decode_mask(summary.images.read_bytes(item.mask_path), "mask") for item in row.objects]
            assert np.array_equal(label, np.where(np.logical_or.reduce(own), 255, 0))
            seen += 1
    assert seen > 5


def test_ai_toolkit_walks_its_folders(summary: Summary, exports: Path) -> None:
    folder = exports / "ai-toolkit"
    found: dict[str, str] = {}
    for dataset in yaml.safe_load((folder / "datasets.yaml").read_text())["datasets"]:
        # The trainer reads everything below folder_path, and takes default_caption where a text is missing.
        for place, _, names in os.walk(folder / dataset["folder_path"]):
            for path in (Path(place) / name for name in names if is_picture(Path(name))):
                caption = path.with_suffix(f".{dataset['caption_ext']}")
                found[path.name] = caption.read_text().strip() if caption.exists() else dataset["default_caption"]
    rows = rows_of(summary, "train")
    assert found == {name: line(row) or row.extra["source_partition"] for name, row in rows.items()}


def test_pictures_of_all_folder_layouts_are_links(summary: Summary, exports: Path) -> None:
    row = next(row for row in summary.images.ok if row.extra["split"] == "train")
    original = exports.parent.parent / row.path
    copies = [path for path in exports.rglob(original.name) if path.is_file()]
    assert len(copies) == 4
    assert all(path.samefile(original) for path in copies)


def test_a_picture_without_a_caption_has_no_text_file(store: Store) -> None:
    put = put_into(store)
    source = put("keep_full", "bunny", [plain("a", np.full((8, 8, 3), 9, np.uint8))])
    with store.open("training_set") as writer:
        params = TrainingSetParams(formats=("kohya", "onetrainer", "ai-toolkit", "imagefolder", "webdataset"))
        assert merge_training_set(writer, [source], [], [], params).details["without_caption"] == 1
    assert list((Path(str(store.root)) / "training_set").rglob("*.txt")) == [
        Path(str(store.root)) / "training_set/exports/imagefolder/classes.txt"
    ]
