"""What is due: source partitions whose files differ from what was last materialized.

Belongs here: comparing listings with Dagster's records. Does not belong here: making listings
(``resources/sources``), and when to look (``sensors.py``, ``schedules.py``, ``backfill.py``).
"""

import hashlib
import json
from collections.abc import Mapping

from dagster import AssetKey, AssetRecordsFilter, DagsterEventType, DagsterInstance

from resources.sources.folder import listing_of

_EMPTY = listing_of([])
"""Listing of a partition whose files are all gone: due once, if there were any."""


def state_of(instance: DagsterInstance, asset: str, listings: Mapping[str, str]) -> str:
    """A hash that changes where what is due may have: a listing, or a materialization of the asset."""
    latest = instance.get_latest_storage_id_by_partition(AssetKey(asset), DagsterEventType.ASSET_MATERIALIZATION)
    text = json.dumps([dict(listings), dict(latest)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def due_partitions(
    instance: DagsterInstance, asset: str, listings: Mapping[str, str], seen: Mapping[str, str] | None = None
) -> tuple[list[str], dict[str, str]]:
    """Finds the partitions whose listing is not the one that was last materialized.

    Args:
        instance: with the asset's materializations, which carry a ``listing``.
        asset: name of the source asset.
        listings: partition → hash of its files. Partitions that were materialized and are not in it
            have no files any more.
        seen: what the last look returned: a partition is due once per listing and materialization, so
            that a request is not repeated, and one that another run overtook is.

    Returns:
        The due partitions, and what to pass as ``seen`` the next time.
    """
    latest = instance.get_latest_storage_id_by_partition(AssetKey(asset), DagsterEventType.ASSET_MATERIALIZATION)
    marks: dict[str, str] = {}
    keys: list[str] = []
    for key in [*listings, *sorted(set(latest) - set(listings))]:
        listing = listings.get(key, _EMPTY)
        marks[key] = f"{listing}@{latest.get(key, 0)}"
        if (seen or {}).get(key) == marks[key]:
            continue
        done = materialized_listing(instance, asset, key) if key in latest else ""
        is_absent = listing == _EMPTY and not done
        if listing != done and not is_absent:
            keys.append(key)
    return keys, marks


def materialized_listing(instance: DagsterInstance, asset: str, partition: str) -> str:
    """The ``listing`` that the last materialization reported; "" if it reported none."""
    found = instance.fetch_materializations(
        AssetRecordsFilter(asset_key=AssetKey(asset), asset_partitions=[partition]), limit=1
    ).records
    materialization = found[0].asset_materialization if found else None
    value = materialization.metadata.get("listing") if materialization else None
    return str(value.value) if value else ""
