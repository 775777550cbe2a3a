"""Backgrounds and the scenes painted on them, per time slot.

Belongs here: ``backgrounds`` and ``inpainted_scenes``. Does not belong here: how a background is
made or an object painted (``core/scenes`` and the models' engines).
"""

from dagster import AssetExecutionContext, MaterializeResult

from resources.configuration import configuration
from resources.models.resource import ModelsResource
from resources.project import find_project
from resources.store_resource import StoreResource
from synth_assets import partitions
from synth_assets.assets.reference import read_profile
from synth_assets.assets.stage import require, run_stage, stage_asset
from synth_assets.core.items import PartitionWriter, Summary
from synth_assets.core.scenes.attempts import paint_tools
from synth_assets.core.scenes.backgrounds import make_backgrounds
from synth_assets.core.scenes.cutouts import load_cutouts
from synth_assets.core.scenes.gallery import GalleryOnDemand
from synth_assets.core.scenes.inpainting import paint_scenes


@stage_asset(
    group="scenes",
    specs="S2.1, S2.4, S2.6, S1.10",
    kinds={"python", "opencv"},
    partitions=partitions.slots,
    deps=["reference_images", "image_profile"],
    uses_models=True,
    code_version="2",
)
def backgrounds(context: AssetExecutionContext, store: StoreResource, models: ModelsResource) -> MaterializeResult:
    """Backgrounds per prompt that match the slot's profile; offline, new compositions of its photos."""
    tree, config, registry = store.store(), configuration(find_project()), models.registry()

    def stage(writer: PartitionWriter, slot: str) -> Summary:
        return make_backgrounds(
            writer,
            require(tree, "reference_images", slot),
            config.backgrounds,
            read_profile(tree, slot),
            registry.text_to_image(),
            config.stages.backgrounds,
            config.stages.run_seed,
        )

    return run_stage(context, tree, stage, skipped_rows=config.skipped_rows["backgrounds.csv"])


@stage_asset(
    group="scenes",
    specs="S2.2, S2.3, S2.5, S2.6, S2.7, S2.8, S2.9, S1.10",
    kinds={"python", "opencv"},
    partitions=partitions.slots,
    deps=["backgrounds", "image_profile"],
    uses_models=True,
    code_version="3",
)
def inpainted_scenes(context: AssetExecutionContext, store: StoreResource, models: ModelsResource) -> MaterializeResult:
    """Backgrounds with objects painted in, each with its class, instance mask and tight box."""
    project = find_project()
    tree, config, registry = store.store(), configuration(project), models.registry()
    tools = paint_tools(registry)
    classes_file = project.config_file("classes.csv")
    cutouts = load_cutouts(classes_file, config.classes, project.root, tools.segment, config.stages.cutouts)

    gallery = GalleryOnDemand(cutouts, tools.embed)

    def stage(writer: PartitionWriter, slot: str) -> Summary:
        return paint_scenes(
            writer,
            require(tree, "backgrounds", slot),
            config.classes,
            cutouts,
            read_profile(tree, slot),
            tools,
            config.stages.scenes,
            config.stages.run_seed,
            gallery,
        )

    return run_stage(context, tree, stage, skipped_rows=config.skipped_rows["classes.csv"])
