"""Sensors: new photos, new characters, new films; and the one that evaluates automation.

Belongs here: noticing that the world changed. Does not belong here: what is then done (the assets
themselves, and their automation conditions).

``SYNTH_AUTOMATION=off`` is the switch: all sensors then start stopped, and nothing runs by itself.
"""

import json
import os
import time

from dagster import (
    AddDynamicPartitionsRequest,
    AssetKey,
    AssetRecordsFilter,
    AssetSelection,
    AutomationConditionSensorDefinition,
    DagsterInstance,
    DefaultSensorStatus,
    RunRequest,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    sensor,
)

from resources.configuration import configuration
from resources.project import find_project
from resources.sources.characters import CharacterFolder, find_characters
from resources.sources.folder import find_pictures, listing_of
from synth_assets import partitions
from synth_assets.core.profile.slots import SLOTS

SETTLE_S = 2.0
"""A file younger than this may still be being written; it is looked at in the next tick."""

_EMPTY = listing_of([])
"""Listing of a partition whose files are all gone: due once, if there were any."""

_AUTOMATION_ON = os.environ.get("SYNTH_AUTOMATION", "on").lower() not in ("off", "0", "false", "no")
_STATUS = DefaultSensorStatus.RUNNING if _AUTOMATION_ON else DefaultSensorStatus.STOPPED


def _materialized_listing(instance: DagsterInstance, asset: str, partition: str) -> str:
    """The ``listing`` that the last materialization reported; "" before the first."""
    found = instance.fetch_materializations(
        AssetRecordsFilter(asset_key=AssetKey(asset), asset_partitions=[partition]), limit=1
    ).records
    materialization = found[0].asset_materialization if found else None
    value = materialization.metadata.get("listing") if materialization else None
    return str(value.value) if value else ""


def _due(context: SensorEvaluationContext, asset: str, listings: dict[str, str]) -> tuple[list[RunRequest], str]:
    """Requests a run for each partition whose listing is neither materialized nor requested yet.

    A request counts for what was materialized when it was made: if another run comes between, the
    same listing may be due again.
    """
    requested: dict[str, str] = json.loads(context.cursor) if context.cursor else {}
    requests: list[RunRequest] = []
    for key, listing in listings.items():
        done = _materialized_listing(context.instance, asset, key)
        wish = f"{listing} after {done}"
        is_absent = listing == _EMPTY and not done
        if listing != done and not is_absent and requested.get(key) != wish:
            requests.append(
                RunRequest(
                    run_key=f"{asset}:{key}:{listing}:{time.time_ns()}",
                    asset_selection=[AssetKey(asset)],
                    partition_key=key,
                )
            )
            requested[key] = wish
    return requests, json.dumps(requested, sort_keys=True)


@sensor(
    asset_selection=AssetSelection.assets("reference_images"),
    minimum_interval_seconds=10,
    default_status=_STATUS,
    description="Sees photos that come into data/inbox/ or a source folder, leave it, or change there.",
)
def new_photos(context: SensorEvaluationContext) -> SensorResult | SkipReason:
    """Requests ``reference_images`` of the slots whose photos changed."""
    project = find_project()
    pictures = find_pictures(
        configuration(project).sources.folders, project.root, project.data, settled_before=time.time() - SETTLE_S
    )
    requests, cursor = _due(context, "reference_images", {slot: listing_of(pictures[slot]) for slot in SLOTS})
    if not requests:
        return SkipReason("no photo is new, gone or changed")
    return SensorResult(run_requests=requests, cursor=cursor)


@sensor(
    asset_selection=AssetSelection.assets("frames"),
    minimum_interval_seconds=10,
    default_status=_STATUS,
    description="Adds a character when its folder appears in data/characters/, and sees new films there.",
)
def new_characters(context: SensorEvaluationContext) -> SensorResult | SkipReason:
    """Adds partitions for new folders and requests ``frames`` where films or stills changed."""
    folders: dict[str, CharacterFolder] = {}
    for folder in find_characters(find_project().characters, settled_before=time.time() - SETTLE_S):
        try:
            folders[partitions.check_character(folder.name)] = folder
        except ValueError as error:
            context.log.warning(f"{folder.path}: not taken as a character: {error}")
    known = set(context.instance.get_dynamic_partitions("characters"))
    new = [name for name in folders if name not in known]
    requests, cursor = _due(context, "frames", {name: folder.listing() for name, folder in folders.items()})
    if not requests and not new:
        return SkipReason("no character is new and no film changed")
    added: list[AddDynamicPartitionsRequest] = [partitions.characters.build_add_request(new)] if new else []
    return SensorResult(run_requests=requests, dynamic_partitions_requests=added, cursor=cursor)


automation = AutomationConditionSensorDefinition(
    "automation",
    target=AssetSelection.all(),
    default_status=_STATUS,
    minimum_interval_seconds=10,
    description="Materializes what has newer inputs. Needed: without a declared sensor, no condition fires.",
)
"""Evaluates the automation conditions; SYNTH_AUTOMATION=off stops it."""

ALL = [new_photos, new_characters, automation]
