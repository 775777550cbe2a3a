"""Fixtures shared by all tests: a store in a temporary folder, the sample data, the project root."""

from pathlib import Path

import pytest

from resources.store import Store

ROOT = Path(__file__).parent.parent


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture(scope="session")
def project_root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def sample() -> Path:
    return ROOT / "data" / "sample"
