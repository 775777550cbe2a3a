"""Automation: what the sensors ask for, and what new inputs set off."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from dagster import (
    AssetKey,
    AssetMaterialization,
    DagsterInstance,
    DagsterRunStatus,
    Definitions,
    SensorResult,
    SkipReason,
    build_sensor_context,
    evaluate_automation_conditions,
)

from resources.project import find_project
from synth_assets import sensors
from synth_assets.backfill import due_windows, run_backfill
from synth_assets.core.profile.slots import SLOTS
from synth_assets.definitions import build_defs
from synth_assets.jobs import JOB_ORDER
from synth_assets_tests.small_project import ROOT, environment, make_small_project


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = make_small_project(tmp_path / "project", photos_per_slot=1)
    _age(folder / "data")
    monkeypatch.setenv("SYNTH_HOME", str(folder))
    return folder


@pytest.fixture
def defs(project: Path) -> Definitions:
    return build_defs()


@pytest.fixture(scope="module")
def all_taken_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose ``reference_images`` of every slot are made, and the home with their events beside it."""
    folder = tmp_path_factory.mktemp("taken_in")
    project = make_small_project(folder / "project", photos_per_slot=1)
    (folder / "home").mkdir()
    _age(project / "data")
    with pytest.MonkeyPatch.context() as patch, DagsterInstance.local_temp(str(folder / "home")) as instance:
        patch.setenv("SYNTH_HOME", str(project))
        _reference_run(build_defs(), instance, *SLOTS)
    return folder


@pytest.fixture
def taken_in(
    all_taken_in: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Path, DagsterInstance]]:
    """A copy of that project, and an instance on a copy of its home."""
    folder = shutil.copytree(all_taken_in, tmp_path / "taken_in", symlinks=True)
    monkeypatch.setenv("SYNTH_HOME", str(folder / "project"))
    with DagsterInstance.local_temp(str(folder / "home")) as instance:
        yield folder / "project", instance


def _age(folder: Path) -> None:
    """Makes all files look as if they had been written a minute ago."""
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            os.utime(path, (time.time() - 60, time.time() - 60))


def _drop(photo: Path, target: Path, modified_s: float) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(photo, target)
    os.utime(target, (modified_s, modified_s))


def _tick(sensor: object, instance: DagsterInstance, cursor: str | None) -> SensorResult:
    return sensor(build_sensor_context(instance=instance, cursor=cursor))  # pyright: ignore[reportCallIssue]


def _runs(result: SensorResult | SkipReason) -> int:
    return 0 if isinstance(result, SkipReason) else len(result.run_requests or [])


def _asked(result: SensorResult) -> list[str | None]:
    return [request.partition_key for request in result.run_requests or []]


def _reference_run(defs: Definitions, instance: DagsterInstance, *slots: str) -> None:
    results = run_backfill(defs.get_repository_def(), instance, JOB_ORDER, "reference_images", list(slots))
    assert all(result.success for result in results)


def test_the_first_tick_asks_for_every_slot_and_the_next_for_none(project: Path, instance: DagsterInstance) -> None:
    first = _tick(sensors.new_photos, instance, None)
    assert set(_asked(first)) == set(SLOTS)
    assert _asked(_tick(sensors.new_photos, instance, first.cursor)) == []


def test_what_is_materialized_is_not_asked_for_even_without_a_cursor(
    taken_in: tuple[Path, DagsterInstance],
) -> None:
    _, instance = taken_in
    assert _asked(_tick(sensors.new_photos, instance, None)) == []


def test_two_files_in_one_tick_and_an_older_file_are_all_seen(taken_in: tuple[Path, DagsterInstance]) -> None:
    project, instance = taken_in
    photo = next((ROOT / "data" / "sample" / "reference" / "night").iterdir())
    for slot, name, age_s in (("night", "a.jpg", 60), ("night", "b.jpg", 90), ("midday", "old.jpg", 10_000_000)):
        _drop(photo, project / "data" / "sample" / "reference" / slot / name, time.time() - age_s)
    assert set(_asked(_tick(sensors.new_photos, instance, None))) == {"night", "midday"}


def test_captures_go_into_windows_and_from_there_into_their_slot(taken_in: tuple[Path, DagsterInstance]) -> None:
    project, instance = taken_in
    inbox, photo = project / "data" / "inbox", next((ROOT / "data" / "sample" / "reference" / "night").iterdir())
    slots = _tick(sensors.new_photos, instance, None)
    first = _tick(sensors.new_captures, instance, None)
    assert (_asked(slots), _runs(first)) == ([], 0)
    # Two in one tick, an older one, and one of before the first window, which its slot's folder has.
    for name, moment in (
        ("midday/a.jpg", "2026-03-01 12:00"),
        ("midday/b.jpg", "2026-03-01 13:59"),
        ("night/c.jpg", "2026-02-01 03:00"),
        ("night/ancient.jpg", "2019-02-01 03:00"),
    ):
        _drop(photo, inbox / name, datetime.fromisoformat(moment).timestamp())
    second = _tick(sensors.new_captures, instance, first.cursor)
    assert _runs(second) == 1
    assert due_windows(instance, find_project()) == ["2026-01-31-22", "2026-03-01-11"]
    assert _runs(_tick(sensors.new_captures, instance, second.cursor)) == 0
    slots = _tick(sensors.new_photos, instance, slots.cursor)
    assert _asked(slots) == ["night"]
    results = run_backfill(
        build_defs().get_repository_def(),
        instance,
        JOB_ORDER[:1],
        find_windows=lambda: due_windows(instance, find_project()),
    )
    assert all(result.success for result in results)
    third = _tick(sensors.new_captures, instance, second.cursor)
    assert _runs(third) == 0
    assert set(_asked(_tick(sensors.new_photos, instance, slots.cursor))) == {"midday", "night"}
    # The same window again, under another run key.
    _drop(photo, inbox / "midday" / "d.jpg", datetime.fromisoformat("2026-03-01 12:30").timestamp())
    again = _tick(sensors.new_captures, instance, third.cursor)
    assert due_windows(instance, find_project()) == ["2026-03-01-11"]
    keys = {request.run_key for request in [*(second.run_requests or []), *(again.run_requests or [])]}
    assert len(keys) == 2


def test_captures_of_a_run_that_was_killed_are_asked_for_again_after_a_while(
    project: Path, instance: DagsterInstance
) -> None:
    photo = next((ROOT / "data" / "sample" / "reference" / "night").iterdir())
    _drop(photo, project / "data" / "inbox" / "night" / "a.jpg", datetime(2026, 2, 1, 3).timestamp())
    first = _tick(sensors.new_captures, instance, None)
    assert _runs(first) == 1
    assert _runs(_tick(sensors.new_captures, instance, first.cursor)) == 0
    cursor = json.loads(first.cursor or "")
    later = json.dumps({**cursor, "asked_s": cursor["asked_s"] - sensors.RETRY_S})
    assert _runs(_tick(sensors.new_captures, instance, later)) == 1


def test_nothing_is_asked_for_while_captures_are_profiled(
    project: Path, defs: Definitions, instance: DagsterInstance
) -> None:
    photo = next((ROOT / "data" / "sample" / "reference" / "night").iterdir())
    _drop(photo, project / "data" / "inbox" / "night" / "a.jpg", datetime(2026, 2, 1, 3).timestamp())
    job = defs.resolve_job_def("captures_job")
    run = instance.create_run_for_job(job, status=DagsterRunStatus.STARTED)
    assert isinstance(_tick(sensors.new_captures, instance, None), SkipReason)
    assert isinstance(_tick(sensors.new_photos, instance, None), SkipReason)
    instance.report_run_canceled(run)
    assert _runs(_tick(sensors.new_captures, instance, None)) == 1


def test_a_photo_from_the_future_stops_no_other_and_is_asked_for_once(
    project: Path, defs: Definitions, instance: DagsterInstance
) -> None:
    photo = next((ROOT / "data" / "sample" / "reference" / "night").iterdir())
    ahead = datetime.now() + timedelta(days=30)
    _drop(photo, project / "data" / "inbox" / "night" / "ahead.jpg", ahead.timestamp())
    _drop(photo, project / "data" / "inbox" / "night" / "old.jpg", datetime(2026, 2, 1, 3).timestamp())
    first = _tick(sensors.new_captures, instance, None)
    assert _runs(first) == 1
    # Of a window that has not begun, Dagster knows nothing.
    assert due_windows(instance, find_project()) == ["2026-01-31-22"]
    slots = _tick(sensors.new_photos, instance, None)
    _reference_run(defs, instance, "night")
    assert "night" not in _asked(_tick(sensors.new_photos, instance, slots.cursor))


def test_a_file_that_is_still_being_written_waits(taken_in: tuple[Path, DagsterInstance]) -> None:
    project, instance = taken_in
    target = project / "data" / "inbox" / "night"
    target.mkdir()
    photo = next((ROOT / "data" / "sample" / "reference" / "night").iterdir())
    shutil.copy(photo, target / "fresh.jpg")
    os.utime(target / "fresh.jpg")
    assert _runs(_tick(sensors.new_captures, instance, None)) == 0
    _age(target)
    assert _runs(_tick(sensors.new_captures, instance, None)) == 1


def test_a_folder_becomes_a_character_and_a_bad_name_does_not(project: Path, instance: DagsterInstance) -> None:
    film = next((ROOT / "data" / "sample" / "video").iterdir())
    for name in ("frank", "Not A Name"):
        videos = project / "data" / "characters" / name / "videos"
        videos.mkdir(parents=True)
        (videos / "film.mp4").symlink_to(film)
        os.utime(videos / "film.mp4", (time.time() - 60, time.time() - 60), follow_symlinks=False)
    os.utime(film, (time.time() - 60, time.time() - 60))
    result = _tick(sensors.new_characters, instance, None)
    added = [key for request in result.dynamic_partitions_requests or [] for key in request.partition_keys]
    assert added == ["frank"]
    assert _asked(result) == ["frank"]


@pytest.mark.filterwarnings("ignore::dagster.BetaWarning")  # raised by Dagster for its own call
def test_a_new_photo_sets_off_what_depends_on_it_in_its_slot_only(
    project: Path, defs: Definitions, instance: DagsterInstance
) -> None:
    cursor = evaluate_automation_conditions(defs, instance).cursor
    _reference_run(defs, instance, "night")
    result = evaluate_automation_conditions(defs, instance, cursor=cursor)
    for name in ("image_profile", "backgrounds", "inpainted_scenes", "reference_captions", "edited_images"):
        assert result.get_requested_partitions(AssetKey(name)) == {"night"}, name
    assert result.get_num_requested(AssetKey("frame_analysis")) == 0


@pytest.mark.filterwarnings("ignore::dagster.BetaWarning")  # raised by Dagster for its own call
def test_what_comes_in_while_a_merge_runs_is_merged_again(
    project: Path, defs: Definitions, instance: DagsterInstance
) -> None:
    key = AssetKey("image_sequences")
    cursor = evaluate_automation_conditions(defs, instance).cursor
    _reference_run(defs, instance, "night")
    first = evaluate_automation_conditions(defs, instance, cursor=cursor)
    assert first.get_num_requested(key) == 1
    # A scene partition and the requested merge end between two ticks.
    instance.report_runless_asset_event(AssetMaterialization("inpainted_scenes", partition="night"))
    instance.report_runless_asset_event(AssetMaterialization(key))
    second = evaluate_automation_conditions(defs, instance, cursor=first.cursor)
    assert second.get_num_requested(key) == 1
    third = evaluate_automation_conditions(defs, instance, cursor=second.cursor)
    assert third.get_num_requested(key) == 0


def test_one_switch_stops_all_sensors(tmp_path: Path) -> None:
    code = (
        "import importlib, os\n"
        "from synth_assets import sensors\n"
        "for value in ('on', 'off'):\n"
        "    os.environ['SYNTH_AUTOMATION'] = value\n"
        "    print({sensor.default_status.value for sensor in importlib.reload(sensors).ALL})"
    )
    env = {**environment(tmp_path), "SYNTH_HOME": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["{'RUNNING'}", "{'STOPPED'}"]


def test_what_was_asked_for_once_is_asked_for_again_after_another_run(
    project: Path, defs: Definitions, instance: DagsterInstance
) -> None:
    first = _tick(sensors.new_photos, instance, None)
    _reference_run(defs, instance, *SLOTS)
    photo = next((project / "data" / "sample" / "reference" / "night").iterdir())
    added = photo.with_name("added.jpg")
    shutil.copy2(photo, added)
    # A backfill takes the new photo in before the sensor looks; then the photo goes again.
    _reference_run(defs, instance, "night")
    added.unlink()
    second = _tick(sensors.new_photos, instance, first.cursor)
    assert _asked(second) == ["night"]


def test_a_slot_whose_photos_all_vanish_is_asked_for_once(
    project: Path, defs: Definitions, instance: DagsterInstance
) -> None:
    shutil.rmtree(project / "data" / "sample" / "reference" / "evening")
    _reference_run(defs, instance, "morning", "midday", "afternoon", "night")
    assert _asked(_tick(sensors.new_photos, instance, None)) == []
    shutil.rmtree(project / "data" / "sample" / "reference" / "night")
    gone = _tick(sensors.new_photos, instance, None)
    assert _asked(gone) == ["night"]
    assert _asked(_tick(sensors.new_photos, instance, gone.cursor)) == []


def test_many_characters_in_one_tick(project: Path, instance: DagsterInstance) -> None:
    for number in range(60):
        videos = project / "data" / "characters" / f"hero_{number:02d}" / "videos"
        videos.mkdir(parents=True)
        (videos / "film.mp4").write_bytes(b"film")
    _age(project / "data" / "characters")
    result = _tick(sensors.new_characters, instance, None)
    assert len(set(_asked(result))) == 60
    instance.add_dynamic_partitions("characters", [f"hero_{number:02d}" for number in range(60)])
    assert _asked(_tick(sensors.new_characters, instance, result.cursor)) == []
