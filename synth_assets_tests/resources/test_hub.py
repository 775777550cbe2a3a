"""Hub models from a hub on 127.0.0.1: locked without their weights, fetched, and refused when they change."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from resources.models.entries import ModelEntry
from resources.models.fetch import exact_ref, fetch, status
from resources.models.file_entries import AdapterEntry
from resources.models.files import ModelFileError, Places
from resources.models.hub import lock_snapshot
from resources.models.lock import read_lock
from resources.models.onnx import onnx_file
from synth_assets.cli_models import models_app
from synth_assets_tests.resources.tiny_hub import TinyHub, serve
from synth_assets_tests.resources.tiny_models import sha256

ENTRY = ModelEntry(ref="hf:a/b", licence="MIT", engine="diffusers-text-to-image")
HALF = ENTRY.model_copy(update={"variant": "fp16"})
LORA = AdapterEntry(kind="lora", ref="hf:a/b", licence="MIT", file="lora/x.safetensors")
FILES = {
    "README.md": b"card",
    "everything.safetensors": b"one checkpoint of all parts",
    "model_index.json": b"{}",
    "lora/x.safetensors": b"lora",
    "safety_checker/model.safetensors": b"checker",
    "unet/config.json": b"{1}",
    "unet/model.safetensors": b"unet",
    "unet/model.fp16.safetensors": b"half",
    "unet/model.bin": b"pickle",
}
WANTED = ["lora/x.safetensors", "model_index.json", "unet/config.json", "unet/model.safetensors"]
YAML = """\
sets:
  offline:
    memory_mb: 100
    roles:
      text_to_image: {ref: "hf:a/b", licence: MIT}
      denoise: {ref: "builtin:nlmeans", licence: Apache-2.0}
"""


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(tmp_path, tmp_path / "cache", tmp_path / "configs" / "models.lock")


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[TinyHub]:
    with serve(TinyHub(dict(FILES)), monkeypatch) as served:
        yield served


def test_locking_takes_checksums_of_weights_from_the_hubs_records(places: Places, hub: TinyHub) -> None:
    locked = lock_snapshot(ENTRY, places)
    assert locked.revision == hub.commit
    assert locked.files == {name: sha256(FILES[name]) for name in WANTED}
    assert read_lock(places.lock_path) == {"hf:a/b": locked}
    assert sorted(hub.got) == ["model_index.json", "unet/config.json"]
    assert exact_ref(ENTRY, places) == f"hf:a/b@{hub.commit}"
    assert status(ENTRY, places) == "missing"


def test_what_was_locked_is_fetched_and_verifies(places: Places, hub: TinyHub) -> None:
    lock_snapshot(ENTRY, places)
    fetched = fetch(ENTRY, places)
    found = [str(file.relative_to(fetched.path)) for file in sorted(fetched.path.rglob("*")) if file.is_file()]
    assert found == WANTED
    assert status(ENTRY, places) == "ok"
    assert fetched.ref == f"hf:a/b@{hub.commit}"
    hub.got.clear()
    assert fetch(ENTRY, places) == fetched
    assert hub.got == []


def test_fetching_locks_too(places: Places, hub: TinyHub) -> None:
    fetch(ENTRY, places)
    assert read_lock(places.lock_path)["hf:a/b"] == lock_snapshot(ENTRY, places)


def test_entries_of_one_repository_share_its_commit(places: Places, hub: TinyHub) -> None:
    fetch(ENTRY, places)
    assert status(LORA, places) == "missing"
    assert (fetch(LORA, places).path / LORA.file).read_bytes() == b"lora"
    assert fetch(LORA, places).megabytes == len(b"lora") / 1e6
    fetch(HALF, places)
    assert [status(entry, places) for entry in (ENTRY, LORA, HALF)] == ["ok"] * 3
    assert "unet/model.fp16.safetensors" in read_lock(places.lock_path)["hf:a/b"].files


def test_one_file_of_a_repository_is_taken_with_its_weights(places: Places, hub: TinyHub) -> None:
    hub.files |= {"nets/a.onnx": b"a", "nets/a.onnx.data": b"weights of a", "nets/b.onnx": b"b"}
    one = ModelEntry(ref="hf:a/b", licence="MIT", engine="lama-onnx", file="nets/a.onnx")
    fetched = fetch(one, places)
    assert onnx_file(one, fetched.path).read_bytes() == b"a"
    assert (fetched.path / "nets" / "a.onnx.data").read_bytes() == b"weights of a"
    assert sorted(hub.got) == ["nets/a.onnx", "nets/a.onnx.data"]
    other = one.model_copy(update={"file": "nets/b.onnx"})
    assert [status(one, places), status(other, places)] == ["ok", "missing"]
    assert onnx_file(other, fetch(other, places).path).read_bytes() == b"b"


def test_a_file_that_changed_on_the_hub_is_refused(places: Places, hub: TinyHub) -> None:
    lock_snapshot(ENTRY, places)
    hub.files["unet/model.safetensors"] = b"replaced"
    with pytest.raises(ModelFileError, match=r"unet/model\.safetensors has sha256"):
        lock_snapshot(ENTRY, places)
    with pytest.raises(ModelFileError, match=r"unet/model\.safetensors has sha256"):
        fetch(ENTRY, places)
    assert "has sha256" in status(ENTRY, places)


def test_another_revision_than_the_locked_one_is_refused(places: Places, hub: TinyHub) -> None:
    lock_snapshot(ENTRY, places)
    other = ENTRY.model_copy(update={"ref": "hf:a/b@v2"})
    for take in (fetch, lock_snapshot):
        with pytest.raises(ModelFileError, match="delete that entry to move to another"):
            take(other, places)


def test_what_the_repository_does_not_have_is_said(places: Places, hub: TinyHub) -> None:
    with pytest.raises(ModelFileError, match=r"has none of other\.safetensors"):
        lock_snapshot(LORA.model_copy(update={"file": "other.safetensors"}), places)
    with pytest.raises(ModelFileError, match="the hub gave nothing"):
        lock_snapshot(ENTRY.model_copy(update={"ref": "hf:no/where"}), places)
    assert not places.lock_path.exists()


def test_command_lists_what_it_locked_and_fails_where_a_file_changed(
    places: Places, hub: TinyHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    (places.root / "configs").mkdir()
    (places.root / "configs" / "models.yaml").write_text(YAML)
    monkeypatch.setenv("SYNTH_HOME", str(places.root))
    for name in ("SYNTH_DATA", "SYNTH_MODELS", "SYNTH_CONFIGS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "120")
    first = CliRunner().invoke(models_app, ["lock", "--set", "offline"])
    assert first.exit_code == 0, first.output
    assert hub.commit in first.output
    hub.files["unet/model.safetensors"] = b"replaced"
    second = CliRunner().invoke(models_app, ["lock"])
    assert second.exit_code == 1
    assert "refused" in second.output
