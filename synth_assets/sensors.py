"""Sensors: new photos, new characters, new films, new reviews; and the one that evaluates automation.

Belongs here: noticing that the world changed. Does not belong here: what is then done (the assets
themselves, and their automation conditions).

``SYNTH_AUTOMATION=off`` is the switch: all sensors then start stopped, and nothing runs by itself.
"""

import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from dagster import (
    AddDynamicPartitionsRequest,
    AssetKey,
    AssetSelection,
    AutomationConditionSensorDefinition,
    DagsterInstance,
    DefaultSensorStatus,
    RunRequest,
    RunsFilter,
    SensorDefinition,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    sensor,
)
from dagster._core.storage.dagster_run import IN_PROGRESS_RUN_STATUSES

from resources.configuration import configuration
from resources.project import find_project
from resources.sources.characters import CharacterFolder, find_characters
from resources.sources.photos import Photos, find_photos, slot_listings
from resources.store import Store
from synth_assets import jobs, partitions
from synth_assets.assets.reference import profiled_windows
from synth_assets.core.curation.reviews import review_listing
from synth_assets.due import due_partitions, materialized_listing, state_of

INTERVAL_S = 10
"""Least time between two looks."""

SETTLE_S = 2.0
"""A file younger than this may still be being written; it is looked at in the next tick."""

REVIEW_SETTLE_S = 60.0
"""Reviews younger than this may belong to a review that goes on; decisions are not made anew under it."""

RETRY_S = 3600.0
"""After this time captures that are still due are asked for again."""

AUTOMATION_ON = os.environ.get("SYNTH_AUTOMATION", "on").lower() not in ("off", "0", "false", "no")
_STATUS = DefaultSensorStatus.RUNNING if AUTOMATION_ON else DefaultSensorStatus.STOPPED


_Look = Callable[[SensorEvaluationContext], SensorResult | SkipReason]


def _starts(asset: str, description: str) -> Callable[[_Look], SensorDefinition]:
    """Decorates a function as the sensor that starts an asset's partitions."""
    return sensor(
        asset_selection=AssetSelection.assets(asset),
        minimum_interval_seconds=INTERVAL_S,
        default_status=_STATUS,
        description=description,
    )


def _requests(asset: str, keys: Sequence[str]) -> list[RunRequest]:
    """One run a partition; the time in the key allows the same partition again."""
    return [
        RunRequest(run_key=f"{asset}:{key}:{time.time_ns()}", asset_selection=[AssetKey(asset)], partition_key=key)
        for key in keys
    ]


def _settled_photos() -> Photos:
    project = find_project()
    return find_photos(configuration(project).sources, project, settled_before=time.time() - SETTLE_S)


def _due(context: SensorEvaluationContext, asset: str, listings: Mapping[str, str]) -> tuple[list[str], dict[str, str]]:
    """The partitions whose listing changed, and what the cursor is to hold; ``_result`` writes it."""
    return due_partitions(context.instance, asset, listings, json.loads(context.cursor) if context.cursor else {})


def _result(
    requests: list[RunRequest],
    seen: Mapping[str, str],
    nothing: str,
    added: list[AddDynamicPartitionsRequest] | None = None,
) -> SensorResult:
    """The cursor moves in any case: what was looked at once is not looked up again."""
    cursor = json.dumps(seen, sort_keys=True)
    if not requests and not added:
        return SensorResult(skip_reason=nothing, cursor=cursor)
    return SensorResult(run_requests=requests, dynamic_partitions_requests=added, cursor=cursor)


@sensor(
    job=jobs.captures_job,
    minimum_interval_seconds=INTERVAL_S,
    default_status=_STATUS,
    description="Sees photos that come into data/inbox/ or from a camera, leave it, or change there.",
)
def new_captures(context: SensorEvaluationContext) -> SensorResult | SkipReason:
    """Requests one run for all windows of time whose captures changed.

    Asks again after a while for what is still due, because a run can be killed; a run that is still
    going takes in what came meanwhile at its next turn.
    """
    if _in_progress(context.instance):
        return SkipReason("captures are being profiled")
    listings = _settled_photos().window_listings()
    state = state_of(context.instance, "capture_profile", listings)
    former = json.loads(context.cursor) if context.cursor else {}
    waits = time.time() - former.get("asked_s", 0.0) < RETRY_S
    if former.get("state") == state and (waits or not former.get("due")):
        return SkipReason("no capture is new, gone or changed")
    # Only now, because for thousands of windows it takes seconds.
    due, _ = due_partitions(context.instance, "capture_profile", listings)
    cursor = json.dumps({"state": state, "due": len(due), "asked_s": time.time()})
    requests = [RunRequest(run_key=f"captures:{time.time_ns()}")] if due else []
    return SensorResult(run_requests=requests, skip_reason=None if due else "captures are profiled", cursor=cursor)


def _in_progress(instance: DagsterInstance) -> bool:
    """Whether captures are being profiled; a run that began long ago may be dead, and holds nothing up."""
    active = RunsFilter(
        job_name=jobs.captures_job.name,
        statuses=list(IN_PROGRESS_RUN_STATUSES),
        created_after=datetime.now(UTC) - timedelta(seconds=RETRY_S),
    )
    return instance.get_runs_count(active) > 0


@_starts(
    "reference_images",
    "Sees photos that come into a source folder, leave it, or change, and windows that were profiled.",
)
def new_photos(context: SensorEvaluationContext) -> SensorResult | SkipReason:
    """Requests ``reference_images`` of the slots whose folder changed, or one of whose windows was profiled."""
    if _in_progress(context.instance):
        return SkipReason("captures are being profiled; their slots follow")
    listings = slot_listings(_settled_photos(), profiled_windows(Store(find_project().store)))
    due, seen = _due(context, "reference_images", listings)
    return _result(_requests("reference_images", due), seen, "no photo is new, gone or changed")


@_starts("frames", "Adds a character when its folder appears in data/characters/, and sees new films there.")
def new_characters(context: SensorEvaluationContext) -> SensorResult:
    """Adds partitions for new folders and requests ``frames`` where films or stills changed."""
    folders: dict[str, CharacterFolder] = {}
    for folder in find_characters(find_project().characters, settled_before=time.time() - SETTLE_S):
        try:
            folders[partitions.check_character(folder.name)] = folder
        except ValueError as error:
            context.log.warning(f"{folder.path}: not taken as a character: {error}")
    known = set(context.instance.get_dynamic_partitions("characters"))
    new = [name for name in folders if name not in known]
    due, seen = _due(context, "frames", {name: folder.listing() for name, folder in folders.items()})
    # A folder that is gone keeps what was made of it.
    requests = _requests("frames", [name for name in due if name in folders])
    added: list[AddDynamicPartitionsRequest] = [partitions.characters.build_add_request(new)] if new else []
    return _result(requests, seen, "no character is new and no film changed", added)


@_starts(
    "strategy_decisions",
    "Sees that a character's decisions were reviewed (synth review), a minute after the last change.",
)
def new_reviews(context: SensorEvaluationContext) -> SensorResult:
    """Requests ``strategy_decisions`` of the decided characters whose review.csv changed."""
    asset, characters = AssetKey("strategy_decisions"), find_project().characters
    listings: dict[str, str] = {}
    for name in context.instance.get_materialized_partitions(asset):
        file = CharacterFolder(characters / name).review
        goes_on = file.is_file() and time.time() - file.stat().st_mtime < REVIEW_SETTLE_S
        listings[name] = (
            materialized_listing(context.instance, "strategy_decisions", name) if goes_on else review_listing(file)
        )
    due, seen = _due(context, "strategy_decisions", listings)
    return _result(_requests("strategy_decisions", due), seen, "no review changed")


automation = AutomationConditionSensorDefinition(
    "automation",
    target=AssetSelection.all(),
    default_status=_STATUS,
    minimum_interval_seconds=INTERVAL_S,
    description="Materializes what has newer inputs. Needed: without a declared sensor, no condition fires.",
)
"""Evaluates the automation conditions; SYNTH_AUTOMATION=off stops it."""

ALL = [new_captures, new_photos, new_characters, new_reviews, automation]
