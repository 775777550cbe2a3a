"""What a strategy is, gets and gives: a class, one frame with its characters, and outputs.

Belongs here: the Protocol of strategies, their kit, the frame they work on, and turning outputs into rows with caption
files and masks. Does not belong here: any strategy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from synth_assets.core.config import Params
from synth_assets.core.items import Artifact
from synth_assets.core.masks import tight_box
from synth_assets.core.ports import RGB, Box, Mask, Models
from synth_assets.core.records import ImageRecord, ObjectRecord, Scalar
from synth_assets.core.scenes.references import joined

_CARRIED = ("time_s", "frame_index", "shot", "video", "shot_type", "target_score", "context_of", "context_offset")


class StrategyConfig(Params):
    """Parameters that every strategy has."""

    enabled: bool = True


@dataclass(frozen=True)
class Kit:
    """What strategies work with.

    Attributes:
        models: by role.
        root: folder of the project, for files that a strategy's configuration names.
    """

    models: Models
    root: Path


@dataclass(frozen=True)
class Character:
    """A known character in a frame: its label, (H, W) bool mask, and how surely it is that one, 0..1."""

    label: str
    mask: Mask
    score: float = 1.0


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
        others: the other known characters in it.
    """

    record: ImageRecord
    data: bytes
    image: RGB
    mask: Mask
    character: str
    score: float
    seed: int
    others: Sequence[Character] = ()

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


@dataclass(frozen=True)
class Output:
    """A picture that a strategy made.

    Attributes:
        name: file name; unique within the strategy and character, so begin it with the frame's stem.
        image: bytes to store as they are, or an array.
        caption: text for ``captions/<stem>.txt``; "" for none.
        mask: the character in this picture; None where it does not show.
        others: the other characters as they show in this picture.
        model: references of the models that made it.
        seed: None where nothing was drawn.
        parents: ids of what it was made from besides the frame.
        licence: of those.
        attribution: who to name for them.
        extra: further columns.
    """

    name: str
    image: bytes | np.ndarray
    caption: str = ""
    mask: Mask | None = None
    others: Sequence[Character] = ()
    model: str = ""
    seed: int | None = None
    parents: Sequence[str] = ()
    licence: str = ""
    attribution: str = ""
    extra: Mapping[str, Scalar] = field(default_factory=dict[str, Scalar])


class Strategy(Protocol):
    """One way to make training pictures of a frame.

    Two attributes may be left out: ``inputs``, JSON values that decide the result besides the frame and the
    configuration (names of models, ids of files), and ``notes``, facts worth showing with the partition.
    """

    def process(self, frame: Frame) -> Sequence[Output]:
        """Makes the pictures of one frame; at least one."""
        ...


class StrategyClass(Protocol):
    """The class of a strategy; one that is added also says which frames suit it (``suits``).

    Attributes:
        name: as in ``strategy_targets``; also the name of its block and of its asset.
        Config: model of its block.
    """

    name: str
    Config: type[StrategyConfig]

    def __call__(self, kit: Kit, config: Any) -> Strategy:
        """Makes the strategy, with its checked block."""
        ...


def artifacts(frame: Frame, outputs: Sequence[Output]) -> list[Artifact]:
    """Turns a frame's outputs into rows with their caption files and masks."""
    return [_artifact(frame, output) for output in outputs]


def _artifact(frame: Frame, output: Output) -> Artifact:
    own = [Character(frame.character, output.mask, frame.score)] if output.mask is not None else []
    shown = [(found, box) for found in (*own, *output.others) if (box := tight_box(found.mask))]
    carried = {name: frame.record.extra[name] for name in _CARRIED if name in frame.record.extra}
    record = ImageRecord(
        parents=(frame.record.id, *output.parents),
        source=frame.record.source,
        group=frame.record.group,
        licence=joined([frame.record.licence, output.licence]),
        attribution=joined([frame.record.attribution, output.attribution]),
        seed=output.seed,
        model=output.model,
        objects=tuple(
            ObjectRecord(found.label, box, number, score=found.score) for number, (found, box) in enumerate(shown, 1)
        ),
        captions={"short": output.caption} if output.caption else {},
        extra={**carried, **output.extra},
    )
    stem = output.name.rsplit(".", 1)[0]
    files = {f"captions/{stem}.txt": output.caption.encode()} if output.caption else {}
    return Artifact(record, output.name, output.image, [found.mask for found, _ in shown], files)


def caption_text(character: str, *parts: str) -> str:
    """Joins caption parts; ``{character}`` in them becomes the character's name."""
    return "".join(parts).replace("{character}", character).strip(" ,")
