"""Asset checks: what must hold of an asset before anything is built on it.

Belongs here: reading an asset back from the store and judging it. Does not belong here: repairing.
"""

from dagster import AssetCheckResult, AssetCheckSeverity, asset_check

from resources.store import Store
from resources.store_resource import StoreResource
from synth_assets.core.boxes import is_inside
from synth_assets.core.masks import decode_mask, tight_box
from synth_assets.core.records import ImageSet

_SHOWN = 20


def _wrong_boxes(images: ImageSet) -> list[str]:
    """Names every object whose box leaves its picture or differs from the bounds of its mask."""
    wrong: list[str] = []
    for record in images.ok:
        for item in record.objects:
            where = f"{record.path} #{item.instance_id} {item.label} {item.xyxy}"
            if not is_inside(item.xyxy, (record.height, record.width)):
                wrong.append(f"{where}: outside {record.width}x{record.height}")
            elif item.mask_path:
                bounds = tight_box(decode_mask(images.read_bytes(item.mask_path), item.mask_path))
                if bounds != item.xyxy:
                    wrong.append(f"{where}: its mask's bounds are {bounds}")
    return wrong


def _check_boxes(store: Store, asset: str, partitions: list[str]) -> AssetCheckResult:
    sets = [images for key in partitions if (images := store.read(asset, key))]
    wrong = [line for images in sets for line in _wrong_boxes(images)]
    objects = sum(len(record.objects) for images in sets for record in images.ok)
    return AssetCheckResult(
        passed=not wrong,
        severity=AssetCheckSeverity.ERROR,
        metadata={"objects": objects, "wrong": len(wrong), "examples": wrong[:_SHOWN]},
    )


@asset_check(asset="inpainted_scenes", blocking=True, description="Boxes lie inside and equal their masks' bounds.")
def scene_boxes_are_exact(store: StoreResource) -> AssetCheckResult:
    """Checks every box of every scene in the store."""
    tree = store.store()
    return _check_boxes(tree, "inpainted_scenes", tree.partitions("inpainted_scenes"))


@asset_check(asset="training_set", blocking=True, description="Boxes lie inside and equal their masks' bounds.")
def training_boxes_are_exact(store: StoreResource) -> AssetCheckResult:
    """Checks every box of the training set."""
    return _check_boxes(store.store(), "training_set", [""])


ALL = [scene_boxes_are_exact, training_boxes_are_exact]
