"""Asset checks of captions: whether they say what their pictures show.

Belongs here: reading what the captioning compared from the store, and what the UI shows. Does not
belong here: the comparison (``core/captions/fitting.py``) and scores of single captions.
"""

from collections.abc import Mapping
from typing import Any

from dagster import (
    AssetCheckResult,
    AssetChecksDefinition,
    AssetCheckSeverity,
    asset_check,
)

from resources.configuration import configuration
from resources.project import find_project
from resources.store import Store
from resources.store_resource import StoreResource
from synth_assets.assets.captions import CAPTIONS
from synth_assets.assets.stage import table_or_none
from synth_assets.core.captions.report import SHOWN

_DECIMALS = 3


def _check(asset: str) -> AssetChecksDefinition:
    @asset_check(
        asset=asset,
        name="captions_fit_their_pictures",
        description="Captions fit their own pictures better than each other's.",
    )
    def fits(store: StoreResource) -> AssetCheckResult:
        return _judged(store.store(), asset, configuration(find_project()).stages.captions.fit.max_p)

    return fits


def _judged(store: Store, asset: str, max_p: float) -> AssetCheckResult:
    """Judges every partition in the store; warns where one's captions do no better than shuffled ones."""
    parts = {key: store.details(asset, key) for key in store.partitions(asset)}
    compared = {key: details for key, details in parts.items() if details.get("fit_reason") == ""}
    doubtful = [key for key, details in compared.items() if details["fit_p"] > max_p]
    return AssetCheckResult(
        passed=not doubtful,
        severity=AssetCheckSeverity.WARN,
        metadata={
            "verdict": _in_words(compared, doubtful),
            "limit_p": max_p,
            "partitions": table_or_none(
                [{"partition": key, **_numbers(details)} for key, details in sorted(parts.items())]
            ),
            "worst_captions": table_or_none(_worst(parts, doubtful)),
        },
    )


def _in_words(compared: Mapping[str, Any], doubtful: list[str]) -> str:
    if not compared:
        return "not judged: no partition has a scorer and enough different captions"
    if doubtful:
        return (
            f"captions of {', '.join(sorted(doubtful))} fit their pictures no better than shuffled ones; look at the "
            "worst below, and choose another captioner for role 'caption' or give it better words"
        )
    mean = sum(details["fit_auc"] for details in compared.values()) / len(compared)
    return f"a picture's own caption scores higher than another's in {mean:.0%} of pairs; 50% = by chance"


def _numbers(details: Mapping[str, Any]) -> dict[str, str | float]:
    names = ("fit_auc", "fit_p", "fit_matched", "fit_shuffled")
    judged = details.get("fit_reason") == ""
    reason = details.get("fit_reason", "no scorer, or no captions")
    return {
        **{name.removeprefix("fit_"): round(details[name], _DECIMALS) if judged else "" for name in names},
        "mean_score": details.get("mean_caption_score", ""),
        "not_judged": reason,
    }


def _worst(parts: Mapping[str, Any], doubtful: list[str]) -> list[dict[str, Any]]:
    """The worst captions, those of doubtful partitions first."""
    rows = [
        (key not in doubtful, row["score"], {"partition": key, **row})
        for key, details in parts.items()
        for row in details.get("worst_captions", ())
    ]
    return [row for _, _, row in sorted(rows, key=lambda entry: (*entry[:2], entry[2]["image"]))[:SHOWN]]


ALL = [_check(asset) for asset in CAPTIONS]
