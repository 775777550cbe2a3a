"""Reference photos and their profiles: per window of time, and per time slot.

Belongs here: ``captures`` to ``image_profile``. Does not belong here: what is measured
(``core/measure.py``) and where photos come from (``resources/sources``).
"""

from collections.abc import Sequence
from datetime import datetime

from dagster import AssetExecutionContext, MaterializeResult

from resources.configuration import configuration
from resources.models.resource import ModelsResource
from resources.profiles import FOLDER, Profiles
from resources.project import find_project
from resources.sources.folder import listing_of, reference_files
from resources.sources.photos import find_photos, slot_listings
from resources.store import Store
from resources.store_resource import StoreResource
from synth_assets import partitions
from synth_assets.assets.stage import require, run_stage, stage_asset
from synth_assets.core.items import PartitionWriter, Summary
from synth_assets.core.ports import Models
from synth_assets.core.profile.content import ContentParams
from synth_assets.core.profile.profile import Profile, created_of, load_profile
from synth_assets.core.profile.profiling import PROFILE_FILE, profile_references
from synth_assets.core.profile.references import take_in_references
from synth_assets.core.profile.slots import slot_of_window
from synth_assets.core.records import ImageRecord, ImageSet
from synth_assets.due import materialized_listing

_MEASURING = "2"
"""Code version of both profiles: a slot takes its windows' measurements over where it is the same."""


@stage_asset(
    group="reference", specs="S1.1, S1.7", kinds={"python", "pillow"}, partitions=partitions.windows, is_source=True
)
def captures(context: AssetExecutionContext, store: StoreResource) -> MaterializeResult:
    """Photos that came in during one slot of one day, from the inbox and from cameras."""
    project = find_project()
    config = configuration(project)
    photos = find_photos(config.sources, project).by_window
    windows = context.partition_keys
    return run_stage(
        context,
        store.store(),
        lambda writer, window: take_in_references(
            writer, reference_files(photos.get(window, [])), config.stages.references
        ),
        {window: {"listing": listing_of(photos.get(window, []))} for window in windows},
    )


@stage_asset(
    group="reference",
    specs="S1.3, S1.7, S1.11",
    kinds={"python", "opencv", "onnx"},
    partitions=partitions.windows,
    deps=["captures"],
    is_source=True,
    uses_models=True,
    code_version=_MEASURING,
)
def capture_profile(context: AssetExecutionContext, store: StoreResource, models: ModelsResource) -> MaterializeResult:
    """Statistics of the photos of one slot of one day: a point in the slot's history."""
    tree, params, registry = store.store(), configuration(find_project()).stages.content, models.registry()
    # It is this asset's listing that says whether a window is due, so that a kill after captures is made good.
    listings = {window: materialized_listing(context.instance, "captures", window) for window in context.partition_keys}
    return run_stage(
        context,
        tree,
        lambda writer, window: _profile(
            tree, writer, require(tree, "captures", window), slot_of_window(window), params, registry
        ),
        {window: {"listing": listing} for window, listing in listings.items() if listing},
    )


@stage_asset(
    group="reference",
    specs="S1.1, S1.2, S4.1",
    kinds={"python", "pillow"},
    partitions=partitions.slots,
    merged_deps=["captures"],
    is_source=True,
    code_version="2",
)
def reference_images(context: AssetExecutionContext, store: StoreResource) -> MaterializeResult:
    """Photos of each time slot, upright 8-bit RGB, with licence and attribution; refused files with the reason."""
    project = find_project()
    config, tree = configuration(project), store.store()
    photos = find_photos(config.sources, project)
    # What is listed is what was profiled, so that a window that changes during this run is due after it.
    listings = slot_listings(photos, profiled_windows(tree))

    def stage(writer: PartitionWriter, slot: str) -> Summary:
        files, captured = reference_files(photos.by_slot[slot]), _of_windows(tree, "captures", slot)
        return take_in_references(writer, files, config.stages.references, captured, explored=True)

    return run_stage(context, tree, stage, {slot: {"listing": listing} for slot, listing in listings.items()})


@stage_asset(
    group="reference",
    specs="S1.3, S1.4, S1.5, S1.6, S1.9, S1.11",
    kinds={"python", "opencv", "onnx"},
    partitions=partitions.slots,
    deps=["reference_images"],
    merged_deps=["capture_profile"],
    uses_models=True,
    code_version=_MEASURING,
)
def image_profile(context: AssetExecutionContext, store: StoreResource, models: ModelsResource) -> MaterializeResult:
    """Statistics of each slot's photos, one row a photo, and the profile that steers what is generated."""
    tree, params, registry = store.store(), configuration(find_project()).stages.content, models.registry()
    profiles = Profiles(tree.root / FOLDER)

    def stage(writer: PartitionWriter, slot: str) -> Summary:
        measured = _of_windows(tree, "capture_profile", slot)
        images = require(tree, "reference_images", slot)
        summary = _profile(tree, writer, images, slot, params, registry, measured)
        if profile := read_profile(tree, slot):
            profiles.save(profile)
        else:
            profiles.remove(slot)
        return summary

    return run_stage(context, tree, stage)


def _profile(
    tree: Store,
    writer: PartitionWriter,
    images: ImageSet,
    name: str,
    params: ContentParams,
    models: Models,
    measured: Sequence[ImageRecord] = (),
) -> Summary:
    return profile_references(
        writer,
        images,
        name,
        params,
        models.label() if models.has("label") else None,
        models.depth() if models.has("depth") else None,
        measured,
        _created(tree, writer),
    )


def _created(tree: Store, writer: PartitionWriter) -> datetime | None:
    """When the partition's profile was first made; None before."""
    path = tree.file(writer.asset, writer.partition, PROFILE_FILE)
    return created_of(path.read_bytes()) if path.exists() else None


def profiled_windows(store: Store) -> dict[str, str]:
    """Window → version of its rows in ``capture_profile``, for all windows in the store."""
    return {window: store.version("capture_profile", window) for window in store.partitions("capture_profile")}


def _of_windows(store: Store, asset: str, slot: str) -> list[ImageRecord]:
    """Usable rows of all windows of a slot, oldest first."""
    windows = [window for window in store.partitions(asset) if slot_of_window(window) == slot]
    return [record for window in windows for record in (store.read(asset, window) or ()) if record.status == "ok"]


def read_profile(store: Store, slot: str) -> Profile | None:
    """Reads a slot's profile; None for a slot without photos.

    Raises:
        ValueError: ``image_profile`` of the slot is not materialized, or its file is damaged.
    """
    if not len(require(store, "image_profile", slot)):
        return None
    path = store.file("image_profile", slot, PROFILE_FILE)
    return load_profile(path.read_bytes(), str(path))
