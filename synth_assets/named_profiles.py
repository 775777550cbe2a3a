"""Named profiles: pictures of any source, taken in, measured and saved under a name of the user's.

Two stages in the store do the work as they do for slots, so a rerun reads only what is new, and a
kill loses nothing. Belongs here: the way from a source to ``stream_<name>.json``. Does not belong
here: the profiles of slots, which are assets, and printing (``cli_profile.py``).
"""

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError
from upath import UPath

from resources.configuration import StageParams
from resources.files import write_atomically
from resources.models.fetch import fetch
from resources.models.files import ModelFileError
from resources.models.registry import ModelRegistry
from resources.profiles import FOLDER, Profiles
from resources.project import Project
from resources.sources.collecting import (
    Collected,
    Collector,
    VideoCollector,
    WebcamCollector,
    collect,
    collected_path,
    place_of,
)
from resources.sources.folder import SourceFolder, SourcesConfig, find_pictures, reference_files
from resources.store import Store
from synth_assets.core.config import load_yaml
from synth_assets.core.items import Summary
from synth_assets.core.profile.profile import Profile, created_of, load_profile
from synth_assets.core.profile.profiling import PROFILE_FILE, profile_references
from synth_assets.core.profile.references import ReferenceFile, take_in_references
from synth_assets.core.profile.slots import SLOTS
from synth_assets.core.records import ImageSet

IMAGES, MEASUREMENTS = "profile_images", "named_profiles"
"""Where the stages lie in the store, one partition a name. They are not assets: users add names at will."""

_CODE_VERSION = "1"
_COLLECTOR_FILE = "collector.json"
_IDENTITY = ("kind", "query", "device", "path")
"""What of a collector says which pictures it brings; count and intervals do not."""
_REASONS_SHOWN = 3
_CONTENT_ROLES = ("label", "depth")


@dataclass(frozen=True)
class Update:
    """What one round did.

    Attributes:
        profile: as it is now.
        path: where it lies.
        images: the stage that took pictures in; its rows name what was refused.
        measurements: the stage that measured them.
        collected: what was fetched; None for a folder.
    """

    profile: Profile
    path: UPath
    images: Summary
    measurements: Summary
    collected: Collected | None = None


def saved_profiles(project: Project) -> Profiles:
    """The project's profiles: those of slots and those that users named."""
    return Profiles(Store(project.store).root / FOLDER)


def check_free(name: str, project: Project) -> str:
    """Gives the name back if a user can have it.

    Raises:
        ValueError: not a usable name, or a slot's.
    """
    saved_profiles(project).path(name)
    if name.lower() in SLOTS:
        raise ValueError(
            f"profile name {name!r} belongs to the time slot, whose profile is the asset image_profile; "
            f"choose another, such as {name}_2, or add photos to data/inbox/{name.lower()}/"
        )
    return name


def folder_source(name: str, path: Path, licence: str = "", attribution: str = "") -> SourceFolder:
    """A folder of the user's as a source; its files keep their rows when the folder moves.

    Raises:
        FileNotFoundError: there is no such folder.
    """
    if not path.is_dir():
        raise FileNotFoundError(f"there is no folder {path.absolute()}; give one that holds pictures")
    return SourceFolder(name=name, path=str(path.absolute()), licence=licence, attribution=attribution)


def make_collector(name: str, project: Project, **settings: object) -> Collector:
    """A collector whose pictures lie in ``data/collected/<name>/``.

    Args:
        name: of the profile; the folder has it in lower case.
        project: whose data folder it is.
        **settings: of the collector, ``kind`` among them; None leaves the default.

    Raises:
        ValueError: a setting is missing or wrong, or the folder holds the pictures of another source.
        FileNotFoundError: there is no such film.
    """
    values = {key: value for key, value in settings.items() if value is not None} | {"name": name.lower()}
    try:
        collector: Collector = TypeAdapter(Collector).validate_python(values)
    except ValidationError as error:
        first = error.errors()[0]
        raise ValueError(f"source {values['kind']}: {first['loc'][-1]}: {first['msg']}") from error
    if isinstance(collector, VideoCollector) and not Path(collector.path).is_file():
        raise FileNotFoundError(f"there is no film {collector.path}")
    sources = load_yaml(project.config_file("sources.yaml"), SourcesConfig)
    if any(collector.name == other.name for other in sources.collectors):
        raise ValueError(
            f"configs/sources.yaml names a collector {collector.name!r}: run it with `synth profile collect "
            f"{collector.name}` and profile its folder {_folder_of(collector, project)}, or choose another name"
        )
    folder = _folder_of(collector, project)
    known = folder / _COLLECTOR_FILE
    is_other = known.exists() and known.read_text(encoding="utf-8") != _identity(collector)
    if is_other and any(file != known for file in folder.iterdir()):
        raise ValueError(
            f"{folder} holds pictures of another source ({known.read_text(encoding='utf-8')}); choose another "
            "name, and `synth profile merge` the two, or delete the folder"
        )
    return collector


def _identity(collector: Collector) -> str:
    return collector.model_dump_json(include=set(_IDENTITY))


def _folder_of(collector: Collector, project: Project) -> Path:
    return place_of(collected_path(collector), project.root, project.data)


def content_models(registry: ModelRegistry) -> ModelRegistry:
    """Gives the registry back with the files of the models that say what pictures show fetched.

    Raises:
        ValueError: a file cannot be fetched; the message says how to go without.
    """
    entries = [entry for role in _CONTENT_ROLES if registry.has(role) for entry in registry.entry(role).with_parts()]
    try:
        for entry in entries:
            if entry.reference.has_files:
                fetch(entry, registry.places)
    except ModelFileError as error:
        raise ValueError(f"{error}; or profile without labels: --no-labels") from error
    return registry


def update_profile(
    project: Project,
    name: str,
    source: Collector | SourceFolder,
    models: ModelRegistry | None = None,
    *,
    slot: str = "",
    count: int | None = None,
) -> Update:
    """The profile of a name is that of all pictures its source has now; only new ones are read.

    Args:
        project: where things lie.
        name: of the profile.
        source: a collector, which is run first, or a folder as it is.
        models: for labels and depth; None for neither.
        slot: take only pictures of this time slot (folder's name, EXIF date, file's time).
        count: take at most so many, in the order of their names.

    Raises:
        ValueError: no usable picture; the message gives the first reasons.
        FileNotFoundError: the folder is missing.
        CollectError: as ``collect``; pictures that were fetched stay.
    """
    collected = None
    if not isinstance(source, SourceFolder):
        folder = _folder_of(source, project)
        write_atomically(UPath(folder / _COLLECTOR_FILE), _identity(source).encode())
        collected = collect(source, folder, project.root, project.data)
        source = SourceFolder(
            name=source.name,
            path=str(folder.absolute()),
            licence=source.licence,
            attribution=source.attribution,
            history=isinstance(source, WebcamCollector),
        )
    files = _files(source, project, slot)[:count]
    store, params = Store(project.store), load_yaml(project.config_file("stages.yaml"), StageParams)
    with store.open(IMAGES, name, _CODE_VERSION) as writer:
        images = take_in_references(writer, files, params.references)
    _require_pictures(images.images, name, source.path)
    profiles = saved_profiles(project)
    path = profiles.path(name)
    with store.open(MEASUREMENTS, name, _CODE_VERSION) as writer:
        measurements = profile_references(
            writer,
            images.images,
            name,
            params.content,
            models.label() if models and models.has("label") else None,
            models.depth() if models and models.has("depth") else None,
            created=created_of(path.read_bytes()) if path.exists() else None,
        )
    _require_pictures(measurements.images, name, source.path)
    made = store.file(MEASUREMENTS, name, PROFILE_FILE)
    profile = load_profile(made.read_bytes(), str(made))
    return Update(profile, profiles.save(profile), images, measurements, collected)


def _files(source: SourceFolder, project: Project, slot: str) -> Sequence[ReferenceFile]:
    found = find_pictures([source], project.root, project.data)
    wanted = [file for key, files in found.items() for file in files if slot in ("", key)]
    return reference_files(sorted(wanted, key=lambda file: file.name))


def _require_pictures(images: ImageSet, name: str, where: str) -> None:
    if not images.ok:
        reasons = "; ".join(list(images.reasons)[:_REASONS_SHOWN]) or "it holds none"
        raise ValueError(f"profile {name!r}: no usable picture in {where}: {reasons}")


def paced(
    interval_s: float,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[int]:
    """Counts rounds from 1, each beginning ``interval_s`` after the one before, or as soon as that is done."""
    for number in itertools.count(1):
        started = clock()
        yield number
        sleep(max(0.0, started + interval_s - clock()))
