"""Edits of real photos, per time slot.

Belongs here: ``edited_images``. Does not belong here: the editing methods (``core/scenes/edits.py``).
"""

from dagster import AssetExecutionContext, MaterializeResult

from resources.configuration import configuration
from resources.models.resource import ModelsResource
from resources.project import find_project
from resources.store import StoreResource
from synth_assets import partitions
from synth_assets.assets.stage import require, run_stage, stage_asset
from synth_assets.core.scenes.edits import edit_images


@stage_asset(
    group="scenes",
    specs="S4.6",
    kinds={"python", "opencv"},
    partitions=partitions.slots,
    deps=["reference_images"],
    uses_models=True,
)
def edited_images(context: AssetExecutionContext, store: StoreResource, models: ModelsResource) -> MaterializeResult:
    """Real photos relit or with an object removed, with the share of the picture that was preserved."""
    tree, config, registry = store.store(), configuration(find_project()), models.registry()
    return run_stage(
        context,
        tree,
        lambda writer, slot: edit_images(
            writer,
            require(tree, "reference_images", slot),
            config.edits,
            registry,
            config.stages.edits,
            config.stages.run_seed,
        ),
    )
