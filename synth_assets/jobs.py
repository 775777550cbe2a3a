"""Jobs: one a kind of partition, and one for the whole graph.

Belongs here: what can be launched by name. Does not belong here: when (``sensors.py``, ``schedules.py``), and how a
backfill is split into runs (``backfill.py``).
"""

from collections.abc import Sequence
from typing import Literal

from dagster import AssetsDefinition, AssetSelection, Config, Failure, OpExecutionContext, define_asset_job, job, op
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition
from pydantic import Field

from resources.configuration import configuration
from resources.project import find_project
from resources.sources.photos import collect_named
from synth_assets import partitions
from synth_assets.backfill import due_windows, run_backfill

_JOBS = (
    ("history_job", partitions.windows, "Captures and their profile, per window of time."),
    ("scenes_job", partitions.slots, "Reference photos to captioned scenes, per time slot."),
    ("curation_job", partitions.characters, "Films to captioned outputs of the four strategies, per character."),
    ("merge_job", None, "Clusters, sequences, the training set and the overview page, from all partitions there are."),
)
JOB_ORDER = tuple(name for name, _, _ in _JOBS)
"""Asset jobs in the order of the graph."""

_PROFILE_ASSETS = "captures,capture_profile,reference_images,image_profile"


def asset_jobs(assets: Sequence[AssetsDefinition]) -> list[UnresolvedAssetJobDefinition]:
    """Makes one job a kind of partition; a job cannot hold assets of two kinds."""
    return [
        define_asset_job(
            name,
            AssetSelection.assets(*(item for item in assets if item.partitions_def == definition)),
            description=description,
        )
        for name, definition, description in _JOBS
    ]


def _run(
    context: OpExecutionContext, jobs: Sequence[str], assets: str = "*", partitions: Sequence[str] | None = None
) -> None:
    """Runs asset jobs one after the other in this process, so that every model is loaded once."""
    results = run_backfill(
        context.repository_def,
        context.instance,
        jobs,
        assets,
        partitions,
        lambda: due_windows(context.instance, find_project()),
    )
    for result in results:
        context.log.info(f"{result.job} {list(result.partitions)}: run {result.run_id}, success: {result.success}")
    if failed := [result for result in results if not result.success]:
        raise Failure(description=f"{len(failed)} of {len(results)} runs failed: {failed}")


@op(description="Runs the asset jobs for all partitions one after the other, in this process.")
def materialize_everything(context: OpExecutionContext) -> None:
    """Materializes the whole graph."""
    _run(context, JOB_ORDER)


@job(description="The whole graph for all time slots and characters.")
def everything() -> None:
    """The whole graph."""
    materialize_everything()


class SlotConfig(Config):
    """Which slot to profile."""

    slot: Literal["morning", "midday", "afternoon", "evening", "night"] = Field(description="The time slot.")


@op(description="Profiles the windows of one slot whose captures changed, then the slot, in this process.")
def profile_slot(context: OpExecutionContext, config: SlotConfig) -> None:
    """Brings a slot's profile up to date; what did not change is not made again."""
    _run(context, JOB_ORDER[:2], _PROFILE_ASSETS, [config.slot])


@job(description="Captures, photos and profile of one time slot.")
def profile_job() -> None:
    """One slot's profile, with its history."""
    profile_slot()


@op(description="Takes in and profiles the captures of every window of time whose files changed, in this process.")
def profile_windows(context: OpExecutionContext) -> None:
    """Brings the history up to date; its slots follow."""
    _run(context, JOB_ORDER[:1])


@job(description="Captures and their profile, for all windows of time whose files changed.")
def captures_job() -> None:
    """Thousands of windows in one run, where a run each would take hours."""
    profile_windows()


class CollectorConfig(Config):
    """Which collector to run."""

    collector: str = Field(description="Name of a collector in configs/sources.yaml.")


@op(description="Runs a collector: a search, a camera or a film puts pictures into data/collected/.", pool="collect")
def collect_pictures(context: OpExecutionContext, config: CollectorConfig) -> None:
    """Collects pictures; sensors and schedules then profile them."""
    project = find_project()
    found = collect_named(configuration(project).sources, config.collector, project)
    for name, reason in found.skipped:
        context.log.warning(f"{name}: {reason}")
    context.add_output_metadata(
        {"saved": len(found.saved), "present": len(found.present), "skipped": len(found.skipped)}
    )


@job(description="Fetches pictures from a search, a camera or a film that configs/sources.yaml names.")
def collect_job() -> None:
    """One collector."""
    collect_pictures()


OP_JOBS = (everything, profile_job, captures_job, collect_job)
"""Jobs that are not a selection of assets."""
