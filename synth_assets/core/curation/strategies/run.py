"""Running a strategy over the frames that were decided for it.

Belongs here: items, reading frames and masks, the processing report. Does not belong here: any
strategy and the decisions.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

from synth_assets.core.curation.strategies import REGISTRY, StrategyConfigs
from synth_assets.core.curation.strategies.frame import Frame
from synth_assets.core.images import decode_image
from synth_assets.core.items import Artifact, Extras, Item, PartitionWriter, Summary, run_items
from synth_assets.core.masks import decode_mask
from synth_assets.core.ports import Models
from synth_assets.core.records import ImageRecord, ImageSet
from synth_assets.core.seeds import derive_seed

REPORT = "processing_report.json"


def run_strategy(
    writer: PartitionWriter,
    strategy_name: str,
    decisions: ImageSet,
    models: Models,
    config: StrategyConfigs,
    run_seed: int,
) -> Summary:
    """Stores what a strategy makes of its frames, with captions and ``processing_report.json``.

    A frame that fails becomes a row with its error; the others go on.

    Args:
        writer: the opened partition of the strategy's asset; the partition's key is the
            character's label.
        strategy_name: one of REGISTRY.
        decisions: rows of ``strategy_decisions``.
        models: roles as the strategy needs them.
        config: parameters of all strategies.
        run_seed: the run's seed.

    Raises:
        ValueError: unknown strategy.
    """
    if strategy_name not in REGISTRY:
        raise ValueError(f"unknown strategy {strategy_name!r}; known: {', '.join(REGISTRY)}")
    strategy = REGISTRY[strategy_name](models, getattr(config.strategies, strategy_name))
    rows = [record for record in decisions.ok if record.extra["strategy"] == strategy_name] if strategy.enabled else []
    seeds = {record.key: derive_seed(run_seed, writer.asset, writer.partition, record.key) for record in rows}
    items = [
        Item(
            record.key,
            {
                "source": record.source,
                "frame": record.id,
                "analysis": record.extra["analysis"],
                "seed": seeds[record.key],
                **strategy.inputs,
            },
            record,
        )
        for record in rows
    ]

    def make(batch: list[Item]) -> list[list[Artifact]]:
        return [strategy.process(read_frame(decisions, item.payload, seeds[item.key])) for item in batch]

    def extras(images: ImageSet) -> Extras:
        report = processing_report(strategy_name, rows, images)
        outputs = sum(record.status == "ok" for record in images)
        return Extras(
            files={REPORT: (json.dumps(report, indent=2) + "\n").encode()},
            details={
                "frames": len(rows),
                "outputs": outputs,
                "failed": report["summary"]["failed"],
                **_means(images),
                **strategy.notes,
                **(
                    {}
                    if strategy.enabled
                    else {"note": f"{strategy_name} is disabled in configs/strategy_configs.yaml"}
                ),
            },
        )

    reported = [[record.key, record.extra["reasoning"], record.extra["confidence"]] for record in rows]
    return run_items(writer, items, make, extras=extras, extras_inputs=reported)


def read_frame(decisions: ImageSet, record: ImageRecord, seed: int) -> Frame:
    """Reads a decided frame with the mask of its character, the first object that is not unknown.

    Raises:
        ValueError: the row has no such object.
    """
    target = next((item for item in record.objects if item.label == record.partition), None)
    if target is None:
        raise ValueError(f"{record.path}: no object is labelled {record.partition!r}; run frame_analysis again")
    data = decisions.read_bytes(record.path)
    mask = decode_mask(decisions.read_bytes(target.mask_path), target.mask_path)
    return Frame(record, data, decode_image(data, record.path), mask, target.label, target.score, seed)


def processing_report(strategy_name: str, rows: list[ImageRecord], images: ImageSet) -> dict[str, Any]:
    """Gives the summary and one result per frame, in the documented form.

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
        "strategies": {strategy_name: len(rows)},
    }
    return {"summary": summary, "results": results}


def _means(images: ImageSet) -> dict[str, float]:
    means: dict[str, float] = {}
    for name in ("delta_e", "visible_share"):
        values = [float(record.extra[name] or 0.0) for record in images.ok if name in record.extra]
        if values:
            means[f"mean_{name}"] = round(sum(values) / len(values), 3)
    return means
