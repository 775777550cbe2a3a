"""``synth try``: a character's strategies on a few frames, before the whole film.

Belongs here: arguments, the trial's own store and home, printing. Does not belong here: what the stages do.
"""

import os
import sys
from typing import Annotated

import typer
from rich.console import Console

from resources.configuration import LIMIT
from resources.project import find_project
from resources.sources.characters import find_characters
from synth_assets.cli_runs import backfill_and_print

curation_app = typer.Typer()
_PIPED_WIDTH = 120
_console = Console(width=None if sys.stdout.isatty() else _PIPED_WIDTH)


@curation_app.command("try")
def try_character(
    name: Annotated[str, typer.Argument(help="the character")],
    limit: Annotated[int, typer.Option(min=1, help="frames at most")] = 10,
) -> None:
    """Run frames, analysis, decisions and strategies on a few frames, in a store and a Dagster home of its own."""
    from synth_assets.home import open_home

    project = find_project()
    there = [folder.name for folder in find_characters(project.characters)]
    if name not in there:
        raise ValueError(
            f"no character is called {name!r}; there are: {', '.join(there) or 'none'}; add one with "
            f"`synth add-character {name} --video FILM --references FOLDER`"
        )
    own = project.data / "trials" / name
    os.environ["SYNTH_STORE"] = str(own / "store")
    os.environ["DAGSTER_HOME"] = str(own / ".dagster")
    os.environ[LIMIT] = str(limit)
    trial = find_project()
    # All characters: who it is also depends on who it is not.
    open_home(trial).add_dynamic_partitions("characters", there)
    code = backfill_and_print(_console, trial, "group:curation", [name])
    _console.print(f"outputs: {own / 'store'}/<asset>/{name}/images")
    raise typer.Exit(code)
