"""The registry: one load each, eviction, overrides, and errors that name file and line."""

from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest

from resources.models.engines import BUILTIN, DEFAULT, FILE, Engine
from resources.models.entries import ModelEntry, ModelsConfig, ModelSet, load_models_config
from resources.models.file_entries import AdapterEntry
from resources.models.files import ModelFileError
from resources.models.registry import ROLES, ModelRegistry, forget_warm_models, loads
from resources.models.resource import ModelsResource
from synth_assets.core.config import ConfigError
from synth_assets.core.ports import Model, RoleUnavailableError
from synth_assets_tests.resources.tiny_models import write_classifier, write_saliency_net

YAML = """\
sets:
  tiny:
    memory_mb: 100
    roles:
      segment: {ref: "file:s.onnx", licence: MIT, memory_mb: 60}
      embed: {ref: "file:e.onnx", licence: MIT, memory_mb: 60}
      depth: null
  other:
    memory_mb: 1000
    roles:
      segment: {ref: "file:s.onnx", licence: MIT, memory_mb: 60}
      embed: {ref: "file:e.onnx", licence: MIT, memory_mb: 60}
      denoise: {ref: "builtin:nlmeans", licence: Apache-2.0}
      depth: {ref: "file:e.onnx", licence: MIT}
"""
IMAGE = np.full((40, 60, 3), 128, np.uint8)


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    write_saliency_net(tmp_path / "s.onnx")
    write_classifier(tmp_path / "e.onnx")
    (tmp_path / "models.yaml").write_text(YAML)
    forget_warm_models()
    yield tmp_path
    forget_warm_models()


def _registry(root: Path, set_name: str = "tiny", overrides: dict[str, str] | None = None) -> ModelRegistry:
    config = load_models_config(root / "models.yaml")
    return ModelRegistry(config, set_name, root / "cache", overrides, root=root)


def test_nothing_loads_before_the_first_call(root: Path) -> None:
    registry = _registry(root)
    model = registry.embed()
    assert model.name.startswith("file:e.onnx@")
    assert isinstance(model, Model)
    assert loads() == {}
    model.embed([IMAGE])
    assert loads() == {"file:e.onnx": 1}


def test_registries_of_a_process_share_a_model(root: Path) -> None:
    def use() -> None:
        _registry(root, "other").embed().embed([IMAGE])

    threads = [Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert loads() == {"file:e.onnx": 1}


@pytest.mark.parametrize(("loader", "gpu"), [("load_queued_meeting", True), ("load_free_meeting", False)])
def test_calls_of_a_torch_model_wait_for_each_other_and_of_others_do_not(
    root: Path, loader: str, gpu: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNTH_DEVICE", "cpu")
    monkeypatch.setitem(FILE, "meeting", Engine("synth_assets_tests.resources.tiny_models", loader, gpu=gpu))
    entry = ModelEntry(ref="file:e.onnx", licence="MIT", engine="meeting")
    config = ModelsConfig(sets={"tiny": ModelSet(memory_mb=100, roles={"embed": entry})})
    met: list[bool] = []

    def use() -> None:
        met.append(ModelRegistry(config, "tiny", root / "cache", root=root).model("embed").meet())

    threads = [Thread(target=use) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert met == [not gpu] * 2
    assert loads() == {"file:e.onnx": 1}


def test_adapters_are_fetched_and_part_of_the_name(root: Path) -> None:
    (root / "lora.safetensors").write_bytes(b"first")
    adapter = AdapterEntry(kind="lora", ref="file:lora.safetensors", licence="MIT")
    entry = ModelEntry(ref="file:e.onnx", licence="MIT", adapters=(adapter,))
    config = ModelsConfig(sets={"tiny": ModelSet(memory_mb=100, roles={"embed": entry})})
    registry = ModelRegistry(config, "tiny", root / "cache", root=root)
    assert [file.ref for file in entry.files()] == ["file:e.onnx", "file:lora.safetensors"]
    assert registry.exact(entry).adapters[0].ref.startswith("file:lora.safetensors@")
    name = registry.model("embed").name
    (root / "lora.safetensors").write_bytes(b"second")
    assert registry.model("embed").name != name
    (root / "lora.safetensors").unlink()
    with pytest.raises(ModelFileError, match=r"lora\.safetensors does not exist"):
        registry.embed().embed([IMAGE])


def test_least_recently_used_goes_first(root: Path) -> None:
    tiny = _registry(root)
    segmenter, embedder = tiny.model("segment"), tiny.model("embed")
    embedder.embed([IMAGE])
    segmenter.segment([IMAGE])  # 120 MB do not fit in 100: the embedder goes
    segmenter.segment([IMAGE])
    assert loads() == {"file:e.onnx": 1, "file:s.onnx": 1}
    embedder.embed([IMAGE])
    assert loads() == {"file:e.onnx": 2, "file:s.onnx": 1}


def _counted(root: Path, monkeypatch: pytest.MonkeyPatch, embed: dict[str, Any]) -> ModelRegistry:
    """A registry of 100 MB whose model for segment needs 60, and for embed what is said."""
    engine = Engine("synth_assets_tests.resources.tiny_models", "load_counted")
    monkeypatch.setitem(FILE, "counted", engine)
    usual = {"ref": "file:s.onnx", "licence": "MIT", "engine": "counted", "memory_mb": 60}
    roles = {"segment": usual, "embed": {**usual, "ref": "file:e.onnx", **embed}}
    config = ModelsConfig.model_validate({"sets": {"tiny": {"memory_mb": 100, "roles": roles}}})
    return ModelRegistry(config, "tiny", root / "cache", root=root)


def test_room_is_made_before_a_model_is_loaded(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registry = _counted(root, monkeypatch, {})
    assert registry.model("segment").beside() == 0
    assert registry.model("embed").beside() == 0  # both at once may be more than the device has


def test_parts_of_a_model_do_not_push_each_other_out(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    part = {"licence": "MIT", "engine": "counted", "memory_mb": 60}
    parts = {"a": {**part, "ref": "file:s.onnx"}, "b": {**part, "ref": "file:models.yaml"}}
    registry = _counted(root, monkeypatch, {"parts": parts})
    assert registry.model("embed").beside() == 2
    assert registry.model("embed").beside() == 2
    assert loads() == {"file:s.onnx": 1, "file:models.yaml": 1, "file:e.onnx": 1}


def test_changed_file_is_loaded_anew(root: Path) -> None:
    _registry(root).embed().embed([IMAGE])
    name = _registry(root).embed().name
    write_classifier(root / "e.onnx", features=6)
    assert _registry(root).embed().embed([IMAGE]).shape == (1, 6)
    assert _registry(root).embed().name != name


def test_empty_role_names_role_set_and_way_out(root: Path) -> None:
    registry = _registry(root)
    assert not registry.has("depth")
    assert not registry.has("caption")
    with pytest.raises(RoleUnavailableError, match=r"'tiny' has no model for role 'depth'.*these have one: other"):
        registry.model("depth")
    with pytest.raises(RoleUnavailableError, match=r"role 'caption'.*no set has one yet"):
        registry.caption()


def test_unknown_names_are_refused(root: Path) -> None:
    with pytest.raises(ConfigError, match=r"unknown model set 'huge'.*tiny, other"):
        _registry(root, "huge")
    with pytest.raises(ConfigError, match=r"unknown model role 'segmnt'"):
        _registry(root, overrides={"segmnt": "file:x"})
    with pytest.raises(ConfigError, match=r"override of role 'segment'.*hf:OWNER/NAME"):
        _registry(root, overrides={"segment": "hf:x"})
    with pytest.raises(ConfigError, match=r"role 'label', file:e.onnx: name an engine"):
        _registry(root, overrides={"label": "file:e.onnx"}).label().label([IMAGE], ["a dog"])


def test_override_replaces_one_role(root: Path) -> None:
    write_classifier(root / "mine.onnx", features=5)
    registry = _registry(root, overrides={"embed": "file:mine.onnx", "denoise": "builtin:nlmeans"})
    assert registry.embed().embed([IMAGE]).shape == (1, 5)
    assert registry.entry("denoise") == registry.config.sets["other"].roles["denoise"]
    assert registry.entry("segment") == registry.set.roles["segment"]


def test_override_does_not_inherit_leave_for_pickles(project_root: Path) -> None:
    config = load_models_config(project_root / "configs" / "models.yaml")
    with pytest.raises(ConfigError, match="pickled weights are refused"):
        ModelRegistry(config, "offline", Path("unused"), {"embed": "file:other.pth"})


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("segment: {", "segmnt: {", r"models\.yaml:5: sets\.tiny\.roles\.segmnt"),
        ("licence: MIT, memory_mb", "license: MIT, memory_mb", r"models\.yaml:5: .*licence: Field required"),
        ("memory_mb: 100\n", "memory_mb: none\n", r"models\.yaml:3: sets\.tiny\.memory_mb.*'none'"),
        ("file:s.onnx", "hf:sdxl", r"models\.yaml:5: .*hf:OWNER/NAME"),
        ("file:s.onnx", "pypi:a==1#b.onnx", r"models\.yaml:5: .*sha256 is missing"),
        ("file:s.onnx", "file:s.pth", r"models\.yaml:5: .*pickled weights are refused"),
        ("file:s.onnx", "builtin:magic", r"models\.yaml:5: .*no such builtin engine; known: compose"),
        ("licence: MIT,", "licence: MIT, engine: magic,", r"models\.yaml:5: .*unknown engine"),
    ],
)
def test_mistake_in_the_file_is_named_with_its_line(root: Path, old: str, new: str, said: str) -> None:
    (root / "models.yaml").write_text(YAML.replace(old, new, 1))
    with pytest.raises(ConfigError, match=said):
        load_models_config(root / "models.yaml")


def test_name_changes_with_what_decides_and_only_with_that() -> None:
    plain = ModelEntry(ref="hf:a/b", licence="MIT")
    turbo = ModelEntry(ref="hf:a/b", licence="MIT", steps=4, guidance=0.0)
    assert plain.name == "hf:a/b"
    assert turbo.name.startswith("hf:a/b~")
    assert turbo.model_copy(update={"batch_size": 8, "memory_mb": 5}).name == turbo.name
    assert turbo.model_copy(update={"steps": 2}).name != turbo.name


def test_project_file_is_whole(project_root: Path) -> None:
    config = load_models_config(project_root / "configs" / "models.yaml")
    assert list(config.sets) == ["offline", "gpu-8gb", "gpu-24gb", "gpu-80gb"]
    for name, chosen in config.sets.items():
        assert set(chosen.roles) == set(ROLES), name
    inpaint = config.sets["gpu-24gb"].roles["inpaint"]
    assert inpaint is not None
    assert (inpaint.steps, inpaint.strength, inpaint.resolution_px) == (4, 0.75, 768)
    assert inpaint.negative_prompt == "render, anime, cartoon, illustration, drawing"


def test_override_brings_the_settings_of_a_shared_entry(project_root: Path) -> None:
    config = load_models_config(project_root / "configs" / "models.yaml")
    fill = "hf:black-forest-labs/FLUX.1-Fill-dev"
    registry = ModelRegistry(config, "gpu-80gb", Path("unused"), {"inpaint": fill}, root=project_root)
    assert registry.entry("inpaint") == config.shared["flux_fill"]


@pytest.mark.parametrize("engine", [*BUILTIN.values(), *FILE.values()], ids=[*BUILTIN, *FILE])
def test_engine_is_there(engine: Engine) -> None:
    assert callable(engine.load())


def test_default_engines_are_known() -> None:
    assert set(DEFAULT.values()) <= set(FILE)
    assert set(DEFAULT) <= set(ROLES)


def test_gpu_sets_can_do_what_the_offline_set_cannot(project_root: Path) -> None:
    config = load_models_config(project_root / "configs" / "models.yaml")
    for name in ("gpu-8gb", "gpu-24gb", "gpu-80gb"):
        roles = config.sets[name].roles
        for role in ("text_to_image", "inpaint", "edit", "text_mask", "depth"):
            entry = roles[role]
            assert entry is not None, (name, role)
            assert entry.reference.scheme == "hf", (name, role)
            assert (entry.memory_mb or 0) <= config.sets[name].memory_mb, (name, role)  # each alone has to fit
        assert roles["edit"] is not None
        assert roles["edit"].engine in ("diffusers-instruct", "diffusers-image-to-image")
    assert config.sets["offline"].roles["text_mask"] is None


def test_resource_gives_a_registry_and_loads_nothing(root: Path) -> None:
    resource = ModelsResource(
        model_set="tiny", overrides={"denoise": "builtin:nlmeans"}, config_path=str(root / "models.yaml")
    )
    registry = resource.registry()
    assert registry.set_name == "tiny"
    assert registry.has("denoise")
    assert loads() == {}


def test_resource_takes_the_set_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNTH_MODELS", "gpu-8gb")
    assert ModelsResource().registry().set_name == "gpu-8gb"
    monkeypatch.delenv("SYNTH_MODELS")
    assert ModelsResource().registry().set_name == "offline"


def test_config_without_sets_is_refused(tmp_path: Path) -> None:
    (tmp_path / "models.yaml").write_text("shared: {}\n")
    with pytest.raises(ConfigError, match="sets: Field required"):
        load_models_config(tmp_path / "models.yaml")
    assert ModelsConfig(sets={}).sets == {}
