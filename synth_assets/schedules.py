"""Schedules: a slot is profiled when it ends, cameras take pictures every few minutes.

Belongs here: when. Does not belong here: what is then done (``jobs.py``), and noticing files
(``sensors.py``). ``SYNTH_AUTOMATION=off`` stops them too.
"""

from dagster import (
    DefaultScheduleStatus,
    RunConfig,
    RunRequest,
    ScheduleDefinition,
    ScheduleEvaluationContext,
    SkipReason,
    schedule,
)

from resources.configuration import configuration
from resources.project import find_project
from resources.sources.folder import SourcesConfig
from synth_assets import jobs
from synth_assets.core.profile.slots import SLOTS, end_hour
from synth_assets.partitions import LOCAL_ZONE
from synth_assets.sensors import AUTOMATION_ON

_MINUTE_S = 60


def _profile_schedule(slot: str) -> ScheduleDefinition:
    return ScheduleDefinition(
        name=f"profile_{slot}",
        job=jobs.profile_job,
        cron_schedule=f"0 {end_hour(slot)} * * *",
        execution_timezone=LOCAL_ZONE,
        run_config=RunConfig(ops={"profile_slot": jobs.SlotConfig.model_validate({"slot": slot})}),
        default_status=_status(AUTOMATION_ON),
        description=f"Profiles {slot} when it ends, with what came in that no sensor saw.",
    )


def _status(is_running: bool) -> DefaultScheduleStatus:
    return DefaultScheduleStatus.RUNNING if is_running else DefaultScheduleStatus.STOPPED


def _camera_schedule(sources: SourcesConfig) -> ScheduleDefinition:
    has_camera = any(collector.kind == "webcam" for collector in sources.collectors)

    @schedule(
        job=jobs.collect_job,
        cron_schedule="* * * * *",
        execution_timezone=LOCAL_ZONE,
        default_status=_status(AUTOMATION_ON and has_camera),
        description="Takes pictures with each webcam of configs/sources.yaml, every so many minutes as it says.",
    )
    def cameras(context: ScheduleEvaluationContext) -> list[RunRequest] | SkipReason:
        """Requests the cameras that are due in this minute."""
        now = context.scheduled_execution_time
        minute = int(now.timestamp()) // _MINUTE_S
        due = [
            collector.name
            for collector in configuration(find_project()).sources.collectors
            if collector.kind == "webcam" and minute % collector.every_minutes == 0
        ]
        if not due:
            return SkipReason("no camera is due; configs/sources.yaml names them")
        return [
            RunRequest(
                run_key=f"{name}:{now.isoformat()}",
                run_config=RunConfig(ops={"collect_pictures": jobs.CollectorConfig(collector=name)}),
            )
            for name in due
        ]

    return cameras


def make_schedules(sources: SourcesConfig) -> list[ScheduleDefinition]:
    """One a slot, and one for all cameras, which runs only where there is a camera."""
    return [*(_profile_schedule(slot) for slot in SLOTS), _camera_schedule(sources)]
