"""Frames to decisions on a few frames of the sample with the real nets."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from resources.models.registry import default_registry
from resources.sources.video import VideoFile
from resources.store import Store
from synth_assets.core.curation.analysis import AnalysisParams, analyse_frames
from synth_assets.core.curation.decisions import decide_strategies
from synth_assets.core.curation.films import Sample
from synth_assets.core.curation.frames import extract_frames
from synth_assets.core.curation.sampling import FrameParams
from synth_assets.core.curation.thresholds import STRATEGIES, DecisionThresholds
from synth_assets.core.images import decode_image


class Excerpt(VideoFile):
    """Only the wanted moments of a film."""

    def scan(self) -> Iterator[Sample]:
        return (sample for sample in super().scan() if sample.time_s in FRANK_S | BUNNY_S)


# Seconds of the second film with what they show.
FRANK_S, BUNNY_S = {24.0, 33.0, 36.0}, {30.0}


@pytest.fixture
def _models(project_root: Path) -> None:
    if not (project_root / "data" / "models" / "pypi").is_dir():
        pytest.skip("no models fetched: run `synth models fetch`")


@pytest.mark.usefixtures("_models")
def test_a_character_is_found_and_the_others_are_not(store: Store, sample: Path) -> None:
    models = default_registry()
    references = {
        name: [
            decode_image(path.read_bytes(), path.name)
            for path in sorted((sample / "characters" / name / "references").glob("*.png"))[-4:]
        ]
        for name in ("bunny", "frank")
    }
    with store.open("frames", "frank") as writer:
        film = Excerpt(sample / "video" / "bbb_376s_45s.mp4")
        frames = extract_frames(writer, [film], [], FrameParams(fps=1.0, duplicate_bits=-1)).images
    with store.open("frame_analysis", "frank") as writer:
        analysis = analyse_frames(writer, frames, "frank", references, models, AnalysisParams()).images
    assert [record.id for record in analysis] == [record.id for record in frames]
    assert {record.extra["time_s"] for record in analysis if record.extra["target_found"]} == FRANK_S
    with store.open("strategy_decisions", "frank") as writer:
        decisions = decide_strategies(writer, analysis, DecisionThresholds())
    assert [record.reason[:19] for record in decisions.images if record.status == "rejected"] == [
        "character not found"
    ] * len(BUNNY_S)
    assert {str(record.extra["strategy"]) for record in decisions.images.ok} <= set(STRATEGIES)
