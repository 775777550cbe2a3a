"""Entries of ``configs/models.yaml``: which model serves which role in which set.

Belongs here: the file's pydantic models and their checks. Does not belong here: fetching
(``fetch.py``), loading (``registry.py``) and the code that runs a model (``engines.py``).
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from resources.models.captioners import SpeechParams
from resources.models.endpoint import EndpointParams
from resources.models.engines import BUILTIN, FILE
from resources.models.file_entries import AdapterEntry, FileEntry
from resources.models.sam2_masks import GridParams
from synth_assets.core.config import Params, load_yaml

Role = Literal[
    "text_to_image",
    "inpaint",
    "edit",
    "segment",
    "text_mask",
    "background_fill",
    "upscale",
    "denoise",
    "face_restore",
    "faces",
    "caption",
    "interrogate",
    "embed",
    "label",
    "match",
    "depth",
]
Scheduler = Literal["", "ddim", "dpm++", "euler", "euler-ancestral", "lcm", "unipc"]
Offload = Literal["none", "model", "sequential", "group"]

_DECIDES = (
    "dtype",
    "quantise",
    "variant",
    "scheduler",
    "steps",
    "guidance",
    "strength",
    "resolution_px",
    "vae_tiling",
    "prompt",
    "negative_prompt",
    "file",
    "tile_px",
    "fidelity",
    "segment",
    "speech",
)
"""Settings that change a picture. What only changes memory and speed is not here."""


class ModelEntry(FileEntry):
    """One model and its settings; see ``FileEntry`` for its reference and checksum.

    Attributes:
        engine: name in ``engines.FILE``; "" = the role's default. Unused with ``builtin:`` and ``endpoint:``.
        dtype: number type the model computes in.
        quantise: ``float8`` keeps the weights of the UNet or transformer in 8 bits and computes in
            ``dtype``: half the memory of 16 bits, a little slower (CUDA only).
        variant: of the weight files on the hub, e.g. "fp16"; only these are fetched.
        scheduler: "" = the model's own; LCM-LoRA wants ``lcm``, Lightning ``euler``.
        steps: denoising steps.
        guidance: classifier-free guidance; 0 for turbo models.
        strength: how much of the masked region is made anew (inpaint), 0 to 1.
        resolution_px: side of the square the model works best at.
        prompt: what to show, for ``diffusers-fill``, "" = its own words for an empty scene; of captioners how
            BLIP's captions begin, Florence-2's task, or what a server is asked.
        negative_prompt: what to avoid, where the request names nothing.
        file: the ONNX file to take of a hub repository or a folder that holds several.
        tile_px: side of the tiles that upscalers and denoisers of any size work in; less needs less memory.
        fidelity: of a face restorer that asks for it: 0 = as clear as can be, 1 = as faithful.
        segment: for ``sam2``: the grid of prompts, which masks are believed, and which are objects.
        speech: of captioners: how much they say.
        endpoint: of an ``endpoint:``: its key, waits and tries.
        adapters: LoRAs, textual inversions and at most one IP-Adapter.
        batch_size: images a call that fit the set's memory (``sam2``: prompts); halved where they do not.
        offload: where weights wait (CUDA only): ``none`` = on the device; ``model`` = parts of the
            pipeline come one after another; ``group`` = layers come while the former compute;
            ``sequential`` = layer after layer, slowest and smallest.
        vae_slicing: decode one picture of a batch after another; changes no picture.
        vae_tiling: decode large pictures in blended tiles, which moves pixels a little.
        channels_last: memory order that convolutions in 16 bits are faster with (CUDA only).
        compile: compile the repeated blocks at the first call (CUDA only): about a minute, then faster.
        memory_mb: memory when loaded; None = the size of its files.
        parts: further models this one is built from, by argument name; shared with other roles.
    """

    engine: str = ""
    dtype: Literal["float32", "float16", "bfloat16"] = "float32"
    quantise: Literal["", "float8"] = ""
    variant: str = ""
    scheduler: Scheduler = ""
    steps: int | None = Field(default=None, ge=1, le=1000)
    guidance: float | None = Field(default=None, ge=0, le=50)
    strength: float | None = Field(default=None, gt=0, le=1)
    resolution_px: int | None = Field(default=None, ge=64, le=4096, multiple_of=8)
    prompt: str = ""
    negative_prompt: str = ""
    file: str = ""
    tile_px: int = Field(default=256, ge=64, le=2048, multiple_of=64)
    fidelity: float = Field(default=0.7, ge=0, le=1)
    segment: GridParams = GridParams()
    speech: SpeechParams = SpeechParams()
    endpoint: EndpointParams = EndpointParams()
    adapters: tuple[AdapterEntry, ...] = ()
    batch_size: int = Field(default=1, ge=1, le=256)
    offload: Offload = "none"
    vae_slicing: bool = True
    vae_tiling: bool = False
    channels_last: bool = False
    compile: bool = False
    memory_mb: int | None = Field(default=None, ge=0)
    parts: dict[str, ModelEntry] = Field(default_factory=dict)

    @property
    def name(self) -> str:
        """Identifies what the model makes: the reference, and 8 hex digits where settings or parts decide too.

        Every engine gives this as its ``name``, so that a changed setting is a changed fingerprint.
        """
        settings = self.model_dump(include=set(_DECIDES), exclude_defaults=True)
        parts = {key: part.name for key, part in self.parts.items()}
        decided: list[Any] = [settings, parts]
        if self.adapters:
            decided.append([adapter.model_dump(exclude={"licence"}) for adapter in self.adapters])
        if not any(decided):
            return self.ref
        text = json.dumps(decided, sort_keys=True)
        return f"{self.ref}~{hashlib.sha256(text.encode()).hexdigest()[:8]}"

    def with_parts(self) -> list[ModelEntry]:
        """This entry, then its parts and theirs."""
        return [self, *(inner for part in self.parts.values() for inner in part.with_parts())]

    def files(self) -> list[FileEntry]:
        """Everything to fetch: this entry, its parts and theirs, and all adapters; not what has no file."""
        every = [file for part in self.with_parts() for file in (part, *part.adapters)]
        return [file for file in every if file.reference.has_files]

    def wanted_files(self) -> tuple[list[str], list[str]]:
        """One ONNX file and its weights where they are apart, or a pipeline's parts.

        A pipeline's lie in folders; the files at the top repeat them in one checkpoint.
        """
        if self.file:
            return [self.file, f"{self.file}.data", f"{self.file}_data"], []
        if not self.engine.startswith("diffusers"):
            return super().wanted_files()
        weights = f"*/*.{self.variant}*.safetensors" if self.variant else "*/*.safetensors"
        other = [] if self.variant else ["*.fp16*", "*.bf16*", "*.non_ema*"]
        return ["model_index.json", "*/*.json", "*/*.txt", "*/*.model", weights], ["safety_checker/*", *other]

    @field_validator("engine")
    @classmethod
    def _engine_is_known(cls, value: str) -> str:
        if value and value not in FILE:
            raise ValueError(f"unknown engine; known: {', '.join(sorted(FILE))}")
        return value

    @field_validator("file")
    @classmethod
    def _file_is_onnx(cls, value: str) -> str:
        path = PurePosixPath(value)
        if value and (path.suffix != ".onnx" or path.is_absolute() or ".." in path.parts):
            raise ValueError(f"{value!r} is not the path of an ONNX file inside the reference's folder")
        return value

    @field_validator("adapters")
    @classmethod
    def _one_style(cls, value: tuple[AdapterEntry, ...]) -> tuple[AdapterEntry, ...]:
        if sum(adapter.kind == "ip_adapter" for adapter in value) > 1:
            raise ValueError("at most one ip_adapter; its references are one style")
        return value

    @model_validator(mode="after")
    def _builtin_is_known(self) -> ModelEntry:
        reference = self.reference
        if reference.scheme == "builtin" and reference.name not in BUILTIN:
            raise ValueError(f"{self.ref}: no such builtin engine; known: {', '.join(sorted(BUILTIN))}")
        return self


class ModelSet(Params):
    """A named set: what it may use, and which model serves which role.

    Attributes:
        memory_mb: budget for warm models; the least recently used go first.
        roles: entry of each role; null or absent = the set has none.
    """

    memory_mb: int = Field(gt=0)
    roles: dict[Role, ModelEntry | None]


class ModelsConfig(Params):
    """The whole of ``configs/models.yaml``.

    Attributes:
        shared: entries that sets and parts repeat by YAML anchor, or that an override of a role brings.
        sets: sets by name.
    """

    shared: dict[str, ModelEntry] = Field(default_factory=dict)
    sets: dict[str, ModelSet]


def load_models_config(path: Path) -> ModelsConfig:
    """Reads and checks ``configs/models.yaml``.

    Raises:
        synth_assets.core.config.ConfigError: naming file, line and value.
    """
    return load_yaml(path, ModelsConfig)
