"""``synth models``: list, fetch and verify the models of a set.

Belongs here: the commands and their tables. Does not belong here: fetching and checking
(``resources/models``).
"""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from resources.models.entries import ModelEntry
from resources.models.fetch import fetch, status
from resources.models.files import ModelFileError
from resources.models.registry import ModelRegistry, default_registry
from synth_assets.core.config import ConfigError

models_app = typer.Typer(help="Models: what each role uses, and their files.", no_args_is_help=True)
_SetOption = Annotated[str, typer.Option("--set", help="Model set; default: SYNTH_MODELS, else offline.")]
_console = Console()


@models_app.command("list")
def list_models(set_name: _SetOption = "") -> None:
    """Shows which model serves which role, its licence, and whether its files are here."""
    registry = _registry(set_name)
    table = Table("role", "model", "licence", "files", title=f"model set {registry.set_name}")
    for role, entry in registry.entries().items():
        if entry is None:
            table.add_row(role, "none", "", "")
            continue
        states = sorted({status(part, registry.places) for part in _with_files(entry)})
        shown = "builtin" if not states else ", ".join(states)
        table.add_row(role, entry.ref, entry.licence, shown)
    _console.print(table)


@models_app.command("fetch")
def fetch_models(set_name: _SetOption = "") -> None:
    """Fetches and checks every file of the set; what is here and verifies is not fetched again."""
    raise typer.Exit(0 if fetch_files(_registry(set_name)) else 1)


def fetch_files(registry: ModelRegistry) -> bool:
    """Fetches and checks every file of a registry's set and prints each; False where one failed."""
    complete = True
    for ref, entry in _files_of(registry).items():
        try:
            fetched = fetch(entry, registry.places)
        except ModelFileError as error:
            _console.print(f"[red]failed[/red] {error}", soft_wrap=True)
            complete = False
        else:
            _console.print(f"[green]ok[/green] {ref} ({fetched.megabytes:.1f} MB)", soft_wrap=True)
    return complete


@models_app.command("verify")
def verify_models(set_name: _SetOption = "") -> None:
    """Checks every file of the set against its checksum; exit code 1 where one is missing or differs."""
    registry = _registry(set_name)
    found = {ref: status(entry, registry.places) for ref, entry in _files_of(registry).items()}
    table = Table("model", "files", title=f"model set {registry.set_name}")
    for ref, state in found.items():
        table.add_row(ref, state)
    _console.print(table)
    raise typer.Exit(0 if all(state == "ok" for state in found.values()) else 1)


def _registry(set_name: str) -> ModelRegistry:
    try:
        return default_registry(set_name)
    except ConfigError as error:
        _console.print(f"[red]{error}[/red]", soft_wrap=True)
        raise typer.Exit(2) from error


def _files_of(registry: ModelRegistry) -> dict[str, ModelEntry]:
    entries = [entry for entry in registry.entries().values() if entry is not None]
    return {part.ref: part for entry in entries for part in _with_files(entry)}


def _with_files(entry: ModelEntry) -> list[ModelEntry]:
    return [part for part in entry.with_parts() if part.reference.scheme != "builtin"]
