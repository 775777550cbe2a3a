"""Captions of every picture and their clusters.

Belongs here: ``reference_captions``, ``scene_captions``, ``curated_captions``,
``caption_clusters``. Does not belong here: wording, cleaning and clustering (``core/captions``).
"""

from collections.abc import Sequence

from dagster import AssetExecutionContext, AssetsDefinition, MaterializeResult, PartitionsDefinition

from resources.configuration import configuration
from resources.models.resource import ModelsResource
from resources.project import find_project
from resources.store_resource import StoreResource
from synth_assets import partitions
from synth_assets.assets.curation import STRATEGY_NAMES
from synth_assets.assets.stage import existing, require, run_stage, stage_asset
from synth_assets.core.captions.captioning import CaptionModels, caption_images
from synth_assets.core.captions.clusters import cluster_captions
from synth_assets.core.profile.slots import SLOTS

CAPTIONS = ("reference_captions", "scene_captions", "curated_captions")


def _caption_asset(
    name: str, sources: Sequence[str], definition: PartitionsDefinition, docstring: str
) -> AssetsDefinition:
    def captions(context: AssetExecutionContext, store: StoreResource, models: ModelsResource) -> MaterializeResult:
        tree, config, registry = store.store(), configuration(find_project()), models.registry()
        asked = CaptionModels(
            registry.caption(),
            registry.match() if registry.has("match") else None,
            registry.interrogate() if registry.has("interrogate") else None,
        )
        characters = context.instance.get_dynamic_partitions("characters")
        return run_stage(
            context,
            tree,
            lambda writer, key: caption_images(
                writer,
                [require(tree, source, key) for source in sources],
                asked,
                config.stages.captions,
                characters,
            ),
        )

    captions.__name__ = name
    captions.__doc__ = docstring
    return stage_asset(
        group="captions",
        specs="S4.2, S4.3, S4.5",
        kinds={"python", "onnx"},
        partitions=definition,
        deps=sources,
        uses_models=True,
        code_version="3",
    )(captions)


reference_captions = _caption_asset(
    "reference_captions", ["reference_images"], partitions.slots, "Captions of the reference photos."
)
scene_captions = _caption_asset(
    "scene_captions",
    ["inpainted_scenes", "edited_images"],
    partitions.slots,
    "Captions of painted scenes and edited photos; what was painted in is named.",
)
curated_captions = _caption_asset(
    "curated_captions",
    STRATEGY_NAMES,
    partitions.characters,
    "Captions of the strategies' pictures, with the strategy's own words kept.",
)


@stage_asset(
    group="captions", specs="S4.3, S4.4, S4.5", kinds={"python", "scikitlearn"}, deps=CAPTIONS, code_version="2"
)
def caption_clusters(context: AssetExecutionContext, store: StoreResource) -> MaterializeResult:
    """All captions grouped by what they say: lemmas, TF-IDF, SVD, k-means with k by the elbow, t-SNE map."""
    tree, config = store.store(), configuration(find_project())
    characters = context.instance.get_dynamic_partitions("characters")
    by_slot, slot_gaps = existing(tree, CAPTIONS[:2], SLOTS)
    by_character, character_gaps = existing(tree, CAPTIONS[2:], characters)
    gaps = [*slot_gaps, *character_gaps]
    return run_stage(
        context,
        tree,
        lambda writer, _: cluster_captions(writer, [*by_slot, *by_character], config.stages.clusters),
        {"": {"missing_partitions": gaps}},
    )
