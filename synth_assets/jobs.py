"""Jobs: one a kind of partition, and one for the whole graph.

Belongs here: what can be launched by name. Does not belong here: when (``sensors.py``), and how a
backfill is split into runs (``backfill.py``).
"""

from collections.abc import Sequence

from dagster import AssetsDefinition, AssetSelection, Failure, OpExecutionContext, define_asset_job, job, op
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from synth_assets import partitions
from synth_assets.backfill import run_backfill

_JOBS = (
    ("scenes_job", partitions.slots, "Reference photos to captioned scenes, per time slot."),
    ("curation_job", partitions.characters, "Films to captioned outputs of the four strategies, per character."),
    ("merge_job", None, "Clusters, sequences and the training set, from all partitions that exist."),
)
JOB_ORDER = tuple(name for name, _, _ in _JOBS)
"""Asset jobs in the order of the graph."""


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


@op(description="Runs the asset jobs for all partitions one after the other, in this process.")
def materialize_everything(context: OpExecutionContext) -> None:
    """Materializes the whole graph, one run a job, so that every model is loaded once."""
    results = run_backfill(context.repository_def, context.instance, JOB_ORDER)
    for result in results:
        context.log.info(f"{result.job} {list(result.partitions)}: run {result.run_id}, success: {result.success}")
    if failed := [result for result in results if not result.success]:
        raise Failure(description=f"{len(failed)} of {len(results)} runs failed: {failed}")


@job(description="The whole graph for all time slots and characters.")
def everything() -> None:
    """The whole graph."""
    materialize_everything()
