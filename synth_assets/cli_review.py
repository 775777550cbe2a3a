"""``synth review`` and ``synth tune``: a person's judgement of the decisions, and thresholds that follow it.

Belongs here: arguments, printing. Does not belong here: the page (``review/``), fitting (``core/curation/tuning.py``).
"""

import sys
import webbrowser
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from resources.project import Project, find_project
from resources.sources.characters import CharacterFolder
from resources.store import Store
from synth_assets.core.curation.reviews import read_reviews
from synth_assets.core.curation.rules import corrected_facts, decide
from synth_assets.core.curation.threshold_file import threshold_changes, with_values
from synth_assets.core.curation.thresholds import DecisionThresholds, load_thresholds
from synth_assets.core.curation.tuning import Tuned, tune_thresholds, tuned_yaml
from synth_assets.core.records import ImageSet
from synth_assets.partitions import check_character
from synth_assets.review.desk import Desk, decisions_of, honour_command
from synth_assets.review.server import ReviewServer

review_app = typer.Typer()
_PIPED_WIDTH = 120
_console = Console(width=None if sys.stdout.isatty() else _PIPED_WIDTH)


@review_app.command()
def review(
    name: Annotated[str, typer.Argument(help="the character")],
    port: Annotated[int, typer.Option(min=0, max=65535, help="on 127.0.0.1; 0 takes a free one")] = 0,
    open_browser: Annotated[bool, typer.Option("--open", help="open the page in the browser")] = False,
) -> None:
    """Show a character's decisions in the browser, to accept or to change; every change is saved at once."""
    project = find_project()
    folder = CharacterFolder(project.characters / check_character(name))
    desk = Desk(Store(project.store), name, folder.review, _thresholds(project, name))
    with ReviewServer(desk, port) as server:
        typer.echo(f"review of {name}: {server.url} (Ctrl-C ends it; every change is in {folder.review} at once)")
        if open_browser:
            webbrowser.open(server.url)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            typer.echo(f"\nto honour the reviews: {honour_command(name)}")


@review_app.command()
def tune(
    name: Annotated[str, typer.Argument(help="the character")],
    write: Annotated[bool, typer.Option("--write", help="lay the values into configs/characters/NAME.yaml")] = False,
) -> None:
    """Fit the thresholds to a character's reviewed frames, and show before and after."""
    project = find_project()
    path = CharacterFolder(project.characters / check_character(name)).review
    reviews = {frame: review.strategy for frame, review in read_reviews(path).items()}
    if not reviews:
        raise ValueError(
            f"{path}: no reviews yet; `synth review {name}` shows the frames: accept or change some of every strategy, "
            "then tune again"
        )
    images = decisions_of(Store(project.store), name)
    tuned = tune_thresholds(images.records, reviews, _thresholds(project, name))
    _print_tuned(images, tuned)
    if tuned.before == tuned.after:
        typer.echo("the thresholds stay: no other values agree with the reviews clearly better")
    elif write:
        _write(project, name, tuned)
        typer.echo(f"to decide with them: {honour_command(name)}")
    else:
        typer.echo(f"`synth tune {name} --write` lays these values into {_own_file(project, name)}")


def _own_file(project: Project, name: str) -> Path:
    return project.configs / "characters" / f"{name}.yaml"


def _thresholds(project: Project, name: str) -> DecisionThresholds:
    """The character's thresholds as they are in the files now."""
    own = _own_file(project, name)
    return load_thresholds(project.config_file("decision_thresholds.yaml"), own if own.is_file() else None)


def _print_tuned(images: ImageSet, tuned: Tuned) -> None:
    table = Table("threshold", "before", "after", title="Thresholds")
    now = tuned.after.thresholds.model_dump()
    for threshold, was in tuned.before.thresholds.model_dump().items():
        table.add_row(threshold, f"{was:g}", f"{now[threshold]:g}" if now[threshold] != was else "")
    _console.print(table)
    counts = {kind: _rule_counts(images, config) for kind, config in (("before", tuned.before), ("after", tuned.after))}
    table = Table("strategy", "before", "after", title="Frames by the rules alone")
    for strategy in sorted(counts["before"] | counts["after"]):
        table.add_row(strategy, str(counts["before"][strategy]), str(counts["after"][strategy]))
    _console.print(table)
    if tuned.changed:
        table = Table("frame", "reviewed", "rules before", "rules after", title="Reviewed frames that change")
        for frame in tuned.changed:
            table.add_row(frame.key, frame.reviewed, frame.before, frame.after)
        _console.print(table)
    unseen = "" if tuned.cross_validated is None else f", on frames that it had not seen {tuned.cross_validated:.0%}"
    typer.echo(
        f"agreement with the reviews: {tuned.agreement_before:.0%} before, {tuned.agreement_after:.0%} after{unseen}"
    )


def _rule_counts(images: ImageSet, config: DecisionThresholds) -> Counter[str]:
    shown = [record for record in images if record.extra.get("target_found")]
    decisions = (decide(corrected_facts(row.extra), config.thresholds, config.dataset_needs) for row in shown)
    return Counter(decision.strategy for decision in decisions)


def _write(project: Project, name: str, tuned: Tuned) -> None:
    """The character's own file holds the tuned values; it is replaced only if it then gives exactly these."""
    path = _own_file(project, name)
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    new, comments_kept = with_values(text, threshold_changes(tuned.before, tuned.after))
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_text(new if text else tuned_yaml(tuned), encoding="utf-8")
    if load_thresholds(project.config_file("decision_thresholds.yaml"), temporary) != tuned.after:
        raise AssertionError(f"{temporary} does not give the tuned values; {path} is as it was")
    temporary.replace(path)
    typer.echo(f"written: {path}")
    if not comments_kept:
        typer.echo(f"its comments are lost: {path} was not written one value a line")
