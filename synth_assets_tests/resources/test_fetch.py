"""Fetching from a wheel made here, from local files, and the lock of hub snapshots."""

from pathlib import Path

import pytest

from resources.models.engines import CONVERTERS, Engine
from resources.models.entries import ModelEntry
from resources.models.fetch import exact_ref, fetch, status
from resources.models.files import ModelFileError, Places
from resources.models.hub import check_against_lock, settle
from resources.models.lock import read_lock
from synth_assets_tests.resources.tiny_models import make_wheel, sha256

WEIGHTS = b"weights" * 100


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(tmp_path, tmp_path / "cache", tmp_path / "configs" / "models.lock")


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip takes wheels from, and nowhere else."""
    folder = tmp_path / "index"
    members = {
        "pkg/net.onnx": WEIGHTS,
        "pkg/net.safetensors": WEIGHTS,
        "pkg/model/model.safetensors": WEIGHTS,
        "pkg/model/config.json": b"{}",
        "pkg/model/old.bin": b"pickle",
        "pkg/code.py": b"",
    }
    make_wheel(folder, "tiny-net", "1.0", members)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    return folder


def _entry(member: str = "pkg/net.onnx", sha: str = sha256(WEIGHTS), version: str = "1.0", **more: str) -> ModelEntry:
    return ModelEntry(ref=f"pypi:tiny-net=={version}#{member}", licence="MIT", sha256=sha, **more)


def _everything(folder: Path) -> list[str]:
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())


def test_member_is_fetched_once(places: Places, index: Path) -> None:
    assert status(_entry(), places) == "missing"
    fetched = fetch(_entry(), places)
    assert fetched.path.read_bytes() == WEIGHTS
    assert fetched.ref == "pypi:tiny-net==1.0#pkg/net.onnx"
    assert _everything(places.cache_dir) == ["pypi/tiny-net-1.0/pkg/net.onnx"]
    assert status(_entry(), places) == "ok"
    (index / "tiny_net-1.0-py3-none-any.whl").unlink()
    assert fetch(_entry(), places) == fetched


def test_folder_member_comes_without_pickles(places: Places, index: Path) -> None:
    fetched = fetch(_entry("pkg/model/", weights="model.safetensors"), places)
    assert _everything(fetched.path) == ["config.json", "model.safetensors"]
    assert fetch(_entry("pkg/model/", weights="model.safetensors"), places) == fetched


def test_a_folder_without_weights_is_checked_as_a_whole(places: Places, index: Path) -> None:
    # Sorted: config.json, then model.safetensors; the pickle is left in the wheel.
    whole = sha256(f"config.json{sha256(b'{}')}model.safetensors{sha256(WEIGHTS)}".encode())
    entry = _entry("pkg/model/", whole)
    path = fetch(entry, places).path
    assert status(entry, places) == "ok"
    (path / "config.json").write_bytes(b"[]")
    assert "sha256 of model is" in status(entry, places)
    assert (fetch(entry, places).path / "config.json").read_bytes() == b"{}"
    (path / "more.txt").write_bytes(b"")
    assert "sha256 of model is" in status(entry, places)
    with pytest.raises(ModelFileError, match=f"is {whole}, expected"):
        fetch(_entry("pkg/model/", "1" * 64), places)


def test_a_folder_that_a_conversion_adds_to_needs_the_file_to_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CONVERTERS, "copy", Engine("shutil", "copyfile"))
    with pytest.raises(ValueError, match="name the one to check as 'weights'"):
        _entry("pkg/model/", convert="copy")


def test_conversion_is_done_once_and_again_where_it_was_changed(
    places: Places, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(CONVERTERS, "copy", Engine("shutil", "copyfile"))
    entry = _entry("pkg/net.safetensors", convert="copy")
    path = fetch(entry, places).path
    assert path.name == "net.onnx"
    before = path.stat().st_mtime_ns
    assert fetch(entry, places).path.stat().st_mtime_ns == before
    path.write_bytes(b"tampered")
    assert fetch(entry, places).path.read_bytes() == WEIGHTS


def test_wrong_checksum_is_refused_and_leaves_nothing(places: Places, index: Path) -> None:
    with pytest.raises(ModelFileError, match=f"is {sha256(WEIGHTS)}, expected {'0' * 64}"):
        fetch(_entry(sha="0" * 64), places)
    assert _everything(places.cache_dir) == []


def test_changed_file_is_told_and_fetched_again(places: Places, index: Path) -> None:
    path = fetch(_entry(), places).path
    path.write_bytes(b"tampered")
    assert "sha256 of net.onnx" in status(_entry(), places)
    assert fetch(_entry(), places).path.read_bytes() == WEIGHTS


def test_torn_wheel_leaves_nothing(places: Places, index: Path) -> None:
    wheel = index / "tiny_net-1.0-py3-none-any.whl"
    wheel.write_bytes(wheel.read_bytes()[:400])
    with pytest.raises(ModelFileError, match=r"tiny-net==1\.0"):
        fetch(_entry(), places)
    assert _everything(places.cache_dir) == []


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (_entry(version="2.0"), "could not download tiny-net==2.0"),
        (_entry("pkg/none.onnx"), "holds no 'pkg/none.onnx'"),
    ],
)
def test_what_is_not_there_is_named(places: Places, index: Path, entry: ModelEntry, said: str) -> None:
    with pytest.raises(ModelFileError, match=said):
        fetch(entry, places)


def test_local_file_is_named_by_its_content_not_its_place(places: Places) -> None:
    entry = ModelEntry(ref="file:net.onnx", licence="MIT")
    with pytest.raises(ModelFileError, match=r"net\.onnx does not exist"):
        fetch(entry, places)
    (places.root / "net.onnx").write_bytes(WEIGHTS)
    first = exact_ref(entry, places)
    assert first.startswith("file:net.onnx@")
    (places.root / "net.onnx").write_bytes(b"other")
    assert exact_ref(entry, places) != first


def test_local_folder_with_a_pickle_is_refused(places: Places) -> None:
    (places.root / "m").mkdir()
    (places.root / "m" / "weights.bin").write_bytes(b"x")
    with pytest.raises(ModelFileError, match=r"weights\.bin is pickled"):
        fetch(ModelEntry(ref="file:m", licence="MIT"), places)


def test_snapshot_is_locked_at_first_and_checked_after(places: Places) -> None:
    folder = places.root / "0123abcd"
    (folder / "unet").mkdir(parents=True)
    (folder / "unet" / "w.safetensors").write_bytes(WEIGHTS)
    entry = ModelEntry(ref="hf:a/b", licence="x")
    settle(entry, folder, places.lock_path)
    locked = read_lock(places.lock_path)["hf:a/b"]
    assert (locked.revision, locked.files) == ("0123abcd", {"unet/w.safetensors": sha256(WEIGHTS)})
    assert exact_ref(entry, places) == "hf:a/b@0123abcd"
    settle(entry, folder, places.lock_path)
    (folder / "unet" / "more.safetensors").write_bytes(b"x")
    with pytest.raises(ModelFileError, match=r"more\.safetensors .*none \(new\)"):
        settle(entry, folder, places.lock_path)
    (folder / "unet" / "more.safetensors").unlink()
    (folder / "unet" / "w.safetensors").write_bytes(b"other")
    with pytest.raises(ModelFileError, match=r"w\.safetensors has sha256"):
        settle(entry, folder, places.lock_path)
    with pytest.raises(ModelFileError, match="the lock says 0123abcd"):
        check_against_lock(entry, "89ef", {}, locked)
