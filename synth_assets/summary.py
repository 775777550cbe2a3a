"""Summaries: what the runs of a command did, out of Dagster's own records.

Belongs here: the table at the end of a backfill. Does not belong here: the overview page (``overview.py``).
"""

from collections.abc import Sequence

from dagster import AssetMaterialization, DagsterEventType, DagsterInstance
from rich.console import Console
from rich.table import Table

from synth_assets.backfill import RunResult

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
