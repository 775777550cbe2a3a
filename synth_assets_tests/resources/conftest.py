"""Fixtures of the engines' tests: tiny pipelines, each saved once for all files of tests."""

import pytest

from synth_assets_tests.resources.tiny_folders import TinyFolders


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> TinyFolders:
    return TinyFolders(tmp_path_factory.mktemp("pipelines"))
