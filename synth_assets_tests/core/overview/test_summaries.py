"""Summaries: counts, reasons grouped, examples cut and drawn."""

from pathlib import Path

import numpy as np
import pytest
from upath import UPath

from synth_assets.core.images import decode_image, encode_png
from synth_assets.core.masks import encode_mask
from synth_assets.core.overview.examples import context_box, picture_of
from synth_assets.core.overview.reasons import MOST_REASONS, general, rejects_of
from synth_assets.core.overview.summaries import summarize
from synth_assets.core.records import ImageRecord, ImageSet, ObjectRecord
from synth_assets.core.sheets import label_colour

GREY = np.full((90, 120, 3), 128, np.uint8)
DOG = ObjectRecord("dog", (20, 30, 60, 70), 1, mask_path="m.png")


@pytest.fixture
def root(tmp_path: Path) -> UPath:
    (tmp_path / "a.png").write_bytes(encode_png(GREY))
    mask = np.zeros(GREY.shape[:2], np.bool_)
    mask[30:70, 20:60] = True
    mask[30:40, 20:30] = False
    (tmp_path / "m.png").write_bytes(encode_mask(mask))
    return UPath(tmp_path)


def row(key: str, **values: object) -> ImageRecord:
    return ImageRecord(key, **{"path": "a.png", "width": 120, "height": 90, **values})  # pyright: ignore[reportArgumentType] - of any field


def test_summarize_counts_rows_and_objects(root: UPath) -> None:
    rows = (
        row("1", objects=(DOG,)),
        row("2"),
        row("3", path="", status="rejected", reason="blurred"),
        row("4", path="", status="failed", reason="ValueError: x"),
    )
    found = summarize("scenes", "night", ImageSet(root, rows), seconds=3.5, labels=True)
    assert found.counts == {"ok": 2, "rejected": 1, "failed": 1}
    assert found.objects == 1
    assert [(item.reason, item.status, item.count) for item in found.rejects] == [
        ("ValueError: x", "failed", 1),
        ("blurred", "rejected", 1),
    ]
    assert [example.path for example in found.labels["dog"]] == ["a.png"]
    assert summarize("scenes", "night", ImageSet(root, rows), labels=True, pictures=False).labels == {}


def test_reasons_that_differ_in_numbers_only_are_one(root: UPath) -> None:
    assert general("character not found (best score 0.59)") == "character not found (best score …)"
    assert general("near-duplicate of a__b_0012.png") == "near-duplicate of …"
    scores = [row(str(i), status="rejected", reason=f"score {i / 10}") for i in range(5)]
    same = [row("s", status="rejected", reason="covers more than 35%")] * 2
    found = rejects_of(ImageSet(root, (*scores, *same)))
    assert [(item.reason, item.count, len(item.examples)) for item in found] == [
        ("score …", 5, 3),
        ("covers more than 35%", 2, 2),
    ]
    assert found[0].examples[1].words == "score 0.2"


def test_rare_reasons_are_counted_together_by_status(root: UPath) -> None:
    words = [chr(ord("a") + i // 26) + chr(ord("a") + i % 26) for i in range(MOST_REASONS + 3)]
    rows = [row(word, path="", status="rejected", reason=word) for word in words]
    rows.append(row("x", path="", status="failed", reason="zz"))
    found = rejects_of(ImageSet(root, tuple(rows)))
    assert [(item.reason, item.status, item.count) for item in found[MOST_REASONS:]] == [
        ("other reasons", "rejected", 3),
        ("other reasons", "failed", 1),
    ]
    assert sum(item.count for item in found) == len(rows)


def test_a_picture_shows_box_and_mask_outline_and_a_missing_file_none(root: UPath) -> None:
    images = ImageSet(root, ())
    example = picture_of(images, row("1", objects=(DOG,)), "a dog")
    assert example is not None
    drawn = decode_image(example.picture, "drawn").astype(int)
    assert drawn.shape == GREY.shape
    bare = picture_of(images, row("1", objects=(ObjectRecord("dog", (20, 30, 60, 70), 1),)), "a dog")
    assert bare is not None
    changed = np.abs(drawn - decode_image(bare.picture, "bare").astype(int)).sum(axis=2) > 60
    # The mask lacks a corner of its box: only there does its outline leave the box's line.
    ys, xs = np.nonzero(changed)
    assert len(ys) > 5
    assert 28 <= ys.min() <= ys.max() <= 43
    assert 18 <= xs.min() <= xs.max() <= 33
    assert np.abs(drawn[50, 20] - label_colour("dog")).max() < 90
    assert picture_of(images, row("1", path="gone.png"), "") is None


def test_a_cut_keeps_its_proportions_inside_the_picture_and_holds_the_box() -> None:
    x0, y0, x1, y1 = context_box((300, 200, 320, 220), (480, 640))
    assert (x1 - x0, y1 - y0) == (128, 96)
    assert x0 <= 300 < 320 <= x1
    assert y0 <= 200 < 220 <= y1
    assert context_box((0, 0, 640, 480), (480, 640)) == (0, 0, 640, 480)
    corner = context_box((630, 470, 640, 480), (480, 640))
    assert corner[2:] == (640, 480)


def test_captions_that_fit_worst_come_first_and_keep_their_scores(root: UPath) -> None:
    scores = [0.3, 0.1, 0.2, None, 0.4]
    rows = tuple(
        row(str(i), captions={"short": f"words {i}"}, extra={"caption_score": score} if score is not None else {})
        for i, score in enumerate(scores)
    )
    found = summarize("scene_captions", "night", ImageSet(root, rows)).captions
    assert [(item.words, item.score) for item in found[:2]] == [("words 1", 0.1), ("words 2", 0.2)]
    assert {item.words for item in found[2:]} == {"words 0", "words 4"}
    assert summarize("scenes", "night", ImageSet(root, rows)).captions == ()


def test_a_sequence_shows_its_sheet_and_leads_to_its_animation(root: UPath) -> None:
    plan = {"plan": "hue", "title": "Hues"}
    rows = (
        row("features", path=""),
        row("hue", path="hue.gif", extra={**plan, "kind": "gif"}),
        row("hue", extra={**plan, "kind": "sheet"}),
        row("none", path="none.gif", extra={"plan": "none", "kind": "gif"}),
    )
    found = summarize("image_sequences", "", ImageSet(root, rows)).sequences
    assert [(item.words, item.path) for item in found] == [("Hues", "hue.gif")]


def test_moved_frames_come_with_the_reason(root: UPath) -> None:
    rows = (row("1", extra={"moved": True, "reasoning": "why"}), row("2", extra={"moved": False, "reasoning": "no"}))
    assert [item.words for item in summarize("strategy_decisions", "x", ImageSet(root, rows)).moved] == ["why"]
