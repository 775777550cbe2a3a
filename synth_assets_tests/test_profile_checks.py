"""Asset checks of profiles, on captures and photos of the sample."""

import os
import random
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from dagster import AssetCheckEvaluation, AssetCheckKey, AssetKey, DagsterInstance, Definitions

from resources.profiles import Profiles
from resources.project import find_project
from resources.store import Store
from synth_assets.assets.reference import read_profile
from synth_assets.backfill import due_windows, run_backfill
from synth_assets.core.profile.building import merge_profiles
from synth_assets.core.profile.profile import load_profile
from synth_assets.core.profile.slots import SLOTS
from synth_assets.definitions import build_defs
from synth_assets.jobs import JOB_ORDER
from synth_assets_tests.small_project import ROOT, make_small_project

REFERENCE = ROOT / "data" / "sample" / "reference"
PROFILE = "captures,capture_profile,reference_images,image_profile"

pytestmark = pytest.mark.skipif(not (ROOT / "data" / "models").exists(), reason="the offline models are not fetched")


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with all the sample's photos as references; nothing is materialized."""
    folder = make_small_project(tmp_path_factory.mktemp("untouched") / "project", photos_per_slot=1)
    shutil.rmtree(folder / "data" / "sample" / "reference")
    shutil.copytree(REFERENCE, folder / "data" / "sample" / "reference")
    return folder


@pytest.fixture(scope="module")
def profiled(untouched: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[AssetCheckEvaluation]]:
    """The same with every slot profiled, and what the two checks said then."""
    folder = _copy(untouched, tmp_path_factory.mktemp("profiled"))
    with pytest.MonkeyPatch.context() as patch, DagsterInstance.ephemeral() as instance:
        patch.setenv("SYNTH_HOME", str(folder))
        _run(build_defs(), instance, PROFILE, *SLOTS)
        names = ("slot_has_not_drifted", "photos_belong_to_their_slot")
        return folder, [_check(instance, "image_profile", name) for name in names]


@pytest.fixture
def project(untouched: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the untouched project; commands work on it."""
    folder = _copy(untouched, tmp_path)
    monkeypatch.setenv("SYNTH_HOME", str(folder))
    return folder


@pytest.fixture
def profiled_project(
    profiled: tuple[Path, list[AssetCheckEvaluation]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A copy of the profiled project; commands work on it."""
    folder = _copy(profiled[0], tmp_path)
    monkeypatch.setenv("SYNTH_HOME", str(folder))
    return folder


def _copy(project: Path, target: Path) -> Path:
    return shutil.copytree(project, target / "project", symlinks=True)


def _run(defs: Definitions, instance: DagsterInstance, assets: str, *slots: str) -> None:
    results = run_backfill(
        defs.get_repository_def(), instance, JOB_ORDER, assets, slots, lambda: due_windows(instance, find_project())
    )
    assert all(result.success for result in results)


def _check(instance: DagsterInstance, asset: str, name: str) -> AssetCheckEvaluation:
    key = AssetCheckKey(AssetKey(asset), name)
    record = instance.event_log_storage.get_latest_asset_check_execution_by_key([key])[key]
    assert record.event is not None
    evaluation = record.event.dagster_event
    assert evaluation is not None
    return evaluation.asset_check_evaluation_data


def _table(check: AssetCheckEvaluation, name: str) -> list[dict[str, Any]]:
    return [dict(record.data) for record in check.metadata[name].records]


def _drop(photos: list[Path], folder: Path, moment: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for photo in photos:
        shutil.copy(photo, folder)
        time_s = datetime.fromisoformat(moment).timestamp()
        os.utime(folder / photo.name, (time_s, time_s))


def test_the_samples_photos_have_not_drifted_and_are_where_they_belong(
    profiled: tuple[Path, list[AssetCheckEvaluation]],
) -> None:
    assert [check.passed for check in profiled[1]] == [True, True]


def test_night_photos_among_midday_captures_are_a_drift_that_names_them(
    profiled_project: Path, instance: DagsterInstance
) -> None:
    night = sorted((REFERENCE / "night").iterdir())[:6]
    _drop(night, profiled_project / "data" / "inbox" / "midday", "2026-03-01 12:00")
    _run(build_defs(), instance, PROFILE, "midday")
    check = _check(instance, "image_profile", "slot_has_not_drifted")
    assert not check.passed
    drifted = [(row["slot"], row["window"]) for row in _table(check, "slots") if row["status"] == "drifted"]
    assert drifted == [("midday", "2026-03-01-11")]
    named = {row["image"] for row in _table(check, "images_that_drive_it")}
    assert named == {f"inbox/midday/{photo.name}" for photo in night}


def test_a_slots_profile_is_the_merge_of_its_windows_and_its_folder(
    profiled_project: Path, instance: DagsterInstance
) -> None:
    tree = Store(profiled_project / "data" / "store")
    folder = read_profile(tree, "evening")
    night = sorted((REFERENCE / "night").iterdir())
    _drop(night[:3], profiled_project / "data" / "inbox" / "evening", "2026-03-01 19:00")
    _drop(night[3:5], profiled_project / "data" / "inbox" / "evening", "2026-03-02 21:59")
    _run(build_defs(), instance, PROFILE, "evening")
    windows = [
        load_profile(tree.file("capture_profile", window, "profile.json").read_bytes(), window)
        for window in ("2026-03-01-18", "2026-03-02-18")
    ]
    assert [window.sample_count for window in windows] == [3, 2]
    assert folder is not None
    merged, found = merge_profiles([folder, *windows], name="evening"), read_profile(tree, "evening")
    assert found is not None
    assert found.sample_count == merged.sample_count == folder.sample_count + 5
    for metric, item in merged.distributions.items():
        assert (item.mean, item.std) == pytest.approx(
            (found.distributions[metric].mean, found.distributions[metric].std)
        ), metric
    # Published under its name, with one copy for each change; when it was first made stays.
    profiles = Profiles(tree.root / "profiles")
    assert profiles.load("evening") == found
    assert found.metadata.created == folder.metadata.created


def test_shuffled_photos_are_told_in_every_slot(project: Path, instance: DagsterInstance) -> None:
    reference = project / "data" / "sample" / "reference"
    photos = sorted(path for slot in SLOTS for path in (REFERENCE / slot).iterdir())
    sizes = {slot: len(list((REFERENCE / slot).iterdir())) for slot in SLOTS}
    random.Random(5).shuffle(photos)
    shutil.rmtree(reference)
    for slot, size in sizes.items():
        _drop([photos.pop() for _ in range(size)], reference / slot, "2026-03-01 12:00")
    _run(build_defs(), instance, "reference_images,image_profile", *SLOTS)
    check = _check(instance, "image_profile", "photos_belong_to_their_slot")
    assert not check.passed
    assert {row["slot"] for row in _table(check, "slots") if row["status"] in ("mixed", "misplaced")} == set(SLOTS)


def test_a_set_that_is_not_like_its_profile_stops_what_builds_on_it(
    profiled_project: Path, instance: DagsterInstance
) -> None:
    (profiled_project / "configs" / "backgrounds.csv").write_text("prompt,num_imgs\na wide open landscape,20\n")
    # The profile is of nights, the photos that backgrounds are made of are of noons now.
    night = profiled_project / "data" / "sample" / "reference" / "night"
    shutil.rmtree(night)
    shutil.copytree(REFERENCE / "midday", night)
    results = run_backfill(
        build_defs().get_repository_def(),
        instance,
        JOB_ORDER,
        "reference_images,backgrounds,inpainted_scenes",
        ["night"],
    )
    assert [result.success for result in results] == [False]
    check = _check(instance, "backgrounds", "backgrounds_match_the_profile")
    assert not check.passed
    row = _table(check, "slots")[0]
    assert row["slot"] == "night"
    assert float(row["distance"]) > float(row["limit"])
    tree = Store(profiled_project / "data" / "store")
    assert tree.partitions("backgrounds") == ["night"]
    assert tree.partitions("inpainted_scenes") == []
