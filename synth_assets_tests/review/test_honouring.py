"""Reviews are honoured: the sensor asks for the decisions once they settled, and the decisions hold them."""

import os
import time
from pathlib import Path

import pytest
from dagster import DagsterInstance, SensorResult, build_sensor_context, materialize

from resources.store import Store
from resources.store_resource import StoreResource
from synth_assets import sensors
from synth_assets.assets.curation import strategy_decisions
from synth_assets.core.curation.reviews import Review, write_reviews
from synth_assets.core.items import Extras
from synth_assets_tests.review.small_desk import NAME, row


@pytest.fixture
def analysed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A project folder whose store holds the analysis of a few frames."""
    monkeypatch.setenv("SYNTH_DATA", str(tmp_path))
    monkeypatch.delenv("SYNTH_STORE", raising=False)
    store = Store(tmp_path / "store")
    keys = ["f0", "f1", "f2"]
    with store.open("frame_analysis", NAME) as writer:
        for key in keys:
            writer.put(key, key, [row(key, "segment", 0.5)])
        writer.commit(keys, "1", Extras())
    return store


def _decide(store: Store, instance: DagsterInstance) -> dict[str, object]:
    instance.add_dynamic_partitions("characters", [NAME])
    done = materialize(
        [strategy_decisions],
        partition_key=NAME,
        instance=instance,
        resources={"store": StoreResource(root=str(store.root))},
    )
    assert done.success
    return {
        row.key: row.extra["strategy"] if row.status == "ok" else row.reason
        for row in store.read("strategy_decisions", NAME) or ()
    }


def _due(instance: DagsterInstance, cursor: str | None = None) -> tuple[list[str | None], str | None]:
    result = sensors.new_reviews(build_sensor_context(instance=instance, cursor=cursor))
    assert isinstance(result, SensorResult)
    return [request.partition_key for request in result.run_requests or []], result.cursor


def test_a_review_is_asked_for_when_it_settled_and_then_stands(
    analysed: Store, instance: DagsterInstance, tmp_path: Path
) -> None:
    assert _due(instance)[0] == []
    first = _decide(analysed, instance)
    assert set(first) == {"f0", "f1", "f2"}
    assert _due(instance)[0] == []
    file = tmp_path / "characters" / NAME / "review.csv"
    write_reviews(file, {"f0": Review("enhance_segment", "segment"), "f1": Review("drop"), "gone": Review("segment")})
    asked, cursor = _due(instance)
    assert asked == []
    long_ago = time.time() - sensors.REVIEW_SETTLE_S - 1
    os.utime(file, (long_ago, long_ago))
    asked, cursor = _due(instance, cursor)
    assert asked == [NAME]
    assert _due(instance, cursor)[0] == []
    second = _decide(analysed, instance)
    assert (second["f0"], second["f1"]) == ("enhance_segment", "dropped in review")
    assert _due(instance)[0] == []
    file.unlink()
    assert _due(instance)[0] == [NAME]
