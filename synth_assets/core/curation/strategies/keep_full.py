"""keep_full: the frame as it is, bit for bit.

Belongs here: this strategy and its parameters. Does not belong here: choosing its frames.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from synth_assets.core.config import Params
from synth_assets.core.curation.strategies.frame import Frame, Output, artifacts, caption_text
from synth_assets.core.items import Artifact
from synth_assets.core.ports import Models


class KeepFullConfig(Params):
    """Parameters of keep_full."""

    enabled: bool = True
    generate_caption: bool = True
    caption_prefix: str = Field(default="a 3d animated character", description="{character} stands for its name.")
    caption_suffix: str = ", full scene"


class KeepFull:
    """Keeps the frame with its background, light and other characters."""

    name = "keep_full"

    def __init__(self, models: Models, config: KeepFullConfig) -> None:
        del models  # every strategy is made alike
        self._config = config
        self.enabled = config.enabled
        self.inputs: Mapping[str, Any] = {"config": config.model_dump()}
        self.notes: Mapping[str, Any] = {}

    def process(self, frame: Frame) -> list[Artifact]:
        """Gives ``<stem>.png`` with the very bytes of the frame."""
        config = self._config
        caption = caption_text(frame.character, config.caption_prefix, config.caption_suffix)
        text = caption if config.generate_caption else ""
        ending = frame.record.path.rsplit(".", 1)[-1]
        return artifacts(frame, [Output(f"{frame.stem}.{ending}", frame.data, text, frame.mask)])
