"""The check that captions fit: what it says of good, wrong, few and unscored captions."""

from typing import Any

import pytest
from dagster import AssetCheckSeverity

from resources.store import Store
from synth_assets.caption_checks import ALL, _judged  # pyright: ignore[reportPrivateUsage] - the check less its wiring
from synth_assets.core.items import Extras

GOOD = {"fit_auc": 0.8, "fit_p": 0.001, "fit_matched": 0.5, "fit_shuffled": 0.4, "fit_reason": ""}
CHANCE = {**GOOD, "fit_auc": 0.5, "fit_p": 0.6}
FEW = {**GOOD, "fit_reason": "3 pictures are too few"}


def _worst(*scores: float) -> dict[str, Any]:
    return {"worst_captions": [{"image": f"{score}.png", "caption": "a wall", "score": score} for score in scores]}


def _commit(store: Store, partition: str, details: dict[str, Any]) -> None:
    with store.open("reference_captions", partition) as writer:
        writer.commit([], "1", Extras(details=details))


def test_good_captions_pass(store: Store) -> None:
    _commit(store, "morning", {**GOOD, **_worst(0.2, 0.4)})
    _commit(store, "night", {**FEW, **_worst(0.3)})
    _commit(store, "midday", {"captions": 0})
    result = _judged(store, "reference_captions", 0.05)
    assert result.passed
    assert "80% of pairs" in str(result.metadata["verdict"].value)
    rows = [record.data for record in result.metadata["worst_captions"].records]  # pyright: ignore
    assert [(row["partition"], row["score"]) for row in rows] == [("morning", 0.2), ("night", 0.3), ("morning", 0.4)]


def test_captions_no_better_than_shuffled_warn_and_are_named_first(store: Store) -> None:
    _commit(store, "morning", {**GOOD, **_worst(0.1)})
    _commit(store, "night", {**CHANCE, **_worst(0.3, 0.4)})
    result = _judged(store, "reference_captions", 0.05)
    assert not result.passed
    assert result.severity == AssetCheckSeverity.WARN
    assert "captions of night fit" in str(result.metadata["verdict"].value)
    rows = [record.data for record in result.metadata["worst_captions"].records]  # pyright: ignore
    assert [row["score"] for row in rows] == [0.3, 0.4, 0.1]


@pytest.mark.parametrize("details", [None, FEW, {"captions": 3}])
def test_nothing_to_judge_passes_and_says_so(store: Store, details: dict[str, Any] | None) -> None:
    if details is not None:
        _commit(store, "morning", details)
    result = _judged(store, "reference_captions", 0.05)
    assert result.passed
    assert str(result.metadata["verdict"].value).startswith("not judged")


def test_every_caption_asset_has_the_check() -> None:
    names = {(key.asset_key.to_user_string(), key.name) for check in ALL for key in check.check_keys}
    assets = ("reference_captions", "scene_captions", "curated_captions")
    assert names == {(asset, "captions_fit_their_pictures") for asset in assets}
