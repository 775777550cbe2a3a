"""Photos of the whole project: which belong to a slot's folder, and which to a window of time.

Belongs here: filling them, dividing what they hold, and the hashes that say that a part changed. Does
not belong here: finding files (``folder.py``) and taking them in (``core/profile/references.py``).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from resources.project import Project
from resources.sources.collecting import Collected, collect, collected_path, place_of
from resources.sources.folder import SourceFile, SourcesConfig, all_folders, find_pictures, listing_of
from synth_assets.core.profile.slots import WINDOW_FORMAT, slot_of_window, window_of


@dataclass(frozen=True)
class Photos:
    """All files of the sources.

    Attributes:
        by_slot: slot → files without a window; every slot is there.
        by_window: window → files of sources that form a history, from the first window to the present one.
    """

    by_slot: dict[str, list[SourceFile]]
    by_window: dict[str, list[SourceFile]]

    def window_listings(self) -> dict[str, str]:
        """Window → hash of its files."""
        return {window: listing_of(files) for window, files in sorted(self.by_window.items())}


def find_photos(sources: SourcesConfig, project: Project, settled_before: float = float("inf")) -> Photos:
    """Finds all files and divides them.

    A file whose window has not begun (a clock that is wrong, a photo from a zone further east) counts
    with its slot's folder until then.

    Args:
        sources: ``configs/sources.yaml``.
        project: whose folders they are.
        settled_before: as ``find_pictures``.

    Raises:
        FileNotFoundError: a folder that is not optional is missing.
    """
    found = find_pictures(all_folders(sources), project.root, project.data, settled_before)
    by_slot: dict[str, list[SourceFile]] = {slot: [] for slot in found}
    by_window: dict[str, list[SourceFile]] = {}
    now = datetime.now().strftime(WINDOW_FORMAT)
    for slot, files in found.items():
        for file in files:
            window = window_of(slot, file.taken) if file.history else None
            if window and window <= now:
                by_window.setdefault(window, []).append(file)
            else:
                by_slot[slot].append(file)
    return Photos(by_slot, by_window)


def slot_listings(photos: Photos, profiled: Mapping[str, str]) -> dict[str, str]:
    """Slot → hash of its folder's files and of its windows as they were last profiled.

    Args:
        photos: from ``find_photos``.
        profiled: window → version of ``capture_profile``.
    """
    listings: dict[str, str] = {}
    for slot, files in photos.by_slot.items():
        windows = [f"{key}:{version}" for key, version in sorted(profiled.items()) if slot_of_window(key) == slot]
        listing = listing_of(files)
        text = "\n".join([listing, *windows])
        listings[slot] = hashlib.sha256(text.encode()).hexdigest()[:16] if windows else listing
    return listings


def collect_named(sources: SourcesConfig, name: str, project: Project) -> Collected:
    """Runs the collector of a name; its pictures lie in ``data/collected/<name>/`` then.

    Raises:
        ValueError: no collector has the name.
        CollectError: as ``collect``.
    """
    known = {collector.name: collector for collector in sources.collectors}
    if name not in known:
        there = ", ".join(known) or "none yet; the file shows examples"
        raise ValueError(f"configs/sources.yaml names no collector {name!r}; there are: {there}")
    collector = known[name]
    folder = place_of(collected_path(collector), project.root, project.data)
    return collect(collector, folder, project.root, project.data)
