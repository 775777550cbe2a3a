"""``synth models``: list, lock, fetch and verify the models of a set.

Belongs here: the commands and their tables. Does not belong here: fetching and checking
(``resources/models``).
"""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from resources.models.fetch import fetch, status
from resources.models.file_entries import FileEntry
from resources.models.files import ModelFileError
from resources.models.hub import lock_snapshot
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
        states = sorted({status(part, registry.places) for part in entry.files()})
        shown = entry.reference.scheme if not states else ", ".join(states)
        licences = dict.fromkeys([entry.licence, *(adapter.licence for adapter in entry.adapters)])
        refs = [entry.ref, *(f"+ {adapter.kind} {adapter.ref}" for adapter in entry.adapters)]
        table.add_row(role, "\n".join(refs), ", ".join(licences), shown)
    _console.print(table)


@models_app.command("fetch")
def fetch_models(set_name: _SetOption = "") -> None:
    """Fetches and checks every file of the set; what is here and verifies is not fetched again."""
    raise typer.Exit(0 if fetch_files(_registry(set_name)) else 1)


def fetch_files(registry: ModelRegistry) -> bool:
    """Fetches and checks every file of a registry's set and prints each; False where one failed."""
    complete = True
    for entry in _files_of(registry):
        try:
            fetched = fetch(entry, registry.places)
        except ModelFileError as error:
            _console.print(f"[red]failed[/red] {error}", soft_wrap=True)
            complete = False
        else:
            _console.print(f"[green]ok[/green] {entry.ref} ({fetched.megabytes:.1f} MB)", soft_wrap=True)
    return complete


@models_app.command("lock")
def lock_models(set_name: _SetOption = "") -> None:
    """Writes commit and checksums of the set's hub models to configs/models.lock, without fetching their weights.

    What is locked stays at its commit; a file of another checksum is refused, here and when it is fetched.
    """
    registry = _registry(set_name)
    entries = [entry for entry in _files_of(registry) if entry.reference.scheme == "hf"]
    table = Table("model", "commit", "files", title=f"model set {registry.set_name}: {registry.places.lock_path.name}")
    complete = True
    for entry in entries:
        try:
            locked = lock_snapshot(entry, registry.places)
        except ModelFileError as error:
            _console.print(f"[red]failed[/red] {error}", soft_wrap=True)
            complete = False
        else:
            table.add_row(entry.ref, locked.revision, str(len(locked.files)))
    if entries:
        _console.print(table)
    else:
        _console.print(f"model set {registry.set_name} has no hub models: checksums of the others are in models.yaml")
    raise typer.Exit(0 if complete else 1)


@models_app.command("verify")
def verify_models(set_name: _SetOption = "") -> None:
    """Checks every file of the set against its checksum; exit code 1 where one is missing or differs."""
    registry = _registry(set_name)
    found = [(entry.ref, status(entry, registry.places)) for entry in _files_of(registry)]
    table = Table("model", "files", title=f"model set {registry.set_name}")
    for ref, state in found:
        table.add_row(ref, state)
    _console.print(table)
    raise typer.Exit(0 if all(state == "ok" for _, state in found) else 1)


def _registry(set_name: str) -> ModelRegistry:
    try:
        return default_registry(set_name)
    except ConfigError as error:
        _console.print(f"[red]{error}[/red]", soft_wrap=True)
        raise typer.Exit(2) from error


def _files_of(registry: ModelRegistry) -> list[FileEntry]:
    """Every file of the set once; entries of one repository that want other files of it are several."""
    entries = [entry for entry in registry.entries().values() if entry is not None]
    files = [file for entry in entries for file in entry.files()]
    return list({(file.ref, str(file.wanted_files())): file for file in files}.values())
