"""The overview page of a project: gathered from the store and Dagster's records, written beside the store.

Belongs here: reading manifests, materializations and checks back, and the page's place. Does not belong here: what the
page shows (``core/overview``) and when it is made (``assets/overview.py``, ``cli.py``).
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dagster import (
    AssetCheckKey,
    AssetCheckSeverity,
    AssetKey,
    AssetRecordsFilter,
    DagsterInstance,
    MetadataValue,
    TableMetadataValue,
    TimeWindowPartitionsDefinition,
)
from dagster._core.definitions.assets.graph.asset_graph import AssetGraph, AssetNode
from upath import UPath

from resources.files import is_local
from resources.project import Project
from resources.sources.characters import CharacterFolder
from resources.store import Store
from synth_assets.core.curation.reviews import read_reviews
from synth_assets.core.items import CONTACT_SHEET
from synth_assets.core.overview.characters import REVIEWS
from synth_assets.core.overview.page import overview_page
from synth_assets.core.overview.stage_cards import MOST_PICTURED
from synth_assets.core.overview.summaries import (
    CAPTIONS_ENDING,
    DECISIONS,
    TRAINING_SET,
    Check,
    PartitionSummary,
    StageSummary,
    summarize,
)

OVERVIEW = "overview"
"""The asset that writes the page; the page does not list itself."""
_GROUPS = ("reference", "scenes", "curation", "captions", "sequences", "training")
"""Groups of the asset graph in the order of the page."""
_MOST_READ = 60
"""Partitions of an asset that are read; years of time windows are many times more."""
_DOCUMENTS = frozenset({".html", ".md", ".csv", ".json", ".parquet"})
_MOST_FILES = 12
_EXPORTS = "exports"


def write_overview(
    graph: AssetGraph, instance: DagsterInstance, store: Store, project: Project
) -> tuple[Path, list[StageSummary]]:
    """Writes the page of what the store holds now, in one step, and gives its place and what it shows."""
    stages = stage_summaries(graph, instance, store, project)
    path = project.overview
    path.parent.mkdir(parents=True, exist_ok=True)
    page = overview_page(stages, subtitle=f"Store: {store.root}", base=_base(store.root, path))
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    temporary.write_text(page, encoding="utf-8")
    temporary.replace(path)
    return path, stages


def _base(root: UPath, page: Path) -> str:
    """The store as the page links to it; relative where both are on this machine, so that they can move together."""
    if not is_local(root):
        return str(root).rstrip("/")
    return Path(os.path.relpath(str(root), page.parent)).as_posix()


def stage_summaries(graph: AssetGraph, instance: DagsterInstance, store: Store, project: Project) -> list[StageSummary]:
    """Gathers every asset with its partitions in the store and its checks, in the order of the graph."""
    has_training_set = bool(store.version(TRAINING_SET))
    keys = [key for key in graph.toposorted_asset_keys if key != AssetKey(OVERVIEW)]
    return [
        _stage_summary(graph, instance, store, project, key, has_training_set)
        for key in sorted(keys, key=lambda key: _GROUPS.index(graph.get(key).group_name))
    ]


def _stage_summary(
    graph: AssetGraph,
    instance: DagsterInstance,
    store: Store,
    project: Project,
    key: AssetKey,
    has_training_set: bool,
) -> StageSummary:
    node, name = graph.get(key), key.to_user_string()
    stored = store.partitions(name) if node.partitions_def is not None else [""]
    newest = stored[-_MOST_READ:]
    if isinstance(node.partitions_def, TimeWindowPartitionsDefinition):
        newest = newest[::-1]
    # The training set's objects are shown; those of the stages before it only as long as it is not made.
    labels = name == TRAINING_SET or not has_training_set
    parts = [
        part
        for place, item in enumerate(newest)
        if (part := _partition_summary(instance, store, project, name, item, labels, place < MOST_PICTURED)) is not None
    ]
    return StageSummary(
        asset=name,
        group=node.group_name,
        description=(node.description or "").split("\n")[0],
        partitions=parts,
        parents=sorted(parent.to_user_string() for parent in node.parent_keys),
        missing=_missing(node, instance, stored),
        unread=len(stored) - len(newest),
        checks=[_check(graph, instance, check) for check in sorted(node.check_keys)],
    )


def _missing(node: AssetNode, instance: DagsterInstance, stored: Sequence[str]) -> list[str]:
    definition = node.partitions_def
    if definition is None or isinstance(definition, TimeWindowPartitionsDefinition):
        return []
    return [key for key in definition.get_partition_keys(dynamic_partitions_store=instance) if key not in stored]


def _partition_summary(
    instance: DagsterInstance, store: Store, project: Project, name: str, partition: str, labels: bool, pictures: bool
) -> PartitionSummary | None:
    images = store.read(name, partition)
    if images is None:
        return None
    details = store.details(name, partition)
    if name == DECISIONS:
        details[REVIEWS] = len(read_reviews(CharacterFolder(project.characters / partition).review))
    sheet = store.file(name, partition, CONTACT_SHEET)
    wants_sheet = pictures and not name.endswith(CAPTIONS_ENDING) and sheet.exists()
    return summarize(
        name,
        partition,
        images,
        seconds=_seconds(instance, name, partition) if pictures else None,
        sheet=sheet.read_bytes() if wants_sheet else None,
        plots=store.plots(name, partition) if pictures else {},
        details=details,
        labels=labels,
        pictures=pictures,
        files=_files(store, name, partition) if pictures else (),
    )


def _seconds(instance: DagsterInstance, name: str, partition: str) -> float | None:
    wanted = AssetRecordsFilter(asset_key=AssetKey(name), asset_partitions=[partition] if partition else None)
    found = instance.fetch_materializations(wanted, limit=1).records
    materialization = found[0].asset_materialization if found else None
    entry = materialization.metadata.get("seconds") if materialization else None
    return float(entry.value) if entry and isinstance(entry.value, int | float) else None


def _files(store: Store, name: str, partition: str) -> list[str]:
    """Documents and tables of a partition, and the folders of its exports, relative to the store's root."""
    folder = store.file(name, partition, "")
    base = f"{name}/{partition}" if partition else name
    found = [path.name for path in _sorted(folder) if path.suffix in _DOCUMENTS]
    exports = folder / _EXPORTS
    layouts = [f"{_EXPORTS}/{path.name}{'/' if path.is_dir() else ''}" for path in _sorted(exports)]
    return [f"{base}/{item}" for item in [*found[:_MOST_FILES], *layouts]]


def _sorted(folder: UPath) -> list[UPath]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _check(graph: AssetGraph, instance: DagsterInstance, key: AssetCheckKey) -> Check:
    spec = graph.get_check_spec(key)
    record = instance.get_latest_asset_check_evaluation_record(key)
    evaluation = record.event.asset_check_evaluation if record and record.event else None
    if evaluation is None:
        return Check(spec.name, spec.description or "")
    return Check(
        spec.name,
        spec.description or "",
        evaluation.passed,
        evaluation.severity is AssetCheckSeverity.ERROR,
        {name: item.value for name, item in evaluation.metadata.items() if isinstance(item.value, str | int | float)},
        {name: rows for name, item in evaluation.metadata.items() if (rows := _rows(item))},
    )


def _rows(item: MetadataValue[Any]) -> list[dict[str, Any]]:
    return [dict(record.data) for record in item.records] if isinstance(item, TableMetadataValue) else []
