"""Edits of real photos, per time slot.

Belongs here: ``edited_images``. Does not belong here: the editing methods (``core/scenes/edits.py``).
"""

from dagster import AssetExecutionContext, MaterializeResult

from resources.configuration import configuration
from resources.models.resource import ModelsResource
from resources.project import find_project
from resources.store_resource import StoreResource
from synth_assets import partitions
from synth_assets.assets.stage import require, run_stage, stage_asset
from synth_assets.core.items import PartitionWriter, Summary
from synth_assets.core.scenes.cutouts import load_cutouts
from synth_assets.core.scenes.edits import Known, edit_images


@stage_asset(
    group="scenes",
    specs="S4.6",
    kinds={"python", "opencv"},
    partitions=partitions.slots,
    deps=["reference_images", "image_profile"],
    uses_models=True,
)
def edited_images(context: AssetExecutionContext, store: StoreResource, models: ModelsResource) -> MaterializeResult:
    """Real photos relit, changed by instruction, with an object added or removed, and how much was preserved."""
    project = find_project()
    tree, config, registry = store.store(), configuration(project), models.registry()
    segmenter = registry.segment() if registry.has("segment") else None
    classes = config.classes if any(row.method == "add" for row in config.edits) else []
    cutouts = load_cutouts(project.config_file("classes.csv"), classes, project.root, segmenter, config.stages.cutouts)

    def stage(writer: PartitionWriter, slot: str) -> Summary:
        measured = require(tree, "image_profile", slot) if any(row.has_condition for row in config.edits) else ()
        return edit_images(
            writer,
            require(tree, "reference_images", slot),
            config.edits,
            registry,
            config.stages.edits,
            config.stages.run_seed,
            Known({record.id: record.extra for record in measured}, classes, cutouts),
        )

    return run_stage(context, tree, stage, skipped_rows=config.skipped_rows["edits.csv"])
