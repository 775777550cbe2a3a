"""create_occlusion: the frame with something in front of the character.

Belongs here: this strategy, its parameters, and the two kinds of occlusion. Does not belong here:
choosing its frames.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import cv2
import numpy as np
from pydantic import Field

from synth_assets.core.config import Params
from synth_assets.core.curation.strategies.frame import Frame, Output, artifacts, caption_text
from synth_assets.core.items import Artifact
from synth_assets.core.masks import blend
from synth_assets.core.ports import RGB, Box, Mask, Models, SoftMask
from synth_assets.core.seeds import generator

Position = Literal["left", "right", "bottom"]
EDGE_SHARE = 0.25
_RAMP_SHARE = 0.3
_HIDDEN_FROM = 0.5
_SHAPE_SHARES = (0.35, 0.6)
_SHAPE_POINTS = 9
_SHAPE_SOFTNESS = 0.04


class OcclusionConfig(Params):
    """Parameters of create_occlusion."""

    enabled: bool = True
    occlusion_types: tuple[Literal["edge_blur", "overlay"], ...] = ("edge_blur", "overlay")
    blur_radius: int = Field(default=15, ge=1, description="The blur's kernel is 2 * radius + 1 pixels.")
    blur_positions: tuple[Position, ...] = ("left", "right", "bottom")
    overlay_opacity: float = Field(default=0.3, gt=0, le=1)
    variations_per_image: int = Field(default=3, ge=1, le=16)
    add_occlusion_tags: bool = True
    caption_prefix: str = Field(default="a 3d animated character", description="{character} stands for its name.")
    occlusion_descriptions: tuple[str, ...] = (
        "partially obscured",
        "with foreground elements",
        "partially hidden behind object",
    )


@dataclass(frozen=True)
class Occluded:
    """An occluded frame.

    Attributes:
        image: (H, W, 3) uint8 RGB.
        cover: (H, W) float32 in [0, 1], how much of each pixel is hidden.
        kind: what was done, e.g. ``edge_blur_left``.
    """

    image: RGB
    cover: SoftMask
    kind: str


class CreateOcclusion:
    """Hides parts of the frame in several ways."""

    name = "create_occlusion"

    def __init__(self, models: Models, config: OcclusionConfig) -> None:
        del models  # every strategy is made alike
        self._config = config
        self.enabled = config.enabled
        self.inputs: Mapping[str, Any] = {"config": config.model_dump(mode="json")}
        self.notes: Mapping[str, Any] = {}

    def process(self, frame: Frame) -> list[Artifact]:
        """Gives ``<stem>_occ<n>.png``, each with the share of the character that stays visible."""
        outputs: list[Output] = []
        for number, plan in enumerate(_plans(frame.mask, self._config)):
            seed = (frame.seed + number) % 2**63
            made = self._occlude(frame, plan, seed)
            words = self._config.occlusion_descriptions
            tag = f", {words[number % len(words)]}" if self._config.add_occlusion_tags and words else ""
            outputs.append(
                Output(
                    f"{frame.stem}_occ{number}.png",
                    made.image,
                    caption_text(frame.character, self._config.caption_prefix, tag),
                    visible_mask(frame.mask, made.cover),
                    seed=seed,
                    extra={"occlusion_kind": made.kind, "visible_share": visible_share(frame.mask, made.cover)},
                )
            )
        return artifacts(frame, outputs)

    def _occlude(self, frame: Frame, plan: str, seed: int) -> Occluded:
        if plan == "overlay":
            return overlay(frame.image, frame.box, self._config.overlay_opacity, seed)
        return edge_blur(frame.image, plan, self._config.blur_radius)


def _plans(mask: Mask, config: OcclusionConfig) -> list[str]:
    """What to do for each variation: the edges that cover most of the character first, one overlay last."""
    edges: list[str] = []
    if "edge_blur" in config.occlusion_types:
        covered = {at: visible_share(mask, edge_weight(mask.shape, at)) for at in config.blur_positions}
        edges = sorted(config.blur_positions, key=lambda at: covered[at])
    count = config.variations_per_image
    if "overlay" not in config.occlusion_types:
        return [edges[number % len(edges)] for number in range(count)] if edges else []
    return [*edges[: count - 1], *["overlay"] * max(1, count - len(edges))][:count]


def edge_weight(size_hw: Sequence[int], position: str) -> SoftMask:
    """(H, W) float32: 1 at the named edge, 0 from a quarter of the side on, a short ramp before."""
    height, width = size_hw[0], size_hw[1]
    length = height if position == "bottom" else width
    depth = max(1.0, EDGE_SHARE * length)
    place = np.arange(length, dtype=np.float32) + np.float32(0.5)
    inwards = place if position == "left" else length - place
    weight = np.clip((depth - inwards) / (depth * _RAMP_SHARE), 0, 1).astype(np.float32)
    line = weight[:, None] if position == "bottom" else weight[None, :]
    return np.ascontiguousarray(np.broadcast_to(line, (height, width)))


def edge_blur(image: RGB, position: str, radius_px: int) -> Occluded:
    """Blurs a quarter of the frame along one edge, as something near the lens would."""
    side = 2 * radius_px + 1
    weight = edge_weight(image.shape, position)
    blurred = np.asarray(cv2.GaussianBlur(image, (side, side), 0), np.uint8)
    return Occluded(blend(image, blurred, weight), weight, f"edge_blur_{position}")


def overlay(image: RGB, box: Box, opacity: float, seed: int) -> Occluded:
    """Lays a half-transparent, out-of-focus shape over part of the character.

    Its colour is that of the darker pixels around, so that it passes for something of the scene.
    """
    random = generator(seed)
    x0, y0, x1, y1 = box
    radius = random.uniform(*_SHAPE_SHARES) * max(x1 - x0, y1 - y0) / 2
    centre = (random.uniform(x0, x1), random.uniform(y0, y1))
    angles = np.linspace(0, 2 * np.pi, _SHAPE_POINTS, endpoint=False)
    radii = radius * random.uniform(0.6, 1.2, _SHAPE_POINTS)
    points = np.stack([centre[0] + radii * np.cos(angles), centre[1] + radii * np.sin(angles)], 1)
    shape = np.zeros(image.shape[:2], np.float32)
    cv2.fillPoly(shape, [np.rint(points).astype(np.int32)], 1.0)
    soft = np.asarray(cv2.GaussianBlur(shape, (0, 0), max(1.0, _SHAPE_SOFTNESS * max(image.shape[:2]))), np.float32)
    weight = np.clip(soft, 0, 1) * np.float32(opacity)
    dark = np.percentile(image.reshape(-1, 3), 20, axis=0)
    colour = np.broadcast_to(np.rint(dark).astype(np.uint8), image.shape)
    return Occluded(blend(image, colour, weight), weight, "overlay")


def visible_share(mask: Mask, cover: SoftMask) -> float:
    """Share of the character that is not hidden, 0..1; 1 for an empty mask."""
    area = float(mask.sum())
    return 1 - float(cover[mask].sum(dtype=np.float64)) / area if area else 1.0


def visible_mask(mask: Mask, cover: SoftMask) -> Mask:
    """The pixels of the character that are less than half hidden."""
    return mask & (cover < _HIDDEN_FROM)
