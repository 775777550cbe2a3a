"""Film frames of each character, sorted into four strategies.

Belongs here: ``frames`` to the strategies. Does not belong here: metrics, rules and what a
strategy does (``core/curation``).
"""

from inspect import getdoc

from dagster import AssetExecutionContext, AssetsDefinition, MaterializeResult

from resources.configuration import configuration
from resources.models.resource import ModelsResource
from resources.project import find_project
from resources.sources.characters import CharacterFolder, referenced_characters, sharing_films
from resources.sources.video import StillFile, VideoFile
from resources.store_resource import StoreResource
from synth_assets import partitions
from synth_assets.assets.stage import require, run_stage, stage_asset
from synth_assets.core.curation.analysis import analyse_frames
from synth_assets.core.curation.cast import Cast
from synth_assets.core.curation.decisions import decide_strategies
from synth_assets.core.curation.frames import extract_frames
from synth_assets.core.curation.reviews import read_reviews, review_listing
from synth_assets.core.curation.strategies import added_suits, strategy_classes
from synth_assets.core.curation.strategies.frame import Kit
from synth_assets.core.curation.strategies.run import run_strategy
from synth_assets.core.images import BadImageError, decode_image
from synth_assets.core.items import PartitionWriter, Summary
from synth_assets.core.ports import RGB

_GROUP = "curation"


def _character(name: str) -> CharacterFolder:
    return CharacterFolder(find_project().characters / name)


@stage_asset(
    group=_GROUP, specs="S3.1, S3.2", kinds={"python", "ffmpeg"}, partitions=partitions.characters, is_source=True
)
def frames(context: AssetExecutionContext, store: StoreResource) -> MaterializeResult:
    """Frames of the character's films, by shot; blank, fading, title and near-duplicate frames are dropped, counted."""
    tree, config = store.store(), configuration(find_project())
    listings = {name: {"listing": _character(name).listing()} for name in context.partition_keys}
    sharing = sharing_films(find_project().characters)

    def stage(writer: PartitionWriter, name: str) -> Summary:
        folder = _character(name)
        videos = [VideoFile(path, *folder.credit) for path in folder.videos]
        stills = [StillFile(path, *folder.credit) for path in folder.stills]
        all_frames = [StillFile(path, *folder.credit) for path in folder.all_frames]
        others = tree.reusable("frames", sharing.get(name, []))
        return extract_frames(writer, videos, stills, config.stages.frames, all_frames, others)

    return run_stage(context, tree, stage, listings)


@stage_asset(
    group=_GROUP,
    specs="S3.3, S3.4",
    kinds={"python", "opencv", "onnx"},
    partitions=partitions.characters,
    deps=["frames"],
    uses_models=True,
    code_version="2",
)
def frame_analysis(context: AssetExecutionContext, store: StoreResource, models: ModelsResource) -> MaterializeResult:
    """The documented metrics of each frame and their corrected versions, its instances, and which is the character."""
    tree, config, registry = store.store(), configuration(find_project()), models.registry()

    characters = find_project().characters
    sharing = sharing_films(characters)

    def references(name: str) -> list[RGB]:
        crops: list[RGB] = []
        for path in _character(name).references:
            try:
                crops.append(decode_image(path.read_bytes(), str(path)))
            except BadImageError as error:
                # One broken crop must not stop the other characters, who only compare with it.
                context.log.warning(f"reference crop left out: {error}")
        return crops

    cast = Cast({folder.name: references(folder.name) for folder in referenced_characters(characters)}, registry)
    return run_stage(
        context,
        tree,
        lambda writer, name: analyse_frames(
            writer,
            require(tree, "frames", name),
            name,
            cast,
            registry,
            config.stages.analysis,
            tree.reusable("frame_analysis", sharing.get(name, [])),
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
    """One strategy a frame, with confidence and reasoning: the rules, balanced toward the targets; reviews stand."""
    tree, config = store.store(), configuration(find_project())
    listings = {name: {"listing": review_listing(_character(name).review)} for name in context.partition_keys}
    return run_stage(
        context,
        tree,
        lambda writer, name: decide_strategies(
            writer,
            require(tree, "frame_analysis", name),
            config.thresholds_of(name),
            suits=added_suits(config.strategies),
            reviews={frame: review.strategy for frame, review in read_reviews(_character(name).review).items()},
        ),
        listings,
    )


def _strategy_asset(name: str, docstring: str) -> AssetsDefinition:
    def strategy(context: AssetExecutionContext, store: StoreResource, models: ModelsResource) -> MaterializeResult:
        tree, project, registry = store.store(), find_project(), models.registry()
        config = configuration(project)
        return run_stage(
            context,
            tree,
            lambda writer, character: run_strategy(
                writer,
                name,
                require(tree, "strategy_decisions", character),
                Kit(registry, project.root),
                config.strategies,
                config.stages.run_seed,
            ),
        )

    strategy.__name__ = name
    strategy.__doc__ = docstring
    return stage_asset(
        group=_GROUP,
        specs=", ".join([*_SPECS.get(name, ["S3.13"]), "S3.11", "S3.12"]),
        kinds={"python", "opencv"},
        partitions=partitions.characters,
        deps=["strategy_decisions"],
        uses_models=True,
        code_version="2",
    )(strategy)


_SPECS = {"keep_full": ["S3.7"], "segment": ["S3.8"], "create_occlusion": ["S3.9"], "enhance_segment": ["S3.10"]}

strategies = [
    _strategy_asset(name, getdoc(found) or name)
    for name, found in strategy_classes(configuration(find_project()).strategies).items()
]
"""One asset a configured strategy: the package's own four and those that ``strategy_configs.yaml`` adds."""
STRATEGY_NAMES = tuple(item.key.to_user_string() for item in strategies)
