from collections import Counter
from dataclasses import replace

from resources.store import Store
from synth_assets.core.curation.decisions import decide_strategies
from synth_assets.core.curation.thresholds import DecisionThresholds, StrategyTargets
from synth_assets.core.items import Artifact, Extras, Item, Summary, fingerprint
from synth_assets.core.records import ImageRecord, ImageSet

METRICS = ("complexity", "lighting", "occlusion", "quality", "sharpness")


def _analysis(store: Store, count: int) -> ImageSet:
    keys = [f"f{at}" for at in range(count)]
    with store.open("frame_analysis", "bunny") as writer:
        for at, key in enumerate(keys):
            values = dict(zip(METRICS, (0.35 + 0.02 * at, 0.6, 0.5, 0.9, 0.9), strict=True))
            extra = {**values, **{f"{name}_corrected": value for name, value in values.items()}}
            extra |= {"instance_count": 1, "target_found": at > 0, "target_score": 0.55}
            extra |= {"target_share": 0.2, "target_side_px": 100}
            record = ImageRecord(id=f"id{at}", path=f"frames/bunny/images/{key}.png", extra=extra)
            writer.put(key, fingerprint("1", Item(key, {})), [Artifact(record)])
        writer.commit(keys, "v", Extras())
        return writer.records(keys)


def _decide(store: Store, analysis: ImageSet, config: DecisionThresholds) -> Summary:
    with store.open("strategy_decisions", "bunny") as writer:
        return decide_strategies(writer, analysis, config)


def test_quotas_are_met_and_moves_are_explained(store: Store) -> None:
    analysis = _analysis(store, 21)
    summary = _decide(store, analysis, DecisionThresholds())
    rows = summary.images.ok
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
    assert [row.id for row in rows] == [record.id for record in analysis.records[1:]]


def test_frames_without_the_character_are_rejected_with_their_score(store: Store) -> None:
    summary = _decide(store, _analysis(store, 3), DecisionThresholds())
    assert summary.images.reasons == {"character not found (best score 0.55)": 1}


def test_plots_are_made(store: Store) -> None:
    _decide(store, _analysis(store, 3), DecisionThresholds())
    plots = store.plots("strategy_decisions", "bunny")
    assert sorted(plots) == ["metrics", "strategies"]
    assert all(data.startswith(b"\x89PNG") for data in plots.values())


def test_changed_targets_write_only_the_frames_whose_decision_changed(store: Store) -> None:
    analysis = _analysis(store, 11)
    _decide(store, analysis, DecisionThresholds())
    again = _decide(store, analysis, DecisionThresholds())
    assert again.made == 0
    targets = StrategyTargets(keep_full=0, segment=1, create_occlusion=0, enhance_segment=0)
    changed = _decide(store, analysis, DecisionThresholds(strategy_targets=targets))
    assert 0 < changed.made < 11
    assert {row.extra["strategy"] for row in changed.images.ok} == {"segment"}


def test_a_set_without_the_character_is_an_empty_table_of_choices(store: Store) -> None:
    analysis = _analysis(store, 1)
    only_missing = ImageSet(analysis.root, tuple(replace(record) for record in analysis))
    details = _decide(store, only_missing, DecisionThresholds()).details
    assert details["frames"] == 0
    assert "in no frame" in details["note"]
