"""Characters' folders: films, stills and reference crops.

Layout: ``<characters>/<name>/{videos,frames,references,all_frames}/``. Belongs here: finding and listing
them. Does not belong here: decoding films (``video.py``).
"""

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

from resources.sources.folder import PICTURE_SUFFIXES, has_settled

VIDEO_SUFFIXES = frozenset({".mp4", ".mkv", ".mov", ".avi", ".webm", ".m4v"})

CREDIT_FILE = "LICENCE.txt"
"""In a character's folder: a line with the licence of its films, then one with whom to name."""


@dataclass(frozen=True)
class CharacterFolder:
    """One character's inputs.

    Attributes:
        path: its folder.
        settled_before: files changed after this time (seconds since the epoch) do not count yet.
    """

    path: Path
    settled_before: float = float("inf")

    @property
    def name(self) -> str:
        """The character's name, as the folder spells it."""
        return self.path.name

    @property
    def videos(self) -> list[Path]:
        """Films, by name."""
        return self._files("videos", VIDEO_SUFFIXES)

    @property
    def stills(self) -> list[Path]:
        """Single frames given as pictures, by name."""
        return self._files("frames", PICTURE_SUFFIXES)

    @property
    def references(self) -> list[Path]:
        """Crops that show the character, by name."""
        return self._files("references", PICTURE_SUFFIXES)

    @property
    def review(self) -> Path:
        """The file of what a person decided about its frames; it may be missing."""
        return self.path / "review.csv"

    @property
    def all_frames(self) -> list[Path]:
        """All frames of the films that the stills are from, by name; only neighbours of the stills are read."""
        return self._files("all_frames", PICTURE_SUFFIXES)

    @property
    def credit(self) -> tuple[str, str]:
        """Licence and attribution of the inputs: first and second line of ``LICENCE.txt``, if there."""
        lines = [line for path in self._credit_file() for line in path.read_text(encoding="utf-8").splitlines()]
        licence, attribution = [*lines, "", ""][:2]
        return licence.strip(), attribution.strip()

    def _credit_file(self) -> list[Path]:
        path = self.path / CREDIT_FILE
        return [path] if path.is_file() else []

    def _files(self, kind: str, suffixes: frozenset[str]) -> list[Path]:
        folder = self.path / kind
        if not folder.is_dir():
            return []
        return sorted(
            path
            for path in folder.iterdir()
            if not path.name.startswith(".")  # macOS leaves "._film.mp4" beside a film
            and path.suffix.lower() in suffixes
            and path.is_file()
            and has_settled(path.stat().st_mtime, self.settled_before)
        )

    def listing(self) -> str:
        """A hash of names, sizes and times of all inputs; it changes when any of them does."""
        lines = [
            f"{path.relative_to(self.path)}\t{path.stat().st_size}\t{path.stat().st_mtime_ns}"
            for path in (*self.videos, *self.stills, *self.references, *self.all_frames, *self._credit_file())
        ]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def find_characters(folder: Path, settled_before: float = float("inf")) -> list[CharacterFolder]:
    """Finds the characters that have a film or stills, by name."""
    if not folder.is_dir():
        return []
    found = [CharacterFolder(path, settled_before) for path in sorted(folder.iterdir()) if path.is_dir()]
    return [item for item in found if item.videos or item.stills]


def referenced_characters(folder: Path) -> list[CharacterFolder]:
    """Finds everybody with reference pictures, by name: also those without a film, who are known but not curated."""
    if not folder.is_dir():
        return []
    found = [CharacterFolder(path) for path in sorted(folder.iterdir()) if path.is_dir()]
    return [item for item in found if item.references]


def sharing_films(folder: Path) -> dict[str, list[str]]:
    """Gives for each character the others, by name, that have a film of the same name and size."""
    owners: dict[tuple[str, int], list[str]] = {}
    for character in find_characters(folder):
        for path in character.videos:
            owners.setdefault((path.name, path.stat().st_size), []).append(character.name)
    shared: dict[str, set[str]] = {}
    for names in owners.values():
        for name in names:
            shared.setdefault(name, set()).update(names)
    return {name: sorted(names - {name}) for name, names in shared.items()}


def add_character(
    folder: Path, videos: list[Path], references: list[Path], licence: str = "", attribution: str = ""
) -> CharacterFolder:
    """Puts films and reference pictures into a character's folder; files already there stay.

    Args:
        folder: the character's folder, made if it is missing.
        videos: film files.
        references: pictures of the character, or folders of them.
        licence: of the films, SPDX-like; "" leaves the folder's LICENCE.txt as it is.
        attribution: who to name.

    Raises:
        FileNotFoundError: a film or a reference does not exist.
        ValueError: a film has an ending that is not a film's, or no reference picture is given
            and none is there.
    """
    for path in videos:
        if path.suffix.lower() not in VIDEO_SUFFIXES:
            raise ValueError(f"{path}: not a film; known endings: {', '.join(sorted(VIDEO_SUFFIXES))}")
    pictures = [
        picture
        for path in references
        for picture in (sorted(path.iterdir()) if path.is_dir() else [path])
        if picture.suffix.lower() in PICTURE_SUFFIXES
    ]
    character = CharacterFolder(folder)
    if not pictures and not character.references:
        raise ValueError(
            f"{folder / 'references'}: no reference picture of the character; give 3 to 10 crops with --references"
        )
    for kind, paths in (("videos", videos), ("references", pictures)):
        (folder / kind).mkdir(parents=True, exist_ok=True)
        for path in paths:
            target = folder / kind / path.name
            if not target.exists() or target.stat().st_size != path.stat().st_size:
                shutil.copy2(path, target)
    if licence or attribution:
        (folder / CREDIT_FILE).write_text(f"{licence}\n{attribution}\n", encoding="utf-8")
    return character
