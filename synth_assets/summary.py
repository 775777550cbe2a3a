"""Summaries: what the runs did and what the store holds, out of Dagster's own records.

Belongs here: reading materializations back for tables and the overview page. Does not belong
here: the page itself (``core/overview``).
"""

from collections.abc import Sequence

from dagster import (
    AssetKey,
    AssetMaterialization,
    AssetRecordsFilter,
    DagsterEventType,
    DagsterInstance,
    RepositoryDefinition,
)
from rich.console import Console
from rich.table import Table

from resources.store import Store
from synth_assets.backfill import RunResult
from synth_assets.core.overview.summaries import PartitionSummary, StageSummary, summarize

_GROUPS = ("reference", "scenes", "curation", "captions", "sequences", "training")
"""Groups of the asset graph in the order of the page."""

_PICTURES, _PICTURES_OF_MERGED = 12, 18
_COLUMNS = ("images", "rejected", "failed", "made", "reused", "seconds")


def _value(materialization: AssetMaterialization, name: str) -> float:
    entry = materialization.metadata.get(name)
    return float(entry.value) if entry and isinstance(entry.value, int | float) else 0.0


def print_runs(console: Console, instance: DagsterInstance, results: Sequence[RunResult]) -> None:
    """Prints one line per asset and partition that the runs materialized."""
    table = Table("asset", "partition", *_COLUMNS)
    for column in table.columns[2:]:
        column.justify = "right"
    totals = dict.fromkeys(_COLUMNS, 0.0)
    for result in results:
        logs = instance.all_logs(result.run_id, of_type=DagsterEventType.ASSET_MATERIALIZATION)
        for entry in logs:
            materialization = entry.asset_materialization
            if materialization is None:
                continue
            values = {name: _value(materialization, name) for name in _COLUMNS}
            totals = {name: totals[name] + values[name] for name in _COLUMNS}
            cells = [f"{values[name]:.1f}" if name == "seconds" else f"{values[name]:.0f}" for name in _COLUMNS]
            table.add_row(materialization.asset_key.to_user_string(), materialization.partition or "", *cells)
    cells = [f"{totals[name]:.1f}" if name == "seconds" else f"{totals[name]:.0f}" for name in _COLUMNS]
    table.add_section()
    table.add_row("all", "", *cells)
    console.print(table)


def stage_summaries(repository: RepositoryDefinition, instance: DagsterInstance, store: Store) -> list[StageSummary]:
    """Gathers every asset with all its partitions in the store, in the order of the graph."""
    graph = repository.asset_graph
    summaries: list[StageSummary] = []
    for key in sorted(graph.toposorted_asset_keys, key=lambda key: _GROUPS.index(graph.get(key).group_name)):
        node = graph.get(key)
        partitioned = node.partitions_def is not None
        name = key.to_user_string()
        keys = store.partitions(name) if partitioned else [""]
        parts = [part for item in keys if (part := _partition_summary(instance, store, key, item)) is not None]
        summaries.append(
            StageSummary(
                asset=name,
                group=node.group_name,
                description=(node.description or "").split("\n")[0],
                partitions=parts,
                parents=sorted(parent.to_user_string() for parent in node.parent_keys),
            )
        )
    return summaries


def _partition_summary(
    instance: DagsterInstance, store: Store, key: AssetKey, partition: str
) -> PartitionSummary | None:
    name = key.to_user_string()
    images = store.read(name, partition)
    if images is None:
        return None
    wanted = AssetRecordsFilter(asset_key=key, asset_partitions=[partition] if partition else None)
    found = instance.fetch_materializations(wanted, limit=1).records
    materialization = found[0].asset_materialization if found else None
    return summarize(
        partition,
        images,
        seconds=_value(materialization, "seconds") if materialization else None,
        plots=store.plots(name, partition),
        details=store.details(name, partition),
        captions=name.endswith("_captions"),
        limit=_PICTURES if partition else _PICTURES_OF_MERGED,
    )
