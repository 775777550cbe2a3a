"""Engines: which code runs a model, by name, imported only when the model is loaded.

Belongs here: the tables and the import. Does not belong here: any engine. To add one, write a
class or a loader, and one line here.

A builtin engine is a class or function called without arguments, or as ``(name=..., **parts)``
where its entry has parts. A file engine is called as ``(entry, path, device, **parts)`` with the
``ModelEntry``, the fetched local file or folder, "cpu" or "cuda", and the loaded parts; and with
``adapters``, the fetched files or folders of the entry's adapters in order, where it has any, and ``cache_dir``
where it ``keeps`` files. The engine of an endpoint is called as ``(entry)``.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Engine:
    """Where an engine's code is.

    Attributes:
        module: dotted name.
        attribute: class or loader in it.
        gpu: True for what is worth a GPU: it runs on a CUDA device where there is one, and for one caller at a
            time, because a pipeline keeps state between its steps.
        keeps: True for what makes files once for all runs: it gets the folder of fetched models as ``cache_dir``.
    """

    module: str
    attribute: str
    gpu: bool = False
    keeps: bool = False

    def load(self) -> Callable[..., Any]:
        """Imports the module and gives the class or loader."""
        return getattr(importlib.import_module(self.module), self.attribute)


BUILTIN = {
    "compose": Engine("resources.offline.compose", "PhotoComposer"),
    "conse": Engine("resources.models.labelling", "ConseLabeller"),
    "cut-paste": Engine("resources.offline.cut_paste", "CutPaste"),
    "labels-and-statistics": Engine("resources.offline.captioning", "LabelCaptioner"),
    "lanczos": Engine("resources.offline.restoration", "LanczosUpscaler"),
    "nlmeans": Engine("resources.offline.restoration", "NonLocalMeansDenoiser"),
    "opencv-inpaint": Engine("resources.offline.filling", "OpenCvFiller"),
    "relight": Engine("resources.offline.relight", "ToneEditor"),
}
"""Engines of ``builtin:NAME``."""

FILE = {
    "blip": Engine("resources.models.captioners", "load_blip", gpu=True),
    "centerface-onnx": Engine("resources.models.faces", "load_centerface"),
    "class-names": Engine("resources.models.labelling", "load_class_names"),
    "clip-interrogator": Engine("resources.models.clip_scoring", "load_interrogator", gpu=True, keeps=True),
    "clipseg": Engine("resources.models.text_masking", "load_text_masker", gpu=True),
    "codeformer-onnx": Engine("resources.models.face_restoration", "load_face_restorer", gpu=True),
    "denoise-onnx": Engine("resources.models.restoration", "load_denoiser", gpu=True),
    "depth-anything": Engine("resources.models.depth", "load_depth_anything", gpu=True),
    "diffusers-fill": Engine("resources.models.diffusion_fill", "load_diffusion_filler", gpu=True),
    "diffusers-image-to-image": Engine("resources.models.diffusion_edit", "load_image_to_image_editor", gpu=True),
    "diffusers-inpaint": Engine("resources.models.diffusion", "load_inpaint", gpu=True),
    "diffusers-instruct": Engine("resources.models.diffusion_edit", "load_instruct_editor", gpu=True),
    "diffusers-text-to-image": Engine("resources.models.diffusion", "load_text_to_image", gpu=True),
    "efficientnet-onnx": Engine("resources.models.embedding", "load_efficientnet"),
    "esrgan-onnx": Engine("resources.models.restoration", "load_upscaler", gpu=True),
    "florence2": Engine("resources.models.captioners", "load_florence", gpu=True),
    "lama-onnx": Engine("resources.models.filling", "load_lama", gpu=True),
    "sam2": Engine("resources.models.sam2", "load_sam2", gpu=True),
    "sentence-transformer": Engine("resources.models.text", "load_text_embedder"),
    "text-lines": Engine("resources.models.labelling", "load_lines"),
    "u2net-onnx": Engine("resources.models.segmentation", "load_saliency_segmenter"),
    "word-lists": Engine("resources.models.clip_words", "load_word_lists"),
}
"""Engines of files and folders, named by an entry's ``engine``."""

ENDPOINT = {"caption": Engine("resources.models.endpoint", "EndpointCaptioner")}
"""Role → engine of an ``endpoint:`` reference."""

DEFAULT = {
    "background_fill": "lama-onnx",
    "caption": "blip",
    "denoise": "denoise-onnx",
    "depth": "depth-anything",
    "edit": "diffusers-instruct",
    "embed": "efficientnet-onnx",
    "face_restore": "codeformer-onnx",
    "faces": "centerface-onnx",
    "inpaint": "diffusers-inpaint",
    "interrogate": "clip-interrogator",
    "segment": "u2net-onnx",
    "text_mask": "clipseg",
    "text_to_image": "diffusers-text-to-image",
    "upscale": "esrgan-onnx",
}
"""Role → engine where the entry names none, as with an override such as ``inpaint: hf:owner/name``."""

CONVERTERS = {
    "efficientnet-lite0-onnx": Engine("resources.models.embedding", "convert_efficientnet_lite0"),
    "sentence-transformer-onnx": Engine("resources.models.text", "convert_sentence_transformer"),
}
"""Conversions done once at fetch, called as ``(source, target)`` paths."""
