"""Schedules and the jobs they start: slots that end, cameras that are due, collectors."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml
from dagster import DagsterInstance, RunRequest, ScheduleDefinition, build_schedule_context

from resources.configuration import configuration
from resources.project import find_project
from synth_assets import jobs
from synth_assets.definitions import build_defs
from synth_assets.partitions import LOCAL_ZONE
from synth_assets_tests.small_project import ROOT, make_small_project

FILM = ROOT / "data" / "sample" / "video" / "bbb_118s_45s.mp4"
COLLECTORS = [
    {"kind": "webcam", "name": "roof", "device": str(FILM), "count": 3, "interval_s": 0, "every_minutes": 5},
    {"kind": "webcam", "name": "yard", "device": 7, "every_minutes": 2},
    {"kind": "video", "name": "film", "path": str(FILM), "every_s": 20, "licence": "CC-BY-3.0", "slot": "midday"},
]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = make_small_project(tmp_path / "project", photos_per_slot=1)
    sources = folder / "configs" / "sources.yaml"
    sources.write_text(yaml.safe_dump({**yaml.safe_load(sources.read_text()), "collectors": COLLECTORS}))
    monkeypatch.setenv("SYNTH_HOME", str(folder))
    return folder


def _schedule(name: str) -> ScheduleDefinition:
    return build_defs().get_repository_def().get_schedule_def(name)


def _due(instance: DagsterInstance, minute: int) -> list[RunRequest]:
    moment = datetime(2026, 11, 21, 12, minute, tzinfo=UTC)
    context = build_schedule_context(instance=instance, scheduled_execution_time=moment)
    result = _schedule("cameras").evaluate_tick(context)
    return list(result.run_requests or [])


def test_cameras_are_asked_for_when_they_are_due(project: Path, instance: DagsterInstance) -> None:
    def names(minute: int) -> list[str]:
        return [
            request.run_config["ops"]["collect_pictures"]["config"]["collector"] for request in _due(instance, minute)
        ]

    assert names(10) == ["roof", "yard"]
    assert names(15) == ["roof"]
    assert names(12) == ["yard"]
    assert names(13) == []
    keys = [request.run_key for minute in (10, 20) for request in _due(instance, minute)]
    assert len(set(keys)) == 4


@pytest.mark.parametrize(
    ("slot", "hour"), [("morning", 11), ("midday", 14), ("afternoon", 18), ("evening", 22), ("night", 6)]
)
def test_each_slot_is_profiled_when_it_ends(project: Path, instance: DagsterInstance, slot: str, hour: int) -> None:
    schedule = _schedule(f"profile_{slot}")
    assert (schedule.cron_schedule, schedule.execution_timezone) == (f"0 {hour} * * *", LOCAL_ZONE)
    moment = datetime(2026, 11, 21, hour, tzinfo=ZoneInfo(LOCAL_ZONE))
    context = build_schedule_context(instance=instance, scheduled_execution_time=moment)
    requests = schedule.evaluate_tick(context).run_requests or []
    assert [request.run_config["ops"]["profile_slot"]["config"] for request in requests] == [{"slot": slot}]


def test_without_a_camera_the_schedule_rests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNTH_HOME", str(make_small_project(tmp_path / "project", photos_per_slot=1)))
    schedule = _schedule("cameras")
    assert schedule.default_status.value == "STOPPED"
    with DagsterInstance.ephemeral() as instance:
        assert _due(instance, 10) == []


def test_a_collector_fills_its_folder_from_the_job(project: Path, instance: DagsterInstance) -> None:
    def collect(name: str, raise_on_error: bool = True) -> bool:
        config = {"ops": {"collect_pictures": {"config": {"collector": name}}}}
        return jobs.collect_job.execute_in_process(config, instance=instance, raise_on_error=raise_on_error).success

    collected = project / "data" / "collected"
    assert collect("roof")
    assert len(list((collected / "roof").rglob("*.jpg"))) == 3
    assert collect("film")
    stills = sorted((collected / "film").glob("*.jpg"))
    assert len(stills) == 3
    assert "CC-BY-3.0" in (collected / "film" / "credits.jsonl").read_text()
    assert not collect("yard", raise_on_error=False)  # there is no camera 7
    assert not collect("nobody", raise_on_error=False)
    assert {collector.name for collector in configuration(find_project()).sources.collectors} == {
        "roof",
        "yard",
        "film",
    }
