"""What every asset shows in its metadata."""

from dagster import AssetExecutionContext, DagsterInstance, MaterializeResult, materialize

from resources.store import Store
from synth_assets.assets.stage import run_stage, stage_asset
from synth_assets.core.items import run_items


def test_rows_that_were_left_out_stand_in_the_metadata(store: Store, instance: DagsterInstance) -> None:
    skipped: list[str] = []

    @stage_asset(group="made_up", specs="S2.2", kinds={"python"})
    def made_up(context: AssetExecutionContext) -> MaterializeResult:
        """Nothing."""
        return run_stage(
            context, store, lambda writer, _: run_items(writer, [], lambda batch: []), skipped_rows=skipped
        )

    def shown() -> object:
        (done,) = materialize([made_up], instance=instance).asset_materializations_for_node("made_up")
        return done.metadata["skipped_rows"].value if "skipped_rows" in done.metadata else None

    assert shown() is None
    skipped.append("classes.csv:3: width_max: 9999 px does not fit")
    assert shown() == skipped
