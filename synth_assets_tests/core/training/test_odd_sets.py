"""Sets that are empty, tiny, uncaptioned or broken: a clear result in every layout, never a stack trace."""

import contextlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest
from PIL import Image
from pycocotools.coco import COCO

from resources.store import Store
from synth_assets.core.items import Artifact, Summary
from synth_assets.core.records import ImageRecord, ImageSet
from synth_assets.core.training.merging import merge_training_set
from synth_assets.core.training.planning import Layout, TrainingSetParams
from synth_assets_tests.core.training.conftest import picture, plain, scene

EVERY_LAYOUT = TrainingSetParams(formats=get_args(Layout))
REFUSED = Artifact(ImageRecord(status="rejected", reason="too dark"), "bad.png", picture(90))


def merged(store: Store, sources: list[ImageSet], gaps: tuple[str, ...] = ()) -> tuple[Summary, Path]:
    with store.open("training_set") as writer:
        summary = merge_training_set(writer, sources, [], gaps, EVERY_LAYOUT)
    folder = Path(str(store.root)) / "training_set"
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO(str(folder / "exports/coco/annotations.json"))
    assert len(coco.imgs) == summary.details["images"]
    assert len(coco.anns) == summary.details["objects"]
    assert sum(json.loads((folder / "exports/webdataset/shards.json").read_text()).values()) == len(coco.imgs)
    assert b"<h1>synth_assets training set</h1>" in (folder / "data_card.html").read_bytes()
    return summary, folder


def test_no_partition_at_all_is_an_empty_set_that_names_its_gaps(store: Store) -> None:
    summary, folder = merged(store, [], ("inpainted_scenes[night]",))
    assert summary.details["images"] == 0
    assert "nothing to make" in summary.details["note"]
    assert "| inpainted_scenes[night] |" in (folder / "data_card.md").read_text()
    assert "The set holds no picture." in (folder / "ATTRIBUTION.md").read_text()


def test_an_empty_and_a_refused_partition_add_nothing_but_their_reasons(store: Store, put: Callable) -> None:
    empty, refused = put("inpainted_scenes", "night", []), put("inpainted_scenes", "evening", [REFUSED])
    summary, folder = merged(store, [empty, refused])
    assert summary.details["images"] == 0
    assert "| inpainted_scenes | evening | rejected | too dark | 1 |" in (folder / "data_card.md").read_text()


def test_one_picture_without_object_and_caption_goes_to_train(store: Store, put: Callable) -> None:
    summary, folder = merged(store, [put("keep_full", "bunny", [plain("a", picture(1))])])
    assert [row.extra["split"] for row in summary.images.ok] == ["train"]
    assert (summary.details["negatives"], summary.details["without_caption"]) == (1, 1)
    assert "0 labelled objects of 0 classes" in (folder / "data_card.md").read_text()
    assert (folder / "exports/imagefolder/train/metadata.jsonl").read_text().count("\n") == 1


def test_failed_rows_are_named_and_the_rest_is_exported(store: Store, put: Callable) -> None:
    source = put("inpainted_scenes", "morning", [scene("a", 1, "a"), scene("b", 2, "b")])
    Image.new("L", (5, 5), 255).save(Path(str(store.root)) / source.records[0].objects[0].mask_path)
    summary, folder = merged(store, [source])
    assert (summary.details["images"], summary.details["failed"]) == (1, 1)
    assert "the mask is 5x5" in (folder / "data_card.html").read_text()


def test_a_set_of_which_every_row_fails_says_so_and_keeps_the_reasons(store: Store, put: Callable) -> None:
    source = put("inpainted_scenes", "morning", [scene("a", 1, "a"), scene("b", 2, "b")])
    for row in source:
        Image.new("L", (5, 5), 255).save(Path(str(store.root)) / row.objects[0].mask_path)
    with pytest.raises(RuntimeError, match=r"all 2 items failed; the first: .*the mask is 5x5"):
        merged(store, [source])
    images = store.read("training_set")
    assert images is not None
    assert [row.status for row in images] == ["failed", "failed"]
    assert "the mask is 5x5" in (Path(str(store.root)) / "training_set/data_card.md").read_text()


def test_a_picture_whose_file_is_gone_or_damaged_fails_its_row_only(store: Store, put: Callable) -> None:
    source = put("keep_full", "bunny", [plain(name, picture(number)) for number, name in enumerate("abc")])
    files = [Path(str(store.root)) / row.path for row in source]
    files[0].unlink()
    files[1].write_bytes(files[1].read_bytes()[:200])
    summary, _ = merged(store, [source])
    assert [row.status for row in summary.images] == ["failed", "failed", "ok"]
    assert "the picture is damaged" in summary.images.records[1].reason
