"""Ports: what the pipeline asks of models, as Protocols over plain arrays; everybody imports them from here.

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

from synth_assets.core.ports.conventions import (
    RGB,
    RGBA,
    Box,
    DeviceMemoryError,
    Mask,
    Model,
    RoleUnavailableError,
    SoftMask,
    UnsupportedRequestError,
)
from synth_assets.core.ports.looking import (
    Captioner,
    DepthEstimator,
    Embedder,
    FaceFinder,
    Instance,
    Interrogator,
    Label,
    Labeller,
    Segmenter,
    TextMasker,
    TextScorer,
    TextsRequest,
)
from synth_assets.core.ports.making import (
    BackgroundFiller,
    Editor,
    EditRequest,
    Inpainted,
    Inpainter,
    InpaintRequest,
    Restorer,
    TextToImage,
    TextToImageRequest,
    Upscaler,
)
from synth_assets.core.ports.roles import Models

__all__ = [
    "RGB",
    "RGBA",
    "BackgroundFiller",
    "Box",
    "Captioner",
    "DepthEstimator",
    "DeviceMemoryError",
    "EditRequest",
    "Editor",
    "Embedder",
    "FaceFinder",
    "InpaintRequest",
    "Inpainted",
    "Inpainter",
    "Instance",
    "Interrogator",
    "Label",
    "Labeller",
    "Mask",
    "Model",
    "Models",
    "Restorer",
    "RoleUnavailableError",
    "Segmenter",
    "SoftMask",
    "TextMasker",
    "TextScorer",
    "TextToImage",
    "TextToImageRequest",
    "TextsRequest",
    "UnsupportedRequestError",
    "Upscaler",
]
