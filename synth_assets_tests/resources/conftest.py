"""Fixtures of the engines' tests: tiny pipelines, each saved once for all files of tests; a registry of tiny models;
an empty store of each kind."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from resources.models.entries import load_models_config
from resources.models.registry import ModelRegistry, forget_warm_models
from resources.store import Store
from synth_assets_tests.resources.tiny_folders import TinyFolders


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> TinyFolders:
    return TinyFolders(tmp_path_factory.mktemp("pipelines"))


@pytest.fixture
def registry(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelRegistry]:
    """The set "tiny" of the ``models.yaml`` in ``root``, a fixture of the test's own file; nothing is loaded."""
    monkeypatch.setenv("SYNTH_DEVICE", "cpu")
    forget_warm_models()
    yield ModelRegistry(load_models_config(root / "models.yaml"), "tiny", root / "cache", root=root)
    forget_warm_models()


@pytest.fixture(params=["local", "memory"])
def any_store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return Store(tmp_path if request.param == "local" else f"memory://{tmp_path.name}")
