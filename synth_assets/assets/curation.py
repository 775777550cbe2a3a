"""Film frames of each character, sorted into four strategies.

Belongs here: ``frames`` to ``enhance_segment``. Does not belong here: metrics, rules and what a
strategy does (``core/curation``).
"""

from dagster import AssetExecutionContext, AssetsDefinition, MaterializeResult

from resources.configuration import configuration
from resources.models.resource import ModelsResource
from resources.project import find_project
from resources.sources.characters import CharacterFolder
from resources.sources.video import StillFile, VideoFile
from resources.store import StoreResource
from synth_assets import partitions
from synth_assets.assets.stage import require, run_stage, stage_asset
from synth_assets.core.curation.analysis import analyse_frames
from synth_assets.core.curation.decisions import decide_strategies
from synth_assets.core.curation.frames import extract_frames
from synth_assets.core.curation.strategies.run import run_strategy
from synth_assets.core.images import BadImageError, decode_image
from synth_assets.core.items import PartitionWriter, Summary
from synth_assets.core.ports import RGB

_GROUP = "curation"


def _character(name: str) -> CharacterFolder:
    return CharacterFolder(find_project().characters / name)


@stage_asset(group=_GROUP, specs="S3.1", kinds={"python", "ffmpeg"}, partitions=partitions.characters, is_source=True)
def frames(context: AssetExecutionContext, store: StoreResource) -> MaterializeResult:
    """Frames of the character's films, by shot; black, flat and near-duplicate frames are dropped and counted."""
    config = configuration(find_project())
    listings = {name: {"listing": _character(name).listing()} for name in context.partition_keys}

    def stage(writer: PartitionWriter, name: str) -> Summary:
        folder = _character(name)
        videos = [VideoFile(path, *folder.credit) for path in folder.videos]
        stills = [StillFile(path, *folder.credit) for path in folder.stills]
        return extract_frames(writer, videos, stills, config.stages.frames)

    return run_stage(context, store.store(), stage, listings)


@stage_asset(
    group=_GROUP,
    specs="S3.3, S3.4",
    kinds={"python", "opencv", "onnx"},
    partitions=partitions.characters,
    deps=["frames"],
    uses_models=True,
)
def frame_analysis(context: AssetExecutionContext, store: StoreResource, models: ModelsResource) -> MaterializeResult:
    """The documented metrics of each frame and their corrected versions, its instances, and which is the character."""
    tree, config, registry = store.store(), configuration(find_project()), models.registry()

    names = context.instance.get_dynamic_partitions("characters")

    def references(name: str) -> list[RGB]:
        crops: list[RGB] = []
        for path in _character(name).references:
            try:
                crops.append(decode_image(path.read_bytes(), str(path)))
            except BadImageError as error:
                # One broken crop must not stop the other characters, who only compare with it.
                context.log.warning(f"reference crop left out: {error}")
        return crops

    return run_stage(
        context,
        tree,
        lambda writer, name: analyse_frames(
            writer,
            require(tree, "frames", name),
            name,
            {character: references(character) for character in names},
            registry,
            config.stages.analysis,
        ),
    )


@stage_asset(
    group=_GROUP,
    specs="S3.5, S3.6",
    kinds={"python", "scipy"},
    partitions=partitions.characters,
    deps=["frame_analysis"],
)
def strategy_decisions(context: AssetExecutionContext, store: StoreResource) -> MaterializeResult:
    """One strategy a frame, with confidence and reasoning: the documented rules, balanced toward the targets."""
    tree, config = store.store(), configuration(find_project())
    return run_stage(
        context,
        tree,
        lambda writer, name: decide_strategies(
            writer, require(tree, "frame_analysis", name), config.thresholds_of(name)
        ),
    )


def _strategy_asset(name: str, specs: str, docstring: str) -> AssetsDefinition:
    def strategy(context: AssetExecutionContext, store: StoreResource, models: ModelsResource) -> MaterializeResult:
        tree, config, registry = store.store(), configuration(find_project()), models.registry()
        return run_stage(
            context,
            tree,
            lambda writer, character: run_strategy(
                writer,
                name,
                require(tree, "strategy_decisions", character),
                registry,
                config.strategies,
                config.stages.run_seed,
            ),
        )

    strategy.__name__ = name
    strategy.__doc__ = docstring
    return stage_asset(
        group=_GROUP,
        specs=f"{specs}, S3.11, S3.12",
        kinds={"python", "opencv"},
        partitions=partitions.characters,
        deps=["strategy_decisions"],
        uses_models=True,
    )(strategy)


keep_full = _strategy_asset("keep_full", "S3.7", "Frames kept as they are, bit for bit.")
segment = _strategy_asset("segment", "S3.8", "The character cut out, the background filled, and the composite.")
create_occlusion = _strategy_asset(
    "create_occlusion", "S3.9", "Three occluded variants a frame, with the visible share."
)
enhance_segment = _strategy_asset("enhance_segment", "S3.10", "Poor frames enhanced, then the character cut out.")
