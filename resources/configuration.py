"""All configuration of a project, read and checked before anything runs.

Belongs here: which file holds what. Does not belong here: the parameter models, which live beside
the functions they serve, and the models' own file (``models/``).
"""

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from pydantic import Field

from resources.custom_strategies import check_targets, load_strategies
from resources.models.registry import default_registry
from resources.project import Project
from resources.sources.folder import SourcesConfig
from synth_assets.core.captions.captioning import CaptionParams
from synth_assets.core.captions.topics import ClusterParams
from synth_assets.core.config import ConfigError, Params, load_yaml
from synth_assets.core.curation.analysis import AnalysisParams
from synth_assets.core.curation.sampling import FrameParams
from synth_assets.core.curation.strategies import StrategyTable, added_suits
from synth_assets.core.curation.thresholds import DecisionThresholds, load_thresholds
from synth_assets.core.profile.content import ContentParams
from synth_assets.core.profile.distance import DistanceParams
from synth_assets.core.profile.drift import DriftParams
from synth_assets.core.profile.mixing import MixingParams
from synth_assets.core.profile.references import ReferenceParams
from synth_assets.core.scenes.backgrounds import BackgroundParams, BackgroundRow, load_backgrounds
from synth_assets.core.scenes.classes import ObjectClass, load_classes
from synth_assets.core.scenes.cutouts import CutoutParams
from synth_assets.core.scenes.edit_rows import EditRow, load_edits
from synth_assets.core.scenes.editing import EditParams
from synth_assets.core.scenes.inpainting import SceneParams
from synth_assets.core.scenes.leak import LeakParams
from synth_assets.core.sequences.plans import SequencesConfig, check_sources
from synth_assets.core.training.planning import TrainingSetParams

_log = logging.getLogger(__name__)

LIMIT = "SYNTH_LIMIT"
"""Environment variable: at most this many frames a character (``synth try`` sets it)."""
EVERYBODY = ""
"""Key of the thresholds of characters without a file of their own."""
_CSV_FILES = ("backgrounds.csv", "classes.csv", "edits.csv")


class StageParams(Params):
    """``configs/stages.yaml``: the numbers of each stage; every one has a default."""

    run_seed: int = Field(default=42, description="All seeds derive from this one.")
    skip_bad_rows: bool = Field(
        default=False,
        description="Rows of backgrounds.csv, classes.csv and edits.csv that cannot be used are left out and named in "
        "the log and in their assets' metadata; otherwise the file is refused.",
    )
    references: ReferenceParams = ReferenceParams()
    content: ContentParams = ContentParams()
    drift: DriftParams = DriftParams()
    mixing: MixingParams = MixingParams()
    distance: DistanceParams = DistanceParams()
    backgrounds: BackgroundParams = BackgroundParams()
    cutouts: CutoutParams = CutoutParams()
    scenes: SceneParams = SceneParams()
    leak: LeakParams = LeakParams()
    edits: EditParams = EditParams()
    frames: FrameParams = FrameParams()
    analysis: AnalysisParams = AnalysisParams()
    captions: CaptionParams = CaptionParams()
    clusters: ClusterParams = ClusterParams()


@dataclass(frozen=True)
class Configuration:
    """Everything under ``configs/``, checked.

    ``skipped_rows`` holds, by file name, what is wrong with the CSV rows that were left out.
    """

    stages: StageParams
    sources: SourcesConfig
    backgrounds: list[BackgroundRow]
    classes: list[ObjectClass]
    edits: list[EditRow]
    sequences: SequencesConfig
    training_set: TrainingSetParams
    strategies: StrategyTable
    thresholds: dict[str, DecisionThresholds]
    skipped_rows: Mapping[str, list[str]]

    def thresholds_of(self, character: str) -> DecisionThresholds:
        """The decision thresholds of a character: its own file over everybody's."""
        return self.thresholds.get(character, self.thresholds[EVERYBODY])


def load_configuration(project: Project) -> Configuration:
    """Reads and checks every file under ``configs/``.

    Raises:
        ConfigError: a file is missing, empty or wrong; the message names file, line and value.
    """
    stages = _limited(load_yaml(project.config_file("stages.yaml"), StageParams))
    default_registry()  # refuses a wrong models.yaml and an unknown SYNTH_MODELS
    skipped: dict[str, list[str]] = {name: [] for name in _CSV_FILES}
    into = skipped if stages.skip_bad_rows else dict[str, list[str]]()
    size_hw, most = stages.backgrounds.size_hw, stages.scenes.max_objects
    backgrounds = load_backgrounds(project.config_file("backgrounds.csv"), into.get("backgrounds.csv"))
    classes = load_classes(project.config_file("classes.csv"), size_hw, most, into.get("classes.csv"))
    edits = load_edits(project.config_file("edits.csv"), into.get("edits.csv"))
    for message in (message for messages in skipped.values() for message in messages):
        _log.warning("row left out (skip_bad_rows): %s", message)
    common = project.config_file("decision_thresholds.yaml")
    files = {path.stem: path for path in sorted((project.configs / "characters").glob("*.yaml"))}
    own = {name: load_thresholds(common, path) for name, path in files.items()}
    thresholds = {EVERYBODY: load_thresholds(common), **own}
    strategies = load_strategies(project.config_file("strategy_configs.yaml"), project.root)
    for name, values in thresholds.items():
        check_targets(files.get(name, common), values.strategy_targets, strategies)
    sequences = load_yaml(project.config_file("sequences.yaml"), SequencesConfig)
    check_sources(project.config_file("sequences.yaml"), sequences, list(strategies))
    return Configuration(
        stages=stages,
        sources=load_yaml(project.config_file("sources.yaml"), SourcesConfig),
        backgrounds=backgrounds,
        classes=classes,
        edits=edits,
        sequences=sequences,
        training_set=_with_added(load_yaml(project.config_file("training_set.yaml"), TrainingSetParams), strategies),
        strategies=strategies,
        thresholds=thresholds,
        skipped_rows=skipped,
    )


def _with_added(params: TrainingSetParams, strategies: StrategyTable) -> TrainingSetParams:
    """The parameters with the pictures of added strategies merged too; ``exclude`` keeps any of them out."""
    return params.model_copy(update={"assets": tuple(dict.fromkeys([*params.assets, *added_suits(strategies)]))})


def _limited(stages: StageParams) -> StageParams:
    """The stages with SYNTH_LIMIT laid over ``frames.limit``."""
    text = os.environ.get(LIMIT)
    if not text:
        return stages
    if not text.isdecimal() or int(text) < 1:
        raise ConfigError(f"{LIMIT}: expected a whole number of frames from 1 on, found {text!r}")
    return stages.model_copy(update={"frames": stages.frames.model_copy(update={"limit": int(text)})})


@cache
def configuration(project: Project) -> Configuration:
    """The configuration as it was when this process first asked."""
    return load_configuration(project)
