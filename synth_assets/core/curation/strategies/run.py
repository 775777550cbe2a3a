"""Running a strategy over the frames that were decided for it.

Belongs here: items, reading frames and masks, the processing report. Does not belong here: any
strategy and the decisions.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from synth_assets.core.curation.sightings import UNKNOWN
from synth_assets.core.curation.strategies import StrategyTable
from synth_assets.core.curation.strategies.frame import Character, Frame, Kit, Strategy, artifacts
from synth_assets.core.images import decode_image
from synth_assets.core.items import Artifact, Extras, Item, PartitionWriter, Summary, run_items
from synth_assets.core.masks import decode_mask
from synth_assets.core.records import ImageRecord, ImageSet
from synth_assets.core.seeds import derive_seed

REPORT = "processing_report.json"
_MEANS = ("delta_e", "visible_share", "sharpness_before", "sharpness_after")
_LARGEST = ("delta_e", "max_hue_shift")


def run_strategy(
    writer: PartitionWriter,
    strategy_name: str,
    decisions: ImageSet,
    kit: Kit,
    table: StrategyTable,
    run_seed: int,
) -> Summary:
    """Stores what a strategy makes of its frames, with captions and ``processing_report.json``.

    A frame that fails becomes a row with its error; the others go on.

    Args:
        writer: the opened partition of the strategy's asset; the partition's key is the
            character's label.
        strategy_name: one of the table.
        decisions: rows of ``strategy_decisions``.
        kit: models and files that strategies work with.
        table: the configured strategies.
        run_seed: the run's seed.

    Raises:
        ValueError: unknown strategy.
    """
    if strategy_name not in table:
        raise ValueError(f"unknown strategy {strategy_name!r}; known: {', '.join(table)}")
    entry = table[strategy_name]
    strategy = entry.factory(kit, entry.config)
    notes: Mapping[str, Any] = getattr(strategy, "notes", {})
    shared = {
        "config": entry.config.model_dump(mode="json"),
        **getattr(strategy, "inputs", {}),
        **({"code": entry.code} if entry.code else {}),
    }
    enabled = entry.config.enabled
    rows = [record for record in decisions.ok if record.extra["strategy"] == strategy_name] if enabled else []
    seeds = {record.key: derive_seed(run_seed, writer.asset, writer.partition, record.key) for record in rows}
    items = [
        Item(
            record.key,
            {
                "source": record.source,
                "frame": record.id,
                "analysis": record.extra["analysis"],
                "seed": seeds[record.key],
                **shared,
            },
            record,
        )
        for record in rows
    ]

    def make(batch: list[Item]) -> list[list[Artifact]]:
        return [_made(strategy, read_frame(decisions, item.payload, seeds[item.key])) for item in batch]

    def extras(images: ImageSet) -> Extras:
        report = processing_report(strategy_name, rows, images)
        return Extras(
            files={REPORT: (json.dumps(report, indent=2) + "\n").encode()},
            details={
                "frames": len(rows),
                "outputs": sum(record.status == "ok" for record in images),
                "failed": report["summary"]["failed"],
                **_statistics(images),
                **notes,
                **({} if enabled else {"note": f"{strategy_name} is disabled in configs/strategy_configs.yaml"}),
            },
        )

    reported = [[record.key, record.extra["reasoning"], record.extra["confidence"]] for record in rows]
    return run_items(writer, items, make, extras=extras, extras_inputs=[reported, dict(notes)])


def _made(strategy: Strategy, frame: Frame) -> list[Artifact]:
    outputs = strategy.process(frame)
    if not outputs:
        raise ValueError(f"{frame.record.path}: the strategy gave no output; have it raise an error that says why")
    return artifacts(frame, outputs)


def read_frame(decisions: ImageSet, record: ImageRecord, seed: int) -> Frame:
    """Reads a decided frame with the masks of its character and of the other known ones.

    Raises:
        ValueError: no object of the row is the character.
        BadImageError: the frame or a mask cannot be read.
    """

    def characters(of_target: bool) -> list[Character]:
        wanted = [item for item in record.objects if (item.label == record.partition) == of_target]
        return [
            Character(item.label, decode_mask(decisions.read_bytes(item.mask_path), item.mask_path), item.score)
            for item in wanted
            if item.label != UNKNOWN
        ]

    target = next(iter(characters(of_target=True)), None)
    if target is None:
        raise ValueError(f"{record.path}: no object is labelled {record.partition!r}; run frame_analysis again")
    data = decisions.read_bytes(record.path)
    others = characters(of_target=False)
    image = decode_image(data, record.path)
    return Frame(record, data, image, target.mask, target.label, target.score, seed, others)


def processing_report(strategy_name: str, rows: list[ImageRecord], images: ImageSet) -> dict[str, Any]:
    """Gives the summary and one result per frame, in the documented form; ``strategies`` counts what was successful.

    Args:
        strategy_name: the strategy.
        rows: its frames, as decided.
        images: what was made of them.
    """
    made: defaultdict[str, list[ImageRecord]] = defaultdict(list)
    for image in images:
        made[image.key].append(image)
    results: list[dict[str, Any]] = []
    for row in rows:
        failures = [image.reason for image in made[row.key] if image.status == "failed"]
        results.append(
            {
                "frame": row.path.rsplit("/", 1)[-1],
                "strategy": strategy_name,
                "confidence": row.extra["confidence"],
                "reasoning": row.extra["reasoning"],
                "outputs": [path for image in made[row.key] for path in (image.path, *image.files) if path],
                "success": not failures,
                "error": failures[0] if failures else None,
            }
        )
    failed = sum(not result["success"] for result in results)
    summary = {
        "total_frames": len(rows),
        "successful": len(rows) - failed,
        "failed": failed,
        "strategies": {strategy_name: len(rows) - failed},
    }
    return {"summary": summary, "results": results}


def character_report(reports: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Puts the reports of a character's strategies together, in the same form."""
    totals = {
        name: sum(int(report["summary"][name]) for report in reports)
        for name in ("total_frames", "successful", "failed")
    }
    strategies: Counter[str] = Counter()
    for report in reports:
        strategies.update(report["summary"]["strategies"])
    results = sorted((result for report in reports for result in report["results"]), key=lambda item: item["frame"])
    return {"summary": {**totals, "strategies": dict(strategies)}, "results": results}


def _statistics(images: ImageSet) -> dict[str, float]:
    """Means and largest values of what outputs were measured by, for the metadata."""
    found: dict[str, float] = {}
    for prefix, names, reduce in (("mean_", _MEANS, _mean), ("max_", _LARGEST, max)):
        for name in names:
            values = [float(record.extra[name] or 0.0) for record in images.ok if name in record.extra]
            if values:
                found[f"{prefix}{name.removeprefix(prefix)}"] = round(reduce(values), 3)
    return found


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
