"""Painted pictures in a store, a captioner and a scorer that see their colours, and a captioning with them."""

from collections.abc import Sequence

import numpy as np

from resources.store import Store
from synth_assets.core.captions.captioning import CaptionModels, CaptionParams, caption_images
from synth_assets.core.items import Artifact, Item, Summary, run_items
from synth_assets.core.ports import RGB
from synth_assets.core.records import ImageRecord, ImageSet


class ColourCaptioner:
    """Names the strongest channel, which is all there is to see in the test's pictures."""

    name = "test:colour"

    def __init__(self) -> None:
        self.batches: list[int] = []

    def caption(self, images: Sequence[RGB]) -> list[str]:
        self.batches.append(len(images))
        colours = ("red", "green", "blue")
        return [f"arafed {colours[int(image.mean(axis=(0, 1)).argmax())]} wall, by Judith Brown" for image in images]


def painted(value: int, channel: int = 0, **record: object) -> Artifact:
    image = np.zeros((16, 24, 3), np.uint8)
    image[..., channel] = value
    return Artifact(ImageRecord(**record), f"picture_{value}.png", image)  # pyright: ignore[reportArgumentType]


def stored(store: Store, asset: str, partition: str, artifacts: Sequence[Artifact]) -> ImageSet:
    items = [Item(f"item{index}", {"name": artifact.name}, artifact) for index, artifact in enumerate(artifacts)]
    with store.open(asset, partition) as writer:
        return run_items(writer, items, lambda batch: [[item.payload] for item in batch]).images


def captioned(store: Store, sources: Sequence[ImageSet], captioner: ColourCaptioner, **params: object) -> Summary:
    with store.open("some_captions", "morning") as writer:
        return caption_images(writer, sources, CaptionModels(captioner), CaptionParams.model_validate(params))


class Words:
    """Scores 1 where the text names the strongest channel, else 0; counts the pictures it is given."""

    name = "test:words"

    def __init__(self) -> None:
        self.asked = 0

    def score(self, images: Sequence[RGB], texts: Sequence[str]) -> list[float]:
        self.asked += len(images)
        colours = ("red", "green", "blue")
        named = [
            colours[int(image.mean(axis=(0, 1)).argmax())] in text for image, text in zip(images, texts, strict=True)
        ]
        return [float(fits) for fits in named]


def scored(store: Store, sources: Sequence[ImageSet], captioner: ColourCaptioner, **params: object) -> Summary:
    models, chosen = CaptionModels(captioner, Words()), CaptionParams.model_validate(params)
    with store.open("some_captions", "morning") as writer:
        return caption_images(writer, sources, models, chosen, ["bunny", "frank"])
