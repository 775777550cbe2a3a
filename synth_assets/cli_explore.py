"""``synth explore``: what a folder of pictures consists of.

Belongs here: arguments, printing, which file gets what. Does not belong here: counting and drawing
(``core/exploration``), listing the folder (``resources/sources/picture_folder.py``).
"""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from resources.sources.picture_folder import pictures_in
from synth_assets.core.exploration.facts import exploration_details, explore
from synth_assets.core.exploration.page import PAGE, exploration_csv, exploration_files

explore_app = typer.Typer()
_PIPED_WIDTH = 120
_CLASSES_SHOWN = 20
_console = Console(width=None if sys.stdout.isatty() else _PIPED_WIDTH)


@explore_app.command("explore")
def explore_folder(
    folder: Annotated[Path, typer.Argument(help="pictures, flat or with one sub-folder a class")],
    export: Annotated[
        list[Path] | None,
        typer.Option(help=".html: a page with plots; .csv: a line a picture; repeat for both"),
    ] = None,
) -> None:
    """Count the pictures of any folder: classes, balance, sizes, orientation, channels, licences."""
    targets = export or []
    if wrong := [str(path) for path in targets if path.suffix.lower() not in (".html", ".csv")]:
        raise ValueError(f"--export {wrong[0]}: the ending says the form; use .html or .csv")
    images = pictures_in(folder)
    found = explore(images)
    facts = exploration_details(found)
    table = Table("", "", box=SIMPLE_HEAD, show_header=False)
    for line in facts["exploration"]:
        table.add_row(str(line["what"]), escape(str(line["value"])))
    _console.print(table)
    balance = Table(f"class ({found.class_is})", "pictures", "share", box=SIMPLE_HEAD)
    for line in facts["balance"][:_CLASSES_SHOWN]:
        balance.add_row(escape(str(line["class"])), f"{line['pictures']:,}", f"{line['share']:.1%}")
    _console.print(balance)
    if (more := len(facts["balance"]) - _CLASSES_SHOWN) > 0:
        _console.print(f"and {more:,} more classes")
    for reason, count in found.refused.items():
        _console.print(f"refused: {count:,} × {reason}", markup=False, highlight=False)
    for path in targets:
        path.parent.mkdir(parents=True, exist_ok=True)
        is_page = path.suffix.lower() == ".html"
        title = f"Pictures of {folder.resolve().name}"
        path.write_bytes(exploration_files(images, title, found)[PAGE] if is_page else exploration_csv(images))
        _console.print(f"written: {path}", soft_wrap=True, highlight=False)
