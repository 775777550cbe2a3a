"""Asset checks of profiles: drift, mixed content, and likeness of what was generated to its profile.

Belongs here: reading rows back from the store, judging them, and what the UI shows. Does not belong
here: the judgements themselves (``core/profile/{drift,mixing,distance}.py``) and boxes (``checks.py``).
"""

from collections.abc import Sequence
from typing import Any

from dagster import (
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetChecksDefinition,
    AssetCheckSeverity,
    asset_check,
)

from resources.configuration import configuration
from resources.project import find_project
from resources.store import Store
from resources.store_resource import StoreResource
from synth_assets.assets.reference import read_profile
from synth_assets.assets.stage import table_or_none
from synth_assets.core.profile.distance import DISTANCE_METRICS, allowed_distance
from synth_assets.core.profile.drift import NamedRow, drift_of
from synth_assets.core.profile.mixing import mixed_content
from synth_assets.core.profile.slots import SLOTS
from synth_assets.core.records import ImageRecord
from synth_assets.core.scenes.likeness import distances_of

_DECIMALS = 3


def _slots_of(context: AssetCheckExecutionContext, store: Store, asset: str) -> list[str]:
    """The slots that this run made, as far as they are in the store; all of them outside of a partitioned run."""
    there = store.partitions(asset)
    is_partitioned = context.has_partition_key or context.has_partition_key_range
    return [slot for slot in (context.partition_keys if is_partitioned else SLOTS) if slot in there]


def _rows_of(store: Store, slot: str) -> list[ImageRecord]:
    images = store.read("image_profile", slot)
    return images.ok if images else []


def _named(records: Sequence[ImageRecord]) -> list[NamedRow]:
    return [
        (record.source, {metric: float(record.extra[metric] or 0) for metric in DISTANCE_METRICS}) for record in records
    ]


@asset_check(
    asset="image_profile",
    name="slot_has_not_drifted",
    description="The newest captures of a slot look like its photos before them; else those that differ are named.",
)
def drift(store: StoreResource) -> AssetCheckResult:
    """Compares the latest window of each slot with all its other photos.

    Of every slot, not only of the run's: Dagster shows the last result of a check, and a run on one
    slot must not hide the drift of another.
    """
    tree, params = store.store(), configuration(find_project()).stages.drift
    verdicts: list[dict[str, Any]] = []
    drivers: list[dict[str, Any]] = []
    for slot in [slot for slot in SLOTS if slot in tree.partitions("image_profile")]:
        records = _rows_of(tree, slot)
        latest = max((str(record.extra.get("window") or "") for record in records), default="")
        recent = [record for record in records if latest and record.extra.get("window") == latest]
        history = [record for record in records if not latest or record.extra.get("window") != latest]
        found = drift_of(_named(history), _named(recent), params)
        verdicts.append({"slot": slot, "window": latest or "none", "status": found.status, "reason": found.reason})
        drivers += [
            {"slot": slot, "image": item.name, "score": round(item.score, 2), "metric": item.metric}
            for item in found.drivers
        ]
    return AssetCheckResult(
        passed=all(verdict["status"] != "drifted" for verdict in verdicts),
        severity=AssetCheckSeverity.WARN,
        metadata={"slots": table_or_none(verdicts), "images_that_drive_it": table_or_none(drivers)},
    )


@asset_check(
    asset="image_profile",
    name="photos_belong_to_their_slot",
    description="The photos of a slot look like each other rather than like other slots'; else misfits are named.",
)
def mixing(store: StoreResource) -> AssetCheckResult:
    """Compares all slots in the store with each other."""
    tree, params = store.store(), configuration(find_project()).stages.mixing
    found = mixed_content({slot: _named(_rows_of(tree, slot)) for slot in SLOTS}, params)
    verdicts = [{"slot": slot, "status": item.status, "reason": item.reason} for slot, item in found.items()]
    misfits = [
        {"slot": slot, "image": misfit.name, "looks_like": misfit.fits}
        for slot, item in found.items()
        for misfit in item.misfits
    ]
    return AssetCheckResult(
        passed=all(item.status in ("fits", "not judged") for item in found.values()),
        severity=AssetCheckSeverity.WARN,
        metadata={"slots": table_or_none(verdicts), "misfits": table_or_none(misfits)},
    )


def _likeness_check(asset: str) -> AssetChecksDefinition:
    @asset_check(
        asset=asset,
        name=f"{asset}_match_the_profile",
        blocking=True,
        description="The set's distance to its slot's profile is within the limit of configs/stages.yaml.",
    )
    def check(context: AssetCheckExecutionContext, store: StoreResource) -> AssetCheckResult:
        """Judges the slots of the run; a slot with too few pictures or photos is not judged."""
        tree, params = store.store(), configuration(find_project()).stages.distance
        verdicts: list[dict[str, Any]] = []
        too_far: list[str] = []
        for slot in _slots_of(context, tree, asset):
            images, profile = tree.read(asset, slot), read_profile(tree, slot)
            if images is None or profile is None or not images.ok:
                continue
            distances = distances_of(profile, images)
            # Pictures of one group (one main photo, one background) are not independent of each other.
            independent = len({record.group for record in images.ok})
            limit = allowed_distance(independent, profile.sample_count, params)
            if limit is not None and distances["total"] > limit:
                too_far.append(slot)
            worst = max(DISTANCE_METRICS, key=lambda metric: distances[metric])
            verdicts.append(
                {
                    "slot": slot,
                    "distance": round(distances["total"], _DECIMALS),
                    "limit": "not judged: too few" if limit is None else str(round(limit, _DECIMALS)),
                    "furthest": f"{worst} {distances[worst]:.2f}",
                }
            )
        return AssetCheckResult(
            passed=not too_far,
            severity=AssetCheckSeverity.ERROR,
            metadata={"slots": table_or_none(verdicts), "too_far": ", ".join(too_far) or "none"},
        )

    return check


ALL = [drift, mixing, _likeness_check("backgrounds"), _likeness_check("inpainted_scenes")]
