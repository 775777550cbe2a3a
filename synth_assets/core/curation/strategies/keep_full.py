"""keep_full: the frame as it is, bit for bit.

Belongs here: this strategy and its parameters. Does not belong here: choosing its frames.
"""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from synth_assets.core.curation.strategies.frame import Frame, Kit, Output, StrategyConfig, caption_text


class KeepFullConfig(StrategyConfig):
    """Parameters of keep_full."""

    generate_caption: bool = True
    caption_prefix: str = Field(default="a 3d animated character", description="{character} stands for its name.")
    caption_suffix: str = ", full scene"


class KeepFull:
    """The frame as it is, bit for bit, with its background, light and other characters."""

    name: ClassVar[str] = "keep_full"
    Config: ClassVar[type[StrategyConfig]] = KeepFullConfig

    def __init__(self, kit: Kit, config: KeepFullConfig) -> None:
        del kit  # every strategy is made alike
        self._config = config

    def process(self, frame: Frame) -> list[Output]:
        """Gives ``<stem>.png`` with the very bytes of the frame."""
        config = self._config
        caption = caption_text(frame.character, config.caption_prefix, config.caption_suffix)
        text = caption if config.generate_caption else ""
        ending = frame.record.path.rsplit(".", 1)[-1]
        return [Output(f"{frame.stem}.{ending}", frame.data, text, frame.mask, frame.others)]
