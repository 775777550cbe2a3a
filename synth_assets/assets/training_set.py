"""The training set.

Belongs here: ``training_set``. Does not belong here: merging, splits and layouts (``core/training``).
"""

import json
from collections.abc import Sequence

from dagster import AssetExecutionContext, MaterializeResult

from resources.configuration import configuration
from resources.project import find_project
from resources.store import Store
from resources.store_resource import StoreResource
from synth_assets.assets.curation import STRATEGY_NAMES
from synth_assets.assets.stage import existing, run_stage, stage_asset
from synth_assets.core.curation.strategies.run import REPORT, character_report
from synth_assets.core.profile.slots import SLOTS
from synth_assets.core.records import ImageSet
from synth_assets.core.training.card_tables import Row
from synth_assets.core.training.merging import merge_training_set
from synth_assets.core.training.planning import only_captions

REPORTS = "reports"
"""Folder with one processing report a character, over all strategies."""
_SCENES = ("inpainted_scenes", "edited_images")


@stage_asset(
    group="training",
    specs="S6.1, S6.2, S6.3, S6.4, S6.5",
    kinds={"python", "coco", "yolo"},
    deps=[*_SCENES, *STRATEGY_NAMES, "scene_captions", "curated_captions"],
)
def training_set(context: AssetExecutionContext, store: StoreResource) -> MaterializeResult:
    """All scenes, edits and curated pictures that exist, without twins, split by group, in many trainers' layouts."""
    tree, config = store.store(), configuration(find_project())
    characters = context.instance.get_dynamic_partitions("characters")
    scenes, scene_gaps = existing(tree, _SCENES, SLOTS, ImageSet.without_extras)
    curated, curated_gaps = existing(tree, STRATEGY_NAMES, characters, ImageSet.without_extras)
    scene_captions, caption_gaps = existing(tree, ["scene_captions"], SLOTS, only_captions)
    curated_captions, more_gaps = existing(tree, ["curated_captions"], characters, only_captions)
    gaps = [*scene_gaps, *curated_gaps, *caption_gaps, *more_gaps]
    return run_stage(
        context,
        tree,
        lambda writer, _: merge_training_set(
            writer,
            [*scenes, *curated],
            [*scene_captions, *curated_captions],
            gaps,
            config.training_set,
            _reports(tree, characters),
            _distances(tree),
        ),
        {"": {"missing_partitions": gaps}},
    )


def _distances(tree: Store) -> list[Row]:
    """How far each slot's generated pictures are from its profile, and in what most, as their stages measured it."""
    rows: list[Row] = []
    for asset in ("backgrounds", *_SCENES):
        for slot in SLOTS:
            details = tree.details(asset, slot)
            metrics = details.get("profile_distances")
            if metrics:
                furthest = max(metrics, key=lambda row: row["distance"])
                rows.append(
                    {
                        "asset": asset,
                        "slot": slot,
                        "distance": details["profile_distance"],
                        "furthest in": furthest["metric"],
                        "by": furthest["distance"],
                    }
                )
    return rows


def _reports(tree: Store, characters: Sequence[str]) -> dict[str, bytes]:
    """The processing reports of each character's strategies, as one file a character."""
    files: dict[str, bytes] = {}
    for character in characters:
        found = [tree.file(name, character, REPORT) for name in STRATEGY_NAMES]
        reports = [json.loads(file.read_text()) for file in found if file.exists()]
        if reports:
            text = json.dumps(character_report(reports), indent=2)
            files[f"{REPORTS}/{character}.json"] = f"{text}\n".encode()
    return files
