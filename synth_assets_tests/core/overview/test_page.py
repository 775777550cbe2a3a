"""The overview page: self-contained, escaped, small, complete."""

import io
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image
from upath import UPath

from synth_assets.core.images import BadImageError, decode_image, encode_jpeg, encode_png
from synth_assets.core.overview.flow import flow_svg
from synth_assets.core.overview.page import overview_page
from synth_assets.core.overview.pictures import budget_of, data_uri
from synth_assets.core.overview.summaries import PartitionSummary, StageSummary, summarize
from synth_assets.core.records import ImageRecord, ImageSet, ObjectRecord

NOISE = np.random.default_rng(0).integers(0, 256, (300, 400, 3)).astype(np.uint8)
VOID = {"meta", "img", "br", "rect", "path"}


class Balance(HTMLParser):
    """Fails where a tag is closed that is not the open one."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        assert tag in VOID

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def stages(partitions: int = 2) -> list[StageSummary]:
    gif = io.BytesIO()
    frames = [Image.new("RGB", (40, 40), colour) for colour in ("red", "blue")]
    frames[0].save(gif, "GIF", save_all=True, append_images=frames[1:])
    parts = [
        PartitionSummary(
            f"slot{i}",
            {"ok": 7, "rejected": 2},
            objects=5,
            reasons={"<too dark>": 2},
            seconds=61.0,
            sheet=encode_jpeg(NOISE, 90),
            plots={"clusters": encode_png(NOISE), "gif": gif.getvalue()},
            details={"share": 0.25, "rows": [{"a": 1, "b": "<x>"}], "gaps": ["one", "two"], "empty": []},
        )
        for i in range(partitions)
    ]
    final = PartitionSummary("", {"ok": 1234}, objects=99, sheet=encode_jpeg(NOISE, 50))
    return [
        StageSummary("scenes", "generation", "Scenes & more.", parts),
        StageSummary("later", "generation", "Nothing yet.", []),
        StageSummary("training_set", "training", "All of it.", [final], ("scenes", "later")),
    ]


def test_the_page_is_well_formed_escaped_and_complete() -> None:
    page = overview_page(stages(), "Title <1>", "offline")
    parser = Balance()
    parser.feed(page)
    assert parser.open == []
    for text in (
        "Title &lt;1&gt;",
        "2 × &lt;too dark&gt;",
        "Scenes &amp; more.",
        "Not made yet.",
        "1,234",
        "2 m 02 s",
    ):
        assert text in page
    assert "<too dark>" not in page
    assert "<b>slot1</b>" in page
    assert 'id="training_set"' in page


def test_the_page_loads_nothing() -> None:
    page = overview_page(stages())
    assert "<script" not in page
    assert not re.findall(r'(?:src|href)="(?!data:|#)', page)
    assert "http" not in re.sub(r"data:[^\"]*", "", page)
    assert "url(" not in page


def test_many_partitions_stay_below_six_megabytes() -> None:
    assert len(overview_page(stages(60))) < 6_000_000


def test_an_empty_store_gives_a_page() -> None:
    assert ">0/1<" in overview_page([StageSummary("frames", "curation", "", [])])


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


def test_the_flow_puts_a_stage_right_of_its_parents() -> None:
    svg = flow_svg(stages())
    xs = dict(
        zip(
            re.findall(r'href="#(\w+)"', svg),
            map(int, re.findall(r'<rect x="(\d+)" y="\d+" width="142"', svg)),
            strict=True,
        )
    )
    assert xs["scenes"] == xs["later"] < xs["training_set"]
    assert svg.count("<path") == 2


def test_a_cycle_does_not_hang_the_flow() -> None:
    pair = [StageSummary("a", "g", "", [], ("b",)), StageSummary("b", "g", "", [], ("a",))]
    assert "<svg" in flow_svg(pair)


def test_summarize_counts_rows_objects_and_reasons(tmp_path) -> None:
    (tmp_path / "a.png").write_bytes(encode_png(NOISE))
    rows = (
        ImageRecord("1", path="a.png", objects=(ObjectRecord("dog", (1, 2, 30, 40), 1),)),
        ImageRecord("2", path="a.png"),
        ImageRecord("3", status="rejected", reason="blurred"),
        ImageRecord("4", status="failed", reason="ValueError: x"),
    )
    found = summarize("night", ImageSet(UPath(tmp_path), rows), seconds=3.5)
    assert found.counts == {"ok": 2, "rejected": 1, "failed": 1}
    assert (found.objects, found.reasons) == (1, {"blurred": 1, "ValueError: x": 1})
    assert found.sheet is not None
    assert len(found.sheet) <= 60_000
    assert decode_image(found.sheet, "sheet").ndim == 3
