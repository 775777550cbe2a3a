"""The overview page of a small made-up store: gathered, written by its asset, opened in a browser."""

import shutil
from pathlib import Path
from urllib.parse import unquote, urlsplit

import numpy as np
import pytest
from dagster import (
    AssetCheckResult,
    AssetKey,
    DagsterInstance,
    Definitions,
    DynamicPartitionsDefinition,
    StaticPartitionsDefinition,
    asset,
    asset_check,
    materialize,
)
from playwright.sync_api import Browser

from resources.project import Project
from resources.store import Store
from resources.store_resource import StoreResource
from synth_assets.assets.overview import overview_asset
from synth_assets.core.images import encode_jpeg
from synth_assets.core.items import Artifact, Extras
from synth_assets.core.records import ImageRecord, ObjectRecord
from synth_assets.overview import stage_summaries, write_overview
from synth_assets_tests.dagster_page import needs_chromium

SKY = np.full((48, 64, 3), (90, 140, 220), np.uint8)
_BACKGROUND = "getComputedStyle(document.body).backgroundColor"
DOG = ObjectRecord("dog", (10, 10, 30, 30), 1)


def fill(store: Store, name: str, partition: str, artifacts: list[Artifact], extras: Extras) -> None:
    keys = [str(place) for place in range(len(artifacts))]
    with store.open(name, partition) as writer:
        writer.begin(keys)
        for key, artifact in zip(keys, artifacts, strict=True):
            writer.put(key, "print", [artifact])
        writer.commit(keys, "1", extras)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Scenes of one of two slots with a reject, and a training set; a reviewed character without frames."""
    folder = tmp_path_factory.mktemp("project")
    found = Project(folder, folder / "data", str(folder / "data" / "store"))
    store = Store(found.store)
    mask = np.zeros(SKY.shape[:2], np.bool_)
    mask[10:30, 10:30] = True
    scene = Artifact(ImageRecord("", objects=(DOG,)), "a b.png", SKY, (mask,))
    dark = Artifact(ImageRecord("", status="rejected", reason="too dark: 12 <of> 255"), "dark.png", SKY // 4)
    sheet = {"contact_sheet.jpg": encode_jpeg(SKY)}
    fill(store, "inpainted_scenes", "night", [scene, dark], Extras(sheet, {"profile_distance": 0.25}))
    exports = {"exports/coco/annotations.json": b"{}", "exports/all.jsonl": b"", "data_card.html": b"<p>card</p>"}
    classes = {"objects_by_class": [{"class": "dog", "objects": 1}], "classes": 1}
    fill(store, "training_set", "", [scene], Extras({**sheet, **exports}, classes))
    decided = Artifact(ImageRecord("", path="inpainted_scenes/night/images/a b.png", extra={"moved": True}))
    fill(store, "strategy_decisions", "bunny", [decided], Extras({}, {"moved": 1}))
    review = found.characters / "bunny" / "review.csv"
    review.parent.mkdir(parents=True)
    review.write_text("frame,strategy,decided\na,drop,segment\n")
    return found


def definitions() -> Definitions:
    """Three assets by the names of real ones, with a check that fails."""

    @asset(group_name="scenes", partitions_def=StaticPartitionsDefinition(["morning", "night"]), description="Scenes.")
    def inpainted_scenes() -> None: ...

    @asset(group_name="curation", partitions_def=DynamicPartitionsDefinition(name="characters"))
    def strategy_decisions() -> None: ...

    @asset(group_name="training", deps=[inpainted_scenes])
    def training_set() -> None: ...

    @asset_check(asset=training_set, description="What it judges.")
    def it_is_fine() -> AssetCheckResult:
        return AssetCheckResult(passed=False, metadata={"verdict": "it is <not>"})

    return Definitions([inpainted_scenes, strategy_decisions, training_set], asset_checks=[it_is_fine])


@pytest.fixture(scope="module")
def made(project: Project) -> Path:
    """The page after a run whose check failed; made before the browser starts, whose loop Dagster cannot share."""
    defs = definitions()
    with DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("characters", ["bunny", "frank"])
        defs.resolve_implicit_global_asset_job_def().execute_in_process(
            instance=instance, asset_selection=[AssetKey("training_set")]
        )
        path, _ = write_overview(defs.resolve_asset_graph(), instance, Store(project.store), project)
    return path


def test_stages_are_gathered_with_gaps_files_checks_and_reviews(project: Project, instance: DagsterInstance) -> None:
    instance.add_dynamic_partitions("characters", ["bunny", "frank"])
    found = stage_summaries(definitions().resolve_asset_graph(), instance, Store(project.store), project)
    scenes, decisions, final = found
    assert [stage.asset for stage in found] == ["inpainted_scenes", "strategy_decisions", "training_set"]
    assert (scenes.missing, decisions.missing, final.missing) == (["morning"], ["frank"], [])
    assert scenes.partitions[0].labels == {}
    assert list(final.partitions[0].labels) == ["dog"]
    assert decisions.partitions[0].details["reviews_in_file"] == 1
    assert final.partitions[0].files == [
        "training_set/data_card.html",
        "training_set/manifest.parquet",
        "training_set/exports/all.jsonl",
        "training_set/exports/coco/",
    ]
    assert [(check.name, check.passed) for check in final.checks] == [("it_is_fine", None)]


def test_objects_of_the_stages_are_shown_while_there_is_no_training_set(
    project: Project, instance: DagsterInstance, tmp_path: Path
) -> None:
    store = Store(str(tmp_path))
    shutil.copytree(Path(project.store) / "inpainted_scenes", tmp_path / "inpainted_scenes")
    scenes, _, final = stage_summaries(definitions().resolve_asset_graph(), instance, store, project)
    assert list(scenes.partitions[0].labels) == ["dog"]
    assert final.standing == "missing"


def test_the_asset_writes_the_page_and_names_it(
    project: Project, instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNTH_DATA", str(project.data))
    overview = overview_asset(lambda: definitions().resolve_asset_graph())
    result = materialize([overview], instance=instance, resources={"store": StoreResource(root=project.store)})
    event = result.asset_materializations_for_node("overview")[0]
    assert event.metadata["page"].value == str(project.overview)
    assert event.metadata["open"].value == project.overview.as_uri()
    assert "1 labelled object" in project.overview.read_text()
    assert [path.name for path in project.data.iterdir() if path.name.startswith(".")] == []


@needs_chromium
def test_the_page_opens_in_a_browser_and_leads_to_the_files(made: Path, browser: Browser) -> None:
    page = browser.new_page()
    faults: list[str] = []
    requests: list[str] = []
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(made.as_uri())
    assert page.locator(".verdict li").first.inner_text().split()[1:4] == ["it", "is", "fine"]
    assert "it is <not>" in page.locator(".verdict li").first.inner_text()
    assert page.locator("img").evaluate_all("all => all.every(img => (img.loading = 'eager') && img.alt)")
    page.wait_for_function("[...document.images].every(img => img.complete && img.naturalWidth > 0)")

    # Links of the drawing have no plain href.
    hrefs = page.locator("a").evaluate_all(
        "all => all.map(link => new URL(link.getAttribute('href'), location.href).href)"
    )
    inside = {href.partition("#")[2] for href in hrefs if "#" in href}
    assert all(page.locator(f"[id='{name}']").count() == 1 for name in inside)
    files = {unquote(urlsplit(href).path) for href in hrefs if "#" not in href}
    store = made.parent / "store"
    assert {str(store / "training_set" / "data_card.html"), str(store / "training_set/images/a b.png")} <= files
    assert all(Path(file).exists() for file in files)

    search = page.get_by_role("searchbox")
    search.fill("DARK night")
    assert page.locator("#reject-rows tbody tr:visible").count() == 1
    assert page.locator("output").inner_text() == "1 of 1 reasons"
    search.fill("nothing like it")
    assert page.locator("#reject-rows tbody tr:visible").count() == 0
    light = page.evaluate(_BACKGROUND)
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(_BACKGROUND) != light
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement !== document.body")
    page.get_by_role("link", name="data_card.html").first.click()
    assert page.inner_text("p") == "card"
    page.close()
    assert faults == []
    assert {urlsplit(url).scheme for url in requests} <= {"file", "data"}
    assert [url for url in requests if url.startswith("file") and not url.endswith(".html")] == []


@needs_chromium
def test_the_page_can_be_read_without_script(made: Path, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(made.as_uri())
    assert "too dark: 12 <of> 255" in page.locator("#rejects").inner_text()
    assert page.locator(".search").is_hidden()
    context.close()
