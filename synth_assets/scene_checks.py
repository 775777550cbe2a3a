"""Asset checks of scenes: whether a detector could find the paste instead of the object.

Belongs here: reading scenes and their backgrounds back from the store, and what the UI shows. Does
not belong here: the probe (``core/scenes/leak.py``) and boxes (``checks.py``).
"""

import math
from collections.abc import Sequence

import numpy as np
from dagster import AssetCheckResult, AssetCheckSeverity, MetadataValue, asset_check

from resources.configuration import configuration
from resources.project import find_project
from resources.store import Store
from resources.store_resource import StoreResource
from synth_assets.assets.stage import table_or_none
from synth_assets.core.masks import decode_mask
from synth_assets.core.records import ImageRecord, ImageSet
from synth_assets.core.scenes.leak import LeakResult, ProbeSample, border_step, leak_probe, repainted_region

_SHOWN = 10
_DECIMALS = 3


@asset_check(
    asset="inpainted_scenes",
    name="scene_seams_do_not_leak",
    blocking=True,
    description="A classifier that looks beside the objects cannot tell scenes from their backgrounds.",
)
def seams(store: StoreResource) -> AssetCheckResult:
    """Probes scenes of every slot in the store, as one slot has too few for a narrow interval.

    Fails where even the lower end of the AUC's interval lies above ``leak.max_auc``, and stops what
    would be built on the scenes where it lies above ``leak.stop_auc``: between the two a seam can be
    found by who looks for it, which is worth knowing and no reason to throw a night's work away.
    """
    params = configuration(find_project()).stages.leak
    names, samples = _samples(store.store(), params.max_scenes)
    found = leak_probe(samples, params)
    step = border_step(samples, params)
    return AssetCheckResult(
        passed=bool(found.reason) or found.low <= params.max_auc,
        severity=AssetCheckSeverity.ERROR if found.low > params.stop_auc else AssetCheckSeverity.WARN,
        metadata={
            "verdict": f"not judged: {found.reason}" if found.reason else _in_words(found),
            "patches": found.patches,
            "scenes": found.scenes,
            "limit": params.max_auc,
            **({} if math.isnan(step) else {"border_step_ratio": round(step, _DECIMALS)}),
            **({} if found.reason else _numbers(found)),
            "worst_scenes": _worst(names, found.scene_scores),
        },
    )


def _samples(store: Store, most: int) -> tuple[list[str], list[ProbeSample]]:
    """Name and sample of the scenes with the lowest hashes, whose background is still the one in the store."""
    found: list[tuple[ImageRecord, ImageSet, ImageRecord]] = []
    for slot in store.partitions("inpainted_scenes"):
        scenes, backgrounds = store.read("inpainted_scenes", slot), store.read("backgrounds", slot)
        if scenes is None or backgrounds is None:
            continue
        by_id = {record.id: record for record in backgrounds.ok}
        for scene in scenes.ok:
            if background := by_id.get(str(scene.extra.get("background_id"))):
                found.append((scene, scenes, background))
    found = sorted(found, key=lambda entry: (entry[0].id, entry[0].path))[:most]
    return [scene.path for scene, _, _ in found], [_sample(*entry) for entry in found]


def _sample(record: ImageRecord, images: ImageSet, background_record: ImageRecord) -> ProbeSample:
    scene, background = images.read(record), images.read(background_record)
    objects = np.zeros(scene.shape[:2], np.bool_)
    for item in record.objects:
        objects |= decode_mask(images.read_bytes(item.mask_path), item.mask_path)
    return ProbeSample(
        scene, background, repainted_region(scene, background), objects, record.group or background_record.id
    )


def _in_words(found: LeakResult) -> str:
    return f"AUC {found.auc:.2f} ({found.low:.2f} to {found.high:.2f}); 0.5 = no seam can be found"


def _numbers(found: LeakResult) -> dict[str, float]:
    values = {"auc": found.auc, "low": found.low, "high": found.high}
    return {name: round(value, _DECIMALS) for name, value in values.items()}


def _worst(names: Sequence[str], scores: Sequence[float]) -> MetadataValue:
    judged = [(score, name) for score, name in zip(scores, names, strict=True) if not math.isnan(score)]
    rows = [{"scene": name, "score": round(score, _DECIMALS)} for score, name in sorted(judged, reverse=True)[:_SHOWN]]
    return table_or_none(rows)


ALL = [seams]
