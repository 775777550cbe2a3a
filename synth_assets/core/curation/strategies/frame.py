"""What a strategy gets and gives: one frame with its character, and artifacts.

Belongs here: the Protocol of strategies, the frame they work on, and what all of them need to make
an artifact (caption file, objects). Does not belong here: any strategy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np

from synth_assets.core.items import Artifact
from synth_assets.core.masks import tight_box
from synth_assets.core.ports import RGB, Box, Mask
from synth_assets.core.records import ImageRecord, ObjectRecord, Scalar

_CARRIED = ("time_s", "frame_index", "shot", "video", "target_score")


@dataclass(frozen=True)
class Frame:
    """A frame to work on.

    Attributes:
        record: its row in ``strategy_decisions``.
        data: the file's bytes.
        image: (H, W, 3) uint8 RGB of those bytes.
        mask: (H, W) bool, the character.
        character: its label.
        score: how surely it is the character, 0..1.
        seed: of this frame, for this strategy.
    """

    record: ImageRecord
    data: bytes
    image: RGB
    mask: Mask
    character: str
    score: float
    seed: int

    @property
    def stem(self) -> str:
        """File name without ending."""
        return self.record.stem

    @property
    def box(self) -> Box:
        """The character's box.

        Raises:
            ValueError: the mask is empty.
        """
        box = tight_box(self.mask)
        if box is None:
            raise ValueError(f"{self.record.path}: the character's mask is empty")
        return box


class Strategy(Protocol):
    """One way to make training pictures of a frame."""

    @property
    def name(self) -> str:
        """As in ``strategy_targets``."""
        ...

    @property
    def inputs(self) -> Mapping[str, Any]:
        """JSON values that decide the result besides the frame: parameters, names of models."""
        ...

    @property
    def enabled(self) -> bool:
        """False where the configuration switches it off."""
        ...

    @property
    def notes(self) -> Mapping[str, Any]:
        """Facts worth showing with the partition, such as a step that no model can do."""
        ...

    def process(self, frame: Frame) -> list[Artifact]:
        """Makes the pictures of one frame."""
        ...


StrategyFactory = Callable[..., Strategy]


@dataclass(frozen=True)
class Output:
    """A picture that a strategy made.

    Attributes:
        name: file name.
        image: bytes to store as they are, or an array.
        caption: text for ``captions/<stem>.txt``; "" for none.
        mask: the character in this picture; None where it does not show.
        model: references of the models that made it.
        seed: None where nothing was drawn.
        extra: further columns.
    """

    name: str
    image: bytes | np.ndarray
    caption: str = ""
    mask: Mask | None = None
    model: str = ""
    seed: int | None = None
    extra: Mapping[str, Scalar] = field(default_factory=dict[str, Scalar])


def artifacts(frame: Frame, outputs: Sequence[Output]) -> list[Artifact]:
    """Turns a frame's outputs into rows with their caption files and masks."""
    return [_artifact(frame, output) for output in outputs]


def _artifact(frame: Frame, output: Output) -> Artifact:
    box = tight_box(output.mask) if output.mask is not None else None
    objects = (ObjectRecord(frame.character, box, 1, score=frame.score),) if box else ()
    carried = {name: frame.record.extra[name] for name in _CARRIED if name in frame.record.extra}
    record = replace(
        ImageRecord(),
        parents=(frame.record.id,),
        source=frame.record.source,
        group=frame.record.group,
        licence=frame.record.licence,
        attribution=frame.record.attribution,
        seed=output.seed,
        model=output.model,
        objects=objects,
        captions={"short": output.caption} if output.caption else {},
        extra={**carried, **output.extra},
    )
    stem = output.name.rsplit(".", 1)[0]
    files = {f"captions/{stem}.txt": output.caption.encode()} if output.caption else {}
    masks = [output.mask] if box and output.mask is not None else []
    return Artifact(record, output.name, output.image, masks, files)


def caption_text(character: str, *parts: str) -> str:
    """Joins caption parts; ``{character}`` in them becomes the character's name."""
    return "".join(parts).replace("{character}", character).strip(" ,")
