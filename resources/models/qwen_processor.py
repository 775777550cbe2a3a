"""The Qwen-VL processor for stills: prompts and pictures become tokens without torchvision.

Belongs here: what transformers lacks to load it. Does not belong here: any pipeline. Only the video
half of the original needs torchvision, and no editor sees a video.
"""

from typing import Any

from transformers.models.qwen2_vl.processing_qwen2_vl import Qwen2VLProcessor
from transformers.processing_utils import ProcessorMixin

_IMAGE_TOKEN, _VIDEO_TOKEN = "<|image_pad|>", "<|video_pad|>"


class StillsProcessor(Qwen2VLProcessor):
    """Does what ``Qwen2VLProcessor`` does with text and pictures; loads from the same folder."""

    def __init__(self, image_processor: Any = None, tokenizer: Any = None, chat_template: Any = None) -> None:
        """Takes the loaded halves; transformers reads from these arguments which halves to load."""
        self.image_token, self.video_token = _IMAGE_TOKEN, _VIDEO_TOKEN
        self.image_token_id = tokenizer.convert_tokens_to_ids(_IMAGE_TOKEN)
        self.video_token_id = tokenizer.convert_tokens_to_ids(_VIDEO_TOKEN)
        # Not the parent's: it asks for a video processor.
        ProcessorMixin.__init__(self, image_processor, tokenizer, chat_template=chat_template)
