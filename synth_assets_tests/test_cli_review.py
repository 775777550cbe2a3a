"""``synth review`` serves and ends; ``synth tune`` learns from reviews, shows it, and writes when asked to."""

import os
import shutil
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from resources.store import Store
from synth_assets.cli import app
from synth_assets.core.curation.reviews import Review, write_reviews
from synth_assets.core.curation.thresholds import load_thresholds
from synth_assets.core.items import Extras
from synth_assets_tests.dagster_page import free_port
from synth_assets_tests.review.small_desk import NAME, row
from synth_assets_tests.small_project import ROOT

COMPLEXITY = {"keep_full": (0.31, 0.32, 0.33, 0.34, 0.35), "segment": (0.45, 0.5, 0.55)}
"""Reviewers take frames as simple that the rules (below 0.3) do not."""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "configs").mkdir()
    shutil.copy2(ROOT / "configs" / "decision_thresholds.yaml", tmp_path / "configs")
    reviews: dict[str, Review] = {}
    with Store(tmp_path / "data" / "store").open("strategy_decisions", NAME) as writer:
        for strategy, values in COMPLEXITY.items():
            for value in values:
                key = f"f{round(100 * value)}"
                writer.put(key, key, [row(key, "segment", 0.8, complexity_corrected=value)])
                reviews[key] = Review(strategy, "segment")
        writer.commit(list(reviews), "1", Extras())
    write_reviews(tmp_path / "data" / "characters" / NAME / "review.csv", reviews)
    monkeypatch.setenv("SYNTH_HOME", str(tmp_path))
    for name in ("SYNTH_DATA", "SYNTH_STORE", "SYNTH_CONFIGS"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def _said(*words: str) -> str:
    result = CliRunner().invoke(app, list(words), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return " ".join(result.output.split())


def test_tuning_shows_before_and_after_and_writes_nothing(project: Path) -> None:
    text = _said("tune", NAME)
    assert "│ simple_background │ 0.3 │ 0.4 │" in text
    assert "│ keep_full │ 0 │ 5 │" in text
    assert "│ f31 │ keep_full │ segment │ keep_full │" in text
    assert "agreement with the reviews: 38% before, 100% after, on frames that it had not seen" in text
    assert f"`synth tune {NAME} --write` lays these values into" in text
    assert not (project / "configs" / "characters").exists()


def test_tuned_values_are_written_and_then_there_is_nothing_to_tune(project: Path) -> None:
    common, own = project / "configs" / "decision_thresholds.yaml", project / "configs" / "characters" / f"{NAME}.yaml"
    text = _said("tune", NAME, "--write")
    assert f"written: {own}" in text
    assert f"synth backfill --assets 'strategy_decisions*' --partitions {NAME}" in text
    assert own.read_text() == "thresholds:\n  simple_background: 0.4 # was 0.3\n"
    assert load_thresholds(common, own).thresholds.simple_background == 0.4
    assert "the thresholds stay" in _said("tune", NAME, "--write")


def test_what_else_a_characters_file_holds_stays(project: Path) -> None:
    own = project / "configs" / "characters" / f"{NAME}.yaml"
    own.parent.mkdir()
    own.write_text("# mine\nthresholds:\n  simple_background: 0.2 # low\ndataset_needs:\n  far_shot: 0.1\n")
    assert "comments are lost" not in _said("tune", NAME, "--write")
    assert own.read_text() == "# mine\nthresholds:\n  simple_background: 0.4 # low\ndataset_needs:\n  far_shot: 0.1\n"
    own.write_text("thresholds: {low_sharpness: 0.1} # short\n")
    assert "comments are lost" in _said("tune", NAME, "--write")
    assert own.read_text() == "thresholds:\n  low_sharpness: 0.1\n  simple_background: 0.4\n"


def test_without_reviews_the_way_to_make_some_is_told(project: Path) -> None:
    (project / "data" / "characters" / NAME / "review.csv").unlink()
    with pytest.raises(ValueError, match=rf"review.csv: no reviews yet; `synth review {NAME}` shows the frames"):
        CliRunner().invoke(app, ["tune", NAME], catch_exceptions=False)
    with pytest.raises(ValueError, match="strategy_decisions\\[otto\\] is not in the store"):
        CliRunner().invoke(app, ["review", "otto"], catch_exceptions=False)


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Ctrl-C has its effect, also where the tests were started in the background."""
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, former)


@pytest.mark.usefixtures("interruptible")
def test_a_review_prints_its_address_and_ends_with_the_way_on(project: Path) -> None:
    port = free_port()
    seen: list[int] = []

    def look_and_interrupt() -> None:
        with httpx.Client(transport=httpx.HTTPTransport(retries=5), trust_env=False) as client:
            seen.append(client.get(f"http://127.0.0.1:{port}/state").status_code)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=look_and_interrupt, daemon=True).start()
    text = _said("review", NAME, "--port", str(port))
    assert seen == [200]
    assert f"review of {NAME}: http://127.0.0.1:{port}/ (" in text
    assert text.endswith(f"synth backfill --assets 'strategy_decisions*' --partitions {NAME}")
