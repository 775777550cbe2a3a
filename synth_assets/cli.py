"""The command line: ``synth``.

Belongs here: arguments, printing, exit codes. Does not belong here: what the commands do.
"""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from resources.project import SKIP_EXISTING, Project, find_project
from synth_assets.cli_curation import curation_app
from synth_assets.cli_explore import explore_app
from synth_assets.cli_models import fetch_files, models_app
from synth_assets.cli_profile import profile_app
from synth_assets.cli_review import review_app
from synth_assets.cli_runs import backfill_and_print
from synth_assets.cli_scenes import scenes_app

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.add_typer(models_app, name="models", help="List, fetch and verify the models of a set.")
app.add_typer(scenes_app, name="scenes", help="Try a class out before painting a whole partition.")
app.add_typer(curation_app)
app.add_typer(explore_app)
app.add_typer(review_app)
app.add_typer(profile_app, name="profile", help="Make, list, analyse, merge and export profiles.")

_PIPED_WIDTH = 120
_console = Console(width=None if sys.stdout.isatty() else _PIPED_WIDTH)
_DEMO_CHARACTERS = ("bunny", "frank")
_DEMO_CREDIT = ("CC-BY-3.0", "Big Buck Bunny, (c) 2008 Blender Foundation")


def main() -> None:
    """Runs the command line; a wrong input ends with its message and exit code 2, not a trace."""
    try:
        app()
    except (ValueError, FileNotFoundError) as error:
        Console(stderr=True).print(f"[bold red]error:[/] {escape(str(error))}", highlight=False, soft_wrap=True)
        sys.exit(2)


@app.command()
def init() -> None:
    """Make Dagster's home and check every configuration file."""
    from resources.configuration import load_configuration
    from synth_assets.home import open_home

    project = find_project()
    load_configuration(project)
    open_home(project)
    _console.print(f"Dagster's home: {project.dagster_home}")


@app.command("add-character")
def add_character(
    name: Annotated[str, typer.Argument(help="a-z, 0-9, '_' and '-'")],
    video: Annotated[list[Path], typer.Option(exists=True, dir_okay=False, help="a film; repeat for more")],
    references: Annotated[
        list[Path] | None, typer.Option(exists=True, help="crops of the character, or a folder of them")
    ] = None,
    licence: Annotated[str, typer.Option(help="licence of the film, e.g. CC-BY-3.0")] = "",
    attribution: Annotated[str, typer.Option(help="who to name")] = "",
) -> None:
    """Copy a film and reference pictures into the character's folder and add its partition."""
    _add_character(find_project(), name, video, references or [], licence, attribution)
    _console.print(f"character {name}: added; `synth backfill --partitions {name}` runs its film")


def _add_character(
    project: Project, name: str, videos: list[Path], references: list[Path], licence: str, attribution: str
) -> None:
    from resources.sources import characters
    from synth_assets import partitions
    from synth_assets.home import open_home

    partitions.check_character(name)
    characters.add_character(project.characters / name, videos, references, licence, attribution)
    instance = open_home(project)
    if not instance.has_dynamic_partition("characters", name):
        instance.add_dynamic_partitions("characters", [name])


@app.command()
def backfill(
    assets: Annotated[
        str,
        typer.Option(
            help="names or selections, separated by commas: 'backgrounds*' (and all after it), 'group:scenes'"
        ),
    ] = "*",
    partitions: Annotated[
        str | None, typer.Option(help="slots and characters, separated by commas; all if left out")
    ] = None,
    skip_existing: Annotated[
        bool, typer.Option(help="make only what is missing or changed; --no-skip-existing makes every item again")
    ] = True,
) -> None:
    """Materialize assets for partitions in this process, wait, and exit with 1 if a run failed."""
    if not skip_existing:
        os.environ[SKIP_EXISTING] = "0"
    raise typer.Exit(backfill_and_print(_console, find_project(), assets, _keys(partitions)))


def _keys(partitions: str | None) -> list[str] | None:
    """Partition keys out of a comma-separated option; None for all."""
    return [key.strip() for key in partitions.split(",") if key.strip()] if partitions else None


@app.command()
def example(
    name: Annotated[str, typer.Argument(help="a folder of configs/examples")],
    partitions: Annotated[str, typer.Option(help="slots, separated by commas")] = "midday",
    assets: Annotated[str, typer.Option(help="names or selections, as of `synth backfill`")] = "*inpainted_scenes",
) -> None:
    """Make an example's scenes on your photos, in a store and a Dagster home of its own."""
    project = find_project()
    examples = project.configs / "examples"
    if not (examples / name).is_dir():
        there = ", ".join(sorted(path.name for path in examples.iterdir() if path.is_dir()))
        raise ValueError(f"no example is called {name!r}; there are: {there}")
    own = project.data / "examples" / name
    os.environ["SYNTH_CONFIGS"] = str(examples / name)
    os.environ["SYNTH_STORE"] = str(own / "store")
    os.environ["DAGSTER_HOME"] = str(own / ".dagster")
    code = backfill_and_print(_console, find_project(), assets, _keys(partitions))
    _console.print(f"scenes: {own / 'store' / 'inpainted_scenes'}")
    raise typer.Exit(code)


@app.command()
def overview() -> None:
    """Write one HTML page that walks everything the store holds."""
    _console.print(f"overview page: {_write_overview(find_project())}")


def _write_overview(project: Project) -> Path:
    from resources.store import Store
    from synth_assets.definitions import defs
    from synth_assets.home import open_home
    from synth_assets.overview import write_overview

    path, _ = write_overview(defs.resolve_asset_graph(), open_home(project), Store(project.store), project)
    return path


@app.command()
def demo() -> None:
    """Materialize the whole graph on data/sample and write the overview page."""
    from resources.configuration import load_configuration
    from resources.models.registry import default_registry

    project = find_project()
    load_configuration(project)
    if not fetch_files(default_registry()):
        raise typer.Exit(1)
    sample = project.data / "sample"
    videos = sorted((sample / "video").glob("*.mp4"))
    for name in _DEMO_CHARACTERS:
        _add_character(project, name, videos, [sample / "characters" / name / "references"], *_DEMO_CREDIT)
    code = backfill_and_print(_console, project, "*", None)
    _console.print(f"training set: {project.store}/training_set (layouts under exports/)")
    _console.print(f"overview page: {_write_overview(project)}")
    raise typer.Exit(code)
