"""Reference photos and their profiles, per time slot.

Belongs here: ``reference_images`` and ``image_profile``. Does not belong here: what is measured
(``core/measure.py``) and where photos come from (``resources/sources``).
"""

from dagster import AssetExecutionContext, MaterializeResult

from resources.configuration import configuration
from resources.project import find_project
from resources.sources.folder import find_pictures, listing_of, reference_files
from resources.store import Store, StoreResource
from synth_assets import partitions
from synth_assets.assets.stage import require, run_stage, stage_asset
from synth_assets.core.profile.profile import Profile, load_profile
from synth_assets.core.profile.profiling import PROFILE_FILE, profile_references
from synth_assets.core.profile.references import take_in_references


@stage_asset(
    group="reference", specs="S1.1, S1.2", kinds={"python", "pillow"}, partitions=partitions.slots, is_source=True
)
def reference_images(context: AssetExecutionContext, store: StoreResource) -> MaterializeResult:
    """Photos of each time slot, upright 8-bit RGB, with licence and attribution; refused files with the reason."""
    project = find_project()
    config = configuration(project)
    pictures = find_pictures(config.sources.folders, project.root, project.data)
    listings = {slot: {"listing": listing_of(files)} for slot, files in pictures.items()}
    return run_stage(
        context,
        store.store(),
        lambda writer, slot: take_in_references(writer, reference_files(pictures[slot]), config.stages.references),
        listings,
    )


@stage_asset(
    group="reference",
    specs="S1.3, S1.4, S1.5, S1.6, S1.9",
    kinds={"python", "opencv"},
    partitions=partitions.slots,
    deps=["reference_images"],
)
def image_profile(context: AssetExecutionContext, store: StoreResource) -> MaterializeResult:
    """Statistics of each slot's photos, one row a photo, and the profile that steers what is generated."""
    tree = store.store()
    return run_stage(
        context,
        tree,
        lambda writer, slot: profile_references(writer, require(tree, "reference_images", slot), slot),
    )


def read_profile(store: Store, slot: str) -> Profile | None:
    """Reads a slot's profile; None for a slot without photos.

    Raises:
        ValueError: ``image_profile`` of the slot is not materialized, or its file is damaged.
    """
    if not len(require(store, "image_profile", slot)):
        return None
    path = store.file("image_profile", slot, PROFILE_FILE)
    return load_profile(path.read_bytes(), str(path))
