"""Sequences to look at.

Belongs here: ``image_sequences``. Does not belong here: ordering and rendering (``core/sequences``).
"""

from dagster import AssetExecutionContext, MaterializeResult

from resources.configuration import configuration
from resources.models.resource import ModelsResource
from resources.project import find_project
from resources.store_resource import StoreResource
from synth_assets.assets.curation import STRATEGY_NAMES
from synth_assets.assets.stage import existing, run_stage, stage_asset
from synth_assets.core.profile.slots import SLOTS
from synth_assets.core.records import ImageSet
from synth_assets.core.sequences.sequencing import make_sequences

BY_SLOT = ("reference_images", "inpainted_scenes", "edited_images")
BY_CHARACTER = ("frames", *STRATEGY_NAMES)


@stage_asset(
    group="sequences",
    specs="S5.1, S5.2, S5.3, S5.4",
    kinds={"python", "pillow", "ffmpeg", "onnx"},
    deps=[*BY_SLOT, *BY_CHARACTER],
    uses_models=True,
    code_version="3",
)
def image_sequences(context: AssetExecutionContext, store: StoreResource, models: ModelsResource) -> MaterializeResult:
    """Pictures in an order, as letterboxed GIFs, films, sheets and storyboards, one a plan of sequences.yaml."""
    tree, config, registry = store.store(), configuration(find_project()), models.registry()
    characters = context.instance.get_dynamic_partitions("characters")
    sources: dict[str, ImageSet] = {}
    gaps: list[str] = []
    for names, keys in ((BY_SLOT, SLOTS), (BY_CHARACTER, characters)):
        for name in names:
            found, missing = existing(tree, [name], keys)
            sources[name] = ImageSet(tree.root, tuple(record for images in found for record in images))
            gaps += missing
    return run_stage(
        context,
        tree,
        lambda writer, _: make_sequences(writer, sources, config.sequences, registry),
        {"": {"missing_partitions": gaps}},
    )
