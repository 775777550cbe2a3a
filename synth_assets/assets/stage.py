"""What every asset does alike: its decorator, its loop over partitions, its metadata.

Belongs here: the bridge between a core stage (an opened partition in, a Summary out) and Dagster
(a materialization with metadata out). Does not belong here: what any stage computes.
"""

import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dagster import (
    AllPartitionMapping,
    AssetDep,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    AssetSelection,
    AutomationCondition,
    BackfillPolicy,
    BetaWarning,
    Failure,
    MaterializeResult,
    MetadataValue,
    PartitionsDefinition,
    TableRecord,
    asset,
)

from resources.project import find_project
from resources.store import Store
from synth_assets.core.images import decode_image
from synth_assets.core.items import CONTACT_SHEET, PartitionWriter, Summary
from synth_assets.core.pages import picture_uri
from synth_assets.core.records import ImageSet
from synth_assets.core.sheets import jpeg_within

OWNERS = ["team:synth_assets"]
GPU_POOL = "gpu"
"""Pool of every asset that asks models; one run of it at a time (dagster.yaml)."""

_PLOT_BYTES = 100_000
"""Dagster stores a picture three times over, so it must stay small."""

Stage = Callable[[PartitionWriter, str], Summary]


def stage_asset(
    *,
    group: str,
    specs: str,
    kinds: set[str],
    partitions: PartitionsDefinition | None = None,
    deps: Sequence[str] = (),
    merged_deps: Sequence[str] = (),
    is_source: bool = False,
    uses_models: bool = False,
    code_version: str = "1",
) -> Callable[[Callable[..., Any]], AssetsDefinition]:
    """Decorates an asset function as a stage of the graph.

    Its description is the function's docstring with the ids of SPEC.md that it serves.

    Args:
        group: group in the asset graph.
        specs: ids of SPEC.md, e.g. "S2.1, S2.4".
        kinds: tags shown on the asset.
        partitions: its partitions; None for an asset that merges all of them.
        deps: names of the assets it reads from the store.
        merged_deps: those it reads with other partitions than its own, whichever exist. They do not
            set it off by themselves: what takes them in does.
        is_source: True for assets that read the world; sensors start these, automation the rest.
        uses_models: True where it asks models and so needs the GPU to itself.
        code_version: part of every item's fingerprint; a new one recomputes everything.
    """

    def decorate(function: Callable[..., Any]) -> AssetsDefinition:
        with warnings.catch_warnings():
            # Single-run backfills are marked beta; dagster is pinned to the patch they were measured on.
            warnings.simplefilter("ignore", BetaWarning)
            return asset(
                group_name=group,
                kinds=kinds,
                owners=OWNERS,
                description=f"{function.__doc__}\n\nSPEC: {specs}",
                partitions_def=partitions,
                deps=[
                    *(AssetDep(AssetKey(name)) for name in deps),
                    *(AssetDep(AssetKey(name), partition_mapping=AllPartitionMapping()) for name in merged_deps),
                ],
                backfill_policy=BackfillPolicy.single_run() if partitions else None,
                automation_condition=None if is_source else _automation(partitions is None, merged_deps),
                pool=GPU_POOL if uses_models else None,
                code_version=code_version,
            )(function)

    return decorate


def _automation(merges: bool, ignored: Sequence[str]) -> AutomationCondition:
    if not merges:
        condition = AutomationCondition.eager()
        return condition.ignore(AssetSelection.assets(*ignored)) if ignored else condition
    # Unlike eager(), a merge takes what exists: one partition that is missing or failed must not
    # hold it up. And what came in after it was requested is not settled by that request.
    due = AutomationCondition.any_deps_updated()
    settled = AutomationCondition.newly_requested() | AutomationCondition.initial_evaluation()
    pending = due.since(settled & ~due)
    return pending & ~AutomationCondition.any_deps_in_progress() & ~AutomationCondition.in_progress()


def run_stage(
    context: AssetExecutionContext,
    store: Store,
    stage: Stage,
    metadata: Mapping[str, Mapping[str, Any]] | None = None,
    skipped_rows: Sequence[str] = (),
) -> MaterializeResult:
    """Runs a stage on every partition of this run and reports each; one that fails stops no other.

    Args:
        context: of the asset.
        store: where partitions are opened.
        stage: called with the opened partition and its key ("" without partitions).
        metadata: partition key → further metadata.
        skipped_rows: rows of the asset's CSV file that were left out, with the reason; shown with every partition.

    Raises:
        Failure: one or more partitions failed; the others are in the store, so a rerun is quick.
    """
    name = context.asset_key.to_user_string()
    version = context.assets_def.specs_by_key[context.asset_key].code_version or "1"
    errors: dict[str, Exception] = {}
    for key in context.partition_keys if context.has_partition_key_range or context.has_partition_key else [""]:
        started = time.perf_counter()
        try:
            with store.open(name, key, version) as writer:
                summary = stage(writer, key)
        except Exception as error:
            context.log.exception(f"{name}[{key}] failed")
            errors[key] = error
            continue
        values = {
            **_metadata(store, name, key, summary, time.perf_counter() - started),
            **(metadata or {}).get(key, {}),
            **({"skipped_rows": list(skipped_rows)} if skipped_rows else {}),
        }
        context.add_asset_metadata(values, partition_key=key or None)
        context.log.info(f"{name}[{key}]: {len(summary.images)} rows, {summary.made} made, {summary.reused} reused")
    if errors:
        reasons = "\n".join(f"{name}[{key}]: {type(error).__name__}: {error}" for key, error in errors.items())
        raise Failure(description=reasons) from next(iter(errors.values()))
    return MaterializeResult()


def _metadata(store: Store, asset_name: str, partition: str, summary: Summary, seconds: float) -> dict[str, Any]:
    counts = summary.images.counts
    values: dict[str, Any] = {
        "images": counts["ok"],
        "rejected": counts["rejected"],
        "failed": counts["failed"],
        "made": summary.made,
        "reused": summary.reused,
        "seconds": round(seconds, 2),
        "manifest": MetadataValue.path(str(store.file(asset_name, partition, "manifest.parquet"))),
    }
    if not partition:  # what merges everything is followed by the page that shows everything
        values["overview"] = MetadataValue.path(str(find_project().overview))
    if reasons := summary.images.reasons:
        rows = [TableRecord({"reason": reason, "rows": count}) for reason, count in reasons.items()]
        values["rejects"] = MetadataValue.table(rows)
    sheet = store.file(asset_name, partition, CONTACT_SHEET)
    if sheet.exists():
        values["contact_sheet"] = _picture(sheet.read_bytes())
    for name, plot in store.plots(asset_name, partition).items():
        values[f"plot_{name}"] = _picture(jpeg_within(decode_image(plot, name), _PLOT_BYTES))
    for name, value in summary.details.items():
        values.setdefault(name, _table(value) or value)
    return values


def _table(value: Any) -> MetadataValue | None:
    """A list of flat dicts with the same keys as a table; None for anything else."""
    rows: list[Any] = value if isinstance(value, list) else []
    if not rows or not all(isinstance(row, dict) and row.keys() == rows[0].keys() for row in rows):
        return None
    if not all(isinstance(cell, str | int | float) for row in rows for cell in row.values()):
        return None
    return MetadataValue.table([TableRecord(row) for row in rows])


def table_or_none(rows: Sequence[Mapping[str, Any]]) -> MetadataValue:
    """Rows of flat values as a table; the word "none" for no rows, which Dagster's table cannot show."""
    return MetadataValue.table([TableRecord(dict(row)) for row in rows]) if rows else MetadataValue.text("none")


def _picture(jpeg: bytes) -> MetadataValue:
    return MetadataValue.md(f"![picture]({picture_uri(jpeg, 'image/jpeg')})")


def require(store: Store, asset_name: str, partition: str = "") -> ImageSet:
    """Reads the rows of an upstream partition.

    Raises:
        ValueError: nothing is there yet; the message says what to materialize.
    """
    images = store.read(asset_name, partition)
    if images is None:
        where = f"{asset_name}[{partition}]" if partition else asset_name
        raise ValueError(f"{where} is not in the store; materialize it first")
    return images


def existing(
    store: Store,
    names: Sequence[str],
    keys: Sequence[str],
    keep: Callable[[ImageSet], ImageSet] = lambda images: images,
) -> tuple[list[ImageSet], list[str]]:
    """Reads all partitions of several assets that exist.

    Args:
        store: where they are.
        names: of the assets.
        keys: of the partitions.
        keep: what to keep of each partition. Where all are read at once, what nobody asks for would take most of
            the memory.

    Returns:
        The image sets, and the names of the partitions that are missing.
    """
    found: list[ImageSet] = []
    gaps: list[str] = []
    for name in names:
        for key in keys:
            images = store.read(name, key)
            if images is None:
                gaps.append(f"{name}[{key}]")
            else:
                found.append(keep(images))
    return found, gaps
