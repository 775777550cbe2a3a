"""The store as a Dagster resource.

Belongs here: its configuration. Does not belong here: the store, which commands use without Dagster (``store.py``).
"""

from dagster import ConfigurableResource
from pydantic import Field

from resources.project import skips_existing
from resources.store import Store


class StoreResource(ConfigurableResource):
    """The store as a Dagster resource."""

    root: str = Field(description="Folder or fsspec URL of the store, e.g. data/store or s3://bucket/sets.")
    skip_existing: bool = Field(
        default=True,
        description="Make only what is missing or changed; False, or SYNTH_SKIP_EXISTING=0, makes every item again.",
    )

    def store(self) -> Store:
        """The store at the configured root."""
        return Store(self.root, self.skip_existing and skips_existing())
