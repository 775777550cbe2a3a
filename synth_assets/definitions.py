"""Definitions: the only place where things are wired.

Belongs here: putting assets, checks, jobs, sensors and resources together. Does not belong here:
any of them. Loading this module reads and checks every configuration file, so that a wrong one is
refused before anything runs, and imports no model library.
"""

from collections.abc import Mapping
from typing import Any

from dagster import AssetsDefinition, Definitions, in_process_executor, load_assets_from_modules

from resources.configuration import load_configuration
from resources.models.resource import ModelsResource
from resources.project import find_project
from resources.store_resource import StoreResource
from synth_assets import caption_checks, checks, jobs, profile_checks, scene_checks, schedules, sensors
from synth_assets.assets import captions, curation, edits, overview, reference, scenes, sequences, training_set


def build_defs(resource_overrides: Mapping[str, Any] | None = None) -> Definitions:
    """Builds the definitions of the project.

    Args:
        resource_overrides: resources to put in the place of the default ones, by name.

    Raises:
        ConfigError: a file under ``configs/`` is wrong; the message names file, line and value.
    """
    project = find_project()
    config = load_configuration(project)
    modules = [reference, scenes, edits, curation, captions, sequences, training_set]
    assets = [item for item in load_assets_from_modules(modules) if isinstance(item, AssetsDefinition)]
    assets.append(overview.overview_asset(lambda: built.resolve_asset_graph()))
    resources = {"store": StoreResource(root=project.store), "models": ModelsResource(), **(resource_overrides or {})}
    built = Definitions(
        assets=assets,
        asset_checks=[*checks.ALL, *profile_checks.ALL, *scene_checks.ALL, *caption_checks.ALL],
        jobs=[*jobs.asset_jobs(assets), *jobs.OP_JOBS],
        schedules=schedules.make_schedules(config.sources),
        sensors=sensors.ALL,
        resources=resources,
        executor=in_process_executor,
    )
    return built


defs = build_defs()
