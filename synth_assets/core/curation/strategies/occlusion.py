"""create_occlusion: the frame with something in front of the character.

Belongs here: this strategy, its parameters, and choosing kinds. Does not belong here: choosing its frames, and the
kinds of occlusion (``occluders.py``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from synth_assets.core.curation.strategies.frame import (
    Character,
    Frame,
    Kit,
    Output,
    StrategyConfig,
    caption_text,
)
from synth_assets.core.curation.strategies.occluders import (
    EDGE_BLUR,
    Occluded,
    Position,
    edge_blur,
    edge_weight,
    object_in_front,
    overlay,
    visible_mask,
    visible_share,
)
from synth_assets.core.ports import Mask
from synth_assets.core.scenes.cutouts import Cutout, CutoutParams, find_references, load_cutout
from synth_assets.core.seeds import generator

Kind = Literal["edge_blur", "overlay", "object"]
_MIN_HIDDEN_SHARE = 0.03
"""An edge that covers less of the character is no occlusion."""


class OcclusionConfig(StrategyConfig):
    """Parameters of create_occlusion."""

    occlusion_types: tuple[Kind, ...] = ("edge_blur", "overlay", "object")
    blur_radius: int = Field(default=15, ge=1, description="The blur's kernel is 2 * radius + 1 pixels.")
    blur_positions: tuple[Position, ...] = ("left", "right", "bottom")
    overlay_opacity: float = Field(default=0.3, gt=0, le=1)
    foregrounds: tuple[str, ...] = Field(
        default=("data/sample/cutouts/{cactus,deciduous_tree,evergreen_tree,palm_tree,rose,sunflower,tulip}.webp",),
        description="Pictures with transparency, for `object`: folders, files or patterns relative to the project.",
    )
    foreground_licence: str = Field(default="MIT", description="Of these pictures; goes with each output.")
    foreground_attribution: str = Field(default="Fluent Emoji, Microsoft", description="Who to name for them.")
    hidden_share: tuple[float, float] = Field(default=(0.15, 0.6), description="Of the character, behind an object.")
    min_visible_share: float = Field(default=0.3, gt=0, lt=1, description="Nothing may leave less of the character.")
    variations_per_image: int = Field(default=3, ge=1, le=16)
    add_occlusion_tags: bool = True
    caption_prefix: str = Field(default="a 3d animated character", description="{character} stands for its name.")
    occlusion_descriptions: tuple[str, ...] = Field(
        default=("partially obscured", "with foreground elements", "partially hidden behind object"),
        description="Words for edge blur, overlay and object, in this order.",
    )


class CreateOcclusion:
    """The frame with something before the character, in several ways, and how much of it still shows."""

    name: ClassVar[str] = "create_occlusion"
    Config: ClassVar[type[StrategyConfig]] = OcclusionConfig

    def __init__(self, kit: Kit, config: OcclusionConfig) -> None:
        self._config = config
        wanted = "object" in config.occlusion_types
        self._cutouts = _foregrounds(kit, config) if wanted else []
        left_out = wanted and not self._cutouts
        self._kinds: list[Kind] = [kind for kind in config.occlusion_types if kind != "object" or self._cutouts]
        self.inputs: Mapping[str, Any] = {"foregrounds": [cutout.id for cutout in self._cutouts]}
        patterns = ", ".join(config.foregrounds) or "nothing"
        self.notes: Mapping[str, Any] = {
            "kinds": ", ".join(self._kinds),
            "foregrounds": len(self._cutouts),
            **(
                {"skipped_object": f"foregrounds names {patterns}: no picture with transparency is there"}
                if left_out
                else {}
            ),
        }

    def process(self, frame: Frame) -> list[Output]:
        """Gives ``<stem>_occ<n>.png``, each with the share and the mask of the character that stay visible.

        Raises:
            ValueError: no kind of occlusion can cover some of the character and leave enough of it.
        """
        outputs: list[Output] = []
        plans = plan_kinds(frame.mask, self._kinds, self._config, generator(frame.seed))
        for number, plan in enumerate(plans):
            seed = (frame.seed + 1 + number) % 2**63
            made = self._occlude(frame, plan, seed)
            if made is not None:
                outputs.append(self._output(frame, made, f"{frame.stem}_occ{len(outputs)}.png", seed))
        if not outputs:
            raise ValueError(
                f"{frame.record.path}: none of {', '.join(self._kinds) or 'no kinds'} covers some of the character and "
                f"leaves {self._config.min_visible_share:.0%} of it; allow more occlusion_types"
            )
        return outputs

    def _occlude(self, frame: Frame, plan: str, seed: int) -> Occluded | None:
        config, random = self._config, generator(seed)
        if plan == "overlay":
            return overlay(frame.image, frame.mask, config.overlay_opacity, random)
        if plan == "object":
            low, high = config.hidden_share
            high = min(high, 1 - config.min_visible_share)
            return object_in_front(frame.image, frame.mask, self._cutouts, (low, high), random)
        return edge_blur(frame.image, plan, config.blur_radius)

    def _output(self, frame: Frame, made: Occluded, name: str, seed: int) -> Output:
        config, words = self._config, self._config.occlusion_descriptions
        kinds: tuple[Kind, ...] = ("edge_blur", "overlay", "object")
        place = next(place for place, kind in enumerate(kinds) if made.kind.startswith(kind))
        tag = f", {words[place % len(words)]}" if config.add_occlusion_tags and words else ""
        cutout = made.cutout
        return Output(
            name,
            made.image,
            caption_text(frame.character, config.caption_prefix, tag),
            visible_mask(frame.mask, made.cover),
            [Character(found.label, visible_mask(found.mask, made.cover), found.score) for found in frame.others],
            seed=seed,
            parents=(cutout.id,) if cutout else (),
            licence=config.foreground_licence if cutout else "",
            attribution=config.foreground_attribution if cutout else "",
            extra={
                "occlusion_kind": made.kind,
                "visible_share": round(visible_share(frame.mask, made.cover), 5),
                "foreground": cutout.source if cutout else "",
            },
        )


def _foregrounds(kit: Kit, config: OcclusionConfig) -> list[Cutout]:
    files = sorted({file for pattern in config.foregrounds for file in find_references(kit.root, pattern)})
    params = CutoutParams()
    return [cutout for file in files if (cutout := load_cutout(file, None, params))]


def plan_kinds(mask: Mask, kinds: Sequence[Kind], config: OcclusionConfig, random: np.random.Generator) -> list[str]:
    """Gives what to do for each variation: kinds in a drawn order, each once before any comes twice.

    Edges are used once each, and only those that hide some of the character and leave enough of it visible.

    Returns:
        ``overlay``, ``object``, or the position of an edge blur; empty where nothing is possible.
    """
    shares = {at: visible_share(mask, edge_weight(mask.shape, at)) for at in config.blur_positions}
    edges = [at for at, share in shares.items() if config.min_visible_share <= share <= 1 - _MIN_HIDDEN_SHARE]
    random.shuffle(edges)
    order = list(kinds)
    random.shuffle(order)
    plans: list[str] = []
    while order and len(plans) < config.variations_per_image:
        for kind in list(order):
            if kind != EDGE_BLUR:
                plans.append(kind)
            elif edges:
                plans.append(edges.pop())
            else:
                order.remove(kind)
    return plans[: config.variations_per_image]
