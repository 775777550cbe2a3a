from pathlib import Path

import pytest

from resources.sources.collecting import UnsplashCollector, VideoCollector, WebcamCollector, collect, place_of
from resources.sources.credits import read_credits
from resources.sources.folder import SourcesConfig, all_folders, find_pictures
from synth_assets.core.config import ConfigError, load_yaml
from synth_assets_tests.resources.sources.films import noisy, write_mjpg
from synth_assets_tests.resources.sources.unsplash_server import KEY, serving

YAML = """
folders:
  - {name: inbox, path: data/inbox, optional: true}
collectors:
  - {kind: unsplash, name: forest, query: forest, slot: midday}
  - {kind: webcam, name: office, device: 2}
  - {kind: video, name: harbour, path: data/films/harbour.avi, licence: CC0-1.0, attribution: Anna}
"""


def load(tmp_path: Path, text: str) -> SourcesConfig:
    (tmp_path / "sources.yaml").write_text(text)
    return load_yaml(tmp_path / "sources.yaml", SourcesConfig)


def test_each_collector_has_a_folder_behind_the_configured_ones(tmp_path: Path) -> None:
    config = load(tmp_path, YAML)
    assert config.collectors == (
        UnsplashCollector(kind="unsplash", name="forest", query="forest", count=100, slot="midday"),
        WebcamCollector(kind="webcam", name="office", device=2, count=30, interval_s=1.0, size_hw=(480, 640)),
        VideoCollector(
            kind="video", name="harbour", path="data/films/harbour.avi", licence="CC0-1.0", attribution="Anna"
        ),
    )
    folders = all_folders(config)
    assert folders[0] == config.folders[0]
    told = [
        (item.name, item.path, item.slot, item.licence, item.attribution, item.history, item.optional)
        for item in folders[1:]
    ]
    assert told == [
        ("forest", "data/collected/forest", "midday", "Unsplash License", "", False, True),
        ("office", "data/collected/office", "", "", "", True, True),
        ("harbour", "data/collected/harbour", "", "CC0-1.0", "Anna", False, True),
    ]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("{kind: webcam, name: Office}", "name: String should match pattern"),
        ("{kind: webcam, name: ../x}", "name: String should match pattern"),
        ("{kind: webcam, name: inbox}", "names of sources must be unique, found inbox, inbox"),
        ("{kind: webcam, name: a, slot: dusk}", "unknown slot; use one of morning"),
        ("{kind: webcam, name: a, count: 0}", "greater than or equal to 1"),
        ("{kind: flickr, name: a}", "'flickr' .*'unsplash', 'webcam', 'video'"),
        ("{kind: unsplash, name: a}", "query: Field required"),
        ("{kind: unsplash, name: a, query: b, key: c}", "key: Extra inputs are not permitted"),
    ],
)
def test_a_wrong_collector_is_refused(tmp_path: Path, entry: str, message: str) -> None:
    text = f"folders:\n  - {{name: inbox, path: in}}\ncollectors:\n  - {entry}\n"
    with pytest.raises(ConfigError, match=message):
        load(tmp_path, text)


def test_the_examples_in_the_projects_configuration_are_valid(tmp_path: Path, project_root: Path) -> None:
    text = (project_root / "configs/sources.yaml").read_text()
    start = text.index("# collectors:")
    examples = "\n".join(line.removeprefix("# ") for line in text[start:].splitlines())
    config = load(tmp_path, text[:start] + examples)
    assert [collector.kind for collector in config.collectors] == ["unsplash", "webcam", "video"]
    assert {folder.name: folder.history for folder in all_folders(config)} == {
        "sample": False,
        "inbox": True,
        "forest_noon": False,
        "office": True,
        "harbour": False,
    }


def test_a_path_follows_the_data_folder(tmp_path: Path) -> None:
    assert place_of("data/a/b", tmp_path, Path("/d")) == Path("/d/a/b")
    assert place_of("data/a/b", tmp_path) == tmp_path / "data/a/b"
    assert place_of("/a", tmp_path, Path("/d")) == Path("/a")


def test_what_is_collected_is_found_in_its_slot_with_its_credit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = load(tmp_path, YAML.replace("device: 2", f"device: {tmp_path / 'camera.avi'}, count: 2, interval_s: 0"))
    write_mjpg(tmp_path / "camera.avi", [noisy(90, seed) for seed in range(2)])
    (tmp_path / "films").mkdir()
    write_mjpg(tmp_path / "films/harbour.avi", [noisy(90, seed) for seed in range(30)])
    with serving(total=3) as api:
        monkeypatch.setenv("UNSPLASH_ACCESS_KEY", KEY)
        monkeypatch.setenv("UNSPLASH_API_URL", api.url)
        for collector, folder in zip(config.collectors, all_folders(config)[1:], strict=True):
            done = collect(collector, place_of(folder.path, tmp_path, tmp_path), tmp_path, tmp_path)
            assert (done.present, done.skipped) == ((), ())
    found = find_pictures(all_folders(config), tmp_path, tmp_path)
    files = {file.name: file for slot in found.values() for file in slot}
    forest = [file for file in found["midday"] if file.source == "forest"]
    assert [file.name for file in forest] == ["p000.jpg", "p001.jpg", "p002.jpg"]
    assert forest[0].licence == "Unsplash License"
    assert forest[0].attribution == "Anna 0 (@anna0) on Unsplash, https://unsplash.com/@anna0"
    assert (files["harbour_000002000.jpg"].licence, files["harbour_000002000.jpg"].attribution) == ("CC0-1.0", "Anna")
    assert len([file for file in files.values() if file.source == "office" and file.history]) == 2
    assert len(read_credits(tmp_path / "collected/harbour")) == 2
