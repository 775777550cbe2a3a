"""Backgrounds: pictures of a slot without objects, made to look like its reference photos.

Belongs here: what is asked of the text-to-image engine for every row of ``backgrounds.csv``, the
tone correction of what comes back, and where each picture comes from. Does not belong here: the
engines (``resources``), and placing objects (``inpainting.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, cast

import numpy as np
from pydantic import Field

from synth_assets.core.config import Params, load_csv
from synth_assets.core.images import resize
from synth_assets.core.items import Artifact, Extras, Item, PartitionWriter, Summary, run_items
from synth_assets.core.ports import RGB, TextToImage, TextToImageRequest
from synth_assets.core.profile.profile import Profile
from synth_assets.core.profile.sampling import sample_words
from synth_assets.core.profile.tone import ToneTarget, correct_tone
from synth_assets.core.records import ImageRecord, ImageSet
from synth_assets.core.scenes.likeness import likeness_columns, likeness_details, likeness_inputs
from synth_assets.core.scenes.references import choose_references, joined
from synth_assets.core.seeds import derive_seed

_TONE_DECIMALS = 0
"""Of CIELAB, where one unit is about what the eye tells apart: a profile that moves by less with every
new photo must not make all backgrounds anew."""


class BackgroundRow(Params):
    """One row of ``backgrounds.csv``.

    Attributes:
        prompt: what to show.
        num_imgs: pictures a slot.
        line: line in the file.
    """

    prompt: str = Field(min_length=1)
    num_imgs: int = Field(ge=1)
    line: int = 0


class BackgroundParams(Params):
    """How backgrounds are made.

    Attributes:
        size_hw: (height, width) in pixels.
        references_per_image: photos shown to the engine; the first is the main one.
        tone_strength: how far the result is moved toward the profile's tone, 0..1.
        negative_prompt: what to avoid; engines have their own default for "".
        min_difference: a result whose mean difference from a reference (0..255) is less is a copy
            and rejected.
        batch_size: pictures an engine call.
        workers: threads; more than 1 only for engines that are thread-safe.
    """

    size_hw: tuple[int, int] = (384, 512)
    references_per_image: int = Field(default=2, ge=0)
    tone_strength: float = Field(default=0.5, ge=0, le=1)
    negative_prompt: str = ""
    min_difference: float = Field(default=2.0, ge=0)
    batch_size: int = Field(default=1, ge=1)
    workers: int = Field(default=1, ge=1)


def load_backgrounds(path: Path, skipped: list[str] | None = None) -> list[BackgroundRow]:
    """Reads ``backgrounds.csv``; where it is missing, ``background.csv`` beside it (S2.1).

    Raises:
        ConfigError: as ``load_csv``.
    """
    other = path.with_name("background.csv")
    return load_csv(other if other.is_file() and not path.is_file() else path, BackgroundRow, skipped)


def make_backgrounds(
    writer: PartitionWriter,
    references: ImageSet,
    rows: Sequence[BackgroundRow],
    profile: Profile | None,
    engine: TextToImage,
    params: BackgroundParams,
    run_seed: int,
) -> Summary:
    """Stores ``num_imgs`` backgrounds for every row; none for a slot without photos.

    Args:
        writer: the opened partition.
        references: photos of the slot. Without any, backgrounds are made only where
            ``references_per_image`` is 0, which says that the engine needs nothing but text.
        rows: from ``load_backgrounds``.
        profile: of the slot: words sampled from it are appended to every prompt, its guidance counts
            where the engine's settings leave it open, its tone is what results are moved toward, and
            the distance of the whole set to it is reported; None for no steering.
        engine: role ``text_to_image``.
        params: see there.
        run_seed: the run's seed.
    """
    photos = references.ok
    target = _rounded(profile.tone) if profile and params.tone_strength > 0 else None
    guidance = profile.generation_guidance.diffusion.guidance_scale if profile else None
    items: list[Item] = []
    for number, row in enumerate(rows if photos or params.references_per_image == 0 else ()):
        for index in range(row.num_imgs):
            key = f"bg_{number:02d}_{index:03d}"
            seed = derive_seed(run_seed, writer.asset, writer.partition, key)
            prompt = ", ".join([row.prompt, *(sample_words(profile, seed) if profile else ())])
            parents = choose_references(photos, seed, params.references_per_image)
            inputs = {
                "prompt": prompt,
                "seed": seed,
                "parents": [parent.id for parent in parents],
                "model": engine.name,
                "tone": target.model_dump(mode="json") if target else None,
                "guidance": guidance,
                "params": params.model_dump(mode="json", exclude={"batch_size", "workers"}),
            }
            items.append(Item(key, inputs, parents))

    def make(batch: list[Item]) -> list[list[Artifact]]:
        shown = [[references.read(parent) for parent in _parents(item)] for item in batch]
        requests = [
            TextToImageRequest(
                prompt=str(item.inputs["prompt"]),
                negative_prompt=params.negative_prompt,
                seed=int(item.inputs["seed"]),
                size_hw=params.size_hw,
                references=photos,
                guidance=guidance,
            )
            for item, photos in zip(batch, shown, strict=True)
        ]
        pictures = engine.generate(requests)
        return [
            [_artifact(item, picture, photos, target, engine.name, params)]
            for item, picture, photos in zip(batch, pictures, shown, strict=True)
        ]

    return run_items(
        writer,
        items,
        make,
        batch_size=params.batch_size,
        workers=params.workers,
        extras=partial(_extras, profile),
        extras_inputs=likeness_inputs(profile),
    )


def _parents(item: Item) -> list[ImageRecord]:
    return cast("list[ImageRecord]", item.payload)


def _rounded(tone: ToneTarget) -> ToneTarget:
    """The tone as it is both used and fingerprinted; its weight in a merge plays no part here."""
    rounded = [tuple(round(value, _TONE_DECIMALS) for value in values) for values in (tone.mean_lab, tone.std_lab)]
    return ToneTarget(mean_lab=rounded[0], std_lab=rounded[1])  # pyright: ignore[reportArgumentType] # both are triples


def _artifact(
    item: Item, picture: RGB, photos: Sequence[RGB], tone: ToneTarget | None, model: str, params: BackgroundParams
) -> Artifact:
    if tone is not None:
        picture = correct_tone(picture, tone, params.tone_strength)
    parents = _parents(item)
    difference = min((difference_from(picture, photo) for photo in photos), default=255.0)
    is_copy = difference < params.min_difference
    record = ImageRecord(
        parents=tuple(parent.id for parent in parents),
        source=parents[0].source if parents else "",
        group=(parents[0].group or parents[0].id) if parents else item.key,
        licence=joined([parent.licence for parent in parents]),
        attribution=joined([parent.attribution for parent in parents]),
        seed=int(item.inputs["seed"]),
        prompt=str(item.inputs["prompt"]),
        model=model,
        status="rejected" if is_copy else "ok",
        reason="a copy of a reference photo" if is_copy else "",
        extra={"difference_from_reference": round(difference, 2), **likeness_columns(picture)},
    )
    return Artifact(record, f"{item.key}.png", picture)


def difference_from(picture: RGB, photo: RGB) -> float:
    """Mean absolute difference (0..255) of a picture from a photo stretched to its size."""
    size_hw = (picture.shape[0], picture.shape[1])
    return float(np.abs(picture.astype(np.int16) - resize(photo, size_hw).astype(np.int16)).mean())


def _extras(profile: Profile | None, images: ImageSet) -> Extras:
    details: dict[str, Any] = {"backgrounds": len(images.ok), **likeness_details(profile, images)}
    details["main_photos"] = len({record.parents[0] for record in images.ok if record.parents})
    return Extras(details=details)
