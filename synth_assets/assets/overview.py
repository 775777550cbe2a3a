"""The overview page.

Belongs here: ``overview``. Does not belong here: gathering (``synth_assets/overview.py``) and what the page shows
(``core/overview``).
"""

from collections.abc import Callable

from dagster import AssetExecutionContext, AssetsDefinition, MaterializeResult, MetadataValue
from dagster._core.definitions.assets.graph.asset_graph import AssetGraph

from resources.project import find_project
from resources.store_resource import StoreResource
from synth_assets.assets.stage import stage_asset
from synth_assets.overview import write_overview


def overview_asset(graph: Callable[[], AssetGraph]) -> AssetsDefinition:
    """The asset ``overview``.

    Args:
        graph: gives the graph that the page shows, once the definitions are complete; a run in this process has no
            repository to ask.
    """

    @stage_asset(
        group="training",
        specs="S4.1, S5.4, S6.5",
        kinds={"python", "html"},
        deps=["caption_clusters", "image_sequences", "training_set"],
    )
    def overview(context: AssetExecutionContext, store: StoreResource) -> MaterializeResult:
        """One HTML page that walks everything in the store: verdicts, samples, rejects, every stage, links to files."""
        path, stages = write_overview(graph(), context.instance, store.store(), find_project())
        return MaterializeResult(
            metadata={
                "page": MetadataValue.path(str(path)),
                "open": MetadataValue.url(path.as_uri()),
                "bytes": path.stat().st_size,
                "stages": len(stages),
                "stages_made": sum(bool(stage.partitions) for stage in stages),
            }
        )

    return overview
