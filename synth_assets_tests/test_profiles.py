"""Profiles from Python: what is counted, skipped, merged, kept, and how they steer a picture."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from resources.sources.credits import FileCredit, append_credit
from synth_assets.core.images import encode_png
from synth_assets.profiles import (
    create_profile,
    generate_from_profile,
    load_profile,
    merge_profiles,
    save_profile,
)


def gray(path: Path, level: int, noise: int = 0) -> Path:
    pixels = np.full((40, 60, 3), level, np.int64)
    pixels += np.random.default_rng(level).integers(-noise, noise + 1, pixels.shape)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode_png(pixels.astype(np.uint8)))
    return path


@pytest.fixture
def grays(tmp_path: Path) -> list[Path]:
    return [gray(tmp_path / "photos" / f"{level}.png", level) for level in (51, 102, 204)]


def test_create_saves_the_mean_over_the_files_with_their_licences(grays: list[Path], tmp_path: Path) -> None:
    append_credit(grays[0].parent, FileCredit(file="51.png", licence="CC0-1.0"))
    profile = create_profile(grays, "grays", tmp_path / "out")
    assert profile.sample_count == 3
    assert profile.statistics.color_distribution.red_mean == pytest.approx((0.2 + 0.4 + 0.8) / 3, abs=1e-3)
    assert profile.metadata.licences == ("CC0-1.0",)
    assert load_profile(tmp_path / "out" / "stream_grays.json") == profile


def test_what_is_no_usable_picture_is_skipped_and_named(grays: list[Path], tmp_path: Path) -> None:
    bad, tiny, copy = (tmp_path / name for name in ("bad.jpg", "tiny.png", "copy.png"))
    bad.write_bytes(b"no picture")
    tiny.write_bytes(encode_png(np.zeros((8, 9, 3), np.uint8)))
    copy.write_bytes(grays[0].read_bytes())
    profile = create_profile([*grays, bad, tiny, copy, grays[0]], "grays", tmp_path / "out")
    assert profile.sample_count == 3
    skipped = [warning for warning in profile.warnings if warning.startswith("skipped: ")]
    assert [str(path) in text for path, text in zip((bad, tiny, copy), skipped, strict=True)] == [True] * 3
    assert "9x8 pixels; at least 32" in skipped[1]
    assert f"a copy of {grays[0]}" in skipped[2]
    assert load_profile(tmp_path / "out" / "stream_grays.json").warnings == profile.warnings


def test_nothing_usable_a_missing_file_and_a_bad_name_are_errors(tmp_path: Path) -> None:
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(b"no picture")
    with pytest.raises(ValueError, match=r"none of 1 files is a usable picture.*bad\.jpg"):
        create_profile([bad], "x", tmp_path)
    with pytest.raises(ValueError, match="no files were given"):
        create_profile([], "x", tmp_path)
    with pytest.raises(FileNotFoundError, match=r"gone\.jpg"):
        create_profile([tmp_path / "gone.jpg"], "x", tmp_path)
    with pytest.raises(ValueError, match="profile name 'a/b'"):
        create_profile([bad], "a/b", tmp_path)


def test_a_second_profile_of_a_name_keeps_when_the_first_was_made(grays: list[Path], tmp_path: Path) -> None:
    first = create_profile(grays, "grays", tmp_path)
    old = first.metadata.model_copy(update={"created": first.metadata.created.replace(year=2020)})
    save_profile(first.model_copy(update={"metadata": old}), tmp_path)
    assert create_profile(grays[:1], "grays", tmp_path).metadata.created.year == 2020


def test_merging_takes_profiles_and_what_json_gives(grays: list[Path], tmp_path: Path) -> None:
    dark = create_profile(grays[:1], "dark", tmp_path)
    create_profile(grays[2:], "light", tmp_path)
    light = json.loads((tmp_path / "stream_light.json").read_text())
    merged = merge_profiles([dark, light], weights=[0.7, 0.3], name="both")
    assert merged.statistics.brightness.mean == pytest.approx(0.7 * 0.2 + 0.3 * 0.8, abs=1e-3)
    assert save_profile(merged, tmp_path) == tmp_path / "stream_both.json"
    with pytest.raises(ValueError, match="not a profile"):
        merge_profiles([dark, {"name": "x"}])


def test_a_picture_is_moved_toward_its_profile_and_depends_on_the_seed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SYNTH_HOME", "SYNTH_MODELS"):
        monkeypatch.delenv(name, raising=False)
    dark = create_profile([gray(tmp_path / f"{level}.png", level, 20) for level in (40, 50)], "dark", tmp_path)
    photo = np.random.default_rng(0).integers(90, 190, (60, 80, 3)).astype(np.uint8)

    def made(seed: int, strength: float) -> np.ndarray:
        return np.asarray(generate_from_profile(dark, "a wall", [photo], 7.5, seed, (48, 64), strength))

    plain, corrected = made(1, 0.0), made(1, 1.0)
    assert plain.shape == (48, 64, 3)
    assert corrected.mean() < plain.mean() - 10
    assert np.array_equal(corrected, made(1, 1.0))
    assert not np.array_equal(corrected, made(2, 1.0))
    with pytest.raises(ValueError, match=r"composes pictures from photos: give references="):
        generate_from_profile(dark, "a wall")


def test_guidance_asked_for_comes_before_the_models_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from synth_assets_tests.resources.tiny_pipelines import save_sd15  # imports torch, which no other test here needs

    save_sd15(tmp_path / "sd")
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "models.yaml").write_text(
        "sets:\n  tiny:\n    memory_mb: 500\n    roles:\n"
        '      text_to_image: {ref: "file:sd", licence: MIT, steps: 2, guidance: 2.0}\n'
    )
    monkeypatch.setenv("SYNTH_HOME", str(tmp_path))
    monkeypatch.setenv("SYNTH_MODELS", "tiny")
    monkeypatch.setenv("SYNTH_DEVICE", "cpu")
    profile = create_profile([gray(tmp_path / "g.png", 128, 20)], "gray", tmp_path)

    def made(scale: float | None) -> bytes:
        return generate_from_profile(profile, "a red fox", guidance_scale=scale, size_hw=(64, 64)).tobytes()

    own = made(None)
    assert made(2.0) == own
    assert made(12.0) != own
    with pytest.raises(ValueError, match="guidance"):
        made(-1.0)


def test_importing_it_imports_no_model_library_and_no_dagster() -> None:
    code = (
        "import sys, synth_assets.profiles; "
        "print([n for n in ('torch', 'diffusers', 'transformers', 'dagster', 'onnxruntime') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
