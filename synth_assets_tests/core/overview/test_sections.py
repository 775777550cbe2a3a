"""Sections: what they say of verdicts, slots, characters, captions, rejects; and where there is nothing to say."""

import numpy as np
import pytest

from synth_assets.core.images import encode_jpeg
from synth_assets.core.overview.captions import captions_section, clusters_section
from synth_assets.core.overview.characters import characters_section
from synth_assets.core.overview.delivery import training_section
from synth_assets.core.overview.examples import Example
from synth_assets.core.overview.markup import View, bar, table
from synth_assets.core.overview.reasons import Reject
from synth_assets.core.overview.rejected import rejected_section
from synth_assets.core.overview.samples import samples_section
from synth_assets.core.overview.sequences import sequences_section
from synth_assets.core.overview.slots import slots_section
from synth_assets.core.overview.summaries import Check, PartitionSummary, StageSummary
from synth_assets.core.overview.verdict import verdict_lines
from synth_assets.core.records import Status

JPEG = encode_jpeg(np.zeros((8, 8, 3), np.uint8))
OK: dict[Status, int] = {"ok": 2}


def view(*stages: StageSummary) -> View:
    return View(stages, "store")


def stage(asset: str, *parts: PartitionSummary, checks: tuple[Check, ...] = ()) -> StageSummary:
    return StageSummary(asset, "group", "", parts, checks=checks)


@pytest.mark.parametrize(
    ("check", "mark", "text"),
    [
        (Check("c", "what it judges"), "unknown", "not run yet"),
        (Check("c", "what it judges", passed=True), "ok", "what it judges"),
        (Check("c", "", passed=False, severe=True, facts={"wrong": 3, "who": "x"}), "bad", "wrong 3"),
        (Check("c", "", passed=False, facts={"verdict": "AUC 0.7"}), "warn", "AUC 0.7"),
        (Check("c", "", passed=True, facts={"verdict": "not judged: few"}), "unknown", "not judged: few"),
        (
            Check("c", "", passed=True, tables={"slots": [{"status": "fits"}, {"status": "fits"}]}),
            "ok",
            "fits: 2 slots",
        ),
        (
            Check("c", "", passed=True, tables={"slots": [{"slot": "night", "status": "not judged"}]}),
            "unknown",
            "not judged: 1 slot",
        ),
        (
            Check(
                "c",
                "",
                passed=True,
                tables={
                    "slots": [
                        {"slot": "night", "distance": 0.3, "limit": "0.7"},
                        {"slot": "morning", "distance": 0.1, "limit": "not judged: too few"},
                    ]
                },
            ),
            "ok",
            "distance up to 0.30, in night, of 2 slots; too few to judge in morning",
        ),
    ],
)
def test_a_check_is_told_by_what_it_found(check: Check, mark: str, text: str) -> None:
    line = verdict_lines(view(stage("scenes", PartitionSummary("night", OK), checks=(check,))))[0]
    assert (line.mark, line.text) == (mark, text)


def training(classes: list[dict[str, object]], splits: list[dict[str, object]], **details: object) -> StageSummary:
    facts = {"objects_by_class": classes, "splits": splits, "gaps": [], **details}
    return stage("training_set", PartitionSummary("", {"ok": 50}, details=facts))


def test_the_verdict_names_what_is_uneven_small_absent_missing_and_failed() -> None:
    made = training(
        [
            {"class": "dog", "objects": 100, "train": 90, "test": 10},
            {"class": "cat", "objects": 5, "train": 5, "test": 0},
        ],
        [{"split": "train", "images": 40, "share": 0.8}, {"split": "test", "images": 10, "share": 0.2}],
        gaps=["scenes[night]"],
        without_caption=3,
    )
    lines = {
        line.title: line for line in verdict_lines(view(made, stage("frames", PartitionSummary("x", {"failed": 2}))))
    }
    assert lines["balance of the classes"].mark == "warn"
    assert "20.0 times" in lines["balance of the classes"].text
    assert lines["splits"].text == "too small to judge by: test (10 images); no example of cat in test."
    assert lines["1 partition missing in the training set"].text == "scenes[night]"
    assert lines["2 rows failed"].mark == "bad"
    assert lines["captions"].text == "3 of 50 images have no caption."
    good = training(
        [{"class": "dog", "objects": 9, "train": 6, "test": 3}],
        [{"split": "train", "images": 80, "share": 0.8}, {"split": "test", "images": 20, "share": 0.2}],
    )
    assert {line.mark for line in verdict_lines(view(good))} == {"ok"}


def test_slots_show_colours_distances_limits_and_states() -> None:
    check = Check(
        "scenes_match", "", passed=True, tables={"slots": [{"slot": "night", "distance": 0.25, "limit": "0.6"}]}
    )
    drift = Check(
        "drifted", "", passed=True, tables={"slots": [{"slot": "night", "status": "stable", "reason": "<r>"}]}
    )
    facts = {"dominant_colors": "#102030, #FFFFFF", "prompt_words": "dim light"}
    page = slots_section(
        view(
            stage("image_profile", PartitionSummary("night", {"ok": 17}, details=facts), checks=(drift,)),
            stage("scenes", PartitionSummary("night", OK, details={"profile_distance": 0.25}), checks=(check,)),
        )
    )
    for text in ("#102030", "dim light", "0.25", "limit 0.6", "stable", "&lt;r&gt;", "width:25%", ">17<"):
        assert text in page


def test_a_character_shows_shares_reviews_and_moved_frames() -> None:
    strategies = [{"strategy": "keep_full", "original": 0, "corrected": 1, "final": 3, "target": 2}]
    facts = {"strategies": strategies, "moved": 1, "reviewed": 0, "reviews_in_file": 4, "targets_missed": "segment"}
    decided = PartitionSummary("bunny", OK, details=facts, moved=[Example(JPEG, "because " * 60, "frames/a.png")])
    page = characters_section(
        view(
            stage("frames", PartitionSummary("bunny", {"ok": 9}, details={"looked_at": 20, "shots": 3})),
            stage("frame_analysis", PartitionSummary("bunny", {"ok": 9}, details={"with_character": 5})),
            stage("strategy_decisions", decided),
        )
    )
    for text in (
        "9 frames kept of 20 looked at, in 3 shots",
        "found in 5 of 9 frames",
        "4 reviews in review.csv, 0 taken in: run strategy_decisions again",
        "targets missed: segment",
        "100% keep full",
        'href="store/frames/a.png"',
        "because …",
    ):
        assert text in page
    only_film = characters_section(view(stage("frames", PartitionSummary("frank", OK))))
    assert "synth backfill --assets strategy_decisions --partitions frank" in only_film


def test_captions_come_in_turn_and_the_worst_by_themselves() -> None:
    one = [Example(JPEG, f"one {i}") for i in range(9)]
    two = [Example(JPEG, "two bad", score=0.1), Example(JPEG, "two good", score=0.9)]
    page = captions_section(
        view(
            stage("a_captions", PartitionSummary("x", OK, captions=one)),
            stage("b_captions", PartitionSummary("y", OK, captions=two, details={"distinct": 2, "captioner": "<me>"})),
        )
    )
    shown, _, worst = page.partition("fit their picture worst")
    assert "one 0" in shown
    assert "two bad" not in shown
    assert worst.index("two bad") < worst.index("two good")
    assert "score 0.100" in worst
    assert "&lt;me&gt;" in page


def test_clusters_and_sequences_and_exports_are_linked() -> None:
    clusters = PartitionSummary(
        "",
        OK,
        details={"clusters": [{"name": "sea blue"}]},
        plots={"map_by_class": JPEG},
        files=["caption_clusters/map.html", "caption_clusters/clusters.csv"],
    )
    page = clusters_section(view(stage("caption_clusters", clusters)))
    assert 'href="store/caption_clusters/map.html"' in page
    assert "sea blue" in page
    assert 'alt="map by class"' in page
    preview = Example(JPEG, "Hues", "image_sequences/images/hue.gif")
    page = sequences_section(view(stage("image_sequences", PartitionSummary("", OK, sequences=[preview]))))
    assert 'href="store/image_sequences/images/hue.gif"' in page
    made = PartitionSummary("", OK, files=["training_set/data_card.html", "training_set/exports/coco/"])
    page = training_section(view(stage("training_set", made)))
    assert ">exports/coco/<" in page
    assert ">data_card.html<" in page


def test_rejects_of_all_partitions_are_added_up_and_failures_come_first() -> None:
    dark = [Reject("too dark", "rejected", 3, [Example(JPEG, "x", "p.png")])]
    parts = [PartitionSummary(name, OK, rejects=dark) for name in ("morning", "night")]
    attempts = {"rejected_objects": [{"class": "dog", "reason": "unlike", "attempts": 4}]}
    page = rejected_section(
        view(
            stage("scenes", *parts, PartitionSummary("midday", OK, details=attempts)),
            stage("frames", PartitionSummary("x", OK, rejects=[Reject("ValueError: <b>", "failed", 1)])),
        )
    )
    assert page.index("ValueError: &lt;b&gt;") < page.index("too dark") < page.index("unlike")
    assert ">6<" in page
    assert "morning 3, night 3" in page
    assert "dog 4" in page
    assert "11 times for 3 reasons" in page
    assert "Nothing was rejected" in rejected_section(view(stage("scenes", PartitionSummary("", OK))))


def test_classes_without_a_picture_are_named() -> None:
    made = training([{"class": "dog", "objects": 9}, {"class": "cat", "objects": 1}], [])
    only = PartitionSummary("", OK, details=made.partitions[0].details, labels={"dog": [Example(JPEG, "d")]})
    page = samples_section(view(stage("training_set", only)))
    assert "9 objects" in page
    assert "Without pictures here: cat (1)." in page


def test_sections_without_anything_say_how_to_make_it() -> None:
    for made in (slots_section, characters_section, captions_section, clusters_section, sequences_section):
        assert "synth " in made(view())
    assert "synth backfill" in training_section(view())
    assert "No labelled object" in samples_section(view())


def test_a_bar_leaves_out_nothing_but_zeros_and_a_table_its_last_rows() -> None:
    assert bar([("a", 3), ("b", 1), ("c", 0)]).count("<b>") == 2
    assert "75% a" in bar([("a", 3), ("b", 1), ("c", 0)])
    assert bar([("a", 0)]) == '<div class="bar"></div>'
    assert "and 5 more rows" in table([{"n": i} for i in range(45)])
