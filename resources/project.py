"""Where things lie: the project folder, its data, the store, Dagster's home.

Belongs here: paths, the environment variables that move them, and the one that has the store make everything again.
Does not belong here: reading any of these files.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from synth_assets.core.config import ConfigError

SKIP_EXISTING = "SYNTH_SKIP_EXISTING"


@dataclass(frozen=True)
class Project:
    """Paths of one project.

    Attributes:
        root: folder that holds ``configs/``; SYNTH_HOME, else the checkout of this package.
        data: inputs and outputs; SYNTH_DATA, else ``<root>/data``.
        store: folder or fsspec URL of the store; SYNTH_STORE, else ``<data>/store``.
        example: folder whose files stand in for those of ``configs/``; SYNTH_CONFIGS, else none.
    """

    root: Path
    data: Path
    store: str
    example: Path | None = None

    @property
    def configs(self) -> Path:
        """Folder of the configuration files."""
        return self.root / "configs"

    def config_file(self, name: str) -> Path:
        """The configuration file of that name: the example's, where it has one."""
        own = self.example / name if self.example else None
        return own if own and own.is_file() else self.configs / name

    @property
    def characters(self) -> Path:
        """Folder with one folder a character: ``videos/``, ``frames/``, ``references/``."""
        return self.data / "characters"

    @property
    def inbox(self) -> Path:
        """Folder where new photos are dropped, at its top or in a folder per slot."""
        return self.data / "inbox"

    @property
    def overview(self) -> Path:
        """The page that walks everything in the store; relative links lead from it to the store."""
        return self.data / "overview.html"

    @property
    def model_cache(self) -> Path:
        """Folder of fetched model files."""
        return self.data / "models"

    @property
    def dagster_home(self) -> Path:
        """Dagster's home, shared by the demo, the UI and the CLI; DAGSTER_HOME if that is set."""
        return Path(os.environ.get("DAGSTER_HOME") or self.root / ".dagster")


def find_project() -> Project:
    """Finds the project from the environment, else from where this package is installed.

    Raises:
        ConfigError: SYNTH_CONFIGS is not a folder.
    """
    root = Path(os.environ.get("SYNTH_HOME") or Path(__file__).resolve().parent.parent)
    data = Path(os.environ.get("SYNTH_DATA") or root / "data")
    example = os.environ.get("SYNTH_CONFIGS")
    if example and not (root / example).is_dir():
        raise ConfigError(f"SYNTH_CONFIGS: {root / example} is not a folder; name one such as configs/examples/...")
    return Project(
        root=root,
        data=data,
        store=os.environ.get("SYNTH_STORE") or str(data / "store"),
        example=root / example if example else None,
    )


def skips_existing() -> bool:
    """What SYNTHSKIP_EXISTING says, 1 or 0; a run's own configuration comes before it.

    Raises:
        ConfigError: it is something else.
    """
    value = os.environ.get(SKIP_EXISTING) or "1"
    if value not in ("0", "1"):
        raise ConfigError(
            f"{SKIP_EXISTING}: expected 1 (make only what is missing) or 0 (make all again), found {value!r}"
        )
    return value == "1"
