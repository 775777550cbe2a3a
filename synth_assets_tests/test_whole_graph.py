"""The whole graph on a cut-down sample, by the command that users run, and how Dagster shows it.

One file, because pytest-xdist keeps a file on one worker: the graph then runs once.
"""

import csv
import json
import shutil
from collections import Counter
from pathlib import Path

import pytest
from playwright.sync_api import Page
from pycocotools.coco import COCO
from typer.testing import CliRunner

from resources.store import Store
from synth_assets.cli import app
from synth_assets.core.boxes import is_inside
from synth_assets.core.curation.thresholds import DecisionThresholds
from synth_assets.core.images import decode_image
from synth_assets.core.masks import decode_mask, tight_box
from synth_assets.core.profile.slots import SLOTS
from synth_assets.core.training.planning import TrainingSetParams
from synth_assets_tests.dagster_page import needs_chromium
from synth_assets_tests.small_project import CHARACTERS, PLANS, ROOT, environment, synth

LABELS = ROOT / "synth_assets_tests" / "core" / "curation" / "labels" / "sample_film_frames.csv"
STRATEGIES = ("keep_full", "segment", "create_occlusion", "enhance_segment")
BY_SLOT = (
    "reference_images",
    "image_profile",
    "backgrounds",
    "inpainted_scenes",
    "edited_images",
    "reference_captions",
    "scene_captions",
)
BY_CHARACTER = ("frames", "frame_analysis", "strategy_decisions", *STRATEGIES, "curated_captions")
MERGED = ("caption_clusters", "image_sequences", "training_set")


@pytest.fixture(scope="module")
def project(materialized_project: Path) -> Path:
    return materialized_project


@pytest.fixture(scope="module")
def tree(project: Path) -> Store:
    return Store(project / "data" / "store")


def _manifests(folder: Path) -> dict[str, bytes]:
    store = folder / "data" / "store"
    return {str(path.relative_to(store)): path.read_bytes() for path in store.rglob("manifest.parquet")}


def test_every_asset_and_partition_is_in_the_store(tree: Store) -> None:
    for asset in BY_SLOT:
        assert tree.partitions(asset) == sorted(SLOTS), asset
    for asset in BY_CHARACTER:
        assert tree.partitions(asset) == sorted(CHARACTERS), asset
    for asset in MERGED:
        images = tree.read(asset)
        assert images is not None
        assert images.ok, asset


def test_every_file_is_named_by_a_manifest_and_every_named_file_is_there(tree: Store) -> None:
    for asset in (*BY_SLOT, *BY_CHARACTER):
        for partition in tree.partitions(asset):
            images = tree.read(asset, partition)
            assert images is not None
            for record in images:
                masks = [item.mask_path for item in record.objects if item.mask_path]
                for path in [path for path in (record.path, *record.files, *masks) if path]:
                    assert (tree.root / path).exists(), path


def test_scenes_have_objects_with_exact_boxes(tree: Store) -> None:
    for slot in SLOTS:
        images = tree.read("inpainted_scenes", slot)
        assert images is not None
        assert images.ok, slot
        for record in images.ok:
            assert record.objects, record.path
            for item in record.objects:
                assert is_inside(item.xyxy, (record.height, record.width))
                assert tight_box(decode_mask(images.read_bytes(item.mask_path), item.mask_path)) == item.xyxy


def test_both_characters_go_through_all_four_strategies(tree: Store) -> None:
    for character in CHARACTERS:
        for strategy in STRATEGIES:
            images = tree.read(strategy, character)
            assert images is not None
            assert images.ok, f"{strategy}[{character}] is empty"
            report = json.loads(tree.file(strategy, character, "processing_report.json").read_text())
            assert report["summary"]["failed"] == 0


@pytest.mark.parametrize("character", CHARACTERS)
def test_present_or_absent_is_right_in_nine_of_ten_frames_labelled_by_hand(tree: Store, character: str) -> None:
    with LABELS.open(newline="") as file:
        labels = {(row["film"], int(row["frame"])): row[character] for row in csv.DictReader(file)}
    images = tree.read("frame_analysis", character)
    assert images is not None
    judged = [
        bool(record.extra["target_found"]) == (label == "1")
        for record in images.ok
        if (label := labels[str(record.extra["video"]), int(str(record.extra["frame_index"]))])
    ]
    assert len(judged) >= 30
    assert sum(judged) / len(judged) >= 0.9


@pytest.mark.parametrize("character", CHARACTERS)
def test_strategies_get_their_shares_of_the_frames(tree: Store, character: str) -> None:
    images = tree.read("strategy_decisions", character)
    assert images is not None
    counts = Counter(str(record.extra["strategy"]) for record in images.ok)
    for name, share in DecisionThresholds().strategy_targets.items():
        assert abs(counts[name] - share * len(images.ok)) < 1, name  # as near as whole frames come
        moved = [record.extra for record in images.ok if record.extra["strategy"] == name and record.extra["moved"]]
        assert all(f"to {name}" in str(extra["reasoning"]) for extra in moved)


def test_the_characters_report_sums_up_its_strategies(tree: Store) -> None:
    for character in CHARACTERS:
        report = json.loads(tree.file("training_set", "", f"reports/{character}.json").read_text())
        decided = tree.read("strategy_decisions", character)
        assert decided is not None
        assert report["summary"]["total_frames"] == len(report["results"]) == len(decided.ok)
        assert sum(report["summary"]["strategies"].values()) == report["summary"]["successful"]


def test_the_coco_file_loads_and_every_box_is_its_masks_bounds(tree: Store) -> None:
    coco = COCO(str(tree.file("training_set", "", "exports/coco/annotations.json")))
    assert len(coco.imgs) > 40
    for annotation in coco.loadAnns(coco.getAnnIds()):
        x, y, width, height = annotation["bbox"]
        image = coco.imgs[annotation["image_id"]]
        assert x >= 0
        assert y >= 0
        assert x + width <= image["width"]
        assert y + height <= image["height"]
        assert tight_box(coco.annToMask(annotation).astype(bool)) == (x, y, x + width, y + height)


def test_every_training_image_has_a_caption_and_a_split(tree: Store) -> None:
    lines = tree.file("training_set", "", "exports/captions/metadata.jsonl").read_text().splitlines()
    assert len(lines) > 40
    for line in lines:
        entry = json.loads(line)
        assert entry["text"].strip(), entry
        assert tree.file("training_set", "", entry["file_name"]).exists(), entry


def test_every_plan_gives_a_gif_a_film_and_a_path_that_is_smooth(tree: Store) -> None:
    images = tree.read("image_sequences")
    assert images is not None
    gifs = [record for record in images.ok if record.path.endswith(".gif")]
    assert len(gifs) == len(PLANS)
    for gif in gifs:
        assert (gif.width, gif.height) == (720, 720)
        assert any(path.endswith(".mp4") for path in gif.files), gif.path
    plans = {str(row["sequence"]): row for row in tree.details("image_sequences")["sequences"]}
    assert float(plans["smooth_walk"]["smoothness"]) <= 0.75  # of 20 photos; 0.31 of all of the sample


def test_captions_have_scores_and_name_their_character_first(tree: Store) -> None:
    for character in CHARACTERS:
        images = tree.read("curated_captions", character)
        assert images is not None
        assert all(isinstance(record.extra["caption_score"], float) for record in images.ok)
        of_character = [record for record in images.ok if record.path.endswith("_character.png")]
        assert of_character
        assert all(record.captions["short"].startswith(character) for record in of_character)
    for slot in SLOTS:
        assert tree.details("reference_captions", slot)["fit_reason"]


def test_clusters_fall_apart_by_kind_and_have_a_map(tree: Store) -> None:
    agreement = {row["against"]: row for row in tree.details("caption_clusters")["agreement"]}
    assert float(agreement["kind"]["purity"]) >= 0.8
    assert b"plotly" in tree.file("caption_clusters", "", "map.html").read_bytes()


def test_the_training_set_has_its_card_its_credits_and_every_default_layout(tree: Store) -> None:
    for name in ("data_card.md", "data_card.html", "ATTRIBUTION.md", "signatures.bin"):
        assert tree.file("training_set", "", name).stat().st_size > 100, name
    layouts = {path.name for path in tree.file("training_set", "", "exports").iterdir() if path.is_dir()}
    assert layouts >= set(TrainingSetParams().formats)
    coco = COCO(str(tree.file("training_set", "", "exports/coco/annotations.json")))
    rows = [
        line
        for listing in sorted(tree.file("training_set", "", "exports/imagefolder").rglob("metadata.jsonl"))
        for line in listing.read_text().splitlines()
    ]
    assert len(rows) == len(coco.imgs)


def test_pages_to_look_at_are_there(project: Path, tree: Store) -> None:
    assert tree.file("training_set", "", "exploration.html").exists()
    assert tree.file("reference_images", "night", "exploration.html").exists()
    assert 10_000 < (project / "data" / "overview.html").stat().st_size < 6_000_000


@needs_chromium
def test_the_asset_graph_shows_every_group(server: str, page: Page) -> None:
    page.goto(f"{server}/asset-groups")
    for name in ("reference", "scenes", "curation", "captions", "sequences", "training"):
        page.get_by_text(name, exact=True).first.wait_for()


@needs_chromium
def test_a_group_shows_its_assets_by_name(server: str, page: Page) -> None:
    page.goto(f"{server}/locations/synth_assets/asset-groups/scenes/lineage")
    for name in ("backgrounds", "inpainted_scenes", "edited_images"):
        page.get_by_text(name, exact=True).first.wait_for()


@needs_chromium
def test_a_materialized_asset_shows_its_picture_and_counts(server: str, page: Page) -> None:
    page.goto(f"{server}/assets/inpainted_scenes?view=partitions&partition=night")
    page.get_by_text("contact_sheet").first.wait_for()
    page.get_by_text("images", exact=True).first.wait_for()
    row = page.locator("tr", has_text="contact_sheet").first
    row.get_by_text("Show Markdown").click()
    picture = page.locator("img[src^='data:image/jpeg;base64']").first
    picture.wait_for()
    assert picture.evaluate("element => element.naturalWidth") > 300


def test_a_class_can_be_tried_out_on_the_stores_backgrounds(
    project: Path, tree: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for key, value in environment(project).items():
        monkeypatch.setenv(key, value)
    before, sheet = _manifests(project), tmp_path / "deer.jpg"
    done = CliRunner().invoke(app, ["scenes", "preview", "--class", "deer", "--n", "3", "--to", str(sheet)])
    assert done.exit_code == 0, done.output
    assert "deer: " in done.output
    assert decode_image(sheet.read_bytes(), "sheet").std() > 10
    assert _manifests(project) == before
    refused = CliRunner().invoke(app, ["scenes", "preview", "--class", "deer", "--slot", "noon"])
    assert isinstance(refused.exception, ValueError)
    assert "no slot is called 'noon'" in str(refused.exception)


def test_a_second_run_makes_nothing_then_one_new_photo_makes_only_what_depends_on_it(
    project: Path, tree: Store
) -> None:
    before = _manifests(project)
    assert synth(project, "backfill").returncode == 0
    assert _manifests(project) == before
    photo = sorted((ROOT / "data" / "sample" / "reference" / "night").iterdir())[-1]
    target = project / "data" / "inbox" / "night"
    target.mkdir(parents=True)
    shutil.copy2(photo, target / "added.jpg")
    assert synth(project, "backfill").returncode == 0
    changed = {path for path, data in _manifests(project).items() if before.get(path) != data}
    new = {path.split("/")[0] for path in changed - set(before)}
    assert new == {"captures", "capture_profile"}
    assert {"reference_images/night/manifest.parquet", "image_profile/night/manifest.parquet"} <= changed
    others = {path for path in changed if path.split("/")[1] in {*SLOTS, *CHARACTERS}} - {
        path for path in changed if "/night/" in path
    }
    assert others == set()
    images = tree.read("reference_images", "night")
    assert images is not None
    assert sum(record.status == "ok" for record in images) == 5
