"""Sensors: new photos, new characters, new films; and the one that evaluates automation.

Belongs here: noticing that the world changed. Does not belong here: what is then done (the assets
themselves, and their automation conditions).

``SYNTH_AUTOMATION=off`` is the switch: all sensors then start stopped, and nothing runs by itself.
"""

import json
import os
import time
from collections.abc import Mapping, Sequence

from dagster import (
    AddDynamicPartitionsRequest,
    AssetKey,
    AssetSelection,
    AutomationConditionSensorDefinition,
    DefaultSensorStatus,
    RunRequest,
    SensorEvaluationContext,
    SensorResult,
    sensor,
)

from resources.configuration import configuration
from resources.project import find_project
from resources.sources.characters import CharacterFolder, find_characters
from resources.sources.photos import Photos, find_photos, slot_listings
from resources.store import Store
from synth_assets import partitions
from synth_assets.assets.reference import profiled_windows
from synth_assets.due import due_partitions

SETTLE_S = 2.0
"""A file younger than this may still be being written; it is looked at in the next tick."""

_OF_WINDOW = ("captures", "capture_profile")
"""What a new capture sets off, in one run."""

AUTOMATION_ON = os.environ.get("SYNTH_AUTOMATION", "on").lower() not in ("off", "0", "false", "no")
_STATUS = DefaultSensorStatus.RUNNING if AUTOMATION_ON else DefaultSensorStatus.STOPPED


def _requests(assets: Sequence[str], keys: Sequence[str]) -> list[RunRequest]:
    """One run a partition; the time in the key allows the same partition again."""
    return [
        RunRequest(
            run_key=f"{assets[0]}:{key}:{time.time_ns()}",
            asset_selection=[AssetKey(name) for name in assets],
            partition_key=key,
        )
        for key in keys
    ]


def _settled_photos() -> Photos:
    project = find_project()
    return find_photos(configuration(project).sources, project, settled_before=time.time() - SETTLE_S)


def _due(
    context: SensorEvaluationContext, assets: Sequence[str], listings: Mapping[str, str], nothing: str
) -> SensorResult:
    """Requests a run of the assets for each partition for which the last of them is not up to date."""
    seen: dict[str, str] = json.loads(context.cursor) if context.cursor else {}
    due, seen = due_partitions(context.instance, assets[-1], listings, seen)
    return _result(_requests(assets, due), seen, nothing)


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
    asset_selection=AssetSelection.assets(*_OF_WINDOW),
    minimum_interval_seconds=10,
    default_status=_STATUS,
    description="Sees photos that come into data/inbox/ or from a camera, leave it, or change there.",
)
def new_captures(context: SensorEvaluationContext) -> SensorResult:
    """Requests the windows of time whose captures changed."""
    return _due(context, _OF_WINDOW, _settled_photos().window_listings(), "no capture is new, gone or changed")


@sensor(
    asset_selection=AssetSelection.assets("reference_images"),
    minimum_interval_seconds=10,
    default_status=_STATUS,
    description="Sees photos that come into a source folder, leave it, or change, and windows that were profiled.",
)
def new_photos(context: SensorEvaluationContext) -> SensorResult:
    """Requests ``reference_images`` of the slots whose folder changed, or one of whose windows was profiled."""
    listings = slot_listings(_settled_photos(), profiled_windows(Store(find_project().store)))
    return _due(context, ["reference_images"], listings, "no photo is new, gone or changed")


@sensor(
    asset_selection=AssetSelection.assets("frames"),
    minimum_interval_seconds=10,
    default_status=_STATUS,
    description="Adds a character when its folder appears in data/characters/, and sees new films there.",
)
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
    seen: dict[str, str] = json.loads(context.cursor) if context.cursor else {}
    listings = {name: folder.listing() for name, folder in folders.items()}
    due, seen = due_partitions(context.instance, "frames", listings, seen)
    # A folder that is gone keeps what was made of it.
    requests = _requests(["frames"], [name for name in due if name in folders])
    added: list[AddDynamicPartitionsRequest] = [partitions.characters.build_add_request(new)] if new else []
    return _result(requests, seen, "no character is new and no film changed", added)


automation = AutomationConditionSensorDefinition(
    "automation",
    target=AssetSelection.all(),
    default_status=_STATUS,
    minimum_interval_seconds=10,
    description="Materializes what has newer inputs. Needed: without a declared sensor, no condition fires.",
)
"""Evaluates the automation conditions; SYNTH_AUTOMATION=off stops it."""

ALL = [new_captures, new_photos, new_characters, automation]
