"""``synth profile``: make, list, analyse, merge and export profiles, and run collectors.

Belongs here: the commands, their options and what they print. Does not belong here: making profiles
(``named_profiles.py``), the report of ``analyze`` (``cli_analysis.py``) and Python's calls (``profiles.py``).
"""

import sys
import time
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from resources.project import Project, find_project
from synth_assets.core.profile.slots import SLOTS

if TYPE_CHECKING:
    from resources.sources.collecting import Collected
    from synth_assets.core.profile.profile import Profile
    from synth_assets.named_profiles import Update

profile_app = typer.Typer(help="Profiles: what a set of pictures looks like.", no_args_is_help=True)

_PIPED_WIDTH = 120
_console = Console(width=None if sys.stdout.isatty() else _PIPED_WIDTH)
_INTERVAL_S = 300.0
_REASONS_SHOWN = 20


class Source(StrEnum):
    """Where pictures come from."""

    folder = "folder"
    unsplash = "unsplash"
    webcam = "webcam"
    video = "video"


_NEEDS = {Source.folder: "path", Source.unsplash: "query", Source.video: "path"}
_TAKES = {
    Source.folder: ("path", "count", "slot", "licence", "attribution"),
    Source.unsplash: ("query", "count"),
    Source.webcam: ("device", "count", "every", "slot", "licence", "attribution"),
    Source.video: ("path", "count", "every", "licence", "attribution"),
}


@profile_app.command()
def create(
    source: Annotated[Source, typer.Option(help="where pictures come from")],
    output_name: Annotated[str, typer.Option(help="name of the profile: letters, digits, '_' and '-'")],
    path: Annotated[Path | None, typer.Option(help="folder: of pictures, as it is now; video: the film")] = None,
    query: Annotated[str | None, typer.Option(help="unsplash: search words; the key is in UNSPLASH_ACCESS_KEY")] = None,
    count: Annotated[
        int | None, typer.Option(min=1, help="pictures; folder, video: all if left out; unsplash: 100; webcam: 30")
    ] = None,
    device: Annotated[str | None, typer.Option(help="webcam: index, device file or URL; 0 if left out")] = None,
    every: Annotated[
        float | None, typer.Option(help="webcam, video: seconds between two pictures; 1 and 2 if left out")
    ] = None,
    slot: Annotated[
        str | None, typer.Option(help="folder, webcam: only pictures of this time slot (folder, EXIF date, file time)")
    ] = None,
    licence: Annotated[str | None, typer.Option(help="of pictures without a line in credits.jsonl")] = None,
    attribution: Annotated[str | None, typer.Option(help="who to name, likewise")] = None,
    labels: Annotated[bool, typer.Option(help="ask the models of the set what the pictures show")] = True,
    continuous: Annotated[bool, typer.Option("--continuous", help="repeat until Ctrl-C")] = False,
    interval: Annotated[
        float | None, typer.Option(min=0.1, help=f"seconds between two rounds; {_INTERVAL_S:g} if left out")
    ] = None,
) -> None:
    """Make or update a profile; only new pictures are read, so a rerun is quick and a kill loses nothing."""
    from resources.models.registry import default_registry
    from resources.sources.collecting import Collector
    from resources.sources.folder import SourceFolder
    from synth_assets import named_profiles

    settings = {"path": path, "query": query, "count": count, "device": device, "every": every}
    settings |= {"slot": slot, "licence": licence, "attribution": attribution}
    _check_options(source, settings, interval if not continuous else None)
    if slot and slot not in SLOTS:
        raise ValueError(f"--slot {slot!r} is unknown; use one of {', '.join(SLOTS)}")
    project = find_project()
    name = named_profiles.check_free(output_name, project)
    chosen: Collector | SourceFolder
    if source is Source.folder:
        chosen = named_profiles.folder_source(name, Path(str(path)), licence or "", attribution or "")
    else:
        chosen = named_profiles.make_collector(
            name,
            project,
            kind=source.value,
            query=query,
            path=str(path.absolute()) if path else None,
            device=int(device) if device and device.isdecimal() else device,
            count=count,
            **{"interval_s" if source is Source.webcam else "every_s": every},
            licence=licence,
            attribution=attribution,
        )
    models = named_profiles.content_models(default_registry()) if labels else None

    def work() -> None:
        kept = count if source is Source.folder else None
        _print_update(named_profiles.update_profile(project, name, chosen, models, slot=slot or "", count=kept))

    if continuous:
        _repeat(work, interval or _INTERVAL_S, name)
    else:
        work()


def _check_options(source: Source, settings: Mapping[str, object], stray_interval: float | None) -> None:
    """Raises a ValueError for an option that is missing, or that would be ignored."""
    if stray_interval is not None:
        raise ValueError("--interval is the time between rounds of --continuous; between two pictures: --every")
    given = [option for option, value in settings.items() if value is not None]
    if source in _NEEDS and _NEEDS[source] not in given:
        raise ValueError(f"--source {source.value} needs --{_NEEDS[source]}")
    if ignored := [option for option in given if option not in _TAKES[source]]:
        takes = ", ".join(f"--{option}" for option in _TAKES[source])
        raise ValueError(f"--{ignored[0]} means nothing with --source {source.value}, which takes {takes}")


def _repeat(work: Callable[[], None], interval_s: float, name: str) -> None:
    """Works until Ctrl-C; a round that fails is reported, for the next one may find the camera plugged in again."""
    from resources.sources.unsplash_client import UnsplashKeyError
    from synth_assets.named_profiles import paced

    rounds = failed = 0
    try:
        for rounds in paced(interval_s):
            _say(f"round {rounds}, {time.strftime('%H:%M:%S')}")
            try:
                work()
            except UnsplashKeyError:
                raise  # waiting mends no key
            except (ValueError, OSError, RuntimeError) as error:
                failed += 1
                _console.print(f"[bold red]round {rounds} failed:[/]", end=" ")
                _say(str(error))
    except KeyboardInterrupt:
        _say(f"\nprofile {name}: stopped after {rounds} rounds, {failed} of them failed; what was made is kept")


def _print_update(update: "Update") -> None:
    if update.collected:
        _print_collected(update.collected)
    counts = update.images.images.counts
    _say(
        f"pictures: {counts['ok']} ({update.images.made} new files, {update.measurements.made} measured, "
        f"{update.measurements.reused} known), {counts['rejected'] + counts['failed']} refused"
    )
    rows = [
        row for images in (update.images.images, update.measurements.images) for row in images if row.status != "ok"
    ]
    for row in rows[:_REASONS_SHOWN]:
        named = row.reason if row.source in row.reason else f"{row.source}: {row.reason}"
        _say(f"  refused: {named}")
    if len(rows) > _REASONS_SHOWN:
        _say(f"  refused: {len(rows) - _REASONS_SHOWN} more")
    _print_profile(update.profile, str(update.path))


def _print_collected(collected: "Collected") -> None:
    _say(
        f"collected: {len(collected.saved)} new, {len(collected.present)} there before, "
        f"{len(collected.skipped)} skipped"
    )
    for name, reason in collected.skipped[:_REASONS_SHOWN]:
        _say(f"  skipped: {name}: {reason}")


def _print_profile(profile: "Profile", path: str) -> None:
    for warning in profile.warnings:
        _say(f"  warning: {warning}")
    _say(f"profile {profile.name}: {profile.sample_count} pictures, {path}")


def _say(text: str) -> None:
    """Prints the text as it is, on one line: names may hold what Rich would read as markup."""
    _console.print(text, markup=False, highlight=False, soft_wrap=True)


@profile_app.command("list")
def list_profiles() -> None:
    """Show every profile, those of the time slots too."""
    from synth_assets.named_profiles import saved_profiles

    profiles = saved_profiles(find_project())
    table = Table("profile", "pictures", "created", "updated", "copies", title=f"profiles in {profiles.folder}")
    for name in profiles.names():
        copies = str(len(profiles.history(name)))
        try:
            profile = profiles.load(name)
        except ValueError:
            table.add_row(name, "not readable; `analyze` says why", "", "", copies)
            continue
        times = [f"{moment:%Y-%m-%d %H:%M:%S}" for moment in (profile.metadata.created, profile.metadata.updated)]
        table.add_row(name, str(profile.sample_count), *times, copies)
    _console.print(table)


@profile_app.command()
def analyze(
    profile_name: Annotated[str, typer.Option(help="name of the profile; `synth profile list` shows all")],
    detailed: Annotated[bool, typer.Option("--detailed", help="every statistic, with its distribution")] = False,
    export: Annotated[Path | None, typer.Option(help="FILE.json or FILE.md; plots are put beside it")] = None,
) -> None:
    """Print what a profile says, in words and numbers."""
    from synth_assets.cli_analysis import export_analysis, print_analysis
    from synth_assets.core.profile.analysis import analyse
    from synth_assets.named_profiles import saved_profiles

    profiles = saved_profiles(find_project())
    profile = profiles.load(profile_name)
    analysis = analyse(profile, detailed)
    print_analysis(_console, analysis)
    if export:
        for path in export_analysis(analysis, profile, profiles, export):
            _say(f"written: {path}")


@profile_app.command()
def merge(
    names: Annotated[list[str], typer.Argument(help="profiles")],
    output_name: Annotated[str, typer.Option(help="name of the result")],
    weights: Annotated[
        str | None, typer.Option(help="share of each, such as 0.7,0.3; if left out, every picture counts the same")
    ] = None,
) -> None:
    """Make one profile of several, as if their pictures were one set; nothing is read anew."""
    from synth_assets.core.profile.building import merge_profiles
    from synth_assets.named_profiles import check_free, saved_profiles

    project = find_project()
    name, profiles = check_free(output_name, project), saved_profiles(project)
    merged = merge_profiles([profiles.load(item) for item in names], _numbers(weights) if weights else None, name)
    _print_profile(merged, str(profiles.save(merged)))


def _numbers(text: str) -> list[float]:
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise ValueError(f"--weights {text!r}: expected numbers with commas between them, such as 0.7,0.3") from None


@profile_app.command("export")
def export_profile(
    name: Annotated[str, typer.Argument(help="the profile")],
    to: Annotated[Path, typer.Option(help="FILE.json")],
) -> None:
    """Write a profile's JSON to a file."""
    from synth_assets.core.profile.profile import to_json
    from synth_assets.named_profiles import saved_profiles

    if to.suffix.lower() != ".json":
        raise ValueError(f"--to {to}: profiles are JSON; give a file that ends with .json")
    data = to_json(saved_profiles(find_project()).load(name))
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_bytes(data)
    _say(f"written: {to}")


@profile_app.command()
def collect(name: Annotated[str, typer.Argument(help="a collector of configs/sources.yaml")]) -> None:
    """Fetch pictures as configs/sources.yaml says; sensors then profile them, or the next backfill."""
    _print_collected(_collect(find_project(), name))


def _collect(project: Project, name: str) -> "Collected":
    from resources.sources.folder import SourcesConfig
    from resources.sources.photos import collect_named
    from synth_assets.core.config import load_yaml

    return collect_named(load_yaml(project.config_file("sources.yaml"), SourcesConfig), name, project)
