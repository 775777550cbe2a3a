"""Profiles as files: ``stream_<name>.json`` and a copy with the time for every change (S1.5).

Belongs here: names, writing and finding. Does not belong here: what is in a profile
(``synth_assets/core/profile``).
"""

import re

from upath import UPath

from resources import files
from synth_assets.core.profile.profile import Profile, load_profile, to_json

FOLDER = "profiles"
"""Of the store."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_STAMPED = re.compile(r"_\d{8}-\d{6}$")


class Profiles:
    """A folder of profiles.

    Args:
        folder: local folder or fsspec URL; made when first written to.
    """

    def __init__(self, folder: str | UPath) -> None:
        self.folder = UPath(folder)

    def path(self, name: str) -> UPath:
        """Where the latest profile of a name lies.

        Raises:
            ValueError: not a usable name.
        """
        if not _NAME.fullmatch(name) or _STAMPED.search(name):
            raise ValueError(
                f"profile name {name!r}: use 1 to 64 letters, digits, '_' and '-', and no date and time at the end"
            )
        return self.folder / f"stream_{name}.json"

    def save(self, profile: Profile) -> UPath:
        """Writes a profile under its name, and a copy with the time of its update; gives the first path."""
        path, data = self.path(profile.name), to_json(profile)
        if path.exists() and path.read_bytes() == data:
            return path
        # The copy first: a kill between the two leaves a copy too many, never one too few.
        stamp = profile.metadata.updated.strftime("%Y%m%d-%H%M%S")
        files.write_atomically(path.with_name(f"{path.stem}_{stamp}.json"), data)
        files.write_atomically(path, data)
        return path

    def remove(self, name: str) -> None:
        """Takes the latest profile of a name away, for a set without pictures; the copies stay."""
        self.path(name).unlink(missing_ok=True)

    def load(self, name: str) -> Profile:
        """Reads the latest profile of a name.

        Raises:
            ValueError: there is none, or its file is damaged.
        """
        path = self.path(name)
        if not path.exists():
            known = ", ".join(self.names()) or "none yet; `synth profile create` makes one"
            raise ValueError(f"no profile is called {name!r} in {self.folder}; there are: {known}")
        return load_profile(path.read_bytes(), str(path))

    def names(self) -> list[str]:
        """Names of all profiles, sorted."""
        return sorted(path.stem.removeprefix("stream_") for path in self._files() if not _STAMPED.search(path.stem))

    def history(self, name: str) -> list[UPath]:
        """The copies of a profile, oldest first."""
        start = f"{self.path(name).stem}_"
        copies = [path for path in self._files() if path.stem.startswith(start) and _STAMPED.search(path.stem)]
        return sorted((path for path in copies if len(path.stem) == len(start) + 15), key=lambda path: path.name)

    def _files(self) -> list[UPath]:
        if not self.folder.is_dir():
            return []
        return [path for path in self.folder.iterdir() if path.name.startswith("stream_") and path.suffix == ".json"]
