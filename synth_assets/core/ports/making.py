"""Roles that make or change pictures: painters, editors, fillers, enlargers, restorers.

Belongs here: their Protocols and what they are asked for. Does not belong here: roles that say what
a picture shows (``looking.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from synth_assets.core.ports.conventions import RGB, RGBA, Box, Mask, Model, SoftMask


@dataclass(frozen=True)
class TextToImageRequest:
    """One background to make.

    Attributes:
        prompt: what to show.
        negative_prompt: what to avoid.
        seed: alone decides the result, whatever the batch.
        size_hw: (height, width) of the result in pixels.
        references: (H, W, 3) photos of the wished look. Engines that compose from photos need at
            least one; engines with an image adapter take their style; others ignore them.
        guidance: classifier-free guidance, for engines that know it and whose settings leave it open.
    """

    prompt: str
    negative_prompt: str
    seed: int
    size_hw: tuple[int, int]
    references: Sequence[RGB] = ()
    guidance: float | None = None


class TextToImage(Model, Protocol):
    """Makes pictures from prompts (role ``text_to_image``)."""

    def generate(self, requests: Sequence[TextToImageRequest]) -> list[RGB]: ...


@dataclass(frozen=True)
class InpaintRequest:
    """One object to paint into one picture.

    Attributes:
        image: (H, W, 3) picture, usually a crop with context around the box.
        box: where the object goes.
        mask: (H, W) soft mask of how far each pixel may change: 1 in the box, falling to 0 outside
            of it. What has 0 is taken from the picture again by the caller.
        prompt: the object.
        negative_prompt: what to avoid.
        seed: alone decides the result, whatever the batch.
        references: (h, w, 4) cutouts of the object. Engines that paste need at least one; engines
            with an image adapter take the object's look from them; others ignore them.
    """

    image: RGB
    box: Box
    mask: SoftMask
    prompt: str
    negative_prompt: str
    seed: int
    references: Sequence[RGBA] = ()


@dataclass(frozen=True)
class Inpainted:
    """Result of one inpainting.

    Attributes:
        image: (H, W, 3), same size as the request.
        object_mask: (H, W) bool mask of the painted object where the engine knows it exactly;
            None where it has to be segmented afterwards.
        touched: (H, W) bool, True where the engine meant to change pixels (object, shadow, soft
            rim); None = everything may have drifted and the caller must paste back softly.
    """

    image: RGB
    object_mask: Mask | None = None
    touched: Mask | None = None


class Inpainter(Model, Protocol):
    """Repaints a masked region as the prompt says (role ``inpaint``).

    ``resolution_px`` is the side of the square the model works best at; None = any size.
    ``needs_references`` says that it pastes cutouts, and refuses a request without any.
    """

    @property
    def needs_references(self) -> bool: ...

    @property
    def resolution_px(self) -> int | None: ...

    def inpaint(self, requests: Sequence[InpaintRequest]) -> list[Inpainted]: ...


@dataclass(frozen=True)
class EditRequest:
    """One edit of a real picture.

    Attributes:
        image: (H, W, 3) picture.
        instruction: what to change, or what the result shows, in words.
        strength: 0 = leave it, 1 = free to change everything.
        seed: alone decides the result.
        guidance: how closely to follow the words; None = the model's own.
        negative_prompt: what to avoid, for engines that know it.
        changes_content: True where more than the light is to change; editors that know only light
            raise UnsupportedRequestError then.
    """

    image: RGB
    instruction: str
    strength: float
    seed: int
    guidance: float | None = None
    negative_prompt: str = ""
    changes_content: bool = False


class Editor(Model, Protocol):
    """Edits a picture by instruction (role ``edit``)."""

    def edit(self, requests: Sequence[EditRequest]) -> list[RGB]: ...


class BackgroundFiller(Model, Protocol):
    """Fills a masked region with plausible background (role ``background_fill``)."""

    def fill(self, images: Sequence[RGB], masks: Sequence[Mask]) -> list[RGB]: ...


class Upscaler(Model, Protocol):
    """Enlarges pictures by ``factor`` (role ``upscale``)."""

    @property
    def factor(self) -> int: ...

    def upscale(self, images: Sequence[RGB]) -> list[RGB]: ...


class Restorer(Model, Protocol):
    """Gives pictures of the same size with noise removed or faces restored.

    Roles ``denoise`` and ``face_restore``.
    """

    def restore(self, images: Sequence[RGB]) -> list[RGB]: ...
