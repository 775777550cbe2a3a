"""The map page: what its bytes hold, and what a browser makes of them."""

from pathlib import Path

import numpy as np
from playwright.sync_api import Page, expect

from synth_assets.core.captions.map_page import MapPoint, map_page
from synth_assets_tests.dagster_page import needs_chromium

DOT = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="
PLACES = np.array([[0.0, 0], [1, 1], [2, 0]])
POINTS = [
    MapPoint("a fox", "photos/fox.png", DOT),
    MapPoint("</script><b>bear</b>", "photos/bear.png"),
    MapPoint("a", ""),
]
COLOURINGS = {"cluster": ["one", "one", "two"], "slot": ["day", "night", "night"]}


def _page() -> bytes:
    return map_page("Map <1>", "3 captions", PLACES, POINTS, COLOURINGS)


def test_the_page_is_self_contained_and_the_same_every_time() -> None:
    page = _page().decode()
    assert page.encode() == _page()
    outside_plotly = page[: page.index("<script>")] + page[page.index("const DATA") :]
    assert "http" not in outside_plotly
    assert "src=" not in outside_plotly
    assert "</script><b>bear" not in page
    assert "<title>Map &lt;1&gt;</title>" in page


@needs_chromium
def test_hovering_shows_picture_caption_and_groups_and_colours_switch(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "map.html"
    file.write_bytes(_page())
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    page.goto(file.as_uri())
    dots, card = page.locator(".scatterlayer .point"), page.locator("#card")
    expect(dots).to_have_count(3)
    expect(page.locator(".legendtext")).to_have_text(["one (2)", "two (1)"])
    _point_at(page, 0)
    expect(card).to_be_visible()
    expect(card).to_contain_text("a foxcluster: oneslot: dayphotos/fox.png")
    expect(card.locator("img")).to_have_attribute("src", DOT)
    page.get_by_role("button", name="slot").click()
    expect(page.locator(".legendtext")).to_have_text(["day (1)", "night (2)"])
    _point_at(page, 1)
    expect(card).to_contain_text("</script><b>bear</b>")
    expect(card.locator("img")).to_be_hidden()
    assert [url for url in requested if not url.startswith(("file:", "data:", "blob:"))] == []


def _point_at(page: Page, index: int) -> None:
    box = page.locator(".scatterlayer .point").nth(index).bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x + 3, y + 3)
    page.mouse.move(x, y)
