import csv
from collections import Counter
from dataclasses import dataclass, replace

import pytest

from resources.store import Store
from synth_assets.core.curation.decisions import decide_strategies
from synth_assets.core.curation.thresholds import DecisionThresholds
from synth_assets.core.items import Artifact, Extras, Item, Summary, fingerprint
from synth_assets.core.records import ImageSet
from synth_assets_tests.core.curation.decision_rows import analysed


def _analysis(store: Store, count: int) -> ImageSet:
    """Frames f0, f1, …, all but the first with the character."""
    keys = [f"f{at}" for at in range(count)]
    with store.open("frame_analysis", "bunny") as writer:
        for at, key in enumerate(keys):
            record = analysed(
                key, 0.35 + 0.02 * at, 0.6, 0.5, 0.9, 0.9, target_found=at > 0, target_score=0.55, shot_type="medium"
            )
            writer.put(key, fingerprint("1", Item(key, {})), [Artifact(record)])
        writer.commit(keys, "v", Extras())
        return writer.records(keys)


def _decide(
    store: Store, analysis: ImageSet, config: DecisionThresholds | None = None, reviews: dict[str, str] | None = None
) -> Summary:
    with store.open("strategy_decisions", "bunny") as writer:
        return decide_strategies(writer, analysis, config or DecisionThresholds(), reviews=reviews or {})


@dataclass(frozen=True)
class Decided:
    store: Store
    analysis: ImageSet
    summary: Summary
    text: str


@pytest.fixture(scope="module")
def decided(tmp_path_factory: pytest.TempPathFactory) -> Decided:
    """Decided once, because the plots take most of the time."""
    store = Store(str(tmp_path_factory.mktemp("decided")))
    analysis = _analysis(store, 21)
    summary = _decide(store, analysis)
    text = store.file("strategy_decisions", "bunny", "decisions.csv").read_text()
    return Decided(store, analysis, summary, text)


def test_quotas_are_met_and_moves_are_explained(decided: Decided) -> None:
    rows = decided.summary.images.ok
    assert Counter(row.extra["strategy"] for row in rows) == {
        "keep_full": 6,
        "segment": 8,
        "create_occlusion": 3,
        "enhance_segment": 3,
    }
    assert {row.extra["corrected_strategy"] for row in rows} == {"segment"}
    assert {row.extra["original_strategy"] for row in rows} == {"segment"}
    moved = [row for row in rows if row.extra["moved"]]
    assert len(moved) == 12
    assert all("moved from segment to" in str(row.extra["reasoning"]) for row in moved)
    assert [row.id for row in rows] == [f"id-f{at}" for at in range(1, 21)]


def test_frames_without_the_character_are_rejected_with_their_score(decided: Decided) -> None:
    images = decided.summary.images
    assert images.reasons == {"character not found (best score 0.55)": 1}
    assert images.records[0].extra["corrected_strategy"] == "segment"


def test_reviews_are_honoured_and_dropped_frames_rejected(store: Store) -> None:
    summary = _decide(store, _analysis(store, 6), reviews={"f0": "keep_full", "f1": "drop", "f2": "enhance_segment"})
    rows = {row.key: row for row in summary.images}
    assert [rows[key].extra.get("strategy") for key in ("f0", "f1", "f2")] == ["keep_full", None, "enhance_segment"]
    assert (rows["f1"].status, rows["f1"].reason) == ("rejected", "dropped in review")
    assert [row.key for row in rows.values() if row.extra["reviewed"]] == ["f0", "f1", "f2"]
    counts = [summary.details[name] for name in ("frames", "reviewed", "dropped", "without_character")]
    assert counts == [5, 2, 1, 0]


def test_tables_and_plots_are_made(store: Store) -> None:
    details = _decide(store, _analysis(store, 5)).details
    plots = store.plots("strategy_decisions", "bunny")
    assert sorted(plots) == ["metrics", "shot_types", "strategies"]
    assert all(data.startswith(b"\x89PNG") for data in plots.values())
    # 4 frames: 1.2, 1.6, 0.6 and 0.6 become 1, 2, 1 and 0
    assert [(row["final"], row["target"], row["off_points"]) for row in details["strategies"]] == [
        (1, 1, -5.0),
        (2, 2, 10.0),
        (1, 1, 10.0),
        (0, 0, -15.0),
    ]
    assert details["shot_types"] == [
        {"shot_type": "medium", "keep_full": 1, "segment": 2, "create_occlusion": 1, "enhance_segment": 0, "all": 4}
    ]
    # two of four whole frames with a complex ground, one of them occluded
    assert [(row["kind"], row["held"], row["left"]) for row in details["needs"]] == [
        ("occlusion", 0.25, 0.0),
        ("multi_character", 0.0, 0.9),
        ("far_shot", 0.0, 0.7),
        ("complex_bg", 0.5, 0.0),
    ]


def test_the_csv_has_a_row_a_frame(decided: Decided) -> None:
    rows = list(csv.DictReader(decided.text.splitlines()))
    assert [row["frame"] for row in rows] == [record.key for record in decided.summary.images]
    assert (rows[0]["status"], rows[0]["strategy"]) == ("rejected", "")
    for row, record in zip(rows[1:], decided.summary.images.ok, strict=True):
        assert row["strategy"] == record.extra["strategy"]
        assert float(row["score_segment"]) == record.extra["score_segment"]
        assert row["reasoning"] == record.extra["reasoning"]


def test_changed_targets_write_only_the_frames_whose_decision_changed(decided: Decided) -> None:
    assert _decide(decided.store, decided.analysis).made == 0
    changed = _decide(decided.store, decided.analysis, DecisionThresholds(strategy_targets={"segment": 1.0}))
    assert changed.made == 12
    assert {row.extra["strategy"] for row in changed.images.ok} == {"segment"}


def test_a_set_without_the_character_is_an_empty_table_of_choices(store: Store) -> None:
    analysis = _analysis(store, 1)
    only_missing = ImageSet(analysis.root, tuple(replace(record) for record in analysis))
    details = _decide(store, only_missing).details
    assert details["frames"] == 0
    assert "in no frame" in details["note"]
