"""Dagster's home: one for the demo, the UI and every command, initialised before use.

Belongs here: making the home. Does not belong here: its settings (``dagster.yaml`` at the root).
"""

import os
import shutil

from dagster import DagsterInstance

from resources.project import Project


def open_home(project: Project) -> DagsterInstance:
    """Makes Dagster's home if needed, points DAGSTER_HOME at it, and opens its instance.

    Opening creates the databases: two processes that both find a fresh home can collide.

    Raises:
        ValueError: the home cannot be made or written.
    """
    home = project.dagster_home
    settings = project.root / "dagster.yaml"
    try:
        home.mkdir(parents=True, exist_ok=True)
        if settings.exists():
            shutil.copyfile(settings, home / "dagster.yaml")
    except OSError as error:
        raise ValueError(f"Dagster's home cannot be written: {error}; set DAGSTER_HOME to another folder") from error
    os.environ["DAGSTER_HOME"] = str(home.resolve())
    return DagsterInstance.get()
