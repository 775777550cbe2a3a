"""``synth scenes``: look at a class before a whole partition is painted.

Belongs here: arguments, the backgrounds to paint on, printing. Does not belong here: painting and
the sheet (``core/scenes``).
"""

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from resources.store import Store
from synth_assets.core.ports import RGB
from synth_assets.core.profile.slots import SLOTS

scenes_app = typer.Typer(help="Scenes: try a class out.", no_args_is_help=True)
_console = Console()


@scenes_app.command("preview")
def preview(
    label: Annotated[str, typer.Option("--class", help="a class of classes.csv")],
    count: Annotated[int, typer.Option("--n", min=1, max=200, help="scenes to paint")] = 12,
    slot: Annotated[str, typer.Option(help="backgrounds of this slot only")] = "",
    seed: Annotated[int | None, typer.Option(help="other scenes; default: run_seed of stages.yaml")] = None,
    to: Annotated[Path | None, typer.Option(help="the sheet; default: data/previews/<class>.jpg")] = None,
) -> None:
    """Paint one class on backgrounds of the store and write one contact sheet; the store stays as it is."""
    from resources.configuration import load_configuration
    from resources.models.registry import default_registry
    from resources.project import find_project
    from synth_assets.core.scenes.attempts import paint_tools
    from synth_assets.core.scenes.cutouts import load_cutouts
    from synth_assets.core.scenes.painting import paint_scenes_together
    from synth_assets.core.scenes.preview import preview_sheet, rows_of
    from synth_assets.core.seeds import derive_seed

    project = find_project()
    config = load_configuration(project)
    rows = rows_of(config.classes, label)
    backgrounds = _backgrounds(Store(project.store), slot, count)
    tools = paint_tools(default_registry())
    cutouts = load_cutouts(
        project.config_file("classes.csv"), config.classes, project.root, tools.segment, config.stages.cutouts
    )
    run_seed = config.stages.run_seed if seed is None else seed
    seeds = [derive_seed(run_seed, "preview", label, index) for index in range(count)]
    params = config.stages.scenes.model_copy(update={"max_objects": 1})
    scenes = paint_scenes_together(backgrounds, seeds, rows, cutouts, tools, params)
    target = to or project.data / "previews" / f"{label}.jpg"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(preview_sheet(scenes))
    reasons = Counter(reject.reason for scene in scenes for reject in scene.rejects)
    good = sum(bool(scene.objects) for scene in scenes)
    _console.print(f"{label}: {good} of {count} scenes have one; {sum(reasons.values())} tries were refused")
    for reason, times in reasons.most_common():
        _console.print(f"  {times} x {reason}")
    _console.print(f"contact sheet: {target}")


def _backgrounds(store: Store, slot: str, count: int) -> list[RGB]:
    """So many backgrounds, evenly out of the store; repeated where it has fewer."""
    if slot and slot not in SLOTS:
        raise ValueError(f"no slot is called {slot!r}; there are: {', '.join(SLOTS)}")
    sets = [images for name in ([slot] if slot else SLOTS) if (images := store.read("backgrounds", name))]
    found = [(images, record) for images in sets for record in images.ok]
    if not found:
        where = f"backgrounds[{slot}]" if slot else "backgrounds"
        raise ValueError(f"{where} is not in the store; run `synth backfill --assets '*backgrounds'` first")
    chosen = [found[index * len(found) // count] for index in range(count)]
    return [images.read(record) for images, record in chosen]
