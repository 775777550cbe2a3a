"""Backfills in this process: the whole graph or a part of it, every model loaded once.

Belongs here: splitting a selection into runs and executing them one after the other in this
process, without a daemon. Does not belong here: the command line (``cli.py``) and the jobs
themselves (``jobs.py``).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dagster import (
    AssetKey,
    AssetSelection,
    DagsterInstance,
    JobDefinition,
    RepositoryDefinition,
    TimeWindowPartitionsDefinition,
)
from dagster._core.definitions.asset_selection import DagsterInvalidAssetSelectionError
from dagster._core.errors import DagsterInvalidSubsetError
from dagster._core.storage.tags import ASSET_PARTITION_RANGE_END_TAG, ASSET_PARTITION_RANGE_START_TAG

from resources.configuration import configuration
from resources.project import Project
from resources.sources.photos import find_photos
from synth_assets.core.profile.slots import slot_of_window
from synth_assets.due import due_partitions

_QUIET = {"loggers": {"console": {"config": {"log_level": "INFO"}}}}
"""Dagster's own events are debug messages; the UI has them all."""


@dataclass(frozen=True)
class RunResult:
    """How one run of a backfill ended.

    Attributes:
        job: name of the job.
        partitions: partition keys of the run; empty without partitions.
        run_id: of the run, to be found in the UI.
        success: False if any step failed.
    """

    job: str
    partitions: tuple[str, ...]
    run_id: str
    success: bool


def run_backfill(
    repository: RepositoryDefinition,
    instance: DagsterInstance,
    jobs: Sequence[str],
    assets: str = "*",
    partitions: Sequence[str] | None = None,
    find_windows: Callable[[], Sequence[str]] = tuple,
) -> list[RunResult]:
    """Materializes the selected assets for the selected partitions and waits for the end.

    A job becomes one run per contiguous range of its partition keys. Where a run of several fails,
    each partition is run again by itself: after a failed step Dagster skips all later ones for every
    partition, and one that cannot be made must not hold up the others. What the first run finished is
    reused. A failed run does not stop the next: a merge takes what exists.

    Args:
        repository: the loaded definitions.
        instance: where runs are recorded.
        jobs: names of asset jobs in the order of the graph.
        assets: names or selections, separated by commas: ``frames,keep_full``, ``backgrounds*``, ``group:scenes``.
        partitions: keys of slots, characters and windows; None for all slots and characters.
        find_windows: gives the windows whose captures changed; asked only where captures are selected.
            Those of a wanted slot run too; other windows only where ``partitions`` names them, for
            there are thousands.

    Raises:
        ValueError: an asset or a partition key that does not exist, or nothing is selected.
    """
    selected = _selected(repository, assets)
    known: set[str] = set()
    named: set[str] = set()
    plans: list[tuple[JobDefinition, list[AssetKey], list[list[str]]]] = []
    for name in jobs:
        job = repository.get_job(name)
        definition = job.partitions_def
        keys = sorted(selected & set(job.asset_layer.executable_asset_keys))
        if isinstance(definition, TimeWindowPartitionsDefinition):
            named |= {key for key in partitions or () if definition.has_partition_key(key)}
            asked = named | {window for window in (find_windows() if keys else ()) if _is_of(window, partitions)}
            # Thousands, which take half a second to list.
            every = list(definition.get_partition_keys()) if keys and asked else []
            wanted = [key for key in every if key in asked]
        else:
            every = list(definition.get_partition_keys(dynamic_partitions_store=instance)) if definition else []
            known |= set(every)
            wanted = every if partitions is None else [key for key in every if key in set(partitions)]
        if keys:
            plans.append((job, keys, _ranges(every, wanted) if definition else [[]]))
    if unknown := sorted(set(partitions or ()) - known - named):
        raise ValueError(
            f"no partition is called {unknown[0]!r}; there are: {', '.join(sorted(known))}, and windows of time that "
            "have begun, e.g. 2026-11-21-06"
        )
    if not plans:
        raise ValueError(f"no asset is selected by {assets!r}")
    if not any(ranges for _, _, ranges in plans):
        where = "no partition yet; add one first" if partitions is None else f"none of {', '.join(partitions)}"
        raise ValueError(f"nothing to run: {assets!r} has {where}")
    return [
        result for job, keys, ranges in plans for range_ in ranges for result in _run_range(job, instance, keys, range_)
    ]


def due_windows(instance: DagsterInstance, project: Project) -> list[str]:
    """The windows of time whose captures differ from what was last profiled."""
    listings = find_photos(configuration(project).sources, project).window_listings()
    return due_partitions(instance, "capture_profile", listings)[0]


def _is_of(window: str, partitions: Sequence[str] | None) -> bool:
    return partitions is None or slot_of_window(window) in partitions


def _selected(repository: RepositoryDefinition, assets: str) -> set[AssetKey]:
    try:
        return set(AssetSelection.from_coercible(assets.split(",")).resolve(repository.asset_graph))
    except (DagsterInvalidAssetSelectionError, DagsterInvalidSubsetError) as error:
        known = ", ".join(key.to_user_string() for key in sorted(repository.asset_graph.executable_asset_keys))
        raise ValueError(f"no asset is selected by {assets!r}; there are: {known}") from error


def _run_range(
    job: JobDefinition, instance: DagsterInstance, keys: list[AssetKey], range_: list[str]
) -> list[RunResult]:
    result = _run(job, instance, keys, range_)
    if result.success or len(range_) < 2:
        return [result]
    return [_run(job, instance, keys, [key]) for key in range_]


def _run(job: JobDefinition, instance: DagsterInstance, keys: list[AssetKey], range_: list[str]) -> RunResult:
    tags = {ASSET_PARTITION_RANGE_START_TAG: range_[0], ASSET_PARTITION_RANGE_END_TAG: range_[-1]} if range_ else {}
    result = job.execute_in_process(
        run_config=_QUIET, instance=instance, asset_selection=keys, tags=tags, raise_on_error=False
    )
    return RunResult(job.name, tuple(range_), result.run_id, result.success)


def _ranges(every: Sequence[str], wanted: Sequence[str]) -> list[list[str]]:
    """Splits wanted keys into ranges that are contiguous in the order of all keys."""
    position = {key: index for index, key in enumerate(every)}
    ranges: list[list[str]] = []
    for key in sorted(wanted, key=position.__getitem__):
        if ranges and position[ranges[-1][-1]] + 1 == position[key]:
            ranges[-1].append(key)
        else:
            ranges.append([key])
    return ranges
