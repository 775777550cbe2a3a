"""Profiles from Python, without Dagster and without a store: make, load, merge, save, generate.

Belongs here: the few calls of a script or a notebook. Does not belong here: profiles that grow with
their source (``named_profiles.py``) and any computation. Importing this imports no model library.
"""

import hashlib
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from resources.models.entries import ModelEntry
from resources.models.registry import ModelRegistry, default_registry
from resources.profiles import Profiles
from resources.sources.credits import read_credits
from synth_assets.core.exif import exif_facts
from synth_assets.core.images import BadImageError, decode_image
from synth_assets.core.items import bounded_map
from synth_assets.core.ports import RGB, TextToImageRequest
from synth_assets.core.profile import building
from synth_assets.core.profile import profile as documents
from synth_assets.core.profile.building import build_profile, measure_picture, measured_from_row
from synth_assets.core.profile.profile import Profile, created_of, profile_from_dict
from synth_assets.core.profile.references import ReferenceParams
from synth_assets.core.profile.sampling import sample_words
from synth_assets.core.profile.set_sketch import Measured
from synth_assets.core.profile.tone import correct_tone
from synth_assets.core.scenes.backgrounds import BackgroundParams

__all__ = ["Profile", "create_profile", "generate_from_profile", "load_profile", "merge_profiles", "save_profile"]

FOLDER = "profiles"
_WORKERS = 4
_REASONS_SHOWN = 3
_SMALLEST_PX = ReferenceParams().min_side_px
_DEFAULTS = BackgroundParams()
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Taken:
    """A file that was read: its measurements, or why it has none."""

    label: str
    content: str
    measured: Measured | None = None
    fault: str = ""


def create_profile(files: Iterable[str | Path], name: str, folder: str | Path = FOLDER) -> Profile:
    """The profile of picture files is saved as ``<folder>/stream_<name>.json``, and returned.

    Files are read and measured in threads. One that is no usable picture, or a copy of another, is
    skipped: a warning of the profile and of the log names it. Licences come from a ``credits.jsonl``
    beside the files, camera and time from EXIF. To add pictures to a profile without reading the
    old ones, make one of the new pictures and merge the two without weights.

    Args:
        files: paths of pictures.
        name: of the profile: letters, digits, "_" and "-".
        folder: where profiles lie.

    Raises:
        ValueError: no usable picture, or not a usable name.
        FileNotFoundError: there is no such file.
    """
    profiles = Profiles(str(folder))
    path = profiles.path(name)
    paths = list(dict.fromkeys(Path(file) for file in files))
    measured: list[Measured] = []
    warnings: list[str] = []
    first_of: dict[str, str] = {}
    for taken in bounded_map(_take, paths, _WORKERS):
        first = first_of.setdefault(taken.content, taken.label)
        fault = taken.fault or ("" if first == taken.label else f"{taken.label}: a copy of {first}")
        if fault or taken.measured is None:
            warnings.append(f"skipped: {fault}")
            _log.warning("profile %s: skipped %s", name, fault)
        else:
            measured.append(taken.measured)
    if not measured:
        reasons = "; ".join(warnings[:_REASONS_SHOWN]) or "no files were given"
        raise ValueError(f"profile {name!r}: none of {len(paths)} files is a usable picture: {reasons}")
    created = created_of(path.read_bytes()) if path.exists() else None
    made = build_profile(name, measured, created=created)
    made = made.model_copy(update={"warnings": (*made.warnings, *warnings)})
    profiles.save(made)
    return made


def _take(path: Path) -> _Taken:
    data = path.read_bytes()
    content = hashlib.sha256(data).hexdigest()
    try:
        image = decode_image(data, str(path))
    except BadImageError as error:
        return _Taken(str(path), content, fault=str(error))
    height, width = image.shape[:2]
    if min(height, width) < _SMALLEST_PX:
        return _Taken(str(path), content, fault=f"{path}: {width}x{height} pixels; at least {_SMALLEST_PX} a side")
    row = {**measure_picture(image), **exif_facts(data)}
    credit = read_credits(path.parent).get(path.name)
    return _Taken(str(path), content, measured_from_row(path.name, row, credit.licence if credit else ""))


def load_profile(path: str | Path) -> Profile:
    """Reads a profile's JSON file.

    Raises:
        FileNotFoundError: there is none.
        ValueError: it is not a profile; says where.
    """
    return documents.load_profile(Path(path).read_bytes(), str(path))


def save_profile(made: Profile, folder: str | Path = FOLDER) -> Path:
    """Writes ``<folder>/stream_<name>.json`` and a copy with the time; returns the first path.

    Raises:
        ValueError: its name is not usable as a file's.
    """
    return Path(str(Profiles(str(folder)).save(made)))


def merge_profiles(
    profiles: Sequence[Profile | Mapping[str, Any]], weights: Sequence[float] | None = None, name: str = ""
) -> Profile:
    """Gives the profile of the pooled pictures; nothing is saved.

    Args:
        profiles: profiles, or what ``json.load`` gives of their files.
        weights: share of each in the whole; None = every picture counts the same.
        name: of the result; "" joins the names with "+", which has to be replaced before saving.

    Raises:
        ValueError: no profiles, not a profile, or wrong weights.
    """
    read = [item if isinstance(item, Profile) else profile_from_dict(dict(item)) for item in profiles]
    return building.merge_profiles(read, weights, name)


def generate_from_profile(
    profile: Profile | Mapping[str, Any],
    prompt: str,
    references: Sequence[str | Path | RGB] = (),
    guidance_scale: float | None = None,
    seed: int = 0,
    size_hw: tuple[int, int] = _DEFAULTS.size_hw,
    tone_strength: float = _DEFAULTS.tone_strength,
) -> Image.Image:
    """Gives a picture made by the model set's ``text_to_image`` role and steered by a profile.

    Words sampled from the profile are appended to the prompt, its guidance counts where the model
    has none of its own, and the result is moved toward its colours and brightness.

    Args:
        profile: a profile, or what ``json.load`` gives of its file.
        prompt: what to show. The offline engine shows what the references show.
        references: files or (H, W, 3) uint8 RGB arrays. The offline engine composes the picture from
            the first, in a light borrowed from the others; models that generate from text ignore them.
        guidance_scale: instead of the model's and the profile's; another value than the model's own
            loads it once more. The offline engine has none.
        seed: alone decides the result, with the same models.
        size_hw: height and width in pixels.
        tone_strength: 0 = the picture as generated, 1 = as far toward the profile as the bounds allow.

    Raises:
        ValueError: not a profile, a number out of range, or no references where the engine needs some.
        FileNotFoundError: a reference is missing.
    """
    given = profile if isinstance(profile, Profile) else profile_from_dict(dict(profile))
    registry = default_registry()
    entry = registry.entry("text_to_image")
    if entry.reference.scheme == "builtin" and not references:
        raise ValueError(
            f"the model set {registry.set_name!r} composes pictures from photos: give references=[...], files or "
            "arrays, or choose a set with a text-to-image model in SYNTH_MODELS"
        )
    if entry.reference.scheme != "builtin" and guidance_scale not in (None, entry.guidance):
        registry = _with_guidance(registry, entry, guidance_scale)
    request = TextToImageRequest(
        prompt=", ".join([prompt, *sample_words(given, seed)]),
        negative_prompt=given.generation_guidance.diffusion.negative_prompt,
        seed=seed,
        size_hw=size_hw,
        references=[_pixels(reference) for reference in references],
        guidance=given.generation_guidance.diffusion.guidance_scale,
    )
    picture = registry.text_to_image().generate([request])[0]
    return Image.fromarray(correct_tone(picture, given.tone, tone_strength))


def _with_guidance(registry: ModelRegistry, entry: ModelEntry, scale: float | None) -> ModelRegistry:
    changed = ModelEntry.model_validate({**entry.model_dump(), "guidance": scale})
    chosen = registry.set.model_copy(update={"roles": {**registry.set.roles, "text_to_image": changed}})
    config = registry.config.model_copy(update={"sets": {**registry.config.sets, registry.set_name: chosen}})
    return ModelRegistry(config, registry.set_name, registry.places.cache_dir, root=registry.places.root)


def _pixels(reference: str | Path | RGB) -> RGB:
    if isinstance(reference, np.ndarray):
        return reference
    path = Path(reference)
    return decode_image(path.read_bytes(), str(path))
