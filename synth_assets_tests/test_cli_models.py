"""``synth models`` on a small project with one local model."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from synth_assets.cli_models import models_app
from synth_assets_tests.resources.tiny_models import sha256

YAML = """\
sets:
  offline:
    memory_mb: 100
    roles:
      segment: {{ref: "file:net.onnx", licence: MIT, sha256: {sha}}}
      denoise: {{ref: "builtin:nlmeans", licence: Apache-2.0}}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "models.yaml").write_text(YAML.format(sha=sha256(b"net")))
    (tmp_path / "net.onnx").write_bytes(b"net")
    monkeypatch.setenv("SYNTH_HOME", str(tmp_path))
    monkeypatch.delenv("SYNTH_DATA", raising=False)
    monkeypatch.delenv("SYNTH_MODELS", raising=False)
    return tmp_path


def _run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(models_app, list(words))
    return result.exit_code, " ".join(result.output.split())


def test_list_shows_roles_and_states(project: Path) -> None:
    code, said = _run("list")
    assert code == 0
    assert "file:net.onnx" in said
    assert "depth" in said


def test_fetch_and_verify_pass_on_what_is_right(project: Path) -> None:
    assert _run("fetch")[0] == 0
    assert _run("verify")[0] == 0


def test_changed_file_fails_verify_and_fetch(project: Path) -> None:
    (project / "net.onnx").write_bytes(b"other")
    assert _run("verify")[0] == 1
    code, said = _run("fetch")
    assert code == 1
    assert "expected" in said


def test_unknown_set_is_named(project: Path) -> None:
    code, said = _run("list", "--set", "huge")
    assert code == 2
    assert "unknown model set 'huge'" in said
