"""The models as a Dagster resource: a run's configuration chooses a set or overrides a role.

Belongs here: the resource's fields. Does not belong here: anything heavy; the registry loads on
first use.
"""

import os
from pathlib import Path

from dagster import ConfigurableResource
from pydantic import Field

from resources.models.entries import load_models_config
from resources.models.registry import DEFAULT_SET, ModelRegistry
from resources.project import find_project


class ModelsResource(ConfigurableResource):
    """Gives a registry; registries of one process share what is loaded."""

    model_set: str = Field(
        default_factory=lambda: os.environ.get("SYNTH_MODELS") or DEFAULT_SET,
        description="Model set of configs/models.yaml; SYNTH_MODELS chooses the default.",
    )
    overrides: dict[str, str] = Field(
        default={}, description="Role → model reference to use instead of the set's, e.g. inpaint: hf:owner/name."
    )
    config_path: str = Field(default="", description="Another models.yaml; empty = the project's.")
    cache_dir: str = Field(default="", description="Folder of fetched models; empty = data/models.")

    def registry(self) -> ModelRegistry:
        """The registry of this run; loads no model.

        Raises:
            ConfigError: the configuration, the set or an override is wrong.
        """
        project = find_project()
        config = load_models_config(Path(self.config_path or project.config_file("models.yaml")))
        cache_dir = Path(self.cache_dir or project.model_cache)
        return ModelRegistry(config, self.model_set, cache_dir, self.overrides, root=project.root)
