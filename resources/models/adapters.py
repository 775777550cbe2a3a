"""Adapters: LoRA, textual inversion and IP-Adapter put into a loaded diffusion pipeline.

Belongs here: loading them, and turning a request's references into an IP-Adapter's conditions. Does not
belong here: their entries (``file_entries.py``) and fetching them (``fetch.py``).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from synth_assets.core.ports import RGB, InpaintRequest, TextToImageRequest

if TYPE_CHECKING:
    import torch

    from resources.models.file_entries import AdapterEntry

_log = logging.getLogger(__name__)

MOST_REFERENCES = 4
"""References of a request that make its style; more say little new and cost attention."""
_GRAY = 128
"""What a cutout lies on where a picture without alpha is needed: it has no colour to take over."""


def load_adapters(pipeline: Any, adapters: Sequence[AdapterEntry], paths: Sequence[Path]) -> None:
    """Puts adapters into a pipeline that is not on its device yet.

    LoRAs are added into the weights, which costs nothing afterwards.

    Args:
        pipeline: a loaded ``diffusers.DiffusionPipeline``.
        adapters: their entries.
        paths: fetched file or folder of each.

    Raises:
        ValueError: the pipeline cannot take an adapter of this kind, or it does not fit the model.
        FileNotFoundError: the adapter's file is not there.
    """
    for adapter, path in zip(adapters, paths, strict=True):
        file = path / adapter.file if adapter.file else path
        if not file.is_file():
            raise FileNotFoundError(f"{adapter.ref}: there is no file {file}; correct 'file' of the adapter")
        if adapter.kind == "lora":
            _add_lora(pipeline, adapter, file)
        elif adapter.kind == "textual_inversion":
            _load_token(pipeline, adapter, file)
        else:
            _load_style(pipeline, adapter, path, file)
        _log.info("%s: loaded as %s", adapter.ref, adapter.kind)


def _add_lora(pipeline: Any, adapter: AdapterEntry, file: Path) -> None:
    if not hasattr(pipeline, "load_lora_weights"):
        raise ValueError(f"{adapter.ref}: {type(pipeline).__name__} takes no LoRA")
    pipeline.load_lora_weights(str(file.parent), weight_name=file.name, adapter_name="added")
    pipeline.set_adapters(["added"], [adapter.scale])
    pipeline.fuse_lora(adapter_names=["added"])
    pipeline.unload_lora_weights()


def _load_token(pipeline: Any, adapter: AdapterEntry, file: Path) -> None:
    from safetensors.torch import load_file

    vectors = load_file(file)
    if not hasattr(pipeline, "load_textual_inversion") or not hasattr(pipeline, "unet"):
        raise ValueError(f"{adapter.ref}: {type(pipeline).__name__} takes no textual inversion; SD 1.5 and SDXL do")
    if hasattr(pipeline, "text_encoder_2"):
        if not {"clip_l", "clip_g"} <= vectors.keys():
            raise ValueError(f"{adapter.ref}: SDXL needs vectors clip_l and clip_g, found {', '.join(vectors)}")
        parts = ((vectors["clip_l"], "text_encoder", "tokenizer"), (vectors["clip_g"], "text_encoder_2", "tokenizer_2"))
    elif len(vectors) == 1:
        parts = ((next(iter(vectors.values())), "text_encoder", "tokenizer"),)
    else:
        raise ValueError(f"{adapter.ref}: expected one tensor of word vectors, found {', '.join(vectors)}")
    for vector, encoder, tokenizer in parts:
        width = getattr(pipeline, encoder).get_input_embeddings().weight.shape[1]
        if vector.shape[-1] != width:
            raise ValueError(f"{adapter.ref}: word vectors of {vector.shape[-1]} numbers; the model's have {width}")
        words = {"text_encoder": getattr(pipeline, encoder), "tokenizer": getattr(pipeline, tokenizer)}
        pipeline.load_textual_inversion(vector, token=adapter.token, **words)


def _load_style(pipeline: Any, adapter: AdapterEntry, path: Path, file: Path) -> None:
    from transformers import CLIPImageProcessorPil, CLIPVisionModelWithProjection

    if not hasattr(pipeline, "unet") or not hasattr(pipeline, "load_ip_adapter"):
        raise ValueError(f"{adapter.ref}: {type(pipeline).__name__} takes no ip_adapter here; SD 1.5 and SDXL do")
    encoder = CLIPVisionModelWithProjection.from_pretrained(
        path / adapter.image_encoder, dtype=pipeline.dtype, use_safetensors=True, local_files_only=True
    )
    side = cast(int, encoder.config.image_size)
    processor = CLIPImageProcessorPil(size={"shortest_edge": side}, crop_size={"height": side, "width": side})
    pipeline.register_modules(image_encoder=encoder, feature_extractor=processor)
    folder = PurePosixPath(adapter.file).parent.as_posix()
    pipeline.load_ip_adapter(
        str(path), subfolder="" if folder == "." else folder, weight_name=file.name, image_encoder_folder=None
    )
    pipeline.set_ip_adapter_scale(adapter.scale)
    # The pipeline's own method gives every prompt of a batch the same references.
    pipeline.prepare_ip_adapter_image_embeds = _as_given


def _as_given(
    ip_adapter_image: None,
    ip_adapter_image_embeds: list[torch.Tensor],
    device: torch.device,
    num_images_per_prompt: int,
    do_classifier_free_guidance: bool,
) -> list[torch.Tensor]:
    import torch

    (both,) = ip_adapter_image_embeds
    without, styled = both.to(device).chunk(2)
    return [torch.cat([without, styled]) if do_classifier_free_guidance else styled]


def takes_references(pipeline: Any) -> bool:
    """True if an IP-Adapter is loaded."""
    return getattr(pipeline, "image_encoder", None) is not None


def style_references(request: TextToImageRequest | InpaintRequest) -> list[RGB]:
    """The references that make a request's style, cutouts laid on gray; (h, w, 3) each."""
    return [_on_gray(reference) for reference in request.references[:MOST_REFERENCES]]


def _on_gray(picture: np.ndarray) -> RGB:
    if picture.shape[2] == 3:
        return picture
    alpha = picture[..., 3:].astype(np.float32) / 255
    return np.rint(picture[..., :3] * alpha + _GRAY * (1 - alpha)).astype(np.uint8)


def style_conditions(pipeline: Any, references: Sequence[Sequence[RGB]]) -> list[torch.Tensor]:
    """The pipeline's ``ip_adapter_image_embeds``: for each request "no style", then for each its style.

    Args:
        pipeline: with an IP-Adapter.
        references: of each request, as many for each; none = no style.
    """
    import torch
    from diffusers.models.embeddings import ImageProjection
    from PIL import Image

    layer = pipeline.unet.encoder_hid_proj.image_projection_layers[0]
    hidden = not isinstance(layer, ImageProjection)
    side = pipeline.image_encoder.config.image_size
    device = pipeline._execution_device  # offloaded parts claim to be on the CPU
    shown = [list(some) or [np.full((side, side, 3), _GRAY, np.uint8)] for some in references]
    pictures = [Image.fromarray(picture) for some in shown for picture in some]
    styled, without = pipeline.encode_image(pictures, device, 1, hidden)
    shape = (len(shown), len(shown[0]), *styled.shape[1:])
    styled, without = styled.reshape(shape), without.reshape(shape)
    if not references[0]:
        styled = without
    return [torch.cat([without, styled])]
