"""The registry: models by role, loaded on first use and kept warm in this process.

Belongs here: choosing an entry, loading it once, the memory budget, the GPU lease, counting loads.
Does not belong here: what callers get (``handle.py``), fetching (``fetch.py``), the entries
(``entries.py``), any model's code (``engines.py`` says where that is), and Dagster (``resource.py``).
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from threading import RLock
from typing import Any, cast

from resources.models import warm
from resources.models.choosing import ROLES, checked_role, chosen_entries, engine_of
from resources.models.engines import BUILTIN
from resources.models.entries import ModelEntry, ModelsConfig, ModelSet, Role, load_models_config
from resources.models.fetch import exact_ref, fetch
from resources.models.file_entries import FileEntry
from resources.models.files import Places, files_of, local_path
from resources.models.handle import ModelHandle
from resources.models.lease import gpu_lease
from resources.models.warm import Warm, forget_warm_models, loads
from resources.project import find_project
from synth_assets.core.config import ConfigError
from synth_assets.core.ports import (
    BackgroundFiller,
    Captioner,
    DepthEstimator,
    Editor,
    Embedder,
    FaceFinder,
    Inpainter,
    Interrogator,
    Labeller,
    Restorer,
    RoleUnavailableError,
    Segmenter,
    TextMasker,
    TextScorer,
    TextToImage,
    Upscaler,
)

__all__ = ["DEFAULT_SET", "ModelHandle", "ModelRegistry", "default_registry", "forget_warm_models", "loads"]

DEFAULT_SET = "offline"
GPU_LOCK = Path(tempfile.gettempdir()) / "synth_assets-gpu.lock"
"""One for the machine, whatever the project: one GPU has one user."""


class ModelRegistry:
    """Gives the models of one set; satisfies ``core.ports.Models``.

    Any number of registries in a process share what is loaded.
    """

    def __init__(
        self,
        config: ModelsConfig,
        set_name: str,
        cache_dir: Path,
        overrides: Mapping[str, str] | None = None,
        *,
        root: Path | None = None,
    ) -> None:
        """Chooses the set; loads nothing.

        Args:
            config: all sets.
            set_name: the one to use.
            cache_dir: where fetched files are kept.
            overrides: role → reference to use instead of the set's.
            root: the project's root, for relative ``file:`` references and ``configs/models.lock``.

        Raises:
            ConfigError: unknown set or role, or an override that is not a usable reference.
        """
        if set_name not in config.sets:
            raise ConfigError(
                f"models.yaml: unknown model set {set_name!r} (SYNTH_MODELS); known: {', '.join(config.sets)}"
            )
        self.config = config
        self.set_name = set_name
        root = root or find_project().root
        self.places = Places(root, cache_dir, root / "configs" / "models.lock")
        self._entries = chosen_entries(config, set_name, overrides or {})

    @property
    def set(self) -> ModelSet:
        """The chosen set as the file has it."""
        return self.config.sets[self.set_name]

    def entries(self) -> dict[Role, ModelEntry | None]:
        """Every role with its entry, overrides applied; None where the set has none."""
        return {role: self._entries.get(role) for role in ROLES}

    def entry(self, role: str) -> ModelEntry:
        """The entry of a role.

        Raises:
            RoleUnavailableError: the set has none.
            ConfigError: no such role.
        """
        entry = self._entries.get(checked_role(role))
        if entry is None:
            others = [name for name, other in self.config.sets.items() if other.roles.get(checked_role(role))]
            raise RoleUnavailableError(
                f"model set {self.set_name!r} has no model for role {role!r}; set sets.{self.set_name}.roles.{role} "
                f"in configs/models.yaml, override the role with a reference, or choose another set with SYNTH_MODELS "
                f"({'these have one: ' + ', '.join(others) if others else 'no set has one yet'})"
            )
        return entry

    def has(self, role: str) -> bool:
        """True if the set has a model for the role.

        Raises:
            ConfigError: no such role.
        """
        return self._entries.get(checked_role(role)) is not None

    def model(self, role: str) -> ModelHandle:
        """The model of a role; it loads at the first call of a method.

        Raises:
            RoleUnavailableError: the set has none.
            ConfigError: no such role.
        """
        return ModelHandle(self, self.entry(role), role)

    def text_to_image(self) -> TextToImage:
        """Role ``text_to_image``."""
        return cast(TextToImage, self.model("text_to_image"))

    def inpaint(self) -> Inpainter:
        """Role ``inpaint``."""
        return cast(Inpainter, self.model("inpaint"))

    def edit(self) -> Editor:
        """Role ``edit``."""
        return cast(Editor, self.model("edit"))

    def segment(self) -> Segmenter:
        """Role ``segment``."""
        return cast(Segmenter, self.model("segment"))

    def text_mask(self) -> TextMasker:
        """Role ``text_mask``."""
        return cast(TextMasker, self.model("text_mask"))

    def background_fill(self) -> BackgroundFiller:
        """Role ``background_fill``."""
        return cast(BackgroundFiller, self.model("background_fill"))

    def upscale(self) -> Upscaler:
        """Role ``upscale``."""
        return cast(Upscaler, self.model("upscale"))

    def denoise(self) -> Restorer:
        """Role ``denoise``."""
        return cast(Restorer, self.model("denoise"))

    def face_restore(self) -> Restorer:
        """Role ``face_restore``."""
        return cast(Restorer, self.model("face_restore"))

    def faces(self) -> FaceFinder:
        """Role ``faces``."""
        return cast(FaceFinder, self.model("faces"))

    def caption(self) -> Captioner:
        """Role ``caption``."""
        return cast(Captioner, self.model("caption"))

    def embed(self) -> Embedder:
        """Role ``embed``."""
        return cast(Embedder, self.model("embed"))

    def label(self) -> Labeller:
        """Role ``label``."""
        return cast(Labeller, self.model("label"))

    def match(self) -> TextScorer:
        """Role ``match``."""
        return cast(TextScorer, self.model("match"))

    def depth(self) -> DepthEstimator:
        """Role ``depth``."""
        return cast(DepthEstimator, self.model("depth"))

    def interrogate(self) -> Interrogator:
        """Role ``interrogate``."""
        return cast(Interrogator, self.model("interrogate"))

    def exact(self, entry: ModelEntry) -> ModelEntry:
        """The entry with its reference and its parts' references resolved to a commit or a hash."""
        return self._with_ref(entry, exact_ref(entry, self.places))

    def _with_ref(self, entry: ModelEntry, ref: str) -> ModelEntry:
        parts = {name: self.exact(part) for name, part in entry.parts.items()}
        exact = [one.model_copy(update={"ref": exact_ref(one, self.places)}) for one in entry.adapters]
        return entry.model_copy(update={"ref": ref, "parts": parts, "adapters": tuple(exact)})

    def loaded(self, entry: ModelEntry, role: str) -> Warm:
        """The loaded model of an entry, from this process's cache or loaded now.

        Raises:
            resources.models.files.ModelFileError: its file cannot be fetched or does not verify.
        """
        with warm.lock:
            key, found = self._ensure(entry, role)
            warm.fit(self.set.memory_mb, spare=found.needs | {key})
            return found

    def _ensure(self, entry: ModelEntry, role: str, spare: frozenset[str] = frozenset()) -> tuple[str, Warm]:
        key = self._key(entry)
        found = warm.find(key)
        if found is None:
            spare = spare or frozenset(map(self._key, entry.with_parts()))
            parts = {name: self._ensure(part, name, spare) for name, part in entry.parts.items()}
            needs = frozenset(needed for part_key, part in parts.values() for needed in (part_key, *part.needs))
            models = {name: part.model for name, (_, part) in parts.items()}
            found = self._start(entry, role, models, needs, spare)
            warm.keep(key, entry.ref, found)
        return key, found

    def _key(self, entry: ModelEntry) -> str:
        stamps = [file for file in entry.files() if file.reference.scheme == "file"]
        return f"{self.places.root}|{entry.model_dump_json()}|{[self._stamp(part) for part in stamps]}"

    def _stamp(self, entry: FileEntry) -> list[tuple[int, int]]:
        stats = [file.stat() for file in files_of(local_path(entry, self.places))]
        return [(stat.st_mtime_ns, stat.st_size) for stat in stats]

    def _start(
        self, entry: ModelEntry, role: str, parts: dict[str, Any], needs: frozenset[str], spare: frozenset[str]
    ) -> Warm:
        if entry.reference.scheme == "builtin":
            factory = BUILTIN[entry.reference.name].load()
            model = factory(name=self.exact(entry).name, **parts) if parts else factory()
            return Warm(model, float(entry.memory_mb or 0), needs)
        if entry.reference.scheme == "endpoint":
            return Warm(engine_of(entry, role).load()(entry), 0.0, needs)
        engine = engine_of(entry, role)
        fetched = fetch(entry, self.places)
        adapters = [fetch(adapter, self.places).path for adapter in entry.adapters]
        exact = self._with_ref(entry, fetched.ref)
        megabytes = float(entry.memory_mb or fetched.megabytes)
        device = _device() if engine.gpu else "cpu"
        lease_path = None if device == "cpu" else GPU_LOCK
        with gpu_lease(lease_path) if lease_path else nullcontext():
            # Before it is loaded: together with what it takes the place of, it may not fit on the device.
            warm.fit(self.set.memory_mb - megabytes, spare)
            further: dict[str, Any] = {"adapters": adapters} if adapters else {}
            further |= {"cache_dir": self.places.cache_dir} if engine.keeps else {}
            model = engine.load()(exact, fetched.path, device, **parts, **further)
        return Warm(model, megabytes, needs, lease_path, RLock() if engine.gpu else None)


def default_registry(set_name: str = "") -> ModelRegistry:
    """The registry that the environment asks for, or that of a named set.

    ``SYNTH_MODELS`` names the set (default "offline"), ``SYNTH_HOME`` the project's root, and
    ``SYNTH_DATA`` the data folder (default ``data`` under the root).

    Raises:
        ConfigError: ``configs/models.yaml`` is missing or wrong, or the set is unknown.
    """
    project = find_project()
    config = load_models_config(project.config_file("models.yaml"))
    set_name = set_name or os.environ.get("SYNTH_MODELS") or DEFAULT_SET
    return ModelRegistry(config, set_name, project.model_cache, root=project.root)


def _device() -> str:
    if asked := os.environ.get("SYNTH_DEVICE"):
        return asked
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"
