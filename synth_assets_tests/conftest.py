"""Fixtures shared by all tests: an empty store, the sample data, a project whose whole graph has run."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from dagster import DagsterInstance

from resources.store import Store
from synth_assets_tests.dagster_page import browser, page, server  # noqa: F401 - fixtures
from synth_assets_tests.small_project import add_characters, make_small_project, synth

ROOT = Path(__file__).parent.parent
_SLOW_FIRST = (
    "test_whole_graph",
    "test_profile_checks",
    "test_kill",
    "test_automation",
    "test_scene_checks",
    "test_cli_profile",
    "test_definitions",
)
"""Files that take longest: begun last, they would leave the other workers idle (make test keeps this order)."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    rank = {name: place for place, name in enumerate(_SLOW_FIRST)}
    items.sort(key=lambda item: rank.get(item.path.stem, len(rank)))


def pytest_collection_finish() -> None:
    gc.freeze()  # what is imported stays: without it, every full collection would walk all of torch


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    with DagsterInstance.ephemeral() as opened:
        yield opened


@pytest.fixture(scope="session")
def project_root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def sample() -> Path:
    return ROOT / "data" / "sample"


@pytest.fixture(scope="session")
def materialized_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cut-down project with every asset materialized by ``synth backfill``."""
    if not (ROOT / "data" / "models").exists():
        pytest.skip("the offline models are not fetched; run `synth models fetch` (make test does)")
    folder = make_small_project(tmp_path_factory.mktemp("project"))
    add_characters(folder)
    done = synth(folder, "backfill")
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return folder
