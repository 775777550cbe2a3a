"""The definitions: what the graph is, that it loads quickly without model libraries, that it refuses bad files."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from dagster import AssetKey, Definitions

from synth_assets.core.config import ConfigError
from synth_assets.definitions import build_defs
from synth_assets_tests.resources.test_custom_strategies import documented
from synth_assets_tests.small_project import environment, make_small_project, synth

GRAPH = {
    "captures": "",
    "capture_profile": "captures",
    "reference_images": "captures",
    "image_profile": "capture_profile reference_images",
    "backgrounds": "image_profile reference_images",
    "inpainted_scenes": "backgrounds image_profile",
    "edited_images": "image_profile reference_images",
    "reference_captions": "reference_images",
    "scene_captions": "edited_images inpainted_scenes",
    "frames": "",
    "frame_analysis": "frames",
    "strategy_decisions": "frame_analysis",
    "keep_full": "strategy_decisions",
    "segment": "strategy_decisions",
    "create_occlusion": "strategy_decisions",
    "enhance_segment": "strategy_decisions",
    "curated_captions": "create_occlusion enhance_segment keep_full segment",
    "caption_clusters": "curated_captions reference_captions scene_captions",
    "image_sequences": (
        "create_occlusion edited_images enhance_segment frames inpainted_scenes keep_full reference_images segment"
    ),
    "training_set": (
        "create_occlusion curated_captions edited_images enhance_segment inpainted_scenes keep_full "
        "scene_captions segment"
    ),
    "overview": "caption_clusters image_sequences training_set",
}


@pytest.fixture(scope="module")
def defs() -> Definitions:
    return build_defs()


def test_graph(defs: Definitions) -> None:
    graph = defs.resolve_asset_graph()
    found = {
        key.to_user_string(): " ".join(sorted(parent.to_user_string() for parent in graph.get(key).parent_keys))
        for key in graph.get_all_asset_keys()
    }
    assert found == GRAPH


def test_every_asset_says_what_it_is(defs: Definitions) -> None:
    graph = defs.resolve_asset_graph()
    for name in GRAPH:
        node = graph.get(AssetKey(name))
        assert node.group_name
        assert node.owners
        assert node.kinds
        assert node.code_version
        assert "SPEC: S" in (node.description or "")
        if node.partitions_def is not None:
            assert node.backfill_policy is not None
        if name not in ("captures", "capture_profile", "reference_images", "frames"):
            assert node.automation_condition is not None


def test_decisions_cannot_ask_a_model(defs: Definitions) -> None:
    """A changed threshold is a new decision on stored values."""
    assert "models" not in defs.resolve_assets_def("strategy_decisions").required_resource_keys


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, list[str]], list[str]]:
    """Asset → parents of a project with an added strategy, and the modules that loading its definitions imports."""
    project = make_small_project(tmp_path_factory.mktemp("added") / "project", photos_per_slot=1)
    code, block, shares = documented("python")[0], *documented("yaml")
    (project / "my_strategies.py").write_text(code)
    _break(project, "strategy_configs.yaml", "strategies:\n", f"strategies:\n{block}")
    text = (project / "configs" / "decision_thresholds.yaml").read_text()
    for line in shares.splitlines():
        name = line.split(":")[0].strip()
        text = re.sub(rf"^  {name}:.*\n", "", text, flags=re.M)
    (project / "configs" / "decision_thresholds.yaml").write_text(
        text.replace("strategy_targets:", f"strategy_targets:\n{shares}#", 1)
    )
    code = (
        "import json, sys\n"
        "from synth_assets.definitions import defs\n"
        "graph = defs.resolve_asset_graph()\n"
        "parents = {key: graph.get(key).parent_keys for key in graph.get_all_asset_keys()}\n"
        "names = {key.to_user_string(): [item.to_user_string() for item in found] for key, found in parents.items()}\n"
        "print(json.dumps([names, list(sys.modules)]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment(project), check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def test_an_added_strategy_has_its_place_in_the_graph(loaded: tuple[dict[str, list[str]], list[str]]) -> None:
    parents, _ = loaded
    assert parents["mirror"] == ["strategy_decisions"]
    for name in ("curated_captions", "image_sequences", "training_set"):
        assert "mirror" in parents[name], name


def test_loading_the_definitions_imports_no_model_library(loaded: tuple[dict[str, list[str]], list[str]]) -> None:
    _, modules = loaded
    assert "dagster" in modules
    heavy = ("torch", "transformers", "diffusers", "onnxruntime", "sklearn", "scipy", "matplotlib")
    assert [name for name in heavy if name in modules] == []


def test_the_core_imports_neither_dagster_nor_torch_nor_resources() -> None:
    code = (
        "import pkgutil, importlib, sys, synth_assets.core as core\n"
        "for item in pkgutil.walk_packages(core.__path__, 'synth_assets.core.'): importlib.import_module(item.name)\n"
        "print([m for m in ('dagster', 'torch', 'resources', 'onnxruntime') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().splitlines()[-1] == "[]"


def _break(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / "configs" / name
    text = path.read_text()
    assert old in text, f"{old!r} is not in {name}"
    path.write_text(text.replace(old, new, 1))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_small_project(tmp_path / "project", photos_per_slot=1)


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        ("stages.yaml", "run_seed:", "run_sed:", ["stages.yaml:", "run_sed"]),
        ("backgrounds.csv", "num_imgs", "number", ["backgrounds.csv:1", "number"]),
        ("backgrounds.csv", ",4", ",four", ["backgrounds.csv:2", "four"]),
        (
            "decision_thresholds.yaml",
            "simple_background:",
            "simple_backgrond:",
            ["decision_thresholds.yaml:", "simple_backgrond"],
        ),
        ("models.yaml", "offline:", "offlin:", ["models.yaml", "offline"]),
    ],
)
def test_a_wrong_file_is_refused_by_name_line_and_value(
    project: Path, monkeypatch: pytest.MonkeyPatch, name: str, old: str, new: str, expected: list[str]
) -> None:
    _break(project, name, old, new)
    monkeypatch.setenv("SYNTH_HOME", str(project))
    with pytest.raises(ConfigError) as caught:
        build_defs()
    for part in expected:
        assert part in str(caught.value)


@pytest.mark.parametrize("content", [None, ""])
def test_a_missing_or_empty_file_is_refused_by_name(
    project: Path, monkeypatch: pytest.MonkeyPatch, content: str | None
) -> None:
    path = project / "configs" / "classes.csv"
    path.unlink()
    if content is not None:
        path.write_text(content)
    monkeypatch.setenv("SYNTH_HOME", str(project))
    with pytest.raises(ConfigError, match="missing" if content is None else "empty") as caught:
        build_defs()
    assert str(path) in str(caught.value)


def test_an_unknown_model_set_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNTH_MODELS", "nosuch")
    with pytest.raises(ConfigError, match="unknown model set 'nosuch'"):
        build_defs()


def test_a_wrong_file_ends_a_backfill_before_anything_runs(project: Path) -> None:
    _break(project, "stages.yaml", "run_seed:", "run_sed:")
    done = synth(project, "backfill")
    assert done.returncode == 2
    assert "run_sed" in done.stderr
    assert not (project / "data" / "store").exists()


def test_dg_check_defs_is_green(project_root: Path, tmp_path: Path) -> None:
    dg = Path(sys.executable).parent / "dg"
    env = {**environment(tmp_path), "SYNTH_HOME": str(project_root)}
    done = subprocess.run([dg, "check", "defs"], cwd=project_root, capture_output=True, text=True, env=env, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
