"""The review page in headless Chromium, on a small store: walking, deciding, undoing, filtering, and its errors."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from synth_assets.review.server import ReviewServer
from synth_assets_tests.dagster_page import needs_chromium
from synth_assets_tests.review.small_desk import NAME, desk

pytestmark = needs_chromium


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ReviewServer]:
    with ReviewServer(desk(tmp_path)) as opened:
        threading.Thread(target=opened.serve_forever, args=(0.02,), daemon=True).start()
        yield opened
        opened.shutdown()


def _press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def _current(page: Page) -> str | None:
    return page.locator(".cell.at").get_attribute("data-frame")


def _frames(page: Page) -> list[str | None]:
    return [cell.get_attribute("data-frame") for cell in page.locator(".cell").all()]


def _saved(page: Page) -> None:
    expect(page.locator("#saved")).to_have_text("all saved")


def test_a_review_by_keys_is_saved_undone_and_there_after_a_reload(
    page: Page, server: ReviewServer, tmp_path: Path
) -> None:
    file = tmp_path / NAME / "review.csv"
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(server.url)
    expect(page.locator("#counts")).to_have_text("0 of 4 reviewed, 0 changed")
    assert _frames(page) == ["f0", "f1", "f2", "f3"]
    expect(page.locator("#large")).to_have_js_property("naturalWidth", 64)
    assert page.locator(".cell img").first.evaluate("image => image.decode().then(() => image.naturalWidth)") == 64
    assert _current(page) == "f0"
    # Accept f0, change f1 to the custom strategy, drop f2, change f3 and take that back.
    _press(page, "ArrowRight", "ArrowLeft", "Enter", "3", "x", "1")
    _saved(page)
    expect(page.locator("#counts")).to_have_text("4 of 4 reviewed, 3 changed")
    _press(page, "u")
    _saved(page)
    expected = "frame,strategy,decided\nf0,segment,segment\nf1,silhouette,keep_full\nf2,drop,segment\n"
    assert file.read_text() == expected
    assert _current(page) == "f3"
    page.reload()
    expect(page.locator("#counts")).to_have_text("3 of 4 reviewed, 2 changed")
    assert _current(page) == "f3"
    assert page.locator(".cell.dropped").get_attribute("data-frame") == "f2"
    expect(page.locator("#pending code")).to_have_text(
        "synth backfill --assets 'strategy_decisions*' --partitions frank"
    )
    assert file.read_text() == expected
    assert faults == []


def test_filters_sorting_searching_and_the_mouse(page: Page, server: ReviewServer, tmp_path: Path) -> None:
    page.goto(server.url)
    expect(page.locator(".cell.at")).to_have_count(1)
    _press(page, "s")
    assert _frames(page) == ["f3", "f2", "f0", "f1"]
    _press(page, "f", "f")
    assert _frames(page) == ["f3", "f1"]  # moved
    page.locator("[data-filter=segment]").click()
    assert _frames(page) == ["f2", "f0"]
    page.locator("[data-frame=f0]").click()
    page.locator("#choices [data-strategy=keep_full]").click()
    _saved(page)
    assert (tmp_path / NAME / "review.csv").read_text().splitlines()[1:] == ["f0,keep_full,segment"]
    page.locator("[data-filter='not found']").click()
    assert _frames(page) == ["f4"]
    _press(page, "Enter", "x")
    expect(page.locator("#choices")).to_have_text("For reading only: character not found (best score 0.41).")
    page.locator("[data-filter=all]").click()
    _press(page, "/", "f", "1", "Enter")
    assert _frames(page) == ["f1"]
    expect(page.locator("#reasons li")).to_have_text(["because of f1", "and more"])
    assert (tmp_path / NAME / "review.csv").read_text().count("\n") == 2


def test_what_the_server_refuses_is_shown_and_taken_back(page: Page, server: ReviewServer, tmp_path: Path) -> None:
    page.goto(server.url)
    expect(page.locator(".cell.at")).to_have_count(1)
    file = tmp_path / NAME / "review.csv"
    file.parent.mkdir()
    file.write_text("broken\n")
    _press(page, "x")
    expect(page.locator("#error")).to_contain_text("review.csv:1: the header is 'broken'")
    expect(page.locator("#saved")).to_have_text("the last change is NOT saved")
    expect(page.locator("#counts")).to_have_text("0 of 4 reviewed, 0 changed")
    file.unlink()
    _press(page, "Enter")
    _saved(page)
    assert file.read_text() == "frame,strategy,decided\nf1,keep_full,keep_full\n"
