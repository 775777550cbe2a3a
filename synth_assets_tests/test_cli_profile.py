"""``synth profile`` on a project with a few small photos, in process; what is wrong is refused with a way out."""

import json
import os
import shutil
import signal
import subprocess
from datetime import datetime
from pathlib import Path

import cv2
import pytest
from typer.testing import CliRunner

from resources.profiles import Profiles
from synth_assets.cli import app
from synth_assets.core.images import encode_png
from synth_assets_tests.resources.sources.films import noisy, write_mjpg
from synth_assets_tests.resources.sources.unsplash_server import KEY, body, serving
from synth_assets_tests.small_project import ROOT, command, environment

LEVELS = (60, 120, 180)


def write(path: Path, level: int, hour: int | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode_png(noisy(level, level)))
    if hour is not None:
        moment = datetime(2026, 5, 1, hour).timestamp()
        os.utime(path, (moment, moment))
    return path


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "configs").mkdir()
    for name in ("models.yaml", "stages.yaml", "sources.yaml"):
        shutil.copy2(ROOT / "configs" / name, tmp_path / "configs")
    for level in LEVELS:
        write(tmp_path / "photos" / f"p{level}.png", level)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SYNTH_HOME", str(tmp_path))
    for name in ("SYNTH_DATA", "SYNTH_STORE", "SYNTH_MODELS", "UNSPLASH_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def said(*words: str) -> str:
    """Output of a command that ends well, on one line."""
    result = CliRunner().invoke(app, ["profile", *words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return " ".join(result.output.split())


def create(*words: str, name: str = "walls") -> str:
    return said("create", "--output-name", name, "--no-labels", *words)


def refusal(*words: str) -> str:
    """Message of a command that ends with exit code 2 (``cli.main`` prints these two errors so)."""
    result = CliRunner().invoke(app, ["profile", *words])
    assert isinstance(result.exception, ValueError | FileNotFoundError), result.output
    return str(result.exception)


def profiles(project: Path) -> Profiles:
    return Profiles(str(project / "data" / "store" / "profiles"))


def test_only_a_photo_that_is_new_is_measured_and_refused_files_are_named(project: Path) -> None:
    folder = ("--source", "folder", "--path", "photos")
    assert "pictures: 3 (3 new files, 3 measured, 0 known), 0 refused" in create(*folder)
    assert "pictures: 3 (0 new files, 0 measured, 3 known)" in create(*folder)
    assert len(profiles(project).history("walls")) == 1
    write(project / "photos" / "sub" / "p240.png", 240)
    (project / "photos" / "torn.png").write_bytes(b"no picture")
    text = create(*folder)
    assert "pictures: 4 (2 new files, 1 measured, 3 known), 1 refused" in text
    assert "refused: walls/torn.png: not a readable picture" in text
    assert "warning: only 4 pictures" in text
    profile = profiles(project).load("walls")
    assert profile.statistics.brightness.mean == pytest.approx((60 + 120 + 180 + 240) / 4 / 255, abs=0.01)
    assert "pictures: 2 (0 new files" in create(*folder, "--count", "2")


def test_a_slot_takes_the_pictures_of_its_hours(project: Path) -> None:
    for level, hour in zip(LEVELS, (7, 12, 12), strict=True):
        write(project / "dated" / f"{level}.png", level, hour)
    text = create("--source", "folder", "--path", "dated", "--slot", "midday", name="noon")
    assert "pictures: 2 (2 new files" in text
    assert profiles(project).load("noon").statistics.brightness.mean == pytest.approx(150 / 255, abs=0.01)


def test_a_film_and_a_camera_fill_a_folder_of_their_own(project: Path) -> None:
    film = write_mjpg(project / "film.avi", [noisy(40 + 10 * index, index) for index in range(10)])
    text = create("--source", "video", "--path", "film.avi", "--every", "0.5", "--count", "2", name="Film")
    assert "collected: 2 new, 0 there before, 0 skipped" in text
    assert len(list((project / "data" / "collected" / "film").glob("film_*.jpg"))) == 2
    text = create("--source", "webcam", "--device", str(film), "--count", "3", "--every", "0", name="camera")
    assert "pictures: 3 (3 new files" in text
    text = create("--source", "webcam", "--device", str(film), "--count", "3", "--every", "0", name="camera")
    assert "pictures: 3 (3 new files, 0 measured, 3 known), 3 refused refused: camera/" in text
    assert ".jpg: duplicate of camera/" in text  # the film gives the same frames again
    assert profiles(project).load("camera").statistics.patterns  # a camera's pictures are dated
    other = refusal("create", "--source", "unsplash", "--query", "q", "--output-name", "camera", "--no-labels")
    assert "holds pictures of another source" in other


def test_a_search_is_profiled_with_its_licence(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNSPLASH_ACCESS_KEY", KEY)
    with serving(total=3) as api:
        monkeypatch.setenv("UNSPLASH_API_URL", api.url)
        for index in range(3):
            jpeg = cv2.imencode(".jpg", noisy(100, index))[1].tobytes()
            api.faults[f"/files/p{index:03d}"] = [body(jpeg)]
        assert "collected: 2 new" in create("--source", "unsplash", "--query", "walls", "--count", "2")
    profile = profiles(project).load("walls")
    assert (profile.sample_count, profile.metadata.licences) == (2, ("Unsplash License",))


def test_a_used_up_quota_leaves_what_was_fetched(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNSPLASH_ACCESS_KEY", KEY)
    with serving(total=3) as api:
        monkeypatch.setenv("UNSPLASH_API_URL", api.url)
        api.remaining = 2
        text = refusal("create", "--source", "unsplash", "--query", "q", "--output-name", "walls", "--no-labels")
    assert "photos are in" in text
    assert len(list((project / "data" / "collected" / "walls").glob("*.jpg"))) == 1


def test_list_merge_export_and_analyze(project: Path) -> None:
    create("--source", "folder", "--path", "photos", name="a")
    write(project / "light" / "l.png", 240)
    create("--source", "folder", "--path", "light", name="b")
    assert "profile both: 4 pictures" in said("merge", "a", "b", "--weights", "0.7,0.3", "--output-name", "both")
    mean = profiles(project).load("both").statistics.brightness.mean
    assert mean == pytest.approx((0.7 * 120 + 0.3 * 240) / 255, abs=0.01)
    (project / "data" / "store" / "profiles" / "stream_odd.json").write_text("{}")
    text = said("list")
    assert all(f"│ {name} │" in text for name in ("a", "b", "both", "odd"))
    assert "not readable" in text
    said("export", "a", "--to", "out/a.json")
    assert (project / "out" / "a.json").read_bytes() == profiles(project).path("a").read_bytes()
    text = said("analyze", "--profile-name", "a", "--detailed", "--export", "report/a.md")
    assert "Sample count: 3" in text
    assert "only 3 pictures" in text
    report = (project / "report" / "a.md").read_text()
    assert "![channels](<a_channels.png>)" in report
    assert (project / "report" / "a_channels.png").read_bytes().startswith(b"\x89PNG")
    said("analyze", "--profile-name", "a", "--export", "report/a.json")
    assert json.loads((project / "report" / "a.json").read_text())["name"] == "a"


def test_collect_runs_a_configured_collector_which_create_leaves_alone(project: Path) -> None:
    write_mjpg(project / "film.avi", [noisy(40 + 10 * index, index) for index in range(10)])
    (project / "configs" / "sources.yaml").write_text(
        "folders: []\ncollectors:\n  - {kind: video, name: harbour, path: film.avi, every_s: 0.5}\n"
    )
    assert "collected: 2 new" in said("collect", "harbour")
    assert len(list((project / "data" / "collected" / "harbour").glob("*.jpg"))) == 2
    assert "harbour" in refusal("collect", "nosuch")
    words = ("create", "--source", "video", "--path", "film.avi", "--output-name", "harbour", "--no-labels")
    assert "synth profile collect harbour" in refusal(*words)


FOLDER = ("create", "--source", "folder", "--no-labels", "--path", "photos", "--output-name")
UNSPLASH = ("create", "--source", "unsplash", "--no-labels", "--output-name", "u")
REFUSALS = {
    "slot_name": ((*FOLDER, "morning"), "belongs to the time slot"),
    "bad_name": ((*FOLDER, "a/b"), "profile name 'a/b'"),
    "unknown_slot": ((*FOLDER, "x", "--slot", "noon"), "use one of morning, midday"),
    "stray_query": ((*FOLDER, "x", "--query", "q"), "--query means nothing with --source folder, which takes --path"),
    "stray_interval": ((*FOLDER, "x", "--interval", "5"), "between two pictures: --every"),
    "no_query": (UNSPLASH, "--source unsplash needs --query"),
    "no_key": ((*UNSPLASH, "--query", "q"), "UNSPLASH_ACCESS_KEY"),
    "no_key_ever": ((*UNSPLASH, "--query", "q", "--continuous"), "UNSPLASH_ACCESS_KEY"),
    "no_path": (("create", "--source", "folder", "--output-name", "x"), "--source folder needs --path"),
    "no_folder": (("create", "--source", "folder", "--path", "nosuch", "--output-name", "x"), "there is no folder"),
    "no_film": (("create", "--source", "video", "--path", "x.mp4", "--output-name", "x"), "there is no film"),
    "no_camera": (
        ("create", "--source", "webcam", "--device", "/dev/nosuch", "--output-name", "x", "--no-labels"),
        "not plugged in",
    ),
    "bad_every": (
        ("create", "--source", "webcam", "--every", "-1", "--output-name", "x", "--no-labels"),
        "source webcam: interval_s: Input should be greater than or equal to 0",
    ),
    "unknown_profile": (("analyze", "--profile-name", "nosuch"), "no profile is called 'nosuch'"),
    "merge_into_slot": (("merge", "a", "b", "--output-name", "night"), "belongs to the time slot"),
    "merge_unknown": (("merge", "a", "b", "--output-name", "c"), "no profile is called 'a'"),
    "export_ending": (("export", "a", "--to", "a.txt"), "ends with .json"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_wrong_input_is_refused_with_its_reason(project: Path, name: str) -> None:
    words, message = REFUSALS[name]
    assert message in refusal(*words)
    assert not (project / "data" / "store" / "profiles").exists()


def test_wrong_weights_and_endings_are_refused(project: Path) -> None:
    create("--source", "folder", "--path", "photos", name="a")
    assert "such as 0.7,0.3" in refusal("merge", "a", "a", "--weights", "x", "--output-name", "c")
    assert "expected 2 positive weights" in refusal("merge", "a", "a", "--weights", "1", "--output-name", "c")
    assert "use .json or .md" in refusal("analyze", "--profile-name", "a", "--export", "a.txt")
    write(project / "none" / "x.png", 60).write_bytes(b"no picture")
    text = refusal("create", "--source", "folder", "--path", "none", "--output-name", "n", "--no-labels")
    assert "no usable picture" in text
    assert "n/x.png: not a readable picture" in text


def test_labels_that_cannot_be_fetched_name_the_way_out(project: Path) -> None:
    models = project / "configs" / "models.yaml"
    models.write_text(
        'sets:\n  offline:\n    memory_mb: 100\n    roles:\n      label: {ref: "file:gone.onnx", licence: MIT}\n'
    )
    text = refusal("create", "--source", "folder", "--path", "photos", "--output-name", "x")
    assert "gone.onnx does not exist" in text
    assert "--no-labels" in text


def test_continuous_goes_on_after_a_failed_round_and_ends_well_on_ctrl_c(project: Path) -> None:
    late = project / "late"
    late.mkdir()
    words = ("--source", "folder", "--path", "late", "--output-name", "late", "--no-labels")
    process = subprocess.Popen(
        command("profile", "create", *words, "--continuous", "--interval", "0.2"),
        env=environment(project),
        cwd=project,
        stdout=subprocess.PIPE,
        text=True,
        # A shell that runs tests in the background makes them ignore Ctrl-C, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if "round 1 failed: profile 'late': no usable picture" in line:
            write(late / "p.png", 100)
        if line.startswith("profile late: 1 pictures"):
            process.send_signal(signal.SIGINT)
            break
    rest, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "round 1 failed" in "".join(lines)
    assert "profile late: stopped after" in rest
    assert profiles(project).load("late").sample_count == 1
