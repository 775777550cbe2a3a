"""The overview page: self-contained, escaped, small, complete."""

import io
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from synth_assets.core.images import BadImageError, encode_jpeg, encode_png
from synth_assets.core.overview.examples import Example
from synth_assets.core.overview.flow import flow_svg
from synth_assets.core.overview.page import overview_page
from synth_assets.core.overview.pictures import budget_of, data_uri
from synth_assets.core.overview.reasons import Reject
from synth_assets.core.overview.summaries import Check, PartitionSummary, StageSummary

NOISE = np.random.default_rng(0).integers(0, 256, (120, 160, 3)).astype(np.uint8)
THUMB = Example(encode_jpeg(NOISE[:30, :40], 60), "<a dog>", "scenes/slot 1/images/a&b.png")
VOID = {"meta", "img", "br", "rect", "path", "circle", "input"}


class Balance(HTMLParser):
    """Fails where a tag is closed that is not the open one; keeps ids, links and pictures without words."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.wordless: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.ids += [found["id"] or ""] if "id" in found else []
        self.links += [found["href"] or ""] if "href" in found else []
        if tag == "img" and not found.get("alt"):
            self.wordless.append(str(found))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in VOID

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def read(page: str) -> Balance:
    parser = Balance()
    parser.feed(page)
    assert parser.open == []
    assert parser.wordless == []
    assert len(set(parser.ids)) == len(parser.ids)
    return parser


def stages(partitions: int = 2) -> list[StageSummary]:
    gif = io.BytesIO()
    frames = [Image.new("RGB", (40, 40), colour) for colour in ("red", "blue")]
    frames[0].save(gif, "GIF", save_all=True, append_images=frames[1:])
    parts = [
        PartitionSummary(
            f"slot{i}",
            {"ok": 7, "rejected": 2},
            objects=5,
            rejects=[Reject("<too dark>", "rejected", 2, [THUMB])],
            seconds=61.0,
            sheet=encode_jpeg(NOISE, 90),
            plots={"clusters": encode_png(NOISE), "gif": gif.getvalue()},
            details={"share": 0.25, "rows": [{"a": 1, "b": "<x>"}], "gaps": ["one", "two"], "empty": []},
            files=[f"scenes/slot{i}/manifest.parquet"],
        )
        for i in range(partitions)
    ]
    final = PartitionSummary(
        "",
        {"ok": 1234},
        objects=99,
        sheet=encode_jpeg(NOISE, 50),
        details={
            "objects_by_class": [{"class": "dog", "objects": 99, "train": 90, "val": 9}],
            "splits": [
                {"split": "train", "images": 1200, "share": 0.97},
                {"split": "val", "images": 34, "share": 0.03},
            ],
        },
        labels={"dog": [THUMB]},
        files=["training_set/data_card.md", "training_set/exports/coco/"],
    )
    return [
        StageSummary("scenes", "generation", "Scenes & more.", parts, missing=["slot9"]),
        StageSummary("later", "generation", "Nothing yet.", []),
        StageSummary("training_set", "training", "All of it.", [final], ("scenes", "later")),
    ]


def test_the_page_is_well_formed_escaped_and_complete() -> None:
    page = overview_page(stages(), "Title <1>", "offline")
    parser = read(page)
    for text in (
        "Title &lt;1&gt;",
        "2 × &lt;too dark&gt;",
        "Scenes &amp; more.",
        "Not made yet:",
        "synth backfill --assets later",
        "Missing: slot9",
        "1,234",
        "2 m 02 s",
        "1,234 images with 99 labelled objects of 1 class.",
        "97% train",
    ):
        assert text in page
    assert "<too dark>" not in page
    assert "<b>slot1</b>" in page
    assert {link[1:] for link in parser.links if link.startswith("#")} <= set(parser.ids)


def test_the_page_loads_nothing() -> None:
    page = overview_page(stages(), base="store")
    assert not re.findall(r'src="(?!data:)', page)
    assert "http" not in re.sub(r"data:[^\"]*", "", page)
    assert "url(" not in page
    assert "import" not in page.partition("<script>")[2]


def test_links_lead_into_the_store_and_are_left_out_without_one() -> None:
    links = {link for link in read(overview_page(stages(), base="store")).links if not link.startswith("#")}
    assert "store/scenes/slot%201/images/a%26b.png" in links
    assert {"store/scenes/slot1/manifest.parquet", "store/training_set/exports/coco/"} <= links
    assert all(link.startswith("store/") for link in links)
    assert all(link.startswith("#") for link in read(overview_page(stages())).links)


def test_many_partitions_stay_below_six_megabytes() -> None:
    many = stages(60)[:1] * 4
    assert (
        sum(len(data) for stage in many for part in stage.partitions[:12] for data in part.plots.values()) > 2_500_000
    )
    assert len(overview_page(many)) < 6_000_000


def test_an_empty_store_gives_a_page_that_says_how_to_fill_it() -> None:
    page = overview_page([StageSummary("frames", "curation", "", [])])
    assert ">0/1<" in page
    assert "There is no training set yet; 0 of 1 stage are made." in page
    assert "synth add-character" in page
    assert "no row failed" not in page
    read(page)


def test_a_failed_row_or_check_shows_in_the_flow() -> None:
    part = PartitionSummary("", {"ok": 1})
    assert StageSummary("a", "g", "", []).standing == "missing"
    assert StageSummary("a", "g", "", [part]).standing == "made"
    assert StageSummary("a", "g", "", [part], missing=["x"]).standing == "partial"
    assert StageSummary("a", "g", "", [part], checks=[Check("c", "", passed=False)]).standing == "bad"
    failed = StageSummary("a", "g", "", [PartitionSummary("", {"ok": 1, "failed": 1})])
    assert '<circle class="bad"' in flow_svg([failed])


def test_small_pictures_keep_their_bytes_and_large_ones_shrink() -> None:
    small = encode_png(np.zeros((8, 8, 3), np.uint8))
    assert data_uri(small, "x", 5000).startswith("data:image/png;base64,")
    uri = data_uri(encode_png(NOISE), "x", 20_000)
    assert uri.startswith("data:image/jpeg;base64,")
    assert len(uri) < 20_000 * 4 / 3 + 40
    with pytest.raises(BadImageError, match="broken"):
        data_uri(b"\x89PNG", "broken", 100)
    assert budget_of(10) == 60_000
    assert budget_of(10_000) == 8_000
    assert budget_of(10, others=3_800_000) == 20_000


def test_the_flow_puts_a_stage_right_of_its_parents() -> None:
    svg = flow_svg(stages())
    xs = dict(
        zip(
            re.findall(r'href="#(\w+)"', svg),
            map(int, re.findall(r'<rect class="box \w+" x="(\d+)"', svg)),
            strict=True,
        )
    )
    assert xs["scenes"] == xs["later"] < xs["training_set"]
    assert svg.count("<path") == 2


def test_a_cycle_does_not_hang_the_flow() -> None:
    pair = [StageSummary("a", "g", "", [], ("b",)), StageSummary("b", "g", "", [], ("a",))]
    assert "<svg" in flow_svg(pair)
