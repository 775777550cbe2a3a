"""Backfills from the command line: run, print what was made, tell how it ended.

Belongs here: what several commands that materialize assets print alike. Does not belong here: the commands
(``cli.py``, ``cli_curation.py``) and splitting a backfill into runs (``backfill.py``).
"""

import time
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from resources.project import Project


def backfill_and_print(console: Console, project: Project, assets: str, partitions: Sequence[str] | None) -> int:
    """Materializes a selection in this process and prints a table of it; gives 1 if a run failed, else 0."""
    from resources.models.registry import loads
    from synth_assets.backfill import due_windows, run_backfill
    from synth_assets.definitions import defs
    from synth_assets.home import open_home
    from synth_assets.jobs import JOB_ORDER
    from synth_assets.summary import print_runs

    started = time.perf_counter()
    instance = open_home(project)
    results = run_backfill(
        defs.get_repository_def(), instance, JOB_ORDER, assets, partitions, lambda: due_windows(instance, project)
    )
    print_runs(console, instance, results)
    table = Table("model", "loads", title="Models loaded")
    for reference, count in sorted(loads().items()):
        table.add_row(reference, str(count))
    console.print(table)
    console.print(f"{len(results)} runs in {time.perf_counter() - started:.1f} s")
    failed = [result for result in results if not result.success]
    for result in failed:
        console.print(f"[bold red]failed:[/] {result.job} {', '.join(result.partitions)} (run {result.run_id})")
    return 1 if failed else 0
